"""A quantity over training on one axes: one run, a few runs, many runs, many configurations."""

import math
from typing import Any

from matplotlib.axes import Axes

from ...view import View, _names
from ...view._looks import Look
from ...view._series import Series
from ...view._trailing import Trailing
from . import _axes, _marks

FEW_RUNS = 10
"""Up to this many runs, every run is a thin line."""
MANY_RUNS = 50
"""Above this many runs of one configuration, a fan of quantiles shows them."""
_MOST_WITH_RUN_LINES = 3

NAMES = _names.AT_START


def draw(ax: Axes, view: View, series: Series, *, title: str = "", name: str | None = None) -> None:
    """Every configuration of a quantity: coloured where it is one of the view's coloured ones, else grey.

    `name`: what the legend calls the line of one run.
    """
    _axes.label(ax, x=series.x_name, y=series.y_name, title=title, whole_x=series.counted)
    for configuration in view.faded:
        _draw_faded(ax, view, series, configuration)
    for configuration, look in view.looks.items():
        own = view.labels[configuration] if view.configurations > 1 else None
        draw_configuration(ax, view, series, configuration, look, own or (name if view.is_one_run else None))
    if nothing_finite(ax):
        _axes.missing(ax, "no finite value to draw" if ax.lines else "no entry to draw")


def _draw_faded(ax: Axes, view: View, series: Series, configuration: int) -> None:
    label = f"{len(view.faded)} other configurations"
    if series.over_runs is None:
        _marks.faded_line(ax, *series.run(configuration, 0), label=label)
    else:
        estimate = series.over_runs.interval.estimate[configuration]
        _marks.faded_line(ax, series.grid(configuration), estimate, label=label)


def draw_configuration(ax: Axes, view: View, series: Series, configuration: int, look: Look, label: str | None) -> None:
    """One configuration: its only run, or the estimate over its runs with what shows the runs.

    `label`: its name in the legend; without one the legend says what the marks are.
    """
    if series.over_runs is None:
        x, y = series.run(configuration, 0)
        _marks.line(ax, x, y, look, label=label)
        mark_end(ax, x, y, look)
        return
    _draw_estimate(ax, view, series, configuration, look, label)
    if shows_fan(view):
        _marks.fan(ax, series.grid(configuration), series.over_runs.quantiles[configuration], look)
    if series.y is not None and shows_runs(view, configuration):
        since = runs_since(view, series, configuration)
        _draw_runs(ax, view, series, configuration, look, None if label else "single runs", since)


def _draw_estimate(ax: Axes, view: View, series: Series, configuration: int, look: Look, label: str | None) -> None:
    x, interval = series.grid(configuration), series.over_runs.interval
    estimate = interval.estimate[configuration]
    name = label or f"{NAMES[view.summary.statistic]} of {view.runs} runs"
    whole = last_with_most_runs(series.over_runs.count[configuration]) + 1
    _marks.line(ax, x[:whole], estimate[:whole], look, label=name)
    _marks.thin_line(ax, x[whole - 1 :], estimate[whole - 1 :], look)
    words = None if label else f"{_axes.percent(float(interval.level.max()))} interval"
    low, high = interval.low[configuration], interval.high[configuration]
    _marks.band(ax, x, low, high, look, alpha=0.35 if shows_fan(view) else 0.2, label=words)


def last_with_most_runs(count: Any) -> int:
    """The last point with as many runs behind it as there ever are: shorter runs end after it. `count` [point]."""
    return int((count == count.max()).nonzero()[0][-1])


def runs_since(view: View, series: Series, configuration: int) -> float:
    """x from which on single runs are drawn: all of it of few; of many, where they have no estimate; ∞: nowhere."""
    if has_few_runs(view):
        return -math.inf
    return _end_of(series.grid(configuration), series.over_runs.interval.estimate[configuration])


def _end_of(x: Any, estimate: Any) -> float:
    """x of the last point before an estimate over runs is missing (a run that diverges leaves none); ∞: it never is."""
    finite = abs(estimate) < math.inf
    ends = (finite[:-1] & ~finite[1:]).nonzero()[0]
    return float(x[ends[0]]) if len(ends) else (math.inf if finite.any() else -math.inf)


def _draw_runs(
    ax: Axes, view: View, series: Series, configuration: int, look: Look, label: str | None, since: float
) -> None:
    for run in range(view.runs):
        x, y = series.run(configuration, run)
        _draw_run(ax, x, y, look, label, since)
        mark_end(ax, x, y, look)


