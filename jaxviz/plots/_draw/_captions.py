"""Captions made from the results: estimator, interval, level, n, resampling unit, window, x axis, estimand."""

import math
from collections.abc import Sequence

from ...aggregation import CurveAggregate, WindowQuantiles
from ...analysis import GaussianEntropy, PolicyEntropy
from ...stats import Interval
from ...view import ALL_RUNS, View, _names, capitalized, counted
from ...view._interval_words import copies_words, coverage_words, method_words
from ...view._numbers import percent, plain
from ...view._series import ENTRIES, SECONDS, STEPS, Series
from ...view._trailing import Trailing
from . import _curves
from ._curves import FEW_RUNS, diverged_runs, has_few_runs, shows_fan, shows_runs

_UNITS = {"run": "whole runs resampled", "cell": "single scores resampled"}


def curve(view: View, series: Series) -> str:
    """Line, band and thin lines of a quantity over training."""
    if series.over_runs is None:
        many = f"One line per configuration ({view.configurations})" if view.configurations > 1 else "Line"
        return f"{many}: {series.what}, one run{' each' if view.configurations > 1 else ''}."
    estimator = _names.AT_START[view.estimates.statistic]
    line = f"Line: {estimator} over {_runs(view, series.over_runs)} of the {series.what}"
    words = [f"{line}; band: {interval_of_curve(series.over_runs.interval)}."]
    if shows_fan(view):
        words.append("Wide bands: 25–75% and 10–90% of the runs.")
    elif series.y is not None and _draws_runs(view, series):
        words.append(f"Thin lines: single runs{'' if has_few_runs(view) else ' where the estimate is undefined'}.")
    if note := coverage_words(series.over_runs.interval):
        words.append(f"{note[:1].upper()}{note[1:]}.")
    return " ".join(words)


def _draws_runs(view: View, series: Series) -> bool:
    shown = (c for c in view.colored if shows_runs(view, c))
    return any(_curves.runs_since(view, series, c) < math.inf for c in shown)


def evaluation(view: View, series: Series | None) -> str:
    """The evaluation panel."""
    if series is None:
        return ""
    if series.over_runs is not None:
        return f"Evaluation: {series.what}, line and band as above."
    spread = "; band: ± one standard deviation over the rollouts" if view.is_one_run else ""
    return f"Evaluation: {series.what}{spread}."


def interval_of_curve(interval: Interval) -> str:
    """The interval of a curve over runs in words."""
    return (
        f"pointwise {method_words(interval)} ({_UNITS.get(interval.unit, interval.unit)}, {interval.reps} replicates)"
        f"{_gaps(interval)}"
    )


def _gaps(interval: Interval) -> str:
    """Where a band is missing though there is an estimate; "" if it nowhere is."""
    finite = abs(interval.estimate) < math.inf
    unbounded = (abs(interval.low) == math.inf) | (abs(interval.high) == math.inf)
    return ", none where an end is infinite" if (finite & unbounded).any() else ""


def _runs(view: View, over_runs: CurveAggregate | WindowQuantiles) -> str:
    """n, and the runs that are left at the end if some are shorter, or diverged."""
    count = over_runs.count
    shorter = [c for c in view.colored if _curves.last_with_most_runs(count[c]) + 1 < count.shape[-1]]
    if not shorter:
        return f"n = {view.runs} runs"
    fewest = int(count[shorter, -1].min())
    return f"n = {view.runs} runs (thin dots: fewer, as runs end; {fewest} at last)"


def runs(count: int) -> str:
    """``n = 8 runs``."""
    return "one run" if count == 1 else f"n = {count} runs"


def samples(view: View, entropy: PolicyEntropy | GaussianEntropy) -> str:
    """Observations at which the policy was sampled: ``50 sampled observations of n = 8 runs per configuration``."""
    each = "" if view.configurations == 1 else " per configuration"
    return f"{counted(entropy.sample_entropy.shape[-1], 'sampled observation')} of {runs(view.runs)}{each}"


def observations_of(view: View) -> str:
    """The configuration of the observations, if there are several."""
    return "" if view.configurations == 1 else f"Observations: of {view.labels[view.colored[0]]}."


def median_line(runs: int) -> str:
    """A median over runs and the marks of the runs; "" for one run."""
    if runs == 1:
        return ""
    lines = "thin lines: single runs" if runs <= FEW_RUNS else "bands: 25–75% and 10–90% of the runs"
    return f"Line: median over runs; {lines}."


