"""A step stream with a mask of finished episodes -> episodes and per-update sums."""

import functools
import warnings
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp

from .._run import EpisodeSeries, UpdateReturns
from .._types import Array
from ..host import is_traced
from ..stats.one_run import _episodes
from ._axes import stream_axes, to_stream

Function = TypeVar("Function", bound=Callable[..., object])

_CAPACITY_GRAIN = 64
"""Capacities are multiples of it, so that runs of similar numbers of episodes share one compilation."""


def read_stream(
    returns: Array,
    optional: dict[str, Array | None],
    done: tuple[str, Array],
    *,
    axes: str | None,
    default: tuple[str, ...],
    capacity: int | None,
) -> tuple[EpisodeSeries, UpdateReturns | None]:
    """Pack the stream; sums per update only if there is an axis of updates.

    `optional` holds lengths, valid, timestep (None if absent), `done` the mask with its name in `info`.
    """
    name, mask = done
    if mask.dtype != bool:
        raise ValueError(f"`{name}` must be boolean, got dtype {mask.dtype}")
    names = stream_axes(mask.shape, axes, default, name)
    for key, values in {"returns": returns, **optional}.items():
        if values is not None and values.shape != mask.shape:
            raise ValueError(f"`{key}` has shape {values.shape}, but `{name}` has shape {mask.shape}")
    parts = {key: None if v is None else to_stream(v, names) for key, v in optional.items()}
    returns, mask = to_stream(returns, names), to_stream(mask, names)
    timestep = parts.pop("timestep")
    if timestep is None:
        _check_held(returns, mask)
    else:
        _check_timestep(timestep, mask)
    capacity = _needed_capacity(mask) if capacity is None else capacity
    episodes, updates = _reduce(returns, parts["lengths"], mask, parts["valid"], capacity=capacity)
    return episodes, updates if "update" in names else None


def batched(fn: Function, axes: int) -> Function:
    """`fn` mapped over that many leading axes."""
    for _ in range(axes):
        fn = jax.vmap(fn)
    return fn


def _needed_capacity(done: Array) -> int | None:
    """Most episodes in any run, rounded up to the grain; None inside jit."""
    if is_traced(done):
        return None
    if done.size == 0:
        return 0
    most = int(jnp.max(jnp.sum(done, axis=(-3, -2, -1), dtype=jnp.int32)))
    return -(-most // _CAPACITY_GRAIN) * _CAPACITY_GRAIN


@functools.partial(jax.jit, static_argnames="capacity")
def _reduce(
    returns: Array, lengths: Array | None, done: Array, valid: Array | None, *, capacity: int | None
) -> tuple[EpisodeSeries, UpdateReturns]:
    fn = functools.partial(_reduce_one, capacity=capacity)
    return batched(fn, done.ndim - 3)(returns, lengths, done, valid)


def _reduce_one(
    returns: Array, lengths: Array | None, done: Array, valid: Array | None, *, capacity: int | None
) -> tuple[EpisodeSeries, UpdateReturns]:
    episodes = _episodes.pack_episodes(returns, lengths, done, capacity=capacity)
    total, count = _episodes.ended_sums(returns, done)
    hold_total, hold_count = _episodes.hold_sums(returns, done, valid)
    length_total = None if lengths is None else _episodes.ended_sums(lengths.astype(total.dtype), done)[0]
    step = _episodes.env_steps(*done.shape)
    return episodes, UpdateReturns(total, length_total, count, hold_total, hold_count, step)


def _check_held(returns: Array, done: Array) -> None:
    """Wrappers hold the last return until the next episode ends: if it changes before, the axes are not as assumed."""
    if done.size == 0 or is_traced(returns) or is_traced(done):
        return
    share = float(_unheld_share(returns, done))
    if share > 0:
        warnings.warn(
            f"the returns change at {share:.1%} of the steps at which no episode ended. Are the last axes "
            "[update, step, env]? If they are not, as with several agents, name all axes, e.g. "
            'axes="seed update step env agent". If they are, returns are not held between episodes, and '
            'the estimand "hold" means nothing',
            stacklevel=4,
        )


@jax.jit
def _unheld_share(returns: Array, done: Array) -> Array:
    """Share of the steps with another return than the step before, in the same environment, though no episode ended."""
    returns, done = (x.reshape(*x.shape[:-3], -1, x.shape[-1]) for x in (returns, done))
    before, now = returns[..., :-1, :], returns[..., 1:, :]
    same = (before == now) | (jnp.isnan(before) & jnp.isnan(now))
    return jnp.mean(~same & ~done[..., 1:, :])


def _check_timestep(timestep: Array, done: Array) -> None:
    """The wrapper's own step counter must agree with the shapes; it never makes the axis."""
    if timestep.size == 0 or is_traced(timestep):
        return
    updates, steps, _ = done.shape[-3:]
    last = int(jnp.max(timestep[..., -1, -1, :]))
    if last != updates * steps:
        warnings.warn(
            f"`timestep` ends at {last} but the stream has {updates} updates x {steps} steps = {updates * steps}: "
            "the step axis counts from the start of this stream. If the last axes are not [update, step, env], as with "
            'several agents, name all axes, e.g. axes="seed update step env agent"',
            stacklevel=4,
        )
