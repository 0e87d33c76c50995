"""Rows of a panel, one below the other: a dot with a lying interval in each, and words at both ends."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from ...stats import Interval
from ...view._numbers import decimals_of, fixed

_MANY = 20
"""Rows from which on they stand closer together."""
_PITCH, _CLOSE = 0.26, 0.19
"""Inches of a row."""
_ALIKE = 30.0
"""Ratio of the widths of intervals up to which their labels have equal decimals."""
_THIN, _THICK = 1.0, 1.8


class Row(NamedTuple):
    """An estimate with its interval, and how it is drawn."""

    estimate: float
    low: float
    high: float
    color: str
    filled: bool = True


def row_of(interval: Interval, place: int | tuple[int, int], color: str) -> Row:
    """The row of one of many intervals."""
    return Row(float(interval.estimate[place]), float(interval.low[place]), float(interval.high[place]), color)


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


def interval_labels(rows: Sequence[Row], *, signed: bool = False) -> list[str]:
    """For the right ends of rows: "+0.50 [0.39, 0.63]", "undefined"; with equal decimals if their widths are alike."""
    halves = [half for row in rows if (half := _half(row))]
    alike = bool(halves) and max(halves) < _ALIKE * min(halves)
    shared = decimals_of(sorted(halves)[len(halves) // 2]) if alike else None
    return [_label(row, decimals_of(_half(row)) if shared is None else shared, signed) for row in rows]


def _half(row: Row) -> float:
    """Half the width of an interval; the size of the number if it has none."""
    arms = [abs(end - row.estimate) for end in (row.low, row.high) if abs(end) < math.inf]
    return max(arms, default=0.0) or abs(row.estimate) / 10


def _label(row: Row, decimals: int, signed: bool) -> str:
    if math.isnan(row.estimate):
        return "undefined"
    center, *ends = (fixed(x, decimals) for x in row[:3])
    sign = "+" if signed and row.estimate > 0 and center.strip("0.") else ""
    return f"{sign}{center}" if math.isnan(row.low) or math.isnan(row.high) else f"{sign}{center} [{', '.join(ends)}]"


def words_beside(ax: Axes, words: Sequence[str], *, points: float = 8) -> None:
    """Words so many points right of the panel, one beside each row, ranged left."""
    for place, text in enumerate(words):
        ax.annotate(
            text, (1, place), xycoords=("axes fraction", "data"), xytext=(points, 0), textcoords="offset points",
            va="center", fontsize=7, color="0.25", annotation_clip=False,
        )  # fmt: skip


def words_inside(ax: Axes, place: float, text: str, *, right: bool) -> None:
    """Words at one end of a row, inside the panel."""
    ax.annotate(
        text, (float(right), place), xycoords=("axes fraction", "data"), xytext=(-4 if right else 4, 0),
        textcoords="offset points", ha="right" if right else "left", va="center", fontsize=7, color="0.4", zorder=3.5,
    )  # fmt: skip


def free_on_right(row: Row, rows: Sequence[Row]) -> bool:
    """Whether a row leaves more room at its right end than at its left one."""
    ends = [end for one in rows for end in (one.estimate, one.low, one.high) if abs(end) < math.inf]
    if not ends or not abs(row.estimate) < math.inf:
        return True
    return max(ends) - _finite(row.high, row.estimate) > _finite(row.low, row.estimate) - min(ends)


def upright_bar(ax: Axes, first: float, last: float, *, points: float) -> None:
    """A bar so many points right of the panel, from one row to another."""
    figure = ax.figure
    aside = ax.transAxes + ScaledTranslation(points / 72, 0, figure.dpi_scale_trans)
    ax.plot(
        [1, 1], [first - 0.22, last + 0.22], transform=blended_transform_factory(aside, ax.transData), clip_on=False,
        color="0.25", linewidth=2.2, solid_capstyle="butt",
    )  # fmt: skip
