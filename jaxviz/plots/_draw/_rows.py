"""Rows of a panel, one below the other: a dot with a lying interval in each, and words at both ends."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from ...view._numbers import by_width

_MANY = 20
"""Rows from which on they stand closer together."""
_PITCH, _CLOSE = 0.26, 0.19
"""Inches of a row."""
_THIN, _THICK = 1.0, 1.8


class Row(NamedTuple):
    """An estimate with its interval, and how it is drawn."""

    estimate: float
    low: float
    high: float
    color: str
    filled: bool = True


def pitch(rows: int) -> float:
    """Inches that each of so many rows takes."""
    return _PITCH if rows <= _MANY else _CLOSE


def draw_rows(ax: Axes, rows: Sequence[Row], *, first: float = 0) -> None:
    """A dot at each estimate, from `first` down; its interval as a line, with an arrow where it has no end."""
    places = {first + i: row for i, row in enumerate(rows) if abs(row.estimate) < math.inf}
    if not places:
        return
    shown = list(places.values())
    ends = [[_finite(end, row.estimate) for end in (row.low, row.high)] for row in shown]
    colors = [row.color for row in shown]
    low, high = zip(*ends, strict=True)
    ax.hlines(list(places), low, high, colors=colors, linewidth=_THICK if len(rows) <= _MANY else _THIN, zorder=2.8)
    ax.scatter(
        [row.estimate for row in shown], list(places), s=26 if len(rows) <= _MANY else 14, edgecolors=colors,
        facecolors=[row.color if row.filled else "white" for row in shown], linewidths=1.3, zorder=3,
    )  # fmt: skip
    for place, row in places.items():
        for end in (row.low, row.high):
            if abs(end) == math.inf:
                _open_end(ax, place, row, float(end > 0))


def _finite(end: float, estimate: float) -> float:
    return end if abs(end) < math.inf else estimate


def _open_end(ax: Axes, place: float, row: Row, edge: float) -> None:
    ax.annotate(
        "", (edge, place), (row.estimate, place), xycoords=ax.get_yaxis_transform(), textcoords="data", zorder=2.8,
        arrowprops={"arrowstyle": "->", "color": row.color, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def interval_label(estimate: float, low: float, high: float, *, signed: bool = False) -> str:
    """For the right end of a row: "+0.50 [0.39, 0.63]"; "undefined"."""
    if math.isnan(estimate):
        return "undefined"
    center, *ends = by_width(estimate, low, high)
    sign = "+" if signed and estimate > 0 else ""
    return f"{sign}{center}" if math.isnan(low) or math.isnan(high) else f"{sign}{center} [{', '.join(ends)}]"


def words_beside(ax: Axes, words: Sequence[str], heading: str = "") -> None:
    """Words right of each row, ranged left, below a heading."""
    for place, text in enumerate(words):
        _beside(ax, place, text)
    if heading:
        ax.annotate(
            heading, (1, 1), xycoords="axes fraction", xytext=(8, 4), textcoords="offset points", va="bottom",
            fontsize=7, color="0.35", annotation_clip=False,
        )  # fmt: skip


def _beside(ax: Axes, place: float, text: str) -> None:
    ax.annotate(
        text, (1, place), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points", va="center",
        fontsize=7, color="0.25", annotation_clip=False,
    )  # fmt: skip
