"""Captions made from what was computed: estimator, interval, level, n, resampling unit, window, x axis, estimand."""

import math
from collections.abc import Sequence
from typing import Any

from ...view._series import SECONDS, STEPS, Series
from ...view._subject import ALL_RUNS, Subject
from ...view._trailing import Trailing
from . import _curves
from ._axes import percent, plain
from ._curves import FEW_RUNS, NAMES, diverged_runs, has_few_runs, shows_fan, shows_runs

_UNITS = {"run": "whole runs resampled", "cell": "single scores resampled"}


def curve(subject: Subject, series: Series) -> str:
    """Line, band and thin lines of a quantity over training."""
    if series.over_runs is None:
        many = f"One line per configuration ({subject.configurations})" if subject.configurations > 1 else "Line"
        return f"{many}: {series.what}, one run{' each' if subject.configurations > 1 else ''}."
    estimator = NAMES[subject.summary.statistic]
    words = [f"Line: {estimator} over {_runs(subject, series.over_runs)} of the {series.what}; band: {band(series)}."]
    if shows_fan(subject):
        words.append("Wide bands: 25–75% and 10–90% of the runs.")
    elif series.y is not None and _draws_runs(subject, series):
        words.append(f"Thin lines: single runs{'' if has_few_runs(subject) else ' where the estimate is undefined'}.")
    if subject.runs < FEW_RUNS:
        words.append("With fewer than 10 runs intervals cover less than their level.")
    return " ".join(words)


def _draws_runs(subject: Subject, series: Series) -> bool:
    shown = (c for c in subject.colored if shows_runs(subject, c))
    return any(_curves.runs_since(subject, series, c) < math.inf for c in shown)


def evaluation(subject: Subject, series: Series | None) -> str:
    """The evaluation panel."""
    if series is None:
        return ""
    if series.over_runs is not None:
        return f"Evaluation: {series.what}, line and band as above."
    spread = "; band: ± one standard deviation over the rollouts" if subject.is_one_run else ""
    return f"Evaluation: {series.what}{spread}."


def band(series: Series) -> str:
    """The interval of a curve over runs in words."""
    interval = series.over_runs.interval
    return (
        f"pointwise {percent(float(interval.level.max()))} {interval.method} bootstrap interval "
        f"({_UNITS.get(interval.unit, interval.unit)}, {interval.reps} replicates)"
    )


def _runs(subject: Subject, over_runs: Any) -> str:
    """n, and what is left of it at the end where some runs are shorter, or diverged."""
    count = over_runs.count
    shorter = [c for c in subject.colored if _curves.last_with_most_runs(count[c]) + 1 < count.shape[-1]]
    if not shorter:
        return f"n = {subject.runs} runs"
    fewest = int(count[shorter, -1].min())
    return f"n = {subject.runs} runs (thin dots: fewer, as runs end; {fewest} at last)"


def runs(count: int) -> str:
    """``n = 8 runs``."""
    return "one run" if count == 1 else f"n = {count} runs"


def samples(subject: Subject) -> str:
    """Where the policy was asked: ``50 sampled observations of n = 8 runs per configuration``."""
    each = "" if subject.configurations == 1 else " per configuration"
    count = subject.analysis.entropy.sample_entropy.shape[-1]
    return f"{count} sampled observations of {runs(subject.runs)}{each}"


def observations_of(subject: Subject) -> str:
    """Whose observations are drawn, where there are several configurations."""
    return "" if subject.configurations == 1 else f"Observations: of {subject.labels[subject.colored[0]]}."


def median(runs: int) -> str:
    """A median over runs and what shows the runs; "" for one run."""
    if runs == 1:
        return ""
    lines = "thin lines: single runs" if runs <= FEW_RUNS else "bands: 25–75% and 10–90% of the runs"
    return f"Line: median over runs; {lines}."


