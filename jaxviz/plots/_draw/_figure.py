"""Figures without pyplot: rows of panels, the legend above, the caption below, and the file they are written to."""

import io
import itertools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from ..._explained import explained
from ..._kinds import refusal
from ..._printable import printable
from ...view import _latex, _looks
from . import _axes, _dark, _glyphs, _legend, _notebook, _settled, _shared_axes, _style, _words

FORMATS: tuple[str, ...] = (".png", ".pdf", ".svg")
PathLike = str | os.PathLike[str]
Width = float | _style.WidthName | None
Words = _words.Words
Caption = Sequence[str] | Callable[[Figure], Sequence[str]]
"""Sentences, or the function that makes them from the composed figure; empty ones are left out."""

_NO_WORDS = Words()
_CAPTION = "_jaxviz_caption"
"""The attribute of a figure that keeps its caption."""
_NARROW = 4.0
"""Inches. Narrower figures, such as one column of a paper, have one panel per row."""
_PAPER_HEIGHT = 0.85
"""Rows on paper, relative to the screen: printed figures are smaller, and their type is not."""


class Panel(NamedTuple):
    """Content of one axes of a figure."""

    draw: Callable[[Axes], None]
    weight: float = 1.0
    """Width relative to the other panels of the row."""
    shares_y: bool = False
    """The y axis is that of the panel before it."""


def check(path: PathLike | None, words: Words) -> None:
    """Before anything is computed: whether a figure can be written to `path` and `words` are its arguments."""
    check_path(path)
    _words.check(words)


def check_path(path: PathLike | None) -> None:
    """ValueError if a figure could not be written to `path`."""
    if path is not None and Path(path).suffix.lower() not in FORMATS:
        raise ValueError(f"`save_path` must end in {', '.join(FORMATS)}; got {os.fspath(path)!r}")


def draw(
    rows: Sequence[Sequence[Panel]],
    caption: Caption,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    row_height: float = 2.4,
    words: Words = _NO_WORDS,
) -> Figure:
    """A finished figure of rows of panels, written to `save_path` if there is one.

    A narrow figure (one column) has one panel per row, except for those that share an axis. `width`: inches, or a name
    in `WIDTHS`. Empty rows are left out.
    """
    with _style.applied():
        figure = _compose(rows, width, row_height)
        _words.put_on_axes(figure.axes, words)
        return _finish(figure, _sentences(figure, caption), save_path, words.get("title"))


def draw_one(
    draw_panel: Callable[[Axes], None],
    caption: Caption,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    row_height: float = 3.0,
    ax: Axes | None = None,
    words: Words = _NO_WORDS,
) -> Figure:
    """A figure of one panel, or that panel in the caller's `ax`, whose figure gets no caption in the picture."""
    if ax is None:
        return draw([[Panel(draw_panel)]], caption, save_path, width=width, row_height=row_height, words=words)
    if (captions := _shared_axes.captions_of_grid()) is not None:
        draw_panel(ax)
        captions.append(() if callable(caption) else caption)
        return _axes.root(ax)
    with _style.applied():
        if _style.setting().own:
            _axes.dress(ax)
        with _shared_axes.beside_others(ax):
            draw_panel(ax)
        _settled.settle([ax])
        _words.put_on_axes([ax], words)
        _words.name_panel(ax, words.get("title"))
        _legend.add_inside(ax)
        _axes.no_mathematics(ax)
    figure = _axes.root(ax)
    setattr(figure, _CAPTION, _sentences(figure, caption))
    return figure


def at_most(width: Width, inches: float) -> Width:
    """The width that was asked for, or else so many inches if the style leaves more."""
    return min(inches, _style.WIDTHS[_style.setting().width]) if width is None else width


def in_rows(panels: Sequence[Panel], columns: int) -> list[list[Panel]]:
    """Panels in rows of at most `columns`, as even as they get."""
    count = math.ceil(len(panels) / columns)
    ends = [round(len(panels) * i / count) for i in range(count + 1)] if count else [0]
    return [list(panels[start:end]) for start, end in itertools.pairwise(ends)]


def in_grid(panels: Sequence[Panel], columns: int) -> list[list[Panel]]:
    """Panels in rows of `columns`, below each other: the last row ends in blank places."""
    columns = min(columns, len(panels))
    rows = [list(panels[start : start + columns]) for start in range(0, len(panels), max(columns, 1))]
    return [row + [Panel(_axes.blank)] * (columns - len(row)) for row in rows]


@explained
def figure_caption(figure: Figure, *, latex: bool = False, short: bool = False) -> str:
    """The generated caption of a figure: estimator, interval, level, n, resampling unit, window, x axis, estimand.

    Plain text; `latex=True`: ready for the `\\caption` of a paper, whatever configurations are called. `short=True`:
    what the figure is in its first sentence, for a list of figures or for who knows the rest. "" for a figure of other
    origin.

    >>> figure = jv.plots.plot_performance_profiles({"PPO": np.array([1.0, 0.8, 0.3])}, [0.0, 0.5, 1.0])
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: share of runs that score more than τ, each task weighing the same.
    """
    parts = printable(getattr(figure, _CAPTION, ""), lines=True).split("\n")
    caption = parts[0].partition("; ")[0].rstrip(".") + "." if short and parts[0] else " ".join(parts)
    return _latex.escape(caption) if latex else caption


