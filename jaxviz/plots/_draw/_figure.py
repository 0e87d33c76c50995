"""Figures without pyplot: their panels, the legend above and the caption below."""

import itertools
import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.gridspec import SubplotSpec

from . import _save, _style, _text_width
from ._save import PathLike

_CAPTION = "_jaxviz_caption"
_CAPTION_SIZE = 7.0
_LEGEND_SIZE = 8.0
_HANDLE = 0.6
"""Inches that the mark beside a name in the legend takes, with the gap to the next."""
_LATEX = str.maketrans(
    {
        **{c: f"\\{c}" for c in "%&#_{}$"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"$<$",
        ">": r"$>$",
        "±": r"$\pm$",
        "×": r"$\times$",
        "−": r"$-$",
        "–": "--",
        "τ": r"$\tau$",
        "σ": r"$\sigma$",
        "μ": r"$\mu$",
        "↑": r"$\uparrow$",
        "↓": r"$\downarrow$",
    }
)
_LONGEST_NAME = 2.4
"""Inches of a name beside a row before it is broken."""
_NAME_LINE, _ROW = 0.15, 0.26
"""Inches of a line of such a name, and of a row."""
_POINTS = 72.0
_NARROW = 4.0  # inches

Width = float | str | None


class Panel(NamedTuple):
    """What one axes of a figure shows."""

    draw: Callable[[Axes], None]
    weight: float = 1.0
    """Width relative to the other panels of the row."""
    shares_y: bool = False
    """The y axis is that of the panel before it."""


def compose(*rows: Sequence[Panel], width: Width = None, row_height: float = 2.4) -> Figure:
    """A figure of rows of panels, without pyplot: nothing else keeps it alive.

    A narrow figure (one column) has one panel per row, but for those that share an axis. `width`: inches, or a name
    in `WIDTHS`. Empty rows are left out.
    """
    inches = _inches(width)
    table = [list(row) for row in rows if row] if inches >= _NARROW else _one_per_row(rows)
    row_height *= 1.0 if _style.setting().purpose == "screen" else 0.85
    figure = Figure(figsize=(inches, len(table) * row_height), dpi=_style.setting().dpi, layout="constrained")
    FigureCanvasAgg(figure)
    cells = figure.add_gridspec(len(table), 1)
    for i, row in enumerate(table):
        _draw_row(figure, row, cells[i])
    return figure


def _one_per_row(rows: Sequence[Sequence[Panel]]) -> list[list[Panel]]:
    table: list[list[Panel]] = []
    for panel in itertools.chain(*rows):
        if panel.shares_y:
            table[-1].append(panel)
        else:
            table.append([panel])
    return table


def _draw_row(figure: Figure, row: list[Panel], cell: SubplotSpec) -> None:
    places = cell.subgridspec(1, len(row), width_ratios=[panel.weight for panel in row])
    before = None
    for i, panel in enumerate(row):
        before = figure.add_subplot(places[i], sharey=before if panel.shares_y else None)
        panel.draw(before)


def in_rows(panels: Sequence[Panel], columns: int) -> list[list[Panel]]:
    """Panels in rows as even as they get, of at most `columns`."""
    count = math.ceil(len(panels) / columns)
    ends = [round(len(panels) * i / count) for i in range(count + 1)] if count else [0]
    return [list(panels[start:end]) for start, end in itertools.pairwise(ends)]


def _inches(width: Width) -> float:
    width = _style.setting().width if width is None else width
    if isinstance(width, str):
        if width not in _style.WIDTHS:
            raise ValueError(f"`width` must be inches or one of {', '.join(_style.WIDTHS)}; got {width!r}")
        return _style.WIDTHS[width]
    if not 1 <= width <= 40:
        raise ValueError(f"`width` must be between 1 and 40 inches, got {width}")
    return float(width)


def finish(figure: Figure, sentences: Sequence[str], save_path: PathLike | None = None) -> Figure:
    """Legend above, caption below, the figure made taller by what they need; written where a path is given."""
    caption = " ".join(sentence for sentence in sentences if sentence)
    setattr(figure, _CAPTION, caption)
    height = figure.get_figheight() + _add_legend(figure)
    if _style.setting().captions and caption:
        height += _add_caption(figure, caption)
    figure.set_figheight(height)
    if save_path is not None:
        _save.save(figure, save_path, caption)
    return figure


def figure_caption(figure: Figure, *, latex: bool = False) -> str:
    """The generated caption of a figure: estimator, interval, level, n, resampling unit, window, x axis, estimand.

    Plain text; `latex=True`: ready for the `\\caption` of a paper, whatever configurations are called. "" for a figure
    of other origin.
    """
    caption = getattr(figure, _CAPTION, "")
    return caption.translate(_LATEX) if latex else caption


def legend_entries(axes: Sequence[Axes]) -> dict[str, Any]:
    """Label → mark, each label once, in the order in which they were drawn."""
    entries: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    return entries


def _add_legend(figure: Figure) -> float:
    """One legend for all panels; returns the inches it needs."""
    entries = legend_entries(figure.axes)
    if not entries:
        return 0.0
    room, width = figure.get_figwidth() - 0.2, _text_width.measure(figure, _LEGEND_SIZE)
    labels = {label: _text_width.wrap(label, room - _HANDLE, width) or [label] for label in entries}
    longest = max(width(line) for lines in labels.values() for line in lines)
    columns = max(1, min(len(labels), int(room / (longest + _HANDLE))))
    order = _by_rows(list(entries), columns)
    names = ["\n".join(labels[label]) for label in order]
    figure.legend([entries[label] for label in order], names, loc="outside upper left", ncols=columns)
    lines = max(map(len, labels.values()))
    return 0.17 * lines * math.ceil(len(labels) / columns) + 0.08


def _by_rows(labels: list[str], columns: int) -> list[str]:
    """The order in which matplotlib, which fills columns, has the labels read along rows."""
    return [label for column in range(columns) for label in labels[column::columns]]


def _add_caption(figure: Figure, caption: str) -> float:
    """The caption in small grey type; returns the inches it needs."""
    lines = _text_width.wrap(caption, figure.get_figwidth() - 0.15, _text_width.measure(figure, _CAPTION_SIZE))
    figure.supxlabel("\n".join(lines), x=0.008, ha="left", fontsize=_CAPTION_SIZE, color="0.35", linespacing=1.25)
    return len(lines) * 1.3 * _CAPTION_SIZE / _POINTS + 0.08


def fold(label: str, characters: int) -> str:
    """A long label in lines of at most `characters`."""
    return "\n".join(textwrap.wrap(label, max(characters, 8))) or label


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """A name beside each row, the first on top; the figure grows where names need more lines than a row has."""
    figure = ax.figure
    assert isinstance(figure, Figure)
    room, width = min(_LONGEST_NAME, 0.38 * figure.get_figwidth()), _text_width.measure(figure, _LEGEND_SIZE)
    lines = [_text_width.wrap(name, room, width) or [name] for name in names]
    ax.set_yticks(range(len(names)), ["\n".join(words) for words in lines])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    place = ax.get_subplotspec()
    if place is None or place.is_first_col():
        missing = max(0.0, max(map(len, lines)) * _NAME_LINE - _ROW)
        figure.set_figheight(figure.get_figheight() + len(names) * missing)


def finish_axes(ax: Axes, sentences: Sequence[str]) -> Figure:
    """Legend inside the caller's axes; the caption only as text, for the rest of the figure is the caller's."""
    entries = legend_entries([ax])
    if entries:
        ax.legend(list(entries.values()), [fold(label, 40) for label in entries], loc="best")
    figure = ax.figure.figure if isinstance(ax.figure, SubFigure) else ax.figure
    setattr(figure, _CAPTION, " ".join(sentence for sentence in sentences if sentence))
    return figure
