"""Levels that runs reached, over runs."""

import equinox as eqx

from ..analysis import Performance
from ..stats import Interval
from ._columns import Columns


class PerformanceAggregate(eqx.Module):
    """`Performance` over runs, in units of the return, ↑."""

    jumpstart: Interval
    final: Interval
    last_window: Interval
    best: Interval
    area_under_curve: Interval
    solved: Interval | None
    """Share of runs that solved the task; None without a target."""


def performance(group: Performance, columns: Columns) -> PerformanceAggregate:
    """Every level over runs, and the share of runs that solved the task."""
    return PerformanceAggregate(
        jumpstart=columns.number(group.jumpstart),
        final=columns.number(group.final),
        last_window=columns.number(group.last_window),
        best=columns.number(group.best),
        area_under_curve=columns.number(group.area_under_curve),
        solved=columns.share(group.solved),
    )
