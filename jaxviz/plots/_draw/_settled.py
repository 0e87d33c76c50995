"""A panel after everything is drawn in it: its span, marks for what lies beyond, and labels clear of lines."""

import math
from collections.abc import Sequence
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation

from . import _axes, _text_width

REFERENCE = "jaxviz-reference"
"""The gid of labels of reference lines."""
REFERENCE_SIZE = 7.0
CLIPPED = "_jaxviz_clipped"
"""The attribute of a figure that counts values beyond the axes."""
_TAIL, _FURTHER = 0.05, 3.0
"""Ordinary are the values between these quantiles, and up to so many of their widths further."""
_HIDDEN, _MOST_BEYOND = 30.0, 0.1
"""Values beyond are cut off if they would make the ordinary ones so many times smaller, and if they are few."""
_RUN_LINES = 1.5
"""The zorder of single runs: where they are drawn, the lines over them count for nothing of their own."""
_LINE, _POINTS = 0.14, 300
"""Inches of a line of such a label, and points that a line is looked at in."""


def settle(panels: Sequence[Axes]) -> None:
    """Panels that share their y axis, or one alone, once they are drawn."""
    for ax in panels:
        _axes.widen_constants(ax)
    _clip_outliers(panels)
    for ax in panels:
        _place_labels(ax)


def _clip_outliers(panels: Sequence[Axes]) -> None:
    """The span of the ordinary values, if a few others would hide them: triangles at the edge, and their number."""
    first = panels[0]
    if first.get_yscale() != "linear":
        return
    values = sorted(v for ax in panels for line in _data_lines(ax) for v in _heights(line) if abs(v) < math.inf)
    limits = _ordinary(values)
    if limits is None:
        return
    heights = [float(label.xy[1]) for ax in panels for label in _reference_labels(ax)]
    low, high = min([limits[0], *heights]), max([limits[1], *(height + 0.05 * abs(height) for height in heights)])
    first.set_ylim(low, high)
    for ax in panels:
        _mark_beyond(ax, low, high)


def _ordinary(values: Sequence[float]) -> tuple[float, float] | None:
    """The span of all but a few sorted values; None if nothing is hidden by those."""
    if len(values) < 1 / _TAIL:
        return None
    low, high = (values[round(share * (len(values) - 1))] for share in (_TAIL, 1 - _TAIL))
    reach = _FURTHER * (high - low) or abs(high) or 1.0
    inside = [v for v in values if low - reach <= v <= high + reach]
    span = inside[-1] - inside[0] or reach
    few = len(values) - len(inside) <= _MOST_BEYOND * len(values)
    if not few or values[-1] - values[0] < _HIDDEN * span:
        return None
    return inside[0] - 0.08 * span, inside[-1] + 0.08 * span


def _data_lines(ax: Axes) -> list[Line2D]:
    """Lines of numbers: reference lines stand in other coordinates."""
    return [line for line in ax.lines if line.get_transform() == ax.transData]


def _heights(line: Line2D) -> list[float]:
    return [float(v) for v in cast("Any", line.get_ydata(orig=False))]


def _mark_beyond(ax: Axes, low: float, high: float) -> None:
    lines = _data_lines(ax)
    single = [line for line in lines if line.get_zorder() == _RUN_LINES]
    beyond: list[float] = []
    for line in single or lines:
        points = [(x, y) for x, y in cast("Any", line.get_xydata()).tolist() if math.isfinite(y)]
        for edge, marker, own in (
            (1.0, "^", [(x, y) for x, y in points if y > high]),
            (0.0, "v", [(x, y) for x, y in points if y < low]),
        ):
            if own:
                ax.plot(
                    [x for x, _ in own], [edge] * len(own), linestyle="none", marker=marker, markersize=5,
                    color=line.get_color(), transform=ax.get_xaxis_transform(), clip_on=False, zorder=5,
                )  # fmt: skip
                beyond += [y for _, y in own]
    if beyond:
        _say_beyond(ax, beyond)


def _say_beyond(ax: Axes, beyond: Sequence[float]) -> None:
    many = f"{len(beyond)} value{'s' * (len(beyond) > 1)} beyond the axis"
    text = ax.text(
        0.99, 0.96, f"{many}, {_axes.short(max(beyond, key=abs))} at most", transform=ax.transAxes, ha="right",
        va="top", fontsize=REFERENCE_SIZE, color="0.3", zorder=5,
    )  # fmt: skip
    text.set_path_effects([withStroke(linewidth=2.5, foreground=ax.get_facecolor())])
    figure = _axes.root(ax)
    setattr(figure, CLIPPED, getattr(figure, CLIPPED, 0) + len(beyond))


def _place_labels(ax: Axes) -> None:
    """Labels of reference lines at the end, or the side, where no other line runs through them."""
    labels = _reference_labels(ax)
    if not labels:
        return
    if any(text.get_gid() == _axes.MISSING for text in ax.texts):  # a line would strike the words out
        for mark in (*labels, *(line for line in ax.lines if line.get_transform() != ax.transData)):
            mark.set_visible(False)
        return
    to_panel = ax.transScale + ax.transLimits
    drawn = [to_panel.transform(_dense(line)) for line in _data_lines(ax)]
    for label in labels:
        _place(ax, label, float(to_panel.transform([(ax.get_xlim()[0], label.xy[1])])[0, 1]), drawn)


def _reference_labels(ax: Axes) -> list[Annotation]:
    return [text for text in ax.texts if isinstance(text, Annotation) and text.get_gid() == REFERENCE]


def _place(ax: Axes, label: Annotation, height: float, drawn: Sequence[Any]) -> None:
    figure = _axes.root(ax)
    place = ax.get_position()
    wide = _text_width.measure(figure, REFERENCE_SIZE)(label.get_text()) / (0.85 * place.width * figure.get_figwidth())
    tall = _LINE / (0.8 * place.height * figure.get_figheight())
    sides = [(0.01, "left", 0.0), (0.99, "right", -wide), (0.5, "center", -wide / 2)]
    rated = []
    for va, low in (("bottom", height), ("top", height - tall)):
        for at, ha, start in sides:
            box = at + start, at + start + wide, low, low + tall
            outside = low < 0 or low + tall > 1
            rated.append((outside, sum(map(lambda xy, box=box: _inside(xy, *box), drawn)), at, ha, va))
    _, crossed, at, ha, va = min(rated, key=lambda one: one[:2])
    label.xy = (at, label.xy[1])
    label.set(ha=ha, va=va)
    label.xyann = (0, 2 if va == "bottom" else -2)
    if crossed:
        label.set_path_effects([withStroke(linewidth=2.5, foreground=ax.get_facecolor())])


def _inside(points: Any, left: float, right: float, low: float, high: float) -> int:
    x, y = points.T
    return int(((x >= left) & (x <= right) & (y >= low) & (y <= high)).sum())


def _dense(line: Line2D) -> Any:
    """Points of a line, close enough that none of its parts slips through a label."""
    path = line.get_path()
    return path.interpolated(max(1, _POINTS // max(len(cast("Any", path.vertices)), 1))).vertices
