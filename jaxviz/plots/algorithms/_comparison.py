"""Algorithms against each other: learning curves, intervals, performance profiles."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...host import as_array, to_host
from ...stats import Interval
from ...view import View, _looks, _series, make_view
from ...view._series import Series, readable
from .._draw import _axes, _captions, _curves, _figure, _marks, _save, _style
from .._draw._figure import Panel, Width
from .._draw._save import PathLike

_METRICS = {"iqm": "IQM", "optimality_gap": "Optimality gap ↓", "median": "Median", "mean": "Mean"}


def plot_learning_curve_comparison(
    results: Mapping[str, Any],
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    window: int | None = None,
    seconds: Mapping[str, float] | None = None,
    level: float = 0.95,
    width: Width = None,
    ax: Axes | None = None,
) -> Figure:
    """The learning curves of several algorithms in one panel: the IQM over runs with its band.

    `results`: name → episode returns [run, episode], a TrainingRun, an Analysis or an Aggregate, one configuration
    each; runs and steps may differ. Configurations of one batch: `plot_training_curves`. `seconds`: name → how long its
    training took: x is then wall-clock time.
    """
    _save.check_path(save_path)
    if not results:
        raise ValueError("`results` is empty: there is no algorithm to draw")
    views = {name: make_view(result, target=target, window=window, level=level) for name, result in results.items()}
    series = {name: _series.learning_curve(view) for name, view in views.items()}
    _check_comparable(views, series)
    if seconds is not None:
        series = _in_seconds(series, seconds)
    caption = _comparison_caption(views, series)
    with _style.applied():
        if ax is not None:
            _draw_comparison(ax, views, series, target)
            return _figure.finish_axes(ax, caption)
        panel = Panel(partial(_draw_comparison, views=views, series=series, target=target))
        return _figure.finish(_figure.compose([panel], width=width, row_height=3.0), caption, save_path)


def _check_comparable(views: Mapping[str, View], series: Mapping[str, Series]) -> None:
    """One configuration each, on one x axis."""
    for name, view in views.items():
        if view.configurations > 1:
            raise ValueError(f"{name!r} must be one configuration, it has {view.configurations}")
    axes = {name: one.x_name for name, one in series.items()}
    if len(set(axes.values())) > 1:
        listing = ", ".join(f"{name}: {axis.lower()}" for name, axis in axes.items())
        raise ValueError(f"the curves must share their x axis, got {listing}; give `lengths` or `step` for all")


def _in_seconds(series: Mapping[str, Series], seconds: Mapping[str, float]) -> dict[str, Series]:
    if set(seconds) != set(series):
        raise ValueError(f"`seconds` must have the names of `results`: {', '.join(series)}; got {', '.join(seconds)}")
    return {name: one.in_seconds(_series.read_seconds(seconds[name], 1)) for name, one in series.items()}


def _draw_comparison(ax: Axes, views: Mapping[str, View], series: Mapping[str, Series], target: float | None) -> None:
    first = next(iter(series.values()))
    _axes.label(ax, x=first.x_name, y=first.y_name, title="", whole_x=first.counted)
    for (name, view), look in zip(views.items(), _looks.looks(list(views)), strict=True):
        _curves.draw_configuration(ax, view, series[name], 0, look, name)
    if target is not None:
        _marks.target(ax, target)
    _axes.note(ax, "; ".join(f"{n}: {w}" for n, s in views.items() if (w := _captions.diverged_share(s))))


def _comparison_caption(views: Mapping[str, View], series: Mapping[str, Series]) -> list[str]:
    counts = ", ".join(f"{name} {view.runs}" for name, view in views.items())
    over_runs = next((one for one in series.values() if one.over_runs is not None), None)
    owner = next((view for view in views.values() if view.summary is not None), None)
    what = next(iter(series.values())).what
    line = f"Line: {what}, one run each."
    if over_runs is not None and owner is not None:
        estimator = _curves.NAMES[owner.summary.statistic]
        line = f"Line: {estimator} over runs of the {what}; band: {_captions.band(over_runs)}. Runs: {counts}."
    return [line, _captions.x_axis(next(iter(series.values())).x_name)]


def plot_interval_estimates(
    intervals: Mapping[str, Mapping[str, Interval]],
    save_path: PathLike | None = None,
    *,
    width: Width = None,
) -> Figure:
    """Aggregate scores of algorithms with their intervals: one panel per metric, one row per algorithm.

    `intervals`: algorithm → metric → Interval, as `stats.aggregate_intervals` returns them for each algorithm. The same
    metrics for all.
    """
    _save.check_path(save_path)
    host = {name: on_host(by_metric) for name, by_metric in intervals.items()}
    metrics = _same_keys(host, "intervals", "metrics")
    panels = interval_panels(host, {metric: _METRICS.get(metric, readable(metric)) for metric in metrics})
    with _style.applied():
        figure = _figure.compose(*_figure.in_rows(panels, 4), width=width, row_height=0.8 + 0.3 * len(host))
        return _figure.finish(
            figure, [f"Bars: estimates with {interval_words(host[next(iter(host))][metrics[0]])}."], save_path
        )


def interval_panels(intervals: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> list[Panel]:
    """A panel per metric of `titles`, a row per algorithm."""
    return [
        Panel(partial(_draw_intervals, intervals={n: row[metric] for n, row in intervals.items()}, title=title))
        for metric, title in titles.items()
    ]


def on_host(by_name: Mapping[Any, Any]) -> dict[Any, Any]:
    """NumPy copies, in the caller's order: a pytree would sort the names."""
    return {name: to_host(value) for name, value in by_name.items()}


