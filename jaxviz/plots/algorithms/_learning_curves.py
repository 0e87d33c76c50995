"""The learning curves of algorithms in one panel."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...view import View, _looks, _names, _series
from ...view._alike import check_alike
from ...view._make import view_of
from ...view._numbers import plain
from ...view._series import Series
from .._draw import _axes, _captions, _curves, _figure, _marks
from .._draw._figure import PathLike, Width, Words


@explained
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
    **words: Unpack[Words],
) -> Figure:
    """The learning curves of several algorithms in one panel: the IQM over runs with its band.

    `results`: name → episode returns [run, episode], a TrainingRun, an Analysis or an Aggregate, one configuration
    each; runs and steps may differ. Configurations of one batch: `plot_training_curves`. `seconds`: name → how long its
    training took: x is then wall-clock time.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> analysis = jv.analyze(run, groups=("performance",))
    >>> summary = jv.aggregate(analysis, jax.random.key(0))
    >>> figure = jv.plots.plot_learning_curve_comparison({"PPO": summary, "DQN": summary})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: IQM over runs of the mean return of the episodes in equal intervals of training.
    """
    _figure.check(save_path, words)
    _figure.check_named(results, "results", "comparison")
    options = {"target": target, "window": window, "level": level}
    views = {name: view_of(result, f"results[{name!r}]", **options) for name, result in results.items()}
    series = {name: _series.learning_curve(view) for name, view in views.items()}
    _check_comparable(views, series)
    if seconds is not None:
        series = _in_seconds(series, seconds)
    draw = partial(_draw_comparison, views=views, series=series, target=target)
    return _figure.draw_one(
        draw, _comparison_caption(views, series, target), save_path, width=width, ax=ax, words=words
    )


def _check_comparable(views: Mapping[str, View], series: Mapping[str, Series]) -> None:
    """One configuration each, of one metric, on one x axis."""
    check_alike(views, "results")
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


def _comparison_caption(views: Mapping[str, View], series: Mapping[str, Series], target: float | None) -> list[str]:
    counts = ", ".join(f"{name} {view.runs}" for name, view in views.items())
    over_runs = next((one.over_runs for one in series.values() if one.over_runs is not None), None)
    owner = next((view for view in views.values() if view.summary is not None), None)
    first = next(iter(series.values()))
    line, runs = f"Line: {first.what}, one run each.", ""
    if over_runs is not None and owner is not None:
        estimator, band = _names.AT_START[owner.estimates.statistic], _captions.interval_of_curve(over_runs.interval)
        line = f"Line: {estimator} over runs of the {first.what}; band: {band}."
        runs = f"Runs: {counts}."
    return [line, runs, "" if target is None else f"Dashed: target {plain(target)}.", _captions.x_axis(first.x_name)]
