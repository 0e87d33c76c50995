"""Series per update that stand among the metrics of a step stream."""

import math
from collections.abc import Mapping
from typing import Any

from .._run import LossSeries
from .._types import Array
from ..host import as_array
from . import _fields, _parts
from ._axes import per_update
from ._stream import StreamRead

_PER_STEP = {"discount", "final_observation", "terminated", "truncated", "reward", "rewards", "done", "dones"}
"""Entries of every step that say nothing about whole episodes."""


def read_series(
    flat: Mapping[str, Any], owner: str, shape: tuple[int, ...], stream: StreamRead, *, read: set[str]
) -> tuple[LossSeries | None, list[str]]:
    """The series per update of `flat`, as losses, and what was not read.

    `shape`: of the step stream in `flat`; `read`: names of its entries.
    """
    updates = stream.parts["updates"]
    found, left = {}, {}
    for name, value in flat.items():
        if name in read or _fields.last_name(name) in _fields.COUNTERS | _PER_STEP:
            continue
        series = None if updates is None else _series(value, f"{owner}[{name!r}]", stream, shape)
        if series is None:
            left[name] = value
        else:
            found[name] = series
    losses = None
    if found and updates is not None:
        losses = _parts.read_losses(found, updates.sums.shape[:-1], updates.step)
    return losses, [_not_read(left, owner)] if left else []


def _series(value: Any, label: str, stream: StreamRead, shape: tuple[int, ...]) -> Array | None:
    """[*batch, update, …] if it has one value, or some, per update."""
    try:
        array = as_array(value, label)
    except ValueError:
        return None
    if array.shape[: len(shape)] == shape:
        return None
    wanted = stream.parts["updates"].sums.shape
    series = per_update(array, stream.layout, wanted[:-1])
    return series if series.shape[: len(wanted)] == wanted and math.prod(series.shape[len(wanted) :]) else None


def _not_read(left: Mapping[str, Any], owner: str) -> str:
    names = ", ".join(f"{name!r} {tuple(getattr(value, 'shape', ()))}" for name, value in left.items())
    return (
        f"`{owner}` also has {names}, which are not read: series per update are read as losses, and one entry per "
        'episode with returns=, e.g. returns="returned_won_episode", name="win rate"'
    )