def x_axis(x_name: str) -> str:
    """What x counts."""
    if x_name == STEPS:
        return "x: environment steps, over all environments."
    if x_name == SECONDS:
        return "x: wall-clock seconds of the training of all runs together, every step taken as equally long."
    return f"x: {x_name.lower()}s in their order."


def colors(subject: Subject, others: str = "grey: the others") -> str:
    """Which configurations are coloured, and what became of the others."""
    if not subject.faded:
        return ""
    return (
        f"In colour: the {len(subject.colored)} of {subject.configurations} configurations with the highest returns of "
        f"the last {subject.window}; {others}."
    )


def chosen(subject: Subject) -> str:
    """Which configuration it is, where it was one of several."""
    return "" if subject.labels == (ALL_RUNS,) else f"Configuration: {subject.labels[0]}."


def divergence(subject: Subject) -> str:
    """How many runs diverged, and what that leaves undefined."""
    count = diverged_share(subject)
    if not count or subject.summary is None:
        return f"{count}." if count else ""
    return f"{count} (crosses): estimates over runs are undefined where one of them has no finite value."


def crosses(subject: Subject, runs: Sequence[int]) -> str:
    """How many runs of the only configuration diverged, and what marks those of `runs`, which are drawn."""
    count = diverged_share(subject)
    marked = any(subject.analysis.diverged.returns[0, run] for run in runs)
    return f"{count}{' (crosses)' if marked else ''}." if count else ""


def divergence_of_trailing(subject: Subject) -> str:
    """How many runs diverged, and what that does to their quantiles."""
    count = diverged_share(subject)
    others = "" if subject.summary is None else ": from there on line and bands are over the others"
    return f"{count}{others}." if count else ""


def diverged_share(subject: Subject) -> str:
    """``1 of 8 runs diverged``; "" where none did."""
    count = sum(diverged_runs(subject, c) for c in range(subject.configurations))
    return f"{count} of {_count(subject.runs * subject.configurations, 'run')} diverged" if count else ""


def target(subject: Subject) -> str:
    """The dashed line."""
    return "" if subject.target is None else f"Dashed: target {plain(subject.target)}."


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def last_returns(subject: Subject) -> str:
    """The strip of last returns."""
    words = f"mean return of the last {_count(subject.window, subject.entry)} of each run"
    if subject.summary is None or subject.summary.performance is None:
        return f"Dots: {words}."
    interval = subject.summary.performance.last_window
    crosses = "; \N{MULTIPLICATION SIGN}: how many diverged" if diverged_share(subject) else ""
    return f"Dots: {words}; bars: their {estimate_words(subject, interval)}{without_bars(interval)}{crosses}."


def without_bars(interval: Any) -> str:
    """Why some have no bars, where that is so."""
    undefined = (interval.estimate != interval.estimate).any()
    return " (none where a run has no finite value)" if undefined else ""


def estimate_words(subject: Subject, interval: Any) -> str:
    """``IQM with its 95% interval``."""
    return f"{NAMES[subject.summary.statistic]} with its {percent(float(interval.level.max()))} interval"


def overflow(subject: Subject) -> str:
    """Runs of which episodes are missing."""
    if subject.analysis is None or subject.analysis.episodes is None:
        return ""
    count = int(subject.analysis.episodes.overflow.sum())
    return f"{_count(count, 'run')} had more episodes than were kept." if count else ""


def trailing(subject: Subject, statistics: Trailing, name: str) -> str:
    """Trailing statistics: their window, and what line and bands are."""
    words = f"{name} over {statistics.window} {statistics.entry}s, from the first full window on"
    axis = x_axis(statistics.x_name)
    if statistics.over_runs is None:
        return f"{words}; one run{'' if subject.is_one_run else ' each'}. {axis}"
    bands = "25–75% and 10–90%" if subject.configurations == 1 else "25–75%"
    return f"{words}. Line: median over {_runs(subject, statistics.over_runs)}; bands: {bands} of the runs. {axis}"
