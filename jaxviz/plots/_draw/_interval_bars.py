"""An estimate with its interval, as bars across and along a strip of dots."""

import math

from matplotlib.axes import Axes

_INK = "0.1"


def draw_interval(
    ax: Axes, position: float, estimate: float, low: float, high: float, *, vertical: bool = True
) -> None:
    """An estimate as a short dark bar with its interval; an end that is infinite is an arrow to the panel's edge."""
    across = [position - 0.34, position + 0.34], [estimate] * 2
    along = [position] * 2, [estimate if abs(end) == math.inf else end for end in (low, high)]
    for pair, width in ((across, 2.0), (along, 1.2)):
        ax.plot(*(pair if vertical else pair[::-1]), color=_INK, linewidth=width, solid_capstyle="butt", zorder=4)
    for end in (low, high):
        if abs(end) == math.inf and abs(estimate) < math.inf:
            _open_end(ax, position, estimate, float(end > 0), vertical=vertical)


def _open_end(ax: Axes, position: float, estimate: float, edge: float, *, vertical: bool) -> None:
    """An arrow from an estimate to the edge of the panel: 0 is the lower or left one, 1 the other."""
    tip, start = ((position, edge), (position, estimate)) if vertical else ((edge, position), (estimate, position))
    ax.annotate(
        "", tip, start, xycoords=ax.get_xaxis_transform() if vertical else ax.get_yaxis_transform(), textcoords="data",
        arrowprops={"arrowstyle": "->", "color": _INK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}, zorder=4,
    )  # fmt: skip
