"""Results of scores whose sign was changed, in the scores that they are of."""

from dataclasses import replace
from typing import TypeVar

import jax

from ..stats.resampling import Interval
from ._results import Aggregates, Pairs, Tasks

Part = TypeVar("Part", Aggregates, Tasks, Pairs)
_KEPT = ("improvement",)
"""Intervals of what has no sign."""


def turn(part: Part) -> Part:
    """The same for lower scores being better."""
    changed = {
        name: turned(value) for name, value in vars(part).items() if isinstance(value, Interval) and name not in _KEPT
    }
    if isinstance(part, Pairs):
        changed |= {"by_task": -part.by_task, "without": -part.without}
    return replace(part, **changed)


def turned(interval: Interval) -> Interval:
    """An interval of numbers whose sign was changed."""
    estimate, low, high = jax.tree.map(lambda x: -x, (interval.estimate, interval.high, interval.low))
    return replace(interval, estimate=estimate, low=low, high=high)
