"""How long a run stayed below an earlier peak."""

from .. import stats
from .._shown import Result
from .._types import Array, Float
from ._streams import Stream


class Drawdown(Result):
    """The falls of the trailing mean over `window` entries from its earlier peaks."""

    time_under_water: Float[Array, ""]
    """Share of the entries that are below an earlier peak, ↓."""
    longest_under_water: stats.Spell
    """Steps of the longest stretch below an earlier peak, ↓."""
    recovery: stats.Crossing
    """Steps from the peak before the deepest fall to the return to its level, ↓; censored if it never returns."""


def drawdown(smooth: Stream) -> Drawdown:
    """How long and how often the trailing mean stayed below an earlier peak."""
    x, valid, step = smooth.x, smooth.valid, smooth.step
    return Drawdown(
        time_under_water=stats.time_under_water(x, valid=valid),
        longest_under_water=stats.longest_under_water(x, step=step, valid=valid),
        recovery=stats.recovery_time(x, step=step, valid=valid),
    )
