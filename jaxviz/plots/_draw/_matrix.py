"""A matrix of cells with names on both sides, in which every cell can be read or at least seen."""

import math
from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize

from . import _axes, _rows, _text_width

_NAME_SIZE, _SMALL_NAME = 8.0, 6.0
_LONGEST = 1.5
"""Inches of a name that stands upright below a column; a longer one is cut, as the rows have it in full."""
_LEVEL, _CLOSE = 0.8, 0.16
"""Inches of columns from which on names stay level, and up to which they are small."""
_TEXT = 7.0
_CELL_TEXT = 0.24
"""Inches of the narrowest column whose cells have words."""


def cell_width(ax: Axes, columns: int, names: Sequence[str]) -> float:
    """About how many inches a column gets in a figure of one panel with these names beside its rows."""
    figure = _axes.root(ax)
    width = _text_width.measure(figure, _NAME_SIZE)
    room = min(max(map(width, names)), 2.4, 0.38 * figure.get_figwidth())
    share = ax.get_position().width if ax.get_subplotspec() is None else 1.0
    return max(figure.get_figwidth() * share - room - 1.1, 0.5) / columns


def draw_matrix(
    ax: Axes,
    values: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    colors: Colormap,
    norm: Normalize,
    words: Callable[[int, int], str],
    dark: Callable[[float], bool],
) -> None:
    """Cells [row][column] in colours, NaN in the colour for it; `words` of a cell where there is room for them."""
    ax.imshow(values, norm=norm, cmap=colors, aspect="auto")
    ax.set_xticks([i - 0.5 for i in range(1, len(columns))], minor=True)
    ax.set_yticks([i - 0.5 for i in range(1, len(rows))], minor=True)
    ax.grid(visible=False)
    ax.grid(visible=True, which="minor", color="white", linewidth=0.8 if len(columns) < 30 else 0.4)
    ax.spines[:].set_visible(False)
    pitch = cell_width(ax, len(columns), rows)
    _axes.name_rows(ax, rows, row=_rows.pitch(len(rows)))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    _name_columns(ax, columns, pitch)
    ax.tick_params(length=0, which="both")
    if pitch >= _CELL_TEXT:
        _write_cells(ax, values, words, dark, pitch)


def _write_cells(
    ax: Axes,
    values: Sequence[Sequence[float]],
    words: Callable[[int, int], str],
    dark: Callable[[float], bool],
    pitch: float,
) -> None:
    """One size for all cells: the largest in which the widest words fit."""
    cells = {(i, j): words(i, j) for i, row in enumerate(values) for j in range(len(row))}
    widest = max((_text_width.measure(_axes.root(ax), _TEXT)(text) for text in cells.values()), default=0.0)
    size = _TEXT if widest <= 0.92 * pitch else _TEXT * 0.92 * pitch / widest
    if size < 4.5:
        return
    for (i, j), text in cells.items():
        value = values[i][j]
        ink = "white" if not math.isnan(value) and dark(value) else "0.15"
        ax.text(j, i, text, ha="center", va="center", fontsize=size, color=ink)


def _name_columns(ax: Axes, names: Sequence[str], pitch: float) -> None:
    """Names below the columns, upright below narrow ones; a figure of our own grows by their height."""
    figure = _axes.root(ax)
    upright = pitch < _LEVEL and any(_text_width.measure(figure, _NAME_SIZE)(name) > 0.94 * pitch for name in names)
    size = _SMALL_NAME if upright and pitch < _CLOSE else _NAME_SIZE
    width = _text_width.measure(figure, size)
    shown = [_text_width.cut(name, _LONGEST, width) if upright else _folded(name, pitch, width) for name in names]
    ax.set_xticks(range(len(names)), shown, rotation=90 if upright else 0, fontsize=size)
    if getattr(figure, _axes.GROWS, False):
        lines = max(name.count("\n") for name in shown)
        figure.set_figheight(figure.get_figheight() + (max(map(width, shown)) if upright else 0.15 * lines))


def _folded(name: str, pitch: float, width: _text_width.Measure) -> str:
    """At most two lines of the width of the column."""
    first, *rest = _text_width.wrap(name, 0.94 * pitch, width) or [name]
    return "\n".join([first, _text_width.cut(" ".join(rest), 0.94 * pitch, width)]) if rest else first
