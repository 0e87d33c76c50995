"""One mark on one axes: lines, bands, fans, dots, reference lines. Each draws its arguments and computes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import Collection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from ..._types import Array
from ...view import _looks
from ...view._looks import Look
from ...view._numbers import plain
from . import _axes, _ordered, _reduce, _settled

Numbers = Array | Sequence[float]
"""Places or heights: an array on the host, or a list of numbers."""

RASTERIZE_FROM = 2000
"""With more dots, they are pixels: a vector file of tens of thousands of dots is megabytes and slow to open."""
_MOST_SPACED_BARS = 60
"""With more bars, the gaps between them draw the eye more than the heights do."""
_REFERENCE: dict[str, Any] = {"color": "0.3", "linestyle": (0, (4, 3)), "linewidth": 0.9, "zorder": 2.5}
_GOLDEN = 0.6180339887
"""The golden ratio less one: its multiples, modulo 1, are spread evenly whatever their number."""


def line(ax: Axes, x: Array, y: Array, look: Look, *, label: str | None = None) -> None:
    """The main line of a panel; values between gaps are dots."""
    alone = _reduce.gaps_isolate(y)
    points = _reduce.min_max(x, y)
    ax.plot(points.x, points.y, color=look.color, linestyle=look.line_style, label=label, zorder=3)
    if alone.any():
        ax.plot(x[alone], y[alone], linestyle="none", marker="o", markersize=3, color=look.color, zorder=3)


def thin_line(ax: Axes, x: Array, y: Array, look: Look, *, label: str | None = None) -> None:
    """The continuation of a main line over fewer runs."""
    ax.plot(x, y, color=look.color, linewidth=0.9, linestyle=(0, (1, 1)), label=label, zorder=3)


def run_line(ax: Axes, x: Array, y: Array, look: Look, *, label: str | None = None) -> None:
    """One run, thin, behind the line of all runs."""
    points = _reduce.min_max(x, y)
    ax.plot(points.x, points.y, color=look.color, alpha=0.35, linewidth=0.7, label=label, zorder=1.5)


def faded_line(ax: Axes, x: Array, y: Array, *, label: str | None = None) -> None:
    """A line that is only context."""
    points = _reduce.min_max(x, y)
    ax.plot(points.x, points.y, color=_looks.faded(), linewidth=0.8, label=label, zorder=1.2)


def band(
    ax: Axes, x: Numbers, low: Numbers, high: Numbers, look: Look, *, alpha: float = 0.2, label: str | None = None
) -> None:
    """An interval around a line, with a gap at undefined points."""
    ax.fill_between(x, low, high, color=look.color, alpha=alpha, linewidth=0, label=label, zorder=2)


def fan(ax: Axes, x: Numbers, quantiles: Array, look: Look) -> None:
    """Quantiles over runs at .1, .25, .5, .75, .9: two nested bands."""
    band(ax, x, quantiles[0], quantiles[4], look, alpha=0.12, label="10–90% of runs")
    band(ax, x, quantiles[1], quantiles[3], look, alpha=0.2, label="25–75% of runs")


def points(ax: Axes, x: Array, y: Array, look: Look, *, label: str | None = None) -> None:
    """Single values, faint; pixels inside a vector file if there are very many."""
    size = 2.5 if len(x) <= RASTERIZE_FROM else 1.5
    ax.plot(
        x, y, linestyle="none", marker="o", markersize=size, markeredgewidth=0, alpha=0.3, color=look.color, zorder=1,
        label=label, rasterized=len(x) > RASTERIZE_FROM,
    )  # fmt: skip


def ended(ax: Axes, x: float, y: float, look: Look, *, label: str | None = None) -> None:
    """Where a run's numbers stopped being finite."""
    ax.plot([x], [y], linestyle="none", marker="x", markersize=5, color=look.color, label=label, zorder=4)


def collapse(ax: Axes, x: float, y: float, look: Look, *, filled: bool) -> None:
    """The onset of a collapse; filled if the run came back."""
    ax.plot(
        [x], [y], linestyle="none", marker="v", markersize=8, markeredgewidth=1.3, markeredgecolor=look.color,
        markerfacecolor=look.color if filled else "white", zorder=4,
        label=f"collapse, {'came back' if filled else 'did not come back'}",
    )  # fmt: skip


def change(ax: Axes, place: float, *, label: str | None = None) -> None:
    """An upright dotted line where a level changed."""
    ax.axvline(place, color="0.25", linestyle=(0, (1, 1.5)), linewidth=1.0, label=label, zorder=2.4)


