"""Values of hyper-parameters -> groups of configurations."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...study._values import Value, rank, written

_MOST_VALUES = 8
"""Of more numbers, as a random search has them, ranges are made."""
_RANGES = 4


class Groups(NamedTuple):
    """The configurations of each value of one hyper-parameter."""

    parameter: str
    values: tuple[str, ...]
    members: list[list[float]]
    """[value, configuration]: 1 for one that has the value."""


def groups_of(configurations: Sequence[Mapping[str, Any]]) -> list[Groups]:
    """For each hyper-parameter that differs and does not tell every configuration apart by text."""
    names = sorted({name for one in configurations for name in one})
    found = [_groups(name, [one.get(name) for one in configurations]) for name in names]
    return [one for one in found if 1 < len(one.values) < len(configurations) or len(configurations) == 2]


def are_crossed(groups: Sequence[Groups], configurations: int) -> bool:
    """Whether there is every combination of the values."""
    return bool(groups) and math.prod(len(one.values) for one in groups) == configurations


def _groups(name: str, column: Sequence[Value]) -> Groups:
    own = {rank(value): value for value in column}
    order = sorted(own)
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in own.values())
    if numeric and len(order) > _MOST_VALUES:
        return _ranges(name, [float(value) for value in column if isinstance(value, int | float)])
    members = [[float(rank(value) == key) for value in column] for key in order]
    return Groups(name, tuple(written(own[key]) for key in order), members)


def _ranges(name: str, column: Sequence[float]) -> Groups:
    """Ranges with about as many configurations each; equal values are in one."""
    ordered = sorted(column)
    starts = sorted({ordered[len(ordered) * part // _RANGES] for part in range(_RANGES)})
    ends = [*starts[1:], math.inf]
    inside = [[float(low <= x < high) for x in column] for low, high in zip(starts, ends, strict=True)]
    own = [[x for x in ordered if low <= x < high] for low, high in zip(starts, ends, strict=True)]
    return Groups(name, tuple(f"{part[0]:.3g} to {part[-1]:.3g}" for part in own), inside)
