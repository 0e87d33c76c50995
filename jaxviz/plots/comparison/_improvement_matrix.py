"""P(X > Y) for all pairs of algorithms."""

import math
from functools import partial
from typing import Unpack

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.text import Text

from ..._explained import explained
from ...comparison import Comparison
from ...view import _looks
from ...view._interval_words import method_words
from ...view.comparisons._describe import algorithms_in_order
from .._draw import _figure, _matrix, _rows
from .._draw._figure import PathLike, Width, Words
from ._subject import read, runs_of

_SHADES = LinearSegmentedColormap.from_list("odds", [_looks.WORSE, "#f7f7f7", _looks.BETTER])
_SHADES = _SHADES.with_extremes(bad="0.9")
_NORM = Normalize(0, 1)
_MOST_INTERVALS = 6
"""Columns up to which cells have their intervals."""
_CELL = 1.05
"""Inches of a cell of few: wider ones say no more."""


@explained
def plot_improvement_matrix(
    comparison: Comparison,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """P(X > Y), the probability that a run of X (row) is better than one of Y (column) on the same task, for all pairs.

    `comparison`: from `jv.compare`. Sorted by tier and score; bold where the interval leaves ½ out. With a baseline
    there is one column, the baseline.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> comparison = jv.compare({"PPO": [5.0, 6.0, 7.0], "DQN": [1.0, 2.0, 4.0]}, jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_improvement_matrix(comparison)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Probability that a run of X (row) is better than a run of Y (column) on the same task, averaged over tasks.
    """
    _figure.check(save_path, words)
    c = read(comparison)
    order = algorithms_in_order(c)
    columns = order if c.baseline is None else [c.algorithms.index(c.baseline)]
    rows = order if c.baseline is None else [a for a in order if a not in columns]
    draw = partial(_draw, cells=_cells(c), rows=rows, columns=columns, c=c)
    tall = 1.7 if len(columns) <= _MOST_INTERVALS else 1.0
    width = _figure.at_most(width, 3.6 + _CELL * len(columns))
    height = 0.75 + _rows.pitch(len(rows)) * tall * max(len(rows), 1)
    return _figure.draw_one(draw, partial(_caption, c=c), save_path, width=width, row_height=height, ax=ax, words=words)


Cells = dict[tuple[int, int], tuple[float, float, float]]


def _cells(c: Comparison) -> Cells:
    """(X, Y) → P(X > Y) and its interval, of both orders of each pair."""
    found: Cells = {}
    p = c.pairs.improvement
    for i, (a, b) in enumerate(zip(c.pairs.first.tolist(), c.pairs.second.tolist(), strict=True)):
        center, low, high = (float(end[i]) for end in (p.estimate, p.low, p.high))
        found[a, b], found[b, a] = (center, low, high), (1 - center, 1 - high, 1 - low)
    return found


def _draw(ax: Axes, cells: Cells, rows: list[int], columns: list[int], c: Comparison) -> None:
    values = [[cells[a, b][0] if (a, b) in cells else math.nan for b in columns] for a in rows]
    names = [c.algorithms[a] for a in rows]

    def words(i: int, j: int) -> str:
        return _words(cells.get((rows[i], columns[j])), intervals=len(columns) <= _MOST_INTERVALS)

    _matrix.draw_matrix(
        ax, values, names, [c.algorithms[b] for b in columns], colors=_SHADES, norm=_NORM, words=words,
        dark=lambda p: abs(p - 0.5) > 0.32,
    )  # fmt: skip
    for text in ax.texts:
        x, y = text.get_position()
        place = cells.get((rows[round(float(y))], columns[round(float(x))]))
        text.set_fontweight("bold" if place is not None and not place[1] <= 0.5 <= place[2] else "normal")
    ax.set_xlabel("Y")
    ax.set_ylabel("X")
    shades = ScalarMappable(norm=_NORM, cmap=_SHADES)
    ax.figure.colorbar(
        shades, ax=ax, label="P(X > Y)", ticks=[0, 0.25, 0.5, 0.75, 1], fraction=0.03, aspect=45, pad=0.02
    )


def _words(place: tuple[float, float, float] | None, *, intervals: bool) -> str:
    if place is None or math.isnan(place[0]):
        return "" if place is None else "–"
    center, low, high = (f"{p:.2f}" for p in place)
    return f"{center}\n[{low}, {high}]" if intervals and not math.isnan(place[1]) else center


def _caption(figure: Figure, c: Comparison) -> list[str]:
    return [
        "Probability that a run of X (row) is better than a run of Y (column) on the same task, averaged over tasks; "
        f"{method_words(c.pairs.improvement)}s, not adjusted for the number of pairs; {runs_of(c)} of a task.",
        "Bold: the interval leaves ½ out."
        if any(text.get_fontweight() == "bold" for text in figure.findobj(Text))
        else "",
    ]
