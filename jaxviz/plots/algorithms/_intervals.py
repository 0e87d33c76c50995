"""Aggregate scores of algorithms with their intervals."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...host import to_host
from ...stats import Interval
from ...view import _looks, _names
from ...view._series import readable
from .._draw import _axes, _figure, _marks
from .._draw._figure import Panel, PathLike, Width


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
    _figure.check_path(save_path)
    host = {name: on_host(by_metric) for name, by_metric in intervals.items()}
    metrics = _same_keys(host, "intervals", "metrics")
    panels = interval_panels(host, {metric: _names.OF_SCORES.get(metric, readable(metric)) for metric in metrics})
    caption = [f"Bars: estimates with {interval_words(host[next(iter(host))][metrics[0]])}."]
    rows = _figure.in_rows(panels, 4)
    return _figure.draw(rows, caption, save_path, width=width, row_height=0.8 + 0.3 * len(host))


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
    _axes.name_rows(ax, list(intervals))
    spec = ax.get_subplotspec()
    if spec is not None and not spec.is_first_col():  # the first panel of the row has the names
        ax.set_yticklabels([])
