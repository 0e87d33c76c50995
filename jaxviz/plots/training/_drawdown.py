"""Where runs fell back: their trailing means with peaks, falls and collapses marked, and how deep they were below."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._types import Array
from ...host import to_host
from ...view import View, _looks, _trailing, capitalized, known
from ...view._looks import Look
from ...view._make import view_of
from ...view._series import has_episodes
from ...view._trailing import Trailing
from .._draw import _axes, _captions, _curves, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words

_MOST_RUNS = 6
"""With more runs, curves with marks cannot be told apart: those with the deepest falls are drawn."""


@explained
def plot_drawdown(
    rewards: Any,
    window_size: int | None = None,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """How far runs fell back: the trailing mean with its collapses marked, and the distance below its earlier peak.

    `rewards`: episode returns [episode] or [run, episode], a TrainingRun or an Analysis of one configuration. A
    triangle down is where a collapse began (half of what was gained is lost, and stays lost): at the last best value
    before it; filled where the run came back. Both panels span the scatter of single entries at least. Of more than
    six runs the six with the deepest falls are drawn.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_drawdown([0.0, 2.0, 1.0, 3.0, 2.0, 4.0])
    >>> print(jv.plots.figure_caption(figure, short=True))
    Return of each episode, and its distance below its best value so far.
    """
    _figure.check(save_path, words)
    view = view_of(rewards, "rewards", window=window_size, target=target, level=level)
    _check(view)
    trailing = _trailing.trailing(view, window_size)
    runs = _deepest(view)
    falls = to_host(known(trailing.single).drawdown)[0]
    level_panel = Panel(partial(_draw_level, view=view, trailing=trailing, runs=runs, falls=falls))
    falls_panel = Panel(partial(_draw_falls, view=view, trailing=trailing, runs=runs, falls=falls))
    caption = _caption(view, trailing, runs)
    return _figure.draw([[level_panel], [falls_panel]], caption, save_path, width=width, row_height=2.2, words=words)


def _check(view: View) -> None:
    if view.configurations > 1:
        raise ValueError(f"`rewards` must be one configuration, it has {view.configurations}")
    if view.analysis is None:
        raise ValueError("an Aggregate has no single runs: give the TrainingRun or the Analysis")
    if not knows_falls(view):
        raise ValueError("`rewards` needs windows, stability and convergence: analyse again with these groups")


def knows_falls(view: View) -> bool:
    """The view has the numbers of `plot_drawdown`."""
    analysis = view.analysis
    groups = () if analysis is None else (analysis.windows, analysis.convergence, analysis.stability)
    return bool(groups) and all(group is not None for group in groups)


def _deepest(view: View) -> list[int]:
    """The runs with the largest falls, in their order; those without a number last."""
    falls = known(view.per_run.stability).max_drawdown[0].tolist()
    ranked = sorted(range(len(falls)), key=lambda r: -falls[r] if falls[r] == falls[r] else 1.0)
    return sorted(ranked[:_MOST_RUNS])


def _draw_level(ax: Axes, view: View, trailing: Trailing, runs: Sequence[int], falls: Array) -> None:
    _axes.label(ax, y=_level_name(view, trailing), title="Collapses", whole_x=trailing.counted)
    for run, look in _run_looks(view, runs):
        x, y = trailing.run("mean", 0, run)
        _marks.line(ax, x, y, look, label=f"run {run}" if view.runs > 1 else trailing.mean_words)
        if view.per_run.diverged.returns[0, run]:  # other runs end with their last entry
            _curves.mark_end(ax, view, x, y, look)
    for run, look in _run_looks(view, runs):
        _mark_collapse(ax, view, trailing, run, falls, look)
    if view.target is not None:
        _marks.target(ax, view.target)
    if _curves.nothing_finite(ax):
        _axes.missing(ax, trailing.lacking)
        return
    _axes.span_at_least(ax, _scatter(trailing, runs))


def _scatter(trailing: Trailing, runs: Sequence[int]) -> float:
    """Four standard deviations of the entries of a window, in the run where they scatter most, or 5% of the level."""
    levels = [abs(y[abs(y) < math.inf]) for y in (trailing.run("mean", 0, run)[1] for run in runs)]
    least = 0.05 * min((float(level.max()) for level in levels if len(level)), default=0.0)
    if not trailing.has("std"):
        return least
    own = [std[abs(std) < math.inf] for std in (trailing.run("std", 0, run)[1] for run in runs)]
    return max([least, *(4 * float(std.mean()) for std in own if len(std))])


def _level_name(view: View, trailing: Trailing) -> str:
    return view.metric_label if trailing.each else f"Trailing mean {view.metric}"


def _run_looks(view: View, runs: Sequence[int]) -> list[tuple[int, Look]]:
    names = [f"run {run}" for run in runs]
    return list(zip(runs, _looks.looks(names), strict=True))


def _mark_collapse(ax: Axes, view: View, trailing: Trailing, run: int, falls: Array, look: Look) -> None:
    """A triangle on the curve where the loss began: at the last best value before half of the gain was lost."""
    fall = known(view.per_run.convergence).collapse
    if not fall.collapsed[0, run]:
        return
    half_lost = _entry_of(view, int(fall.step[0, run]), run)
    if half_lost is not None:
        best = (falls[run][: half_lost + 1] == 0).nonzero()[0]
        onset = int(best[-1]) if len(best) else half_lost
        x, y = known(trailing.x)[0, run], known(trailing.single).mean[0, run]
        _marks.collapse(ax, float(x[onset]), float(y[onset]), look, filled=bool(fall.recovered[0, run]))


def _entry_of(view: View, step: int, run: int) -> int | None:
    """The entry of a run at `step`, an index if its stream has no steps; None: its steps are not known."""
    steps = _trailing.stream_steps(view)
    if steps is not None:
        return int((steps[0, run] == step).argmax())
    without_steps = has_episodes(view) or view.per_run.curve.step is None
    return step if without_steps else None


def _draw_falls(ax: Axes, view: View, trailing: Trailing, runs: Sequence[int], falls: Array) -> None:
    y_name, sign = ("Above the lowest", 1) if view.minimize else ("Below the peak", -1)
    _axes.label(ax, x=trailing.x_name, y=y_name, title="Drawdown", whole_x=trailing.counted)
    for run, look in _run_looks(view, runs):
        full = slice(int(known(trailing.sizes)[0, run]) - 1, None)
        _marks.line(ax, known(trailing.x)[0, run][full], sign * falls[run][full], look)
    if _curves.nothing_finite(ax):
        _axes.missing(ax, trailing.lacking)
        return
    low, high = ax.get_ylim()
    if high - low < (least := _scatter(trailing, runs)):
        ax.set_ylim(*((-0.03 * least, least) if view.minimize else (-least, 0.03 * least)))


def _caption(view: View, trailing: Trailing, runs: Sequence[int]) -> list[str]:
    collapse = known(view.per_run.convergence).collapse
    count, back = int(collapse.collapsed.sum()), int((collapse.collapsed & collapse.recovered).sum())
    falls = "highest rises" if view.minimize else "deepest falls"
    chosen = f"The {len(runs)} of {view.runs} runs with the {falls}." if len(runs) < view.runs else ""
    many = f"{view.runs} runs" if view.runs > 1 else "1 run"
    return [
        _captions.chosen(view),
        f"{_level_words(trailing)}, and its distance {'above' if view.minimize else 'below'} its best value so far.",
        chosen,
        f"Triangles: where a collapse (a lasting loss of half of the gain) began, in {count} of {many}; filled: {back} "
        "came back.",
        _captions.target_line(view),
        _captions.crosses(view, runs),
        _captions.x_axis(trailing.x_name),
    ]


def _level_words(trailing: Trailing) -> str:
    """The curves in the words of a caption."""
    return capitalized(trailing.each) or f"Trailing mean over {trailing.window_words}"
