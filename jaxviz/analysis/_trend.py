"""Whether a run was still improving at its end."""

from .. import stats
from .._shown import Result
from .._types import Array, Bool, Float
from ..stats.one_run._change_points import SteadyState
from ..stats.one_run._trends import DEFAULT_TOLERANCE
from ._streams import LONGEST_WINDOW, Stream

TREND_WINDOW = 200
"""Most entries that a trend is read from: Theil–Sen and Mann–Kendall compare every pair of them."""


class Trend(Result):
    """The trend of the raw stream at its end, over the last min(window, `TREND_WINDOW`) entries; the default window is
    `LONGEST_WINDOW`, or all entries of a shorter run."""

    change: Float[Array, ""]
    """Theil–Sen slope × length of the window, in units of the return, ↑."""
    change_low: Float[Array, ""]
    change_high: Float[Array, ""]
    """Its 95 % interval within the run."""
    tau: Float[Array, ""]
    """Kendall's τ against time, ↑."""
    p: Float[Array, ""]
    """Mann–Kendall p-value of no trend."""
    flat: Bool[Array, ""]
    """A plateau: the interval of `change` lies within ±5 % of Q(0.95) − x₀."""
    rising: Bool[Array, ""]
    falling: Bool[Array, ""]
    undecided: Bool[Array, ""]
    steady_state: SteadyState
    """Entries of the whole raw stream before it is steady (MSER-5)."""


def trend(stream: Stream, *, window: int | None, curve_range: Float[Array, ""] | None = None) -> Trend:
    """Robust slope as a test of a plateau, and a test of trend, at the end of one run.

    `curve_range`: that of the stream if it is known already, so that it is not computed twice.
    """
    window = max(1, min(window or LONGEST_WINDOW, TREND_WINDOW, stream.x.shape[0]))
    x, valid = stream.x, stream.valid
    tolerance = None if curve_range is None else DEFAULT_TOLERANCE * curve_range
    level = stats.plateau(x, window=window, tolerance=tolerance, valid=valid)
    test = stats.mann_kendall(x, window=window, valid=valid)
    return Trend(
        change=level.change,
        change_low=level.low,
        change_high=level.high,
        tau=test.tau,
        p=test.p,
        flat=level.flat,
        rising=level.rising,
        falling=level.falling,
        undecided=level.undecided,
        steady_state=stats.mser5(x, valid=valid),
    )
