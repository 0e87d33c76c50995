"""Fluctuation and risk over runs."""

from .._shown import Result
from ..analysis import Reliability
from ..stats import Interval
from ._columns import NOT_NEGATIVE, Columns


class ReliabilityAggregate(Result):
    """`Reliability` over runs."""

    curve_range: Interval
    """↑"""
    dispersion_within_run: Interval
    """↓"""
    short_term_risk: Interval
    """↑"""
    long_term_risk: Interval
    """↓"""
    median_performance: Interval
    """↑"""


def reliability(group: Reliability, columns: Columns) -> ReliabilityAggregate:
    """Every number over runs."""
    return ReliabilityAggregate(
        curve_range=columns.number(group.curve_range, "higher"),
        dispersion_within_run=columns.number(group.dispersion_within_run, "lower", NOT_NEGATIVE),
        short_term_risk=columns.metric(group.short_term_risk),
        long_term_risk=columns.number(group.long_term_risk, "lower", NOT_NEGATIVE),
        median_performance=columns.metric(group.median_performance),
    )