def _draw_run(ax: Axes, x: Any, y: Any, look: Look, label: str | None, since: float) -> None:
    later = x >= since
    if later.any():
        _marks.run_line(ax, x[later], y[later], look, label=label)


def draw_trailing(
    ax: Axes, view: View, trailing: Trailing, name: str, *, title: str = "", y_name: str = "", legend: bool = True
) -> None:
    """One trailing statistic of every configuration: its median over runs with quantiles, or its only run."""
    _axes.label(ax, x=trailing.x_name, y=y_name, title=title, whole_x=trailing.counted)
    for configuration in view.faded:
        label = f"{len(view.faded)} other configurations"
        _marks.faded_line(ax, *trailing.middle(name, configuration), label=label)
    for configuration, look in view.looks.items():
        _draw_trailing_of(ax, view, trailing, name, configuration, look)
    if not legend:
        _axes.forget_labels(ax)
    if nothing_finite(ax):
        _axes.missing(ax, f"fewer than {trailing.window} {trailing.entry}s, or none finite")


def _draw_trailing_of(ax: Axes, view: View, trailing: Trailing, name: str, configuration: int, look: Look) -> None:
    label = view.labels[configuration] if view.configurations > 1 else None
    x, middle = trailing.middle(name, configuration)
    if trailing.over_runs is None:
        _marks.line(ax, x, middle, look, label=label or trailing.line_name)
        return
    whole = last_with_most_runs(trailing.over_runs.count[configuration]) + 1
    _marks.line(ax, x[:whole], middle[:whole], look, label=label or trailing.line_name)
    _marks.thin_line(ax, x[whole - 1 :], middle[whole - 1 :], look)
    x, quantiles = trailing.quantiles(name, configuration)
    if view.configurations == 1:
        _marks.fan(ax, x, quantiles, look)
    else:
        _marks.band(ax, x, quantiles[1], quantiles[3], look)
    if trailing.single is not None and has_few_runs(view):
        for run in range(view.runs):
            _marks.run_line(ax, *trailing.run(name, configuration, run), look, label=None if label else "single runs")


def draw_median(ax: Axes, series: Series, look: Look) -> None:
    """The median over runs, with the runs as thin lines, or as a fan where there are many; the line of one run.

    Of many, the runs are drawn where they have no median, as one of them diverged.
    """
    x, runs = series.middle_x(0), series.y[0]
    if series.over_runs is None:
        _marks.line(ax, x, runs[0], look)
        return
    quantiles = series.over_runs.quantiles[0]
    middle, few = quantiles[len(quantiles) // 2], len(runs) <= FEW_RUNS
    _marks.line(ax, x, middle, look, label="median of the runs")
    if not few:
        _marks.fan(ax, x, quantiles, look)
    since = -math.inf if few else _end_of(x, middle)
    for run in runs:
        _draw_run(ax, x, run, look, "single runs", since)


def mark_end(ax: Axes, x: Any, y: Any, look: Look) -> None:
    """A cross where the values of a run stop being finite."""
    finite = (abs(y) < math.inf).nonzero()[0]
    if len(finite) and finite[-1] + 1 < len(y):
        _marks.ended(ax, x[finite[-1]], y[finite[-1]], look, label="run diverged")


def shows_fan(view: View) -> bool:
    """Quantiles stand for the single runs."""
    return view.configurations == 1 and view.runs > MANY_RUNS


def has_few_runs(view: View) -> bool:
    """So few that every one is drawn."""
    return view.runs <= FEW_RUNS and view.configurations <= _MOST_WITH_RUN_LINES


def shows_runs(view: View, configuration: int) -> bool:
    """Single runs are drawn: there are few, or some diverged and leave no estimate from there on."""
    return has_few_runs(view) or diverged_runs(view, configuration) > 0


def diverged_runs(view: View, configuration: int) -> int:
    """Runs of a configuration with returns that are not finite."""
    if view.analysis is not None:
        return int(view.analysis.diverged.returns[configuration].sum())
    return 0 if view.summary is None else int(view.summary.diverged[configuration])


def nothing_finite(ax: Axes) -> bool:
    """No line on the axes has a finite point."""
    return not any((abs(y) < math.inf).any() for y in heights(ax))


def heights(ax: Axes) -> list[Any]:
    """The y values of every line on the axes, as NumPy arrays; reference lines are left out."""
    return [line.get_ydata() for line in ax.lines if hasattr(line.get_ydata(), "tolist")]
