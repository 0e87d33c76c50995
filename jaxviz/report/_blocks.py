"""What sections of the page are made of: headings, lists, figures and tables, as the template reads them."""

import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .. import plots
from ..view._tables import PageTable
from . import _tables

Block = dict[str, Any]
"""`kind` and what the template shows of it."""
_FULL_WIDTH = 9.0
"""Inches of a figure that is as wide as the page: that of the style of screens."""


def heading(title: str) -> Block:
    """A part of a section: what follows is below it."""
    return {"kind": "heading", "title": title}


def listing(lines: Sequence[str]) -> Block:
    """Sentences, one below the other."""
    return {"kind": "list", "lines": list(lines)}


def chart(curves: Mapping[str, Any]) -> Block:
    """Curves that the pointer reads."""
    return {"kind": "chart", "curves": dict(curves)}


def table(shown: PageTable, title: str, note: str) -> Block:
    """A table with its downloads."""
    return {"kind": "table", "title": title, "note": note, "table": shown, "downloads": _tables.downloads(shown)}


def pictures(drawn: Iterable[tuple[str, Figure]], titles: Mapping[str, str]) -> dict[str, Block]:
    """Every figure by its name: its title, caption and picture. The caption is text beside the picture."""
    with tempfile.TemporaryDirectory() as folder, plots.style(captions=False), warnings.catch_warnings():
        # A name with emoji is whole in tables and captions; in pictures a box replaces characters that the font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        return {name: _picture(name, titles, figure, Path(folder)) for name, figure in drawn}


def _picture(name: str, titles: Mapping[str, str], figure: Figure, folder: Path) -> Block:
    caption = plots.figure_caption(figure)
    picture = plots.save(figure, folder / f"{name}.svg", caption).read_bytes()
    return {
        "kind": "figure",
        "title": titles.get(name, name.replace("_", " ").capitalize()),
        "caption": caption,
        "source": _tables.data_uri("image/svg+xml", picture),
        "share": min(100, round(100 * figure.get_figwidth() / _FULL_WIDTH)),
    }