def row_marks(ax: Axes, places: Numbers, height: float, look: Look, *, tall: bool) -> None:
    """Short upright strokes in a row."""
    heights = [height] * len(places)
    ax.plot(places, heights, linestyle="none", marker="|", markersize=7 if tall else 3, color=look.color, zorder=3)


def stacked_areas(
    ax: Axes, x: Array, parts: Sequence[Array], names: Sequence[str], *, others: tuple[str, Array] | None = None
) -> None:
    """Areas on top of each other, and in grey on top of all the sum of the others with its name."""
    colors = [look.color for look in _looks.looks(names)]
    if others is not None:
        parts, names, colors = [*parts, others[1]], [*names, others[0]], [*colors, _looks.faded()]
    ax.stackplot(x, parts, colors=colors, labels=list(names), alpha=0.8, zorder=1.5)


def target(ax: Axes, height: float) -> None:
    """The dashed line of a target, with its name."""
    reference(ax, height, f"target {plain(height)}")


def reference(ax: Axes, height: float, text: str = "") -> None:
    """A dashed line across the panel with its name, which stands clear of other lines once all are drawn."""
    ax.axhline(height, **_REFERENCE)
    if text:
        ax.annotate(
            text, (0.01, height), xycoords=("axes fraction", "data"), xytext=(0, 2), textcoords="offset points",
            fontsize=_settled.REFERENCE_SIZE, color="0.3", ha="left", va="bottom", zorder=2.5, gid=_settled.REFERENCE,
        )  # fmt: skip


def vertical_reference(ax: Axes, place: float) -> None:
    """A dashed upright line."""
    ax.axvline(place, **_REFERENCE)


def strip(ax: Axes, values: Numbers, position: float, look: Look, *, vertical: bool = True) -> None:
    """One dot per run at its value, spread sideways in a fixed pattern so that camps of runs show."""
    many = len(values) > 64
    along = [position + ((i * _GOLDEN + 0.5) % 1.0 - 0.5) * 0.56 for i in range(len(values))]
    ax.plot(
        *((along, values) if vertical else (values, along)), linestyle="none", marker="o",
        markersize=2.4 if many else 3.8, markeredgewidth=0, alpha=0.55, color=look.color, zorder=2,
    )  # fmt: skip


def error_bars(
    ax: Axes, x: Numbers, y: Numbers, low: Numbers, high: Numbers, look: Look, *, joined: bool, label: str | None = None
) -> None:
    """Estimates as dots with upright intervals; `joined` by a line if x is a number."""
    style, inside = look.line_style if joined else "none", "white" if look.hollow else look.color
    ax.plot(
        x, y, linestyle=style, marker=look.marker, markersize=4.5, color=look.color, markerfacecolor=inside,
        label=label, zorder=3,
    )  # fmt: skip
    ax.vlines(x, low, high, color=look.color, linewidth=1.3, zorder=2.8)


def boxes(ax: Axes, places: Numbers, quantiles: Array, look: Look, *, label: str | None = None) -> None:
    """Quantiles at .1, .25, .5, .75, .9 [quantile, place]: a thin line, a thick line and a dot at each place."""
    for low, high, thickness in ((0, 4, 1.0), (1, 3, 3.2)):
        ax.vlines(places, quantiles[low], quantiles[high], color=look.color, linewidth=thickness, alpha=0.6, zorder=2.5)
    dots(ax, places, quantiles[2], look, label=label)


def column(ax: Axes, place: float, values: Numbers, look: Look) -> None:
    """One faint dot per run, all at one place."""
    ax.plot(
        [place] * len(values), values, linestyle="none", marker="o", markersize=3.2, markeredgewidth=0, alpha=0.4,
        color=look.color, zorder=2.6,
    )  # fmt: skip


@contextmanager
def beside(ax: Axes, points: float) -> Iterator[None]:
    """Shift everything drawn inside sideways on paper, not in numbers: marks at one place stand side by side."""
    before = set(ax.get_children())
    yield
    shift = ScaledTranslation(points / 72, 0, ax.figure.dpi_scale_trans)
    for mark in set(ax.get_children()) - before:
        if isinstance(mark, Line2D | Collection):
            mark.set_transform(mark.get_transform() + shift)


