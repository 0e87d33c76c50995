"""The environment steps of a stream of which updates were left out, or that goes on where another ended."""

import dataclasses
from operator import index
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .. import _steps
from .._run import EpisodeSeries, UpdateReturns
from .._steps import ExactSteps
from .._types import Array, Int
from ..host import as_steps, check_step, is_traced
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
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if value is not None and (not whole or (least is not None and value < least)):
            raise ValueError(f"`{name}` must be a whole number{' of at least 1' if least else ''}, got {value!r}")


def delays(
    clock: Clock, timestep: ExactSteps | None, shape: tuple[int, ...], counted_from: int = 0
) -> tuple[ExactSteps | None, str | None]:
    """By how many environment steps each update [update] or [*batch, update] came later than the shapes say, or None;
    and a warning.

    The caller's word counts; without it `timestep` [*batch, update, step, env], each environment's own counter, if it
    counts the steps of each update one by one. `counted_from` is to be added to it.
    """
    updates, steps, envs = shape[-3:]
    if clock != Clock():
        return _given(clock, updates, steps * envs), None
    if timestep is None or timestep.size == 0 or is_traced(timestep):
        return None, None
    begin, end = timestep[..., 0, 0, :], timestep[..., -1, -1, :]
    everywhere = jnp.ones(begin.shape, bool)
    first = counted_from + int(_steps.smallest(begin, everywhere))
    last = counted_from + int(_steps.largest(end, everywhere))
    if (first, last) == (1, updates * steps):
        return None, None
    if not bool(_counts_steps(timestep)):
        return None, (
            f"`timestep` ends at {last} but the stream has {updates} updates x {steps} steps = {updates * steps}: "
            "the step axis counts from the start of this stream. If the last axes are not [update, step, env], as with "
            'several agents, name all axes, e.g. axes="seed update step env agent"'
        )
    check_step(last * envs, "timestep")
    ends = _steps.product(as_steps(timestep[..., -1, 0], "timestep"), envs)
    ends = _steps.shifted(ends, counted_from * envs) if counted_from else ends
    return _steps.minus(ends, _steps.spread(_episodes.env_steps(updates, steps, envs), ends.shape)), (
        f"`timestep` runs from {first} to {last}, and the stream has {updates} updates x {steps} steps = "
        f"{updates * steps}: the step axis follows `timestep`. If this run was resumed or updates were left out, "
        "say so with step_start= or step_every="
    )


def _given(clock: Clock, updates: int, per_update: int) -> ExactSteps | None:
    every, start = index(clock.step_every or 1), index(clock.step_start or 0)
    if (every == 1 and start == 0) or updates == 0:
        return None
    if start + every * per_update < per_update:
        raise ValueError(f"`step_start` is {start}: the first update would end before its own {per_update} steps")
    check_step(start + updates * every * per_update, "step_start and step_every")
    order = jnp.arange(1, updates + 1, dtype=jnp.result_type(int))
    return _steps.shifted(_steps.product(order, (every - 1) * per_update, most=updates), start)


@jax.jit
def _counts_steps(timestep: ExactSteps) -> Array:
    """Whether it grows by 1 from step to step of an update, is the same in all environments, and never goes back."""
    by_one = jnp.all(_steps.equal(_steps.minus(timestep[..., 1:, :], timestep[..., :-1, :]), 1))
    together = jnp.all(_steps.equal(timestep, timestep[..., :1]))
    forward = jnp.all(_steps.less(timestep[..., :-1, -1, :], timestep[..., 1:, 0, :]))
    return by_one & together & forward


def delayed(episodes: EpisodeSeries, updates: UpdateReturns, delay: ExactSteps) -> tuple[EpisodeSeries, UpdateReturns]:
    """Both, each entry as many steps later as its update came."""
    assert episodes.step is not None  # as always of a stream
    assert updates.step is not None
    assert updates.count is not None
    delay = _steps.spread(delay, updates.count.shape)
    step = _steps.shifted(episodes.step, _of_episodes(delay, updates.count, episodes.returns))
    step = _steps.narrowest(_steps.blank(step, episodes.valid))
    return dataclasses.replace(episodes, step=step), dataclasses.replace(
        updates, step=_steps.shifted(updates.step, delay)
    )


@jax.jit
def _of_episodes(delay: ExactSteps, count: Int[Array, "..."], episodes: Array) -> ExactSteps:
    """The delay of the update in which each of the `episodes` ended."""
    order = jnp.broadcast_to(jnp.arange(episodes.shape[-1], dtype=jnp.int32), episodes.shape)
    update = jnp.minimum(_update_of(jnp.cumsum(count, axis=-1, dtype=jnp.int32), order), count.shape[-1] - 1)
    return jax.tree.map(lambda limb: jnp.take_along_axis(limb, update, axis=-1), delay)


_update_of = jnp.vectorize(lambda ended, order: jnp.searchsorted(ended, order, side="right"), signature="(u),(k)->(k)")
"""The update in which each episode ended, from how many had ended after each."""
