"""How long runs stayed below an earlier peak, over runs."""

from .._shown import Result
from ..analysis import Drawdown
from ..stats import Interval
from ._columns import SHARE, Columns
from ._crossing import ReachedAggregate


class SpellAggregate(Result):
    """A `Spell` over runs."""

    open: Interval
    """Share of runs that ended before the stretch did."""


class DrawdownAggregate(Result):
    """`Drawdown` over runs. Durations are censored and have no mean: the share of them that ended stands for them."""

    time_under_water: Interval
    """Share of the entries that are below an earlier peak, ↓."""
    longest_under_water: SpellAggregate
    recovery: ReachedAggregate


def drawdown(group: Drawdown, columns: Columns) -> DrawdownAggregate:
    """The time under water over runs, and the shares of runs that stayed below their peak and that recovered."""
    return DrawdownAggregate(
        time_under_water=columns.number(group.time_under_water, "lower", SHARE),
        longest_under_water=SpellAggregate(columns.share(group.longest_under_water.open)),
        recovery=ReachedAggregate(columns.share(group.recovery.reached)),
    )