def check_named(results: Mapping[Any, Any], argument: str, like: str = "named") -> None:
    """A mapping with a name for each result, at least one; TypeError for other objects. `like`: see `refusal`."""
    if not isinstance(results, Mapping):
        raise TypeError(refusal(argument, results, "a mapping with a name for each result", like))
    if not results:
        raise ValueError(f"`{argument}` is empty: there is nothing to draw")


def add_caption(figure: Figure) -> Figure:
    """The figure, drawn in `without_captions`, with its caption below it after all, if the style wants captions."""
    caption = figure_caption(figure)
    if _style.setting().captions and caption:
        with _style.applied():
            figure.set_figheight(figure.get_figheight() + _legend.write_caption(figure, caption))
    return figure


def save(figure: Figure, path: PathLike, caption: str = "") -> Path:
    """Write a figure in the format of the suffix of `path`; folders are created. The same figure, the same bytes."""
    check_path(path)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _style.applied():
        about = {"dpi": figure.dpi, "metadata": _metadata(path.suffix.lower(), printable(caption, lines=True))}
        if path.suffix.lower() == ".svg":
            path.write_bytes(_svg(figure, about))
        else:
            figure.savefig(path, **about)
    return path


def _svg(figure: Figure, about: dict[str, Any]) -> bytes:
    """Matplotlib writes the texts of a figure as they are, also the characters that XML forbids."""
    with io.BytesIO() as file:
        figure.savefig(file, format="svg", **about)
        return printable(file.getvalue().decode(errors="replace"), lines=True).encode()


def _metadata(suffix: str, caption: str) -> dict[str, Any]:
    """The caption under each format's own name for it, and no time of writing."""
    if suffix == ".pdf":
        return {"Subject": caption, "CreationDate": None}
    if suffix == ".svg":
        return {"Description": caption, "Date": None}
    return {"Description": caption}


def _compose(rows: Sequence[Sequence[Panel]], width: Width, row_height: float) -> Figure:
    """The panels, without pyplot: nothing else keeps the figure alive."""
    inches = _inches(width)
    table = [list(row) for row in rows if row] if inches >= _NARROW else _one_per_row(rows)
    row_height *= 1.0 if _style.setting().purpose == "screen" else _PAPER_HEIGHT
    size = inches, len(table) * row_height
    figure = _notebook.NotebookFigure(figsize=size, dpi=_style.setting().dpi, layout="constrained")
    FigureCanvasAgg(figure)
    setattr(figure, _axes.GROWS, True)
    weights = [[panel.weight for panel in row] for row in table]
    aligned = bool(weights) and all(own == weights[0] for own in weights)
    cells = figure.add_gridspec(
        len(table), len(weights[0]) if aligned else 1, width_ratios=weights[0] if aligned else None
    )
    for i, row in enumerate(table):
        if aligned:  # the panels of one column are as wide as each other, whatever their ticks are
            _draw_row(figure, row, [cells[i, j] for j in range(len(row))])
        else:
            parts = cells[i, 0].subgridspec(1, len(row), width_ratios=weights[i])
            _draw_row(figure, row, [parts[j] for j in range(len(row))])
    return figure


def _inches(width: Width) -> float:
    width = _style.setting().width if width is None else width
    if isinstance(width, str):
        if width not in _style.WIDTHS:
            raise ValueError(f"`width` must be inches or one of {', '.join(_style.WIDTHS)}; got {width!r}")
        return _style.WIDTHS[width]
    if not 1 <= width <= 40:
        raise ValueError(f"`width` must be between 1 and 40 inches, got {width}")
    return float(width)


def _one_per_row(rows: Sequence[Sequence[Panel]]) -> list[list[Panel]]:
    table: list[list[Panel]] = []
    for panel in itertools.chain(*rows):
        if panel.draw is _axes.blank:
            continue
        if panel.shares_y:
            table[-1].append(panel)
        else:
            table.append([panel])
    return table


def _draw_row(figure: Figure, row: Sequence[Panel], places: Sequence[SubplotSpec]) -> None:
    groups: list[list[Axes]] = []
    for i, panel in enumerate(row):
        if not (panel.shares_y and groups):
            groups.append([])
        ax = figure.add_subplot(places[i], sharey=groups[-1][-1] if groups[-1] else None)
        panel.draw(ax)
        groups[-1].append(ax)
    for group in groups:
        _settled.settle(group)


def _finish(figure: Figure, caption: str, save_path: PathLike | None, title: str | None) -> Figure:
    """Legend and caption, the figure made taller by the room they need; written if a path is given."""
    setattr(figure, _CAPTION, caption)
    height = figure.get_figheight() + _legend.add_legend(figure)
    height += _words.put_title(figure, title)
    if _style.setting().captions and caption:
        height += _legend.write_caption(figure, figure_caption(figure))
    figure.set_figheight(height)
    if _looks.is_dark():
        _dark.turn(figure)
    _glyphs.warn_of_missing(figure)
    if save_path is not None:
        save(figure, save_path, figure_caption(figure))
    return figure


def _sentences(figure: Figure, caption: Caption) -> str:
    """The caption of a composed figure, one sentence or several a line."""
    sentences = [*(caption(figure) if callable(caption) else caption)]
    if getattr(figure, _settled.CLIPPED, 0):
        sentences.append("Triangles at an edge: values beyond the axis, which ends where the others do.")
    return "\n".join(sentence for sentence in sentences if sentence)
