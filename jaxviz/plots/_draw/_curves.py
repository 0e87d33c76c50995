"""A quantity over training on one axes: one run, a few runs, many runs, many configurations."""

import math
from typing import Any

from matplotlib.axes import Axes

from ..._types import Array
from ...aggregation import CurveAggregate
from ...view import ALL_RUNS, View, _names, known
from ...view._looks import Look
from ...view._numbers import percent
from ...view._series import Series
from ...view._trailing import Trailing, TrailingName
from . import _axes, _marks

FEW_RUNS = 10
"""Up to this many runs, every run is a thin line."""
MANY_RUNS = 50
"""Above this many runs of one configuration, a fan of quantiles shows them."""
_MOST_WITH_RUN_LINES = 3
"""Configurations with a thin line for every run: with more, the lines cover each other."""


def draw_series(ax: Axes, view: View, series: Series, *, title: str = "", name: str | None = None) -> None:
    """Every configuration of a quantity: coloured if it is one of the view's coloured ones, else grey.

    `name`: the name of the line of one run in the legend.
    """
    _axes.label(ax, x=series.x_name, y=series.y_name, title=title, whole_x=series.counted)
    for configuration in view.faded:
        _draw_faded(ax, view, series, configuration)
    for configuration, look in view.looks.items():
        own = own_name(view, configuration)
        draw_configuration(ax, view, series, configuration, look, own or (name if view.is_one_run else None))
    if nothing_finite(ax):
        _axes.missing(ax, "no finite value to draw" if ax.lines else "no entry to draw")


def own_name(view: View, configuration: int) -> str | None:
    """The name of a configuration, if it has one of its own: there are several, or the caller gave it."""
    label = view.labels[configuration]
    return None if view.configurations == 1 and label == ALL_RUNS else label


def _draw_faded(ax: Axes, view: View, series: Series, configuration: int) -> None:
    label = _others(view)
    if series.over_runs is None:
        _marks.faded_line(ax, *series.run(configuration, 0), label=label)
    else:
        estimate = series.over_runs.interval.estimate[configuration]
        _marks.faded_line(ax, series.grid(configuration), estimate, label=label)


def _others(view: View) -> str:
    return f"{len(view.faded)} other configurations"


def draw_configuration(ax: Axes, view: View, series: Series, configuration: int, look: Look, label: str | None) -> None:
    """One configuration: its only run, or the estimate over its runs with marks for the runs.

    `label`: its name in the legend; without one the legend explains the marks.
    """
    if series.over_runs is None:
        x, y = series.run(configuration, 0)
        _marks.line(ax, x, y, look, label=label)
        mark_end(ax, view, x, y, look)
        return
    x = series.grid(configuration)
    _draw_estimate(ax, view, series.over_runs, configuration, x, look, label)
    if shows_fan(view):
        _marks.fan(ax, x, series.over_runs.quantiles[configuration], look)
    if series.y is not None and shows_runs(view, configuration):
        since = runs_since(view, series, configuration)
        _draw_runs(ax, view, series, configuration, look, None if label else "single runs", since)


def _draw_estimate(
    ax: Axes, view: View, over_runs: CurveAggregate, configuration: int, x: Array, look: Look, label: str | None
) -> None:
    interval, band_label = over_runs.interval, None
    if not label:
        label = f"{_names.AT_START[view.estimates.statistic]} of {view.runs} runs"
        band_label = f"{percent(interval.level.max())} interval"
    _draw_thinning_out(ax, x, interval.estimate[configuration], over_runs.count[configuration], look, label)
    low, high = interval.low[configuration], interval.high[configuration]
    _marks.band(ax, x, low, high, look, alpha=0.35 if shows_fan(view) else 0.2, label=band_label)


def _draw_thinning_out(ax: Axes, x: Array, y: Array, count: Array, look: Look, label: str) -> None:
    """A line over runs, thin and dotted from where some of them have ended. `count` [point]: runs behind each point."""
    whole = last_with_most_runs(count) + 1
    _marks.line(ax, x[:whole], y[:whole], look, label=label)
    _marks.thin_line(ax, x[whole - 1 :], y[whole - 1 :], look)


