"""Where the level of the returns changed."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._joining import stack_runs
from ..._run import TrainingRun
from ..._types import Array
from ...analysis import Analysis
from ...view import View, _looks, _series, _trailing, analyze_run, from_analysis, known
from ...view._make import are_runs, arrays_of
from ...view._series import Series
from .._draw import _axes, _captions, _curves, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from ._panels import draw_returns

_GROUPS = ("windows", "performance", "change_points")


@explained
def plot_change_points(
    rewards: Any,
    save_path: PathLike | None = None,
    *,
    window: int | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Where the level of the returns changed: the optimal piecewise constant fit of every run.

    `rewards`: episode returns [episode] or [run, episode], a TrainingRun, or an Analysis made with the group
    ``"change_points"``; one configuration. One run: upright lines on its curve. Many: below the learning curve, one row
    per run with a mark at every change.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> run = jv.from_arrays([1.0, 1.0, 1.0, 9.0, 9.0, 9.0])
    >>> analysis = jv.analyze(run, groups=("change_points",))
    >>> figure = jv.plots.plot_change_points(analysis)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: return of each episode, at the centre of one of 25 equal intervals of training, one run.
    """
    _figure.check(save_path, words)
    view = _view(rewards, window, level)
    series, changes = _series.learning_curve(view), known(view.per_run.change_points)
    places = [_places(view, run) for run in range(view.runs)]
    curve = Panel(partial(_draw_curve, view=view, series=series, places=places))
    rows = [[curve]] if view.runs == 1 else [[curve], [Panel(partial(_draw_rows, series=series, places=places))]]
    marks = "Marks" if view.runs > 1 else "Dotted"
    caption = [
        _captions.chosen(view),
        _captions.curve(view, series),
        f"{marks}: where the level of the raw returns changes (optimal fit of constants).",
        "The runs have more changes than are kept." if changes.overflow.any() else "",
        _captions.divergence(view),
        "Runs that diverged have no fit." if _captions.diverged_share(view) else "",
        _captions.x_axis(series.x_name),
    ]
    return _figure.draw(rows, caption, save_path, width=width, row_height=2.5, words=words)


def _view(rewards: Any, window: int | None, level: float) -> View:
    if isinstance(rewards, View):
        view = rewards
    elif isinstance(rewards, Analysis):
        view = from_analysis(rewards, None, None, level)
    else:
        rewards = stack_runs(rewards) if are_runs(rewards) else rewards
        run = rewards if isinstance(rewards, TrainingRun) else arrays_of(rewards, "rewards")
        view = from_analysis(analyze_run(run, window=window, groups=_GROUPS), run, None, level)
    if view.analysis is None or view.analysis.change_points is None:
        raise ValueError("this Analysis has no change points: analyse with groups=(..., 'change_points')")
    if view.configurations > 1:
        raise ValueError(f"`rewards` must be one configuration, it has {view.configurations}")
    return view


def _places(view: View, run: int) -> Array:
    """x of the changes of a run."""
    changes, step = known(view.per_run.change_points), _trailing.stream_steps(view)
    index = changes.index[0, run][changes.valid[0, run]]
    return index + 1 if step is None else step[0, run][index]


def _draw_curve(ax: Axes, view: View, series: Series, places: Sequence[Array]) -> None:
    draw_returns(ax, view, series, title="Learning curve")
    if view.runs == 1:
        for i, place in enumerate(places[0].tolist()):
            _marks.change(ax, place, label="level changes" if i == 0 else None)
    elif not _curves.nothing_finite(ax):
        ax.set_xlabel("")


def _draw_rows(ax: Axes, series: Series, places: Sequence[Array]) -> None:
    """One row per run with a mark at every change, on the x axis of the curve above."""
    _axes.label(ax, x=series.x_name, y="Run", title="Changes of level", whole_x=series.counted)
    for row, own in enumerate(places):
        _marks.row_marks(ax, own, row, _looks.look(0), tall=len(places) <= 40)
    ax.set_xlim(ax.figure.axes[0].get_xlim())
    ax.set_ylim(len(places) - 0.4, -0.6)
    ax.yaxis.set_major_locator(_axes.whole_numbers())
    ax.grid(visible=False, axis="y")
    if not any(len(own) for own in places):
        _axes.missing(ax, "no change of level in any run")
