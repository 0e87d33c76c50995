"""How steadily runs learned, over runs."""

import math

from .._shown import Result
from ..analysis import Stability
from ..stats import Interval
from ._columns import NOT_NEGATIVE, SHARE, Columns


class StabilityAggregate(Result):
    """`Stability` over runs. Intervals end where the quantity does: no drawdown is negative."""

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
        coefficient_of_variation=columns.number(group.coefficient_of_variation, "lower", NOT_NEGATIVE),
        max_drawdown=columns.number(group.max_drawdown, "lower", NOT_NEGATIVE),
        forgetting=columns.number(group.forgetting, "lower", NOT_NEGATIVE),
        final_to_peak=columns.number(group.final_to_peak, "higher", (-math.inf, 1)),
        consistency=columns.number(group.consistency, "higher", SHARE),
    )
