"""Words around the panels: the legend above them and the caption below."""

import math
import re
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import _text_width

CAPTION_SIZE = 7.0
LEGEND_SIZE = 8.0
_HANDLE = 0.6
"""Inches that the mark beside a name in the legend takes, with the gap to the next."""
_LEGEND_LINE = 0.17
"""Inches of one line of the legend."""
_POINTS = 72.0
"""In an inch."""
_NAMELESS = re.compile(r"_child\d+|_nolegend_|_container\d+")
"""The labels that matplotlib gives to marks without a name."""
_GAP = 0.08
"""Inches between the words and the panels."""


def add_legend(figure: Figure) -> float:
    """One legend for all panels; returns the inches it needs."""
    marks = _labelled_marks(figure.axes)
    if not marks:
        return 0.0
    room, width = figure.get_figwidth() - 0.2, _text_width.measure(figure, LEGEND_SIZE)
    lines = {label: _text_width.wrap(label, room - _HANDLE, width) or [label] for label in marks}
    longest = max(width(line) for words in lines.values() for line in words)
    columns = max(1, min(len(lines), int(room / (longest + _HANDLE))))
    order = _by_rows(list(marks), columns)
    names = [_shown("\n".join(lines[label])) for label in order]
    figure.legend([marks[label] for label in order], names, loc="outside upper left", ncols=columns)
    return _LEGEND_LINE * max(map(len, lines.values())) * math.ceil(len(lines) / columns) + _GAP


def add_inside(ax: Axes) -> None:
    """A legend inside the axes, for the rest of the figure is the caller's."""
    marks = _labelled_marks([ax])
    if marks:
        ax.legend(list(marks.values()), [_shown(_text_width.fold(label, 40)) for label in marks], loc="best")


def write_caption(figure: Figure, caption: str) -> float:
    """The caption in small grey type; returns the inches it needs."""
    lines = _text_width.wrap(caption, figure.get_figwidth() - 0.15, _text_width.measure(figure, CAPTION_SIZE))
    figure.supxlabel("\n".join(lines), x=0.008, ha="left", fontsize=CAPTION_SIZE, color="0.35", linespacing=1.25)
    return len(lines) * 1.3 * CAPTION_SIZE / _POINTS + _GAP


def _labelled_marks(axes: Sequence[Axes]) -> dict[str, Artist]:
    """Label → mark, each label once, in the order in which they were drawn.

    A name of the user's may begin with "_", by which matplotlib knows marks that have none.
    """
    found: dict[str, Artist] = {}
    for ax in axes:
        drawn = [mark for mark in ax.get_children() if isinstance(mark, Line2D | Patch | Collection)]
        bars = [(part, bar.get_label()) for bar in ax.containers for part in bar if isinstance(part, Artist)]
        for mark, label in [*((mark, mark.get_label()) for mark in drawn), *bars]:
            if isinstance(label, str) and label and not _NAMELESS.fullmatch(label):
                found.setdefault(label, mark)
    return found


def _shown(label: str) -> str:
    """A legend leaves out names that begin with "_", in older versions of matplotlib."""
    return f"\N{ZERO WIDTH SPACE}{label}" if label.startswith("_") else label


def _by_rows(labels: list[str], columns: int) -> list[str]:
    """The order in which matplotlib, which fills columns, has the labels read along rows."""
    return [label for column in range(columns) for label in labels[column::columns]]
