"""The best, the median and the worst run, among the others."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...view import View, _looks, _series, counted
from ...view._make import view_of
from ...view._series import Series
from .._draw import _axes, _captions, _curves, _figure, _marks
from .._draw._figure import PathLike, Width, Words


@explained
def plot_representative_runs(
    rewards: Any,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    window: int | None = None,
    level: float = 0.95,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The runs with the best, the median and the worst final level, by name, among the others in grey.

    `rewards`: episode returns [run, episode], a TrainingRun or an Analysis of one configuration, three runs or more.
    The final level is the mean over the last tenth of training; a run that diverged is the worst. Of an even number the
    median run is the better of the two in the middle. ValueError below three runs, or for several configurations.

    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> analysis = jv.analyze(run, groups=("performance",))
    >>> figure = jv.plots.plot_representative_runs(analysis)
    >>> print(jv.plots.figure_caption(figure, short=True))
    In colour: the runs with the best, the median and the worst final return of 3, the mean over the last tenth of
    training (6 episodes each).
    """
    _figure.check(save_path, words)
    view = view_of(rewards, "rewards", target=target, window=window, level=level)
    if view.configurations > 1:
        raise ValueError(f"`rewards` must be one configuration, it has {view.configurations}")
    series = _series.learning_curve(view)
    if series.y is None or view.scores is None:
        raise ValueError("an Aggregate has no single runs: give the TrainingRun or the Analysis")
    if view.runs < 3:
        raise ValueError(f"`rewards` must have three runs or more, it has {view.runs}")
    chosen = _chosen(view)
    caption = [
        _captions.chosen(view),
        f"In colour: the runs with the best, the median and the worst {view.final_name} of {view.runs}, the mean over "
        f"{view.final_words}; grey: the others.",
        f"Curves: {series.what}.",
        _captions.target_line(view),
        _captions.crosses(view, range(view.runs)),
        _captions.x_axis(series.x_name),
    ]
    draw = partial(_draw, view=view, series=series, chosen=chosen)
    return _figure.draw_one(draw, caption, save_path, width=width, ax=ax, words=words)


def _chosen(view: View) -> dict[str, int]:
    """What it is → the run."""
    scores = [] if view.scores is None else [float(v) for v in view.scores[0]]
    sign = 1 if view.minimize else -1
    lost = [math.inf if math.isnan(v) else sign * v for v in scores]
    order = sorted(range(len(scores)), key=lambda r: lost[r])
    return {"best": order[0], "median": order[(len(order) - 1) // 2], "worst": order[-1]}


def _draw(ax: Axes, view: View, series: Series, chosen: dict[str, int]) -> None:
    _axes.label(ax, x=series.x_name, y=series.y_name, whole_x=series.counted)
    others: Sequence[int] = [run for run in range(view.runs) if run not in chosen.values()]
    for run in others:
        _marks.faded_line(ax, *series.run(0, run), label=f"{counted(len(others), 'other run')}")
    for (name, run), look in zip(chosen.items(), _looks.looks(list(chosen)), strict=True):
        x, y = series.run(0, run)
        _marks.line(ax, x, y, look, label=f"{name}: {view.run_name(0, run)}")
        if view.per_run.diverged.returns[0, run]:
            _curves.mark_end(ax, view, x, y, look)
    if view.target is not None:
        _marks.target(ax, view.target)
    if _curves.nothing_finite(ax):
        _axes.missing(ax, "no finite value to draw")
