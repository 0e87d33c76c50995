"""Fluctuation and risk of one run, after Chan et al. 2020."""

from .._shown import Result
from .._types import Array, Float
from ..stats.one_run._reliability import run_reliability
from ._streams import Stream


class Reliability(Result):
    """Fluctuation and risk of the raw stream, after Chan et al. 2020; differences are from entry to entry, per step."""

    curve_range: Float[Array, ""]
    """Gain: Q(0.95) minus the first entry (of the negative stream if lower is better), ↑; the other fields are usually
    divided by it."""
    dispersion_within_run: Float[Array, ""]
    """Interquartile range of the differences, ↓."""
    short_term_risk: Float[Array, ""]
    """Mean of the worst 5 % of the differences, ↑ (the largest ones, ↓, if lower is better)."""
    long_term_risk: Float[Array, ""]
    """Mean of the worst 5 % of the drawdowns, ↓."""
    median_performance: Float[Array, ""]
    """Median entry, ↑ (↓ if lower is better)."""


def reliability(stream: Stream, *, minimize: bool) -> Reliability:
    """Chan's metrics of one run, with their usual tails of 5 %."""
    better = stream.oriented(minimize)
    found = run_reliability(better.x, better.step, valid=better.valid)
    if minimize:
        found |= {name: -found[name] for name in ("short_term_risk", "median_performance")}
    return Reliability(**found)
