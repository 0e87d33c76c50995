"""What an interval is, in words: its estimator, its method, and where it does not hold its level."""

import math
from typing import SupportsFloat

from ..stats import Interval
from ._numbers import Form, percent, told_apart

_METHODS: dict[str, str] = {
    "scaled": "scaled percentile bootstrap interval",
    "percentile": "percentile bootstrap interval",
    "basic": "basic bootstrap interval",
    "bc": "bias-corrected bootstrap interval",
    "bca": "BCa bootstrap interval",
    "studentized": "bootstrap-t interval",
    "normal": "normal bootstrap interval",
    "t": "t interval",
    "hall": "Hall interval",
    "simultaneous": "simultaneous band",
    "wilson": "Wilson score interval",
    "dirichlet": "Dirichlet interval",
    "square-and-add": "square-and-add interval",
    "score": "score interval",
}
_UNITS: dict[str, str] = {
    "run": "runs resampled",
    "cell": "the runs of each task resampled",
    "task+run": "tasks and their runs resampled",
    "run+episode": "runs and their episodes resampled",
    "none": "",
}
_TOO_SHORT: dict[str, int] = {"percentile": 20, "basic": 20, "bc": 20, "bca": 20, "normal": 20}
"""Runs below which an interval of a mean of normal scores misses a level of 95 % by two points and more."""
_FEWEST_FOR_A_BAND = 5


def method_words(interval: Interval) -> str:
    """How the bounds were made: "95% Wilson score interval"."""
    of_greenwood = interval.method == "normal" and interval.unit == "none"
    method = "normal interval with Greenwood's variance" if of_greenwood else _METHODS[interval.method]
    return f"{percent(interval.level.max())} {method}"


def interval_words(interval: Interval) -> str:
    """What it is: "IQM with its 95% scaled percentile bootstrap interval (runs resampled, 2000 replicates)"."""
    how = method_words(interval)
    if interval.reps:
        how = f"{how} ({_UNITS[interval.unit]}, {interval.reps} replicates)"
    return f"{interval.estimator} with its {how}" if interval.estimator else how


def coverage_words(interval: Interval) -> str:
    """Where the interval covers less than its level, or says little, in a clause; "" where simulations say it holds."""
    runs = int(interval.n.max())
    if runs < _TOO_SHORT.get(interval.method, 0):
        return f"with {runs} runs it covers less than its level"
    if interval.method == "simultaneous" and runs < _FEWEST_FOR_A_BAND:
        return f"with {runs} runs a band is too wide to say much"
    if interval.estimator == "mean":
        return "means of skewed scores are covered less often than its level, the IQM is not"
    return ""


def interval_text(estimate: SupportsFloat, low: SupportsFloat, high: SupportsFloat, form: Form) -> str:
    """``estimate [low, high]``, in digits that tell them apart; without the bounds if they are undefined."""
    known = not (math.isnan(estimate) or math.isnan(low))
    center, *ends = told_apart((estimate, low, high) if known else (estimate,), form)
    return f"{center} [{', '.join(ends)}]" if known else center


def copies_words(copies: int, runs: int, names: str = "") -> str:
    """The warning that runs are copies of others; "" if none is, or if it is not known."""
    if copies <= 0:
        return ""
    which = f": {names}" if names else ""
    return (
        f"{copies} of {runs} runs {'is' if copies == 1 else 'are'} bit for bit an earlier one{which}. "
        "Copies, such as the replicas of a device batch, are no repetitions: intervals over them are too narrow."
    )
