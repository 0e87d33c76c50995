"""Whether runs were still improving at their end, over runs."""

from .._shown import Result
from ..analysis import Trend
from ..stats import Interval
from ._columns import Columns


class SteadyStateAggregate(Result):
    """A `SteadyState` over runs."""

    defined: Interval
    """Share of runs with a steady state within their first half."""


class TrendAggregate(Result):
    """`Trend` over runs; p-values and bounds of single runs cannot be averaged."""

    change: Interval
    """In units of the return, ↑."""
    tau: Interval
    """↑"""
    flat: Interval
    """Share of runs on a plateau."""
    rising: Interval
    falling: Interval
    undecided: Interval
    steady_state: SteadyStateAggregate


def trend(group: Trend, columns: Columns) -> TrendAggregate:
    """Changes over runs, and the shares of runs that were flat, rising, falling or undecided."""
    return TrendAggregate(
        change=columns.metric(group.change),
        tau=columns.number(group.tau, within=(-1, 1)),
        flat=columns.share(group.flat),
        rising=columns.share(group.rising),
        falling=columns.share(group.falling),
        undecided=columns.share(group.undecided),
        steady_state=SteadyStateAggregate(columns.share(group.steady_state.defined)),
    )