def _same_keys(table: Mapping[str, Mapping[str, Any]], name: str, what: str) -> tuple[str, ...]:
    """The inner keys of a table, which all rows must share."""
    keys = {tuple(row) for row in table.values()}
    if len(keys) != 1 or keys == {()}:
        raise ValueError(f"`{name}` must hold the same {what} for every algorithm, at least one of each")
    return keys.pop()


def interval_words(interval: Any) -> str:
    """The interval in words."""
    if int(interval.n.max()) == 1:
        return "no interval, as there is one run each"
    level = _axes.percent(float(interval.level.max()))
    drawn = "" if interval.unit == "none" else f", resampling {interval.unit}s, {interval.reps} replicates"
    return f"{level} {interval.method} bootstrap intervals{drawn}, n = {int(interval.n.max())} runs"


def _draw_intervals(ax: Axes, intervals: Mapping[str, Any], title: str) -> None:
    _axes.label(ax, title=title)
    for place, (interval, look) in enumerate(zip(intervals.values(), _looks.looks(list(intervals)), strict=True)):
        _marks.span(ax, place, float(interval.estimate), float(interval.low), float(interval.high), look)
        if math.isnan(float(interval.estimate)):
            _marks.remark(ax, place, "undefined")
    ax.use_sticky_edges = False  # bars do not stand on the axis
    ax.margins(x=0.08)
    _figure.name_rows(ax, list(intervals))
    spec = ax.get_subplotspec()
    if spec is not None and not spec.is_first_col():  # the first panel of the row has the names
        ax.set_yticklabels([])


def plot_performance_profiles(
    profiles: Mapping[str, Any],
    thresholds: Any,
    save_path: PathLike | None = None,
    *,
    nonlinear: bool = False,
    x_name: str = "Normalized score, τ",
    width: Width = None,
    ax: Axes | None = None,
) -> Figure:
    """The share of runs that score more than τ, for every τ of `thresholds`.

    `profiles`: algorithm → `stats.performance_profile(scores, thresholds)`, or its Interval from
    `stats.bootstrap_interval`, which is drawn as a band. `nonlinear`: τ is spaced by how many runs of all algorithms
    lie between two thresholds, so that crowded regions get room.
    """
    _save.check_path(save_path)
    host = on_host(profiles)
    tau = to_host(as_array(thresholds, "thresholds"))
    _check_profiles(host, tau)
    caption = _profile_caption(host, nonlinear)
    with _style.applied():
        if ax is not None:
            _draw_profiles(ax, host, tau, nonlinear, x_name)
            return _figure.finish_axes(ax, caption)
        panel = Panel(partial(_draw_profiles, profiles=host, tau=tau, nonlinear=nonlinear, x_name=x_name))
        return _figure.finish(_figure.compose([panel], width=width, row_height=3.0), caption, save_path)


def _estimate(profile: Any) -> Any:
    return profile.estimate if isinstance(profile, Interval) else profile


def _check_profiles(profiles: Mapping[str, Any], tau: Any) -> None:
    if not profiles:
        raise ValueError("`profiles` is empty: there is no algorithm to draw")
    for name, profile in profiles.items():
        shape = getattr(_estimate(profile), "shape", None)
        if shape != tau.shape:
            raise ValueError(f"the profile of {name!r} must have the shape of `thresholds` {tau.shape}, got {shape}")


def _draw_profiles(ax: Axes, profiles: Mapping[str, Any], tau: Any, nonlinear: bool, x_name: str) -> None:
    _axes.label(ax, x=x_name, y="Share of runs above τ")
    place = _spaced(profiles) if nonlinear else tau
    for (name, profile), look in zip(profiles.items(), _looks.looks(list(profiles)), strict=True):
        _marks.line(ax, place, _estimate(profile), look, label=name)
        if isinstance(profile, Interval):
            _marks.band(ax, place, profile.low, profile.high, look)
    if nonlinear:
        _tick_thresholds(ax, place, tau)
    ax.set_ylim(-0.02, 1.02)


def _spaced(profiles: Mapping[str, Any]) -> Any:
    """Places from 0 to 1 in proportion to the runs that lie below each threshold, over all algorithms."""
    below = [1 - _estimate(profile) for profile in profiles.values()]
    total: Any = sum(below)
    return (total - total[0]) / ((total[-1] - total[0]) or 1)


def _tick_thresholds(ax: Axes, place: Any, tau: Any, count: int = 6) -> None:
    """Thresholds at the places nearest to even ticks."""
    nearest = dict.fromkeys(int(abs(place - i / (count - 1)).argmin()) for i in range(count))
    ax.set_xticks([float(place[i]) for i in nearest], [_axes.short(float(tau[i])) for i in nearest])


def _profile_caption(profiles: Mapping[str, Any], nonlinear: bool) -> list[str]:
    interval = next((p for p in profiles.values() if isinstance(p, Interval)), None)
    band = "" if interval is None else f"; band: pointwise {interval_words(interval)}"
    axis = "The τ axis is spaced by how many runs of all algorithms lie between thresholds." if nonlinear else ""
    return [f"Line: share of runs that score more than τ, each task weighing the same{band}.", axis]