def span(ax: Axes, height: float, estimate: float, low: float, high: float, look: Look) -> None:
    """An interval as a coloured bar along x, with the estimate as a dark line across it."""
    ax.barh(height, high - low, left=low, height=0.6, color=look.color, alpha=0.65, zorder=2)
    ax.plot([estimate] * 2, [height - 0.3, height + 0.3], color="0.1", linewidth=2, solid_capstyle="butt", zorder=3)


def stacked(ax: Axes, heights: Numbers, widths: Numbers, starts: Numbers, shade: float, *, label: str) -> None:
    """Parts of bars along x, in a shade from 0 to 1."""
    ax.barh(heights, widths, left=starts, height=0.62, color=_shades(shade), label=label, zorder=2)


def _shades(shade: float) -> Any:
    return _ordered.shade(shade)


def shade_bar(ax: Axes, first: float, last: float, name: str) -> None:
    """A bar of the colours of stacked parts, from the first to the last, beside the panel."""
    shades = ListedColormap([_shades(i / 99) for i in range(100)])
    ticks = MaxNLocator(nbins=6, integer=True)
    bar = ScalarMappable(norm=Normalize(first, last), cmap=shades)
    ax.figure.colorbar(bar, ax=ax, label=name, ticks=ticks, fraction=0.03, aspect=45, pad=0.02)


def bars(ax: Axes, positions: Sequence[float], heights: Numbers, look: Look) -> None:
    """Upright bars from zero; without gaps if there are very many."""
    ax.bar(
        positions,
        heights,
        width=0.7 if len(positions) <= _MOST_SPACED_BARS else 1.0,
        color=look.color,
        alpha=0.75,
        zorder=1.5,
    )


def marked_line(ax: Axes, x: Numbers, y: Numbers, look: Look, *, label: str | None = None) -> None:
    """A line of few points with a mark at each."""
    ax.plot(
        x, y, linestyle=look.line_style, marker=look.marker, markersize=3.5, color=look.color, label=label, zorder=3
    )


def stairs(ax: Axes, x: Numbers, y: Numbers, look: Look, *, label: str | None = None) -> None:
    """A line that keeps its height up to the next place."""
    ax.plot(x, y, drawstyle="steps-post", color=look.color, linestyle=look.line_style, label=label, zorder=3)


def stair_band(ax: Axes, x: Numbers, low: Numbers, high: Numbers, look: Look) -> None:
    """The interval of such a line."""
    ax.fill_between(x, low, high, step="post", color=look.color, alpha=0.2, linewidth=0, zorder=2)


def strokes(ax: Axes, x: Numbers, y: Numbers, look: Look) -> None:
    """Short upright strokes on a line."""
    ax.plot(x, y, linestyle="none", marker="|", markersize=7, color=look.color, zorder=3.1)


def ring(ax: Axes, x: float, y: float) -> None:
    """A ring around a dot."""
    ax.plot([x], [y], linestyle="none", marker="o", markersize=9, markerfacecolor="none", color="0.1", zorder=3.2)


def dots(ax: Axes, x: Numbers, y: Numbers, look: Look, *, label: str | None = None) -> None:
    """Estimates as dots."""
    ax.plot(x, y, linestyle="none", marker="o", markersize=3.5, color=look.color, label=label, zorder=3)


def value(ax: Axes, position: float, height: float) -> None:
    """A number above a bar or dot."""
    ax.annotate(
        _axes.short(height), (position, height), xytext=(0, 3), textcoords="offset points", ha="center", va="bottom",
        fontsize=7.5,
    )  # fmt: skip


def remark(ax: Axes, height: float, text: str, *, outside: bool = False) -> None:
    """Words at the left end of a row, or right of the panel if the row may have marks."""
    ax.annotate(
        text, (1.005 if outside else 0.01, height), xycoords=("axes fraction", "data"), va="center", fontsize=7,
        color="0.4", annotation_clip=False,
    )  # fmt: skip


def histogram(
    ax: Axes,
    values: Array,
    look: Look,
    *,
    limits: tuple[float, float] | None = None,
    outline: bool = False,
    label: str | None = None,
) -> None:
    """Share of the values in each of 30 bins. In double precision: 30 edges near 1e6 are not distinct in float32."""
    values = values.astype(float)
    style = {"histtype": "step", "linewidth": 1.4} if outline else {"histtype": "stepfilled", "alpha": 0.75}
    ax.hist(
        values, bins=30, range=limits, weights=values * 0 + 1 / len(values), color=look.color,
        linestyle=look.line_style if outline else "-", label=label, zorder=2, **style,
    )  # fmt: skip
