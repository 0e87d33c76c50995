"""The strip beside a learning curve: the last returns of every run, with the estimate over runs."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...view import View, bounds, capitalized, known
from .._draw import _axes, _curves, _marks, _text_width
from .._draw._interval_bars import draw_interval

CURVE_WEIGHT = 3.4
"""Width of the learning curve relative to the strip."""
_STRIPS_SHARE = 0.8 / (1 + CURVE_WEIGHT)
"""Of a figure's width: the room for the words below the strips."""
_SOLVED = ("runs that solved it", "solved")
"""The label of the axis, in the longest form that has room."""


def has_last_returns(view: View) -> bool:
    """There are last returns of several runs to compare."""
    return not view.is_one_run and view.results.performance is not None


def draw_last_returns(ax: Axes, view: View) -> None:
    """One dot per run at its final level, with the estimate over runs."""
    _axes.label(ax, title=capitalized(view.final_name))
    for position, (configuration, look) in enumerate(view.looks.items()):
        if view.analysis is not None:
            _marks.strip(ax, known(view.analysis.performance).final[configuration], position, look)
        if view.summary is not None:
            draw_interval(ax, position, *bounds(known(view.summary.performance).final, configuration))
    if view.target is not None:
        _marks.reference(ax, view.target)
    ax.tick_params(labelleft=False)
    _label_strips(ax, view)


def _label_strips(ax: Axes, view: View) -> None:
    """Below each strip, how many of its runs solved the task (with a target) and how many diverged."""
    colored = view.colored
    outcomes = [_outcome(view, c) for c in colored]
    ax.set_xlim(-0.6, len(colored) - 0.4)
    ax.set_xticks(range(len(colored)), outcomes)
    ax.grid(visible=False, axis="x")
    figure = ax.figure
    assert isinstance(figure, Figure)
    room = figure.get_figwidth() * _STRIPS_SHARE
    width = _text_width.measure(figure, float(ax.xaxis.label.get_fontsize()))
    if len(colored) * max(width(f"{line} ") for words in outcomes for line in words.split("\n")) > room:
        ax.tick_params(axis="x", rotation=90)
    if _solved_runs(view, colored[0]):
        ax.set_xlabel(next((words for words in _SOLVED if width(words) <= room), _SOLVED[-1]))


def _outcome(view: View, configuration: int) -> str:
    diverged = _curves.diverged_runs(view, configuration)
    crosses = f"\N{MULTIPLICATION SIGN} {diverged}" if diverged else ""
    return "\n".join(filter(None, [_solved_runs(view, configuration), crosses]))


def _solved_runs(view: View, configuration: int) -> str:
    """``12/16``; "" without a target."""
    if view.analysis is None or view.analysis.performance is None or view.analysis.performance.solved is None:
        return ""
    return f"{int(view.analysis.performance.solved[configuration].sum())}/{view.runs}"
