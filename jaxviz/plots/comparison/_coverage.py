"""How many runs there are of each algorithm on each task."""

import math
from functools import partial
from typing import Unpack

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from ..._explained import explained
from ..._types import Array
from ...comparison import Comparison
from ...view import _looks, counted
from .._draw import _figure, _matrix, _rows
from .._draw._figure import PathLike, Width, Words
from ._subject import diverged_words, read

_SHADES = LinearSegmentedColormap.from_list("runs", colormaps["Blues"]([0.06, 0.22, 0.4])).with_extremes(bad="1.0")
_ALARM = _looks.WORSE


@explained
def plot_coverage(
    comparison: Comparison,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The number of runs of each algorithm on each task, with the cells that are empty or have runs that diverged.

    `comparison`: from `jv.compare`. Rows are algorithms and columns tasks, or the other way round where there are more
    tasks.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> comparison = jv.compare({"PPO": [5.0, 6.0, 7.0], "DQN": [1.0, 2.0, 4.0]}, jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_coverage(comparison)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Number of runs of each algorithm on each task, 6 in all.
    """
    _figure.check(save_path, words)
    c = read(comparison)
    turned = len(c.task_names) > len(c.algorithms)
    count = len(c.task_names) if turned else len(c.algorithms)
    draw = partial(_draw, c=c, turned=turned)
    columns = len(c.algorithms) if turned else len(c.task_names)
    width = _figure.at_most(width, 3.2 + 0.75 * columns)
    height = 0.55 + _rows.pitch(count) * count
    return _figure.draw_one(draw, _caption(c), save_path, width=width, row_height=height, ax=ax, words=words)


def _draw(ax: Axes, c: Comparison, turned: bool) -> None:
    runs, lost = (part.T if turned else part for part in (c.tasks.runs, c.tasks.diverged))
    rows, columns = (c.task_names, c.algorithms) if turned else (c.algorithms, c.task_names)
    most = max(int(runs.max()), 1)
    values = [[float(n) if n else math.nan for n in row] for row in runs.tolist()]
    _matrix.draw_matrix(
        ax, values, rows, columns, colors=_SHADES, norm=Normalize(0, most), dark=lambda _: False,
        words=lambda i, j: _words(int(runs[i, j]), int(lost[i, j])),
    )  # fmt: skip
    _mark(ax, runs == 0, "x", "0.35", "no runs")
    _mark(ax, lost > 0, "v", _ALARM, "with runs that diverged", corner=bool(ax.texts))


def _words(runs: int, lost: int) -> str:
    if not runs:
        return ""
    return f"{runs} ({lost} ✕)" if lost else str(runs)


def _mark(ax: Axes, cells: Array, marker: str, color: str, label: str, *, corner: bool = False) -> None:
    """A mark in each of the cells, in the middle or beside their words."""
    down, along = cells.nonzero()
    if len(down):
        x, edge = (along + (0.4 if corner else 0.0)).tolist(), 1.2 if marker == "x" else 0.0
        ax.scatter(x, down.tolist(), s=18, marker=marker, color=color, label=label, linewidths=edge, zorder=4)


def _caption(c: Comparison) -> list[str]:
    empty = int((c.tasks.runs == 0).sum())
    cells = c.tasks.runs.size
    return [
        f"Number of runs of each algorithm on each task, {int(c.tasks.runs.sum())} in all; darker: more.",
        f"{counted(empty, 'cell')} of {cells} {'is' if empty == 1 else 'are'} empty." if empty else "",
        diverged_words(c),
    ]
