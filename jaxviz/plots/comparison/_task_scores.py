"""The scores of all algorithms on each task: a grid of panels with one set of names."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...comparison import Comparison
from ...view._interval_words import method_words
from ...view.comparisons._describe import algorithms_in_order, score_words
from .._draw import _axes, _figure, _rows
from .._draw._figure import Panel, PathLike, Width, Words
from .._draw._rows import Row
from ._subject import colors, read, runs_of, task_places

_COLUMNS = 4
_FEW_RUNS = 5
"""Runs below which they are shown alone: an interval of four says little."""
_MOST_DOTS = 400
"""Runs of a panel that are drawn one by one."""


@explained
def plot_task_scores(
    comparison: Comparison,
    save_path: PathLike | None = None,
    *,
    tasks: Sequence[str] | None = None,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """The mean score of every algorithm on each task with its interval and its runs: a panel for each task.

    `comparison`: from `jv.compare`. `tasks`: which, in their order; all without it. Each panel has its own scale.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> comparison = jv.compare({"PPO": [5.0, 6.0, 7.0], "DQN": [1.0, 2.0, 4.0]}, jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_task_scores(comparison)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Mean score of each algorithm on each task with its 95% scaled percentile bootstrap interval.
    """
    _figure.check(save_path, words)
    c = read(comparison)
    places = task_places(c.task_names, tasks)
    order = algorithms_in_order(c)
    panels = [Panel(partial(_draw, c=c, t=t, order=order)) for t in places]
    height = 0.62 + _rows.pitch(len(order)) * 0.85 * max(len(order), 2)
    grid = _figure.in_grid(panels, _COLUMNS)
    return _figure.draw(grid, _caption(c, places), save_path, width=width, row_height=height, words=words)


def _draw(ax: Axes, c: Comparison, t: int, order: Sequence[int]) -> None:
    _axes.label(ax)
    _axes.few_ticks(ax)
    ink = colors(c)
    _draw_runs(ax, c, t, order, ink)
    rows = [_row(c, a, t, ink[a]) for a in order]
    _rows.draw_rows(ax, rows)
    ax.margins(x=0.08)
    for place, a in enumerate(order):
        if remark := _remark(c, a, t):
            _rows.words_inside(ax, place, remark, right=_rows.free_on_right(rows[place], rows))
    _axes.name_rows(ax, [c.algorithms[a] for a in order], row=0.85 * _rows.pitch(len(order)))
    ax.tick_params(axis="y", labelleft=_axes.in_first_column(ax), length=0)
    _axes.title_in_panel(ax, c.task_names[t], c.algorithms)


def _row(c: Comparison, a: int, t: int, color: str) -> Row:
    row = _rows.row_of(c.tasks.mean, (a, t), color)
    return row._replace(low=math.nan, high=math.nan) if int(c.tasks.runs[a, t]) < _FEW_RUNS else row


def _draw_runs(ax: Axes, c: Comparison, t: int, order: Sequence[int], ink: Sequence[str]) -> None:
    """A faint dot for each run, spread a little across its row."""
    scores = {place: c.scores[a, c.valid[a, :, t], t].tolist() for place, a in enumerate(order)}
    dots = [(x, place, ink[order[place]]) for place, some in scores.items() for x in some if abs(x) < math.inf]
    if dots and len(dots) <= _MOST_DOTS:
        x, y, colored = zip(*dots, strict=True)
        ax.scatter(x, y, s=9, c=colored, alpha=0.35, linewidths=0, zorder=2)


def _remark(c: Comparison, a: int, t: int) -> str:
    runs, lost = int(c.tasks.runs[a, t]), int(c.tasks.diverged[a, t])
    if not runs:
        return "no runs"
    return f"{lost} ✕" if lost else ""


def _caption(c: Comparison, places: Sequence[int]) -> list[str]:
    few = [int(n) for n in c.tasks.runs[:, list(places)].ravel() if 0 < n < _FEW_RUNS]
    lost = bool(c.tasks.diverged[:, list(places)].any())
    scale = "" if c.scale.name == "raw" else f", normalised by {c.scale.name}"
    direction = ", lower is better" if c.minimize else ""
    comma = "," if scale or direction else ""
    return [
        f"Mean {score_words(c)}{scale}{direction}{comma} of each algorithm on each task with its "
        f"{method_words(c.tasks.mean)}; {runs_of(c)}. Faint: single runs. x: scores, each task on its own scale.",
        f"No intervals of fewer than {_FEW_RUNS} runs." if few else "",
        "✕: how many runs diverged, which count as the worst of their task." if lost else "",
    ]  # fmt: skip
