"""The environment steps of a stream of which updates were left out, or that goes on where another ended."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._run import EpisodeSeries, UpdateReturns
from .._types import Array, Int
from ..host import is_traced
from ..stats.one_run import _episodes


class Clock(NamedTuple):
    """What the caller knows of it; None: nothing."""

    step_every: int | None = None
    """One update in so many was kept, the last of each."""
    step_start: int | None = None
    """Environment steps that were taken before the stream begins."""


def check_clock(clock: Clock) -> None:
    """ValueError if a number makes no sense."""
    for name, least in {"step_every": 1, "step_start": None}.items():
        value = getattr(clock, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and (not whole or (least is not None and value < least)):
            raise ValueError(f"`{name}` must be a whole number{' of at least 1' if least else ''}, got {value!r}")


def delays(clock: Clock, timestep: Array | None, shape: tuple[int, ...]) -> tuple[Array | None, str | None]:
    """By how many environment steps each update [update] or [*batch, update] came later than the shapes say, or None;
    and a warning.

    The caller's word counts; without it `timestep` [*batch, update, step, env], each environment's own counter, if it
    counts the steps of each update one by one.
    """
    updates, steps, envs = shape[-3:]
    if clock != Clock():
        return _given(clock, updates, steps * envs), None
    if timestep is None or timestep.size == 0 or is_traced(timestep):
        return None, None
    first, last = int(jnp.min(timestep[..., 0, 0, :])), int(jnp.max(timestep[..., -1, -1, :]))
    if (first, last) == (1, updates * steps):
        return None, None
    if not bool(_counts_steps(timestep)):
        return None, (
            f"`timestep` ends at {last} but the stream has {updates} updates x {steps} steps = {updates * steps}: "
            "the step axis counts from the start of this stream. If the last axes are not [update, step, env], as with "
            'several agents, name all axes, e.g. axes="seed update step env agent"'
        )
    _episodes.check_step_range(last * envs)
    ends = timestep[..., -1, 0].astype(jnp.result_type(int)) * envs
    return ends - jnp.broadcast_to(_episodes.env_steps(updates, steps, envs), ends.shape), (
        f"`timestep` runs from {first} to {last}, and the stream has {updates} updates x {steps} steps = "
        f"{updates * steps}: the step axis follows `timestep`. If this run was resumed or updates were left out, "
        "say so with step_start= or step_every="
    )


def _given(clock: Clock, updates: int, per_update: int) -> Array | None:
    every, start = clock.step_every or 1, clock.step_start or 0
    if (every == 1 and start == 0) or updates == 0:
        return None
    if start + every * per_update < per_update:
        raise ValueError(f"`step_start` is {start}: the first update would end before its own {per_update} steps")
    _episodes.check_step_range(start + updates * every * per_update)
    order = jnp.arange(1, updates + 1, dtype=jnp.result_type(int))
    return start + order * ((every - 1) * per_update)


@jax.jit
def _counts_steps(timestep: Int[Array, "..."]) -> Array:
    """Whether it grows by 1 from step to step of an update, is the same in all environments, and never goes back."""
    by_one = jnp.all(timestep[..., 1:, :] - timestep[..., :-1, :] == 1)
    together = jnp.all(timestep == timestep[..., :1])
    forward = jnp.all(timestep[..., 1:, 0, :] > timestep[..., :-1, -1, :])
    return by_one & together & forward


@jax.jit
def delayed(episodes: EpisodeSeries, updates: UpdateReturns, delay: Array) -> tuple[EpisodeSeries, UpdateReturns]:
    """Both, each entry as many steps later as its update came."""
    assert episodes.step is not None  # as always of a stream
    assert updates.step is not None
    assert updates.count is not None
    delay = jnp.broadcast_to(delay, updates.count.shape)
    order = jnp.broadcast_to(jnp.arange(episodes.returns.shape[-1], dtype=jnp.int32), episodes.returns.shape)
    update = _update_of(jnp.cumsum(updates.count, axis=-1, dtype=jnp.int32), order)
    own = jnp.take_along_axis(delay, jnp.minimum(update, delay.shape[-1] - 1), axis=-1)
    step = jnp.where(episodes.valid, episodes.step + own, 0)
    return dataclasses.replace(episodes, step=step), dataclasses.replace(updates, step=updates.step + delay)


_update_of = jnp.vectorize(lambda ended, order: jnp.searchsorted(ended, order, side="right"), signature="(u),(k)->(k)")
"""The update in which each episode ended, from how many had ended after each."""
