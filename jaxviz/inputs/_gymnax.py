"""gymnax `LogWrapper` info -> TrainingRun."""

from collections.abc import Mapping
from typing import Any

from .._run import EpisodeSeries, TrainingRun, UpdateReturns
from . import _fields
from ._stream import read_stream


def from_gymnax(info: Any, *, axes: str | None = None, capacity: int | None = None) -> TrainingRun:
    """The `info` of gymnax's `LogWrapper`, stacked by a scan, as a TrainingRun.

    Shapes: every entry [..., step, env] (any number of leading axes: seeds, configurations), or as named by `axes`,
    e.g. ``"seed update step env"``, ``"step"``: names other than update, step and env are batch axes, `agent` the
    first of them: the last holds the runs that `aggregate` reduces. Reads `returned_episode`,
    `returned_episode_returns`, `returned_episode_lengths` and, if present, `returned_episode_valid` and `timestep` (a
    cross-check). Also known: `done_mask`/`returns`/`lengths` (navix) and
    `is_terminal_step`/`episode_return`/`episode_length` (Stoix, Mava).
    `capacity`: the most episodes kept per run; default all of them (inside jit: one per cell). The result says
    `overflow` if it was too small. ValueError names an entry that is missing or has the wrong shape.
    """
    episodes, updates = read_info(
        _fields.as_mapping(info, "info"), "info", axes=axes, default=("step", "env"), capacity=capacity
    )
    return TrainingRun(episodes=episodes, updates=updates)


def read_info(
    info: Mapping[str, Any], owner: str, *, axes: str | None, default: tuple[str, ...], capacity: int | None
) -> tuple[EpisodeSeries, UpdateReturns | None]:
    """Episodes and update sums of a mapping that has a mask of finished episodes."""
    done = _fields.required(info, _fields.MASKS, owner)
    returns = _fields.required(info, _fields.RETURNS, owner)[1]
    optional = {
        "lengths": _fields.optional(info, _fields.LENGTHS, owner),
        "valid": _fields.optional(info, _fields.VALID, owner),
        "timestep": _fields.optional(info, _fields.TIMESTEP, owner),
    }
    return read_stream(returns, optional, done, axes=axes, default=default, capacity=capacity)
