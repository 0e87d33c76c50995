"""How steadily runs learned, over runs."""

import equinox as eqx

from ..analysis import Stability
from ..stats import Interval
from ._columns import Columns


class StabilityAggregate(eqx.Module):
    """`Stability` over runs."""

    coefficient_of_variation: Interval
    """↓"""
    max_drawdown: Interval
    """In units of the return, ↓."""
    forgetting: Interval
    """In units of the return, ↓."""
    final_to_peak: Interval
    """↑"""
    consistency: Interval | None
    """↑; None without a target."""


def stability(group: Stability, columns: Columns) -> StabilityAggregate:
    """Every number over runs."""
    return StabilityAggregate(
        coefficient_of_variation=columns.number(group.coefficient_of_variation, "lower"),
        max_drawdown=columns.number(group.max_drawdown, "lower"),
        forgetting=columns.number(group.forgetting, "lower"),
        final_to_peak=columns.number(group.final_to_peak, "higher"),
        consistency=columns.number(group.consistency, "higher"),
    )
