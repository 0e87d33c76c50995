"""A step stream with a mask of finished episodes -> episodes and per-update sums."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from .._run import EpisodeSeries, UpdateReturns
from .._steps import ends
from .._types import Array
from ..host import is_traced
from ..stats.one_run import _episodes
from ._actors import actors_order, notice_actors
from ._axes import AgentOrder, Layout, stream_layout, to_stream
from ._clock import Clock, check_clock, delayed, delays

Function = TypeVar("Function", bound=Callable[..., object])

_CAPACITY_GRAIN = 64
"""Capacities are multiples of it, so that runs of similar numbers of episodes share one compilation."""


class Reading(NamedTuple):
    """How to read a step stream: the arguments that its readers share."""

    axes: str | None = None
    agents: int | None = None
    agent_order: AgentOrder | None = None
    clock: Clock = Clock()
    capacity: int | None = None
    returns: str | None = None
    """The entry that holds the quantity; None: the return."""
    counted_from: int = 0
    """What is to be added to `timestep`."""


class StreamRead(NamedTuple):
    """What a stream holds."""

    parts: dict[str, Any]
    """Fields of a TrainingRun."""
    layout: Layout | None
    notices: list[str]
    """What the caller should hear of."""


def say(notices: list[str]) -> None:
    """Warn the caller of the public function that calls this."""
    for notice in notices:
        warnings.warn(notice, stacklevel=4)


def read_stream(
    returns: Array,
    optional: dict[str, Any],
    done: tuple[str, Array],
    *,
    reading: Reading,
    default: tuple[str, ...],
) -> StreamRead:
    """Pack the stream, as parts of a TrainingRun; sums per update only if there is an axis of updates.

    `optional` holds lengths, valid, timestep (None if absent), `done` the mask with its name in `info`.
    """
    name, mask = done
    if mask.dtype != bool:
        raise ValueError(
            f"`{name}` must be boolean, got dtype {mask.dtype}. If the entries are means per update, use from_curves"
        )
    check_clock(reading.clock)
    layout = _layout(mask, name, reading, default)
    for key, values in {"returns": returns, **optional}.items():
        if values is not None and values.shape != mask.shape:
            raise ValueError(f"`{key}` has shape {values.shape}, but `{name}` has shape {mask.shape}")
    parts = jax.tree.map(functools.partial(to_stream, layout=layout), optional)
    returns, mask = to_stream(returns, layout), to_stream(mask, layout)
    timestep = parts.pop("timestep")
    delay, doubt = delays(reading.clock, timestep, mask.shape, reading.counted_from)
    whole = (reading.clock.step_every or 1) == 1
    notices = [doubt] if timestep is not None else [_not_held(returns, mask, whole)]
    if delay is not None or not any(notices):  # else the axes themselves are in doubt
        notices.append(notice_actors(returns, mask))
    capacity = _needed_capacity(mask) if reading.capacity is None else reading.capacity
    episodes, updates = _reduce(returns, parts["lengths"], mask, parts["valid"], capacity=capacity)
    if delay is not None:
        episodes, updates = delayed(episodes, updates, delay)
    known = {"episodes": episodes, "updates": updates if "update" in layout.names else None}
    known["total_steps"] = None if updates.step is None else ends(updates.step)
    return StreamRead(known, layout, list(filter(None, notices)))


def _layout(done: Array, name: str, reading: Reading, default: tuple[str, ...]) -> Layout:
    """The axes of the stream, with those of flattened actors in the order that was given or that the mask shows."""
    whole = functools.partial(stream_layout, done.shape, reading.axes, default, name)
    if reading.agents is None:
        return whole()
    order = reading.agent_order
    if order is None:
        plain = whole()
        place = plain.names.index("env") if "env" in plain.names else -1
        order = actors_order(jnp.moveaxis(done, place, -1), reading.agents) if reading.agents else "env"
    return whole(agents=reading.agents, agent_order=order)


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


def _not_held(returns: Array, done: Array, whole: bool) -> str | None:
    """Wrappers hold the last return until the next episode ends: if it changes before, the axes are not as assumed.

    `whole`: no update was left out, between which it may change.
    """
    if done.size == 0 or is_traced(returns) or is_traced(done):
        return None
    share = float(_unheld_share(returns, done, whole))
    if share == 0:
        return None
    return (
        f"the returns change at {share:.1%} of the steps at which no episode ended. Are the last axes "
        "[update, step, env]? If they are not, as with several agents, name all axes, e.g. "
        'axes="seed update step env agent". If they are, returns are not held between episodes, and '
        'the estimand "hold" means nothing'
    )


@functools.partial(jax.jit, static_argnames="whole")
def _unheld_share(returns: Array, done: Array, whole: bool) -> Array:
    """Share of the steps with another return than the step before, in the same environment, though no episode ended."""
    if whole:
        returns, done = (x.reshape(*x.shape[:-3], -1, x.shape[-1]) for x in (returns, done))
    before, now = returns[..., :-1, :], returns[..., 1:, :]
    same = (before == now) | (jnp.isnan(before) & jnp.isnan(now))
    return jnp.mean(~same & ~done[..., 1:, :])
