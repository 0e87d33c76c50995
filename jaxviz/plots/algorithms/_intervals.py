"""Aggregate scores of algorithms with their intervals."""

import math
from collections.abc import Mapping
from functools import partial
from typing import TypeVar, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...host import to_host
from ...stats import Interval
from ...view import _looks, _names
from ...view._interval_words import method_words
from ...view._numbers import percent
from ...view._series import readable
from .._draw import _axes, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words

Name = TypeVar("Name")
Value = TypeVar("Value")


@explained
def plot_interval_estimates(
    intervals: Mapping[str, Mapping[str, Interval]],
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Aggregate scores of algorithms with their intervals: one panel per metric, one row per algorithm.

    `intervals`: algorithm → metric → Interval, as `stats.aggregate_intervals` returns them for each algorithm. The same
    metrics for all.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> mean = stats.bootstrap_interval(jax.random.key(0), stats.mean, np.array([3.0, 4.0, 5.0]), unit="run")
    >>> figure = jv.plots.plot_interval_estimates({"PPO": {"Mean score": mean}})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Bars: estimates with 95% Hall interval, n = 3 runs.
    """
    _figure.check(save_path, words)
    host = {name: on_host(by_metric) for name, by_metric in intervals.items()}
    metrics = _shared_metrics(host)
    panels = []
    for metric in metrics:
        row, title = {name: by_metric[metric] for name, by_metric in host.items()}, _names.OF_SCORES.get(metric)
        panels.append(Panel(partial(draw_intervals, intervals=row, title=title or readable(metric))))
    caption = [f"Bars: estimates with {interval_words(host[next(iter(host))][metrics[0]])}."]
    rows = _figure.in_rows(panels, 4)
    return _figure.draw(rows, caption, save_path, width=width, row_height=0.8 + 0.3 * len(host), words=words)


def on_host(by_name: Mapping[Name, Value]) -> dict[Name, Value]:
    """NumPy copies, in the caller's order: a pytree would sort the names."""
    return {name: to_host(value) for name, value in by_name.items()}


def _shared_metrics(intervals: Mapping[str, Mapping[str, Interval]]) -> tuple[str, ...]:
    """The metrics, which all algorithms must share."""
    metrics = {tuple(by_metric) for by_metric in intervals.values()}
    if len(metrics) != 1 or metrics == {()}:
        raise ValueError("`intervals` must hold the same metrics for every algorithm, at least one of each")
    return metrics.pop()


def interval_words(interval: Interval) -> str:
    """The interval in words."""
    if int(interval.n.max()) == 1:
        return "no interval, as there is one run each"
    if interval.unit == "none" or not interval.reps:
        return f"{method_words(interval)}, n = {int(interval.n.max())} runs"
    level = percent(interval.level.max())
    drawn = f"resampling {interval.unit}s, {interval.reps} replicates"
    return f"{level} {interval.method} bootstrap intervals, {drawn}, n = {int(interval.n.max())} runs"


def draw_intervals(ax: Axes, intervals: Mapping[str, Interval], title: str) -> None:
    """One row per algorithm: its interval as a bar with the estimate in it."""
    _axes.label(ax, title=title)
    for place, (interval, look) in enumerate(zip(intervals.values(), _looks.looks(list(intervals)), strict=True)):
        _marks.span(ax, place, float(interval.estimate), float(interval.low), float(interval.high), look)
        if math.isnan(float(interval.estimate)):
            _marks.remark(ax, place, "undefined")
    ax.use_sticky_edges = False  # bars do not stand on the axis
    ax.margins(x=0.08)
    _axes.name_rows(ax, list(intervals))
    if not _axes.in_first_column(ax):  # the first panel of the row has the names
        ax.set_yticklabels([])