def x_axis(x_name: str) -> str:
    """Meaning of the x axis."""
    if x_name == STEPS:
        return "x: environment steps, over all environments."
    if x_name == ENTRIES:
        return "x: entries (episodes) by their number, as an Analysis has no steps of them: the TrainingRun does."
    if x_name == SECONDS:
        return "x: wall-clock seconds of the training of all runs together, every step taken as equally long."
    return f"x: {x_name.lower()}s in their order."


def colors(view: View, others: str = "grey: the others") -> str:
    """Which configurations are coloured, and how the others are drawn."""
    if not view.faded:
        return ""
    return (
        f"In colour: the {len(view.colored)} of {view.configurations} configurations with the best {view.final_name}; "
        f"{others}."
    )


def chosen(view: View) -> str:
    """The name of the configuration, if it was one of several."""
    return "" if view.labels == (ALL_RUNS,) else f"Configuration: {view.labels[0]}."


def divergence(view: View) -> str:
    """How many runs diverged, and what they count as from there on."""
    count = diverged_share(view)
    if not count or view.summary is None:
        return f"{count}." if count else ""
    if view.estimates.statistic == "mean":
        return f"{count} (crosses): means over runs are undefined from there on."
    return f"{count} (crosses) and {'counts' if count.startswith('1 ') else 'count'} as the worst of all from there on."


def copies(view: View) -> str:
    """The warning that runs are copies of others."""
    if view.summary is None:
        return ""
    return copies_words(int(view.summary.copies.sum()), view.runs * view.configurations)


def crosses(view: View, runs: Sequence[int]) -> str:
    """How many runs of the only configuration diverged, and the mark of those among `runs`, which are drawn."""
    count = diverged_share(view)
    marked = any(view.per_run.diverged.returns[0, run] for run in runs)
    return f"{count}{' (crosses)' if marked else ''}." if count else ""


def divergence_of_trailing(view: View) -> str:
    """How many runs diverged, and what they count as in quantiles."""
    count = diverged_share(view)
    worst = "" if view.summary is None else ": in line and bands the worst of all from there on"
    return f"{count}{worst}." if count else ""


def diverged_share(view: View) -> str:
    """``1 of 8 runs diverged``; "" if none did."""
    count = sum(diverged_runs(view, c) for c in range(view.configurations))
    return f"{count} of {counted(view.runs * view.configurations, 'run')} diverged" if count else ""


def target_line(view: View) -> str:
    """The dashed line."""
    return "" if view.target is None else f"Dashed: target {plain(view.target)}."


def last_returns(view: View) -> str:
    """The strip of last returns."""
    words = f"{view.final_name} of each run, the mean over {view.final_words}"
    if view.summary is None or view.summary.performance is None:
        return " ".join([f"Dots: {words}.", *view.camps_words])
    interval = view.summary.performance.final
    crosses = "; \N{MULTIPLICATION SIGN}: how many diverged" if diverged_share(view) else ""
    bars = f"{estimate_words(view, interval)}{without_bars(interval)}{crosses}"
    return " ".join([f"Dots: {words}; bars: their {bars}.", *view.camps_words])


def without_bars(interval: Interval) -> str:
    """Why some have no bars, or bars with an arrow; "" if all are whole."""
    if (interval.estimate != interval.estimate).any():
        return " (none where a run has no finite value)"
    ends = abs(interval.low), abs(interval.high)
    return " (arrow: no finite end)" if any((end == math.inf).any() for end in ends) else ""


def estimate_words(view: View, interval: Interval) -> str:
    """``IQM with its 95% interval``."""
    return f"{_names.AT_START[view.estimates.statistic]} with its {percent(interval.level.max())} interval"


def overflow(view: View) -> str:
    """Runs of which episodes are missing."""
    if view.analysis is None or view.analysis.episodes is None:
        return ""
    count = int(view.analysis.episodes.overflow.sum())
    return f"{counted(count, 'run')} had more episodes than were kept." if count else ""


def trailing(view: View, statistics: Trailing, name: str) -> str:
    """Trailing statistics: their window, line and bands."""
    over = f"{name} over {statistics.window_words}, from the first full window on"
    words = capitalized(statistics.each) or over
    axis = x_axis(statistics.x_name)
    if statistics.over_runs is None:
        return f"{words}; one run{'' if view.is_one_run else ' each'}. {axis}"
    bands = "25–75% and 10–90%" if view.configurations == 1 else "25–75%"
    return f"{words}. Line: median over {_runs(view, statistics.over_runs)}; bands: {bands} of the runs. {axis}"
