"""Levels that runs reached, over runs."""

import jax.numpy as jnp

from .._shown import Result
from .._types import Array, Int
from ..analysis import Performance
from ..stats import Interval
from ._columns import Columns


class PerformanceAggregate(Result):
    """`Performance` over runs, in units of the metric, ↑ (↓ if the runs are to be minimized)."""

    final: Interval
    """The headline: see `Performance`."""
    final_entries: Int[Array, "2"]
    """Fewest and most entries behind `final` in any run."""
    jumpstart: Interval
    last_window: Interval
    best: Interval
    area_under_curve: Interval
    solved: Interval | None
    """Share of runs that solved the task; None without a target."""


def performance(group: Performance, columns: Columns) -> PerformanceAggregate:
    """Every level over runs, and the share of runs that solved the task."""
    return PerformanceAggregate(
        final_entries=jnp.stack([jnp.min(group.final_entries), jnp.max(group.final_entries)]),
        jumpstart=columns.metric(group.jumpstart),
        final=columns.metric(group.final),
        last_window=columns.metric(group.last_window),
        best=columns.metric(group.best),
        area_under_curve=columns.metric(group.area_under_curve),
        solved=columns.share(group.solved),
    )
