"""Reliability: how much runs fluctuate, how far they fall and how far they get, side by side."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

from matplotlib.figure import Figure

from ..._explained import explained
from ..._joining import stack_runs
from ..._run import TrainingRun
from ...aggregation import Aggregate, ReliabilityAggregate
from ...analysis import Analysis
from ...host import to_host
from ...stats import Interval
from ...view import _names, analyze_run, known, summarize
from ...view._alike import check_alike
from ...view._make import are_runs, arrays_of
from .._draw import _figure
from .._draw._figure import Panel, PathLike, Width, Words
from ._intervals import draw_intervals, interval_words


@explained
def plot_reliability_profile(
    results: Mapping[str, Any],
    save_path: PathLike | None = None,
    *,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Dispersion, short- and long-term risk and median performance (Chan et al. 2020): a panel each, a row per name.

    `results`: name → episode returns [run, episode], a TrainingRun, or an Analysis or an Aggregate made with the group
    ``"reliability"``; one configuration each. Numbers are in units of the return, differences are per step; arrows
    say which direction is good.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6))
    >>> analysis = jv.analyze(run, groups=("reliability",))
    >>> figure = jv.plots.plot_reliability_profile({"PPO": analysis})
    >>> len(figure.axes)
    5
    """
    _figure.check(save_path, words)
    _figure.check_named(results, "results", "comparison")
    parts = {name: _aggregated(name, result, level) for name, result in results.items()}
    check_alike(parts, "results")
    first = next(iter(parts.values()))
    metrics = {name: _metrics(known(part.reliability), first.minimize) for name, part in parts.items()}
    caption = [
        f"Reliability of the raw stream of {first.metric}s of each run: {_names.AT_START[first.statistic]} over "
        f"runs with {interval_words(known(first.reliability).median_performance)}.",
        "Risks: mean of the worst 5% of the differences between entries, and of the drawdowns.",
        "↑, ↓: the good direction.",
    ]
    panels = [
        Panel(partial(draw_intervals, intervals={name: own[title] for name, own in metrics.items()}, title=title))
        for title in next(iter(metrics.values()))
    ]
    height = 0.8 + 0.3 * len(parts)
    return _figure.draw(_figure.in_rows(panels, 3), caption, save_path, width=width, row_height=height, words=words)


def _metrics(reliability: ReliabilityAggregate, minimize: bool) -> dict[str, Interval]:
    """Title of the panel → its numbers, in the order of the panels."""
    good = "↓" if minimize else "↑"
    return {
        f"Median performance {good}": reliability.median_performance,
        "Range of the curve ↑": reliability.curve_range,
        "Dispersion within runs ↓": reliability.dispersion_within_run,
        f"Short-term risk (CVaR) {good}": reliability.short_term_risk,
        "Long-term risk (CVaR) ↓": reliability.long_term_risk,
    }


def _aggregated(name: str, result: Any, level: float) -> Aggregate:
    """The Aggregate of one configuration, on the host."""
    result = stack_runs(result) if are_runs(result) else result
    if not isinstance(result, Analysis | Aggregate):
        run = result if isinstance(result, TrainingRun) else arrays_of(result, f"results[{name!r}]")
        result = analyze_run(run, groups=("reliability",))
    if result.reliability is None:
        raise ValueError(f"{name!r} has no reliability: analyse with groups=(..., 'reliability')")
    summary = result if isinstance(result, Aggregate) else summarize(result, level=level)
    if summary.batch_shape not in ((), (1,)):
        raise ValueError(f"{name!r} must be one configuration, its batch axes are {summary.batch_shape}")
    return to_host(summary[0] if summary.batch_shape else summary)