def last_with_most_runs(count: Array) -> int:
    """The last point with as many runs behind it as there ever are: shorter runs end after it. `count` [point]."""
    return int((count == count.max()).nonzero()[0][-1])


def runs_since(view: View, series: Series, configuration: int) -> float:
    """x from which on single runs are drawn: all of few runs; of many, the part without an estimate; ∞: nowhere."""
    if has_few_runs(view):
        return -math.inf
    return _end_of(series.grid(configuration), known(series.over_runs).interval.estimate[configuration])


def _end_of(x: Array, estimate: Array) -> float:
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
        mark_end(ax, view, x, y, look)


def _draw_run(ax: Axes, x: Array, y: Array, look: Look, label: str | None, since: float) -> None:
    later = x >= since
    if later.any():
        _marks.run_line(ax, x[later], y[later], look, label=label)


def draw_trailing(
    ax: Axes,
    view: View,
    trailing: Trailing,
    name: TrailingName,
    *,
    title: str = "",
    y_name: str = "",
    legend: bool = True,
) -> None:
    """One trailing statistic of every configuration: its median over runs with quantiles, or its only run."""
    _axes.label(ax, x=trailing.x_name, y=y_name, title=title, whole_x=trailing.counted)
    for configuration in view.faded:
        _marks.faded_line(ax, *trailing.middle(name, configuration), label=_others(view))
    for configuration, look in view.looks.items():
        _draw_trailing_of(ax, view, trailing, name, configuration, look)
    if not legend:
        _axes.forget_labels(ax)
    if nothing_finite(ax):
        _axes.missing(ax, trailing.lacking)


def _draw_trailing_of(
    ax: Axes, view: View, trailing: Trailing, name: TrailingName, configuration: int, look: Look
) -> None:
    own = own_name(view, configuration)
    label = own or trailing.line_name
    x, middle = trailing.middle(name, configuration)
    if trailing.over_runs is None:
        _marks.line(ax, x, middle, look, label=label)
        return
    _draw_thinning_out(ax, x, middle, trailing.over_runs.count[configuration], look, label)
    x, quantiles = trailing.quantiles(name, configuration)
    if view.configurations == 1:
        _marks.fan(ax, x, quantiles, look)
    else:
        _marks.band(ax, x, quantiles[1], quantiles[3], look)
    if trailing.single is not None and has_few_runs(view):
        for run in range(view.runs):
            _marks.run_line(ax, *trailing.run(name, configuration, run), look, label=None if own else "single runs")


def draw_median(ax: Axes, series: Series, look: Look) -> None:
    """The median over runs, with the runs as thin lines, or as a fan if there are many; the line of one run.

    Of many, the runs are drawn where they have no median, as one of them diverged.
    """
    x, runs = series.middle_x(0), known(series.y)[0]
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


def mark_end(ax: Axes, view: View, x: Array, y: Array, look: Look) -> None:
    """A cross where the values of a run stop being finite; the legend says how many runs did."""
    finite = (abs(y) < math.inf).nonzero()[0]
    if len(finite) and finite[-1] + 1 < len(y):
        _marks.ended(ax, float(x[finite[-1]]), float(y[finite[-1]]), look, label=_diverged_words(view))


def _diverged_words(view: View) -> str:
    """``run diverged (2 of 8)``."""
    count = sum(diverged_runs(view, c) for c in range(view.configurations))
    many = view.runs * view.configurations
    return "run diverged" if many == 1 or not count else f"run diverged ({count} of {many})"


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
    return int(view.estimates.diverged[configuration])


def nothing_finite(ax: Axes) -> bool:
    """No line on the axes has a finite point."""
    return not any((abs(y) < math.inf).any() for y in heights(ax))


def heights(ax: Axes) -> list[Any]:
    """The y values of every line on the axes, as NumPy arrays; reference lines, whose ends are a list, are left out."""
    return [line.get_ydata() for line in ax.lines if not isinstance(line.get_ydata(), list)]
