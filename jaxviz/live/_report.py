"""`report`: one host call per update for the whole batch, whatever was mapped over it. The only callback there is."""

from collections.abc import Mapping
from functools import partial
from math import prod
from typing import TypeVar

import jax
import jax.numpy as jnp

from .. import _masked
from .._explained import explained
from .._types import Array, ArrayLike, Int, PyTree
from ..inputs import ReducedUpdate
from ..inputs._fields import flatten_names
from . import _channel
from ._summary import RETURN

Kept = TypeVar("Kept", bound=PyTree)
Numbers = dict[str, Array]
"""One number of every metric, by name."""


@explained
def report(update: Int[ArrayLike, ""], metrics: Kept, *, every: int = 1, channel: str = "training") -> Kept:
    """Report progress to the host from inside jit, scan and any number of vmaps; returns `metrics`.

        return carry, live.report(update, metrics)

    `update`: the loop counter, from 0. `metrics`: name → one number of this run, or a result of `reduce_update`
    (its mean return and its losses). The host is called once per `every` updates for all runs together, with all their
    numbers, and hands them to the `watch` that is open on `channel`; without one they are forgotten. `every` counts
    updates, never time: the call is part of the compiled program.

    Nothing flows back, no gradient passes, and final numbers must never come from here: points may be dropped or
    repeated. Keep the result: releases of JAX before 0.8 leave out a call whose result is not used. A return of
    NaN says that no episode ended, an infinite one that the run diverged. Under `shard_map` each device makes its own
    call, and the host puts the runs together, in the order of the devices (a run that several devices train alike
    counts once for each). ValueError if `every` < 1, or a metric is not one number per run.
    """
    if every < 1:
        raise ValueError(f"`every` must be at least 1, got {every}")
    update = jnp.asarray(update)
    values = {name: jax.lax.stop_gradient(_number(x, name)) for name, x in _named(metrics).items()}
    if update.ndim or not jnp.issubdtype(update.dtype, jnp.integer):
        raise ValueError(f"`update` must be one integer, the loop counter; got {update.dtype} of shape {update.shape}")
    sent = _send(every, channel, update, values)
    return jax.tree.map(lambda x: _after(sent, jnp.asarray(x)), metrics)


def _after(sent: Array, x: Array) -> Array:
    """`x`, made to depend on the call, so that it is not optimised away."""
    return jax.lax.select(jnp.broadcast_to(sent, x.shape), x, x)


def _named(metrics: PyTree) -> Mapping[str, ArrayLike]:
    """Metrics by name; of a reduced update its mean return, infinite if the run diverged, and its losses."""
    if isinstance(metrics, ReducedUpdate):
        returns = _masked.ratio(metrics.total, metrics.count.astype(metrics.total.dtype))
        diverged = (metrics.count > 0) & ~jnp.isfinite(metrics.total)
        return {RETURN: jnp.where(diverged, jnp.inf, returns), **metrics.losses}
    if not isinstance(metrics, Mapping):
        raise ValueError(f"`metrics` must be a mapping of numbers, got {type(metrics).__name__}")
    return flatten_names(metrics)


def _number(x: ArrayLike, name: str) -> Array:
    x = jnp.asarray(x)
    if x.ndim:
        raise ValueError(f"`metrics[{name!r}]` must be one number per run, got shape {x.shape}")
    return x.astype(jnp.float32)


def _send(every: int, channel: str, update: Array, values: Numbers) -> Array:
    """True, available once the host was called. Mapped over runs it is still one call, with the values of all."""

    @jax.custom_batching.custom_vmap
    def send(update: Array, values: Numbers) -> Array:
        # The condition is decided here, after all mapping: on a batched one both branches would run.
        now = jnp.max(update)
        device, devices = _device()

        def call() -> None:
            jax.debug.callback(partial(_channel.deliver, channel, devices), now, device, values)

        jax.lax.cond((now + 1) % every == 0, call, lambda: None)
        return jnp.ones((), bool)

    @send.def_vmap
    def _(size: int, batched: tuple[bool, dict[str, bool]], update: Array, values: Numbers) -> tuple[Array, bool]:
        def for_each_run(x: Array, mapped: bool) -> Array:
            return x if mapped else jnp.broadcast_to(x, (size, *x.shape))

        return _send(every, channel, update, jax.tree.map(for_each_run, values, batched[1])), False

    return send(update, values)


def _device() -> tuple[Int[Array, ""], int]:
    """The place of this device, and the number of devices that call on their own: those of a `shard_map`."""
    mesh = jax.sharding.get_abstract_mesh()
    axes = mesh.manual_axes
    index = jnp.zeros((), jnp.int32)
    for axis in axes:
        index = index * mesh.shape[axis] + jax.lax.axis_index(axis)
    return index, prod(mesh.shape[axis] for axis in axes)
