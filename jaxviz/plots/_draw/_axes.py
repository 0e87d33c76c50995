"""Axes made readable: labels, SI ticks, notes, and a reason if there is nothing to draw."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import Formatter, LogFormatter, MaxNLocator

from ...view._numbers import with_minus
from . import _text_width
from ._legend import LEGEND_SIZE

_SI = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BEYOND_PREFIXES = 1e15
_STEPS = [1, 2, 2.5, 5, 10]
_DIGITS, _EXACT, _NOISE = 4, 16, 6
"""Digits of tick labels: mostly; at most of steps, which are whole numbers; of results in single precision."""
_NOISE_OF_SINGLE, _SPAN_OF_CONSTANT = 2e-6, 0.05
"""Relative to the numbers: a span that is rounding in single precision, and what a panel has beside a constant."""
_LONGEST_NAME = 2.4
"""Inches of a name beside a row before it is broken."""
_TITLE_SIZE = 8.5
_NAME_LINE, _ROW = 0.15, 0.26
"""Inches of a line of such a name, and of a row."""
_DECADES = 3.0, 9.0
"""Decades of a logarithmic axis, at least and at most."""
MISSING = "jaxviz-missing"
"""The gid of the words in a panel without marks."""
GROWS = "_jaxviz_grows"
"""The attribute of figures of our own."""


def si(value: float, _position: Any = None, *, digits: int = _DIGITS) -> str:
    """A number, with an SI prefix if it is large: 200k, 1.5M, −0.25, 1e30."""
    if abs(value) >= _BEYOND_PREFIXES:
        return with_minus(f"{value:.{digits}g}").replace("e+", "e")
    for size, prefix in _SI:
        if abs(value) >= size * 0.99999:
            return with_minus(f"{value / size:.{digits}g}{prefix}")
    return with_minus(f"{value:.{digits}g}")


class SiTicks(Formatter):
    """Tick labels with SI prefixes, in as many digits as tell neighbours apart, up to `most`: more would be noise."""

    def __init__(self, most: int) -> None:
        self._most, self._digits = most, _DIGITS

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of one tick."""
        return si(x, digits=self._digits)

    def format_ticks(self, values: Iterable[float]) -> list[str]:
        """The labels of all ticks."""
        ticks = [float(value) for value in values]
        enough = (d for d in range(_DIGITS, self._most + 1) if len({si(t, digits=d) for t in ticks}) == len(set(ticks)))
        self._digits = next(enough, _DIGITS)
        return [self(tick) for tick in ticks]


def short(value: float) -> str:
    """A number in three digits, with an SI prefix if it is large."""
    return si(float(f"{value:.3g}"))


def label(ax: Axes, *, x: str = "", y: str = "", title: str = "", whole_x: bool = False) -> None:
    """Names of both axes and of the panel, with SI ticks; `whole_x`: no ticks between whole numbers."""
    ax.set_title(title)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.xaxis.set_major_locator(MaxNLocator(nbins="auto", steps=_STEPS, integer=whole_x, min_n_ticks=1))
    si_ticks(ax)


def dress(ax: Axes) -> None:
    """The style for axes that somebody else made: the grid, the frame, the sizes of type."""
    ax.grid(visible=True, color=mpl.rcParams["grid.color"], linewidth=mpl.rcParams["grid.linewidth"])
    ax.set_axisbelow(True)
    ax.set_facecolor(mpl.rcParams["axes.facecolor"])
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[:].set(color=mpl.rcParams["axes.edgecolor"], linewidth=mpl.rcParams["axes.linewidth"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_tick_params(labelsize=mpl.rcParams["xtick.labelsize"], color=mpl.rcParams["xtick.color"])
        axis.label.set(fontsize=mpl.rcParams["axes.labelsize"], fontfamily=mpl.rcParams["font.family"])


def few_ticks(ax: Axes) -> None:
    """Three or four ticks along x: for a small panel."""
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=_STEPS, min_n_ticks=2))


def log_if_decades(ax: Axes, heights: Iterable[Any]) -> None:
    """y logarithmic if all numbers are positive and span decades, but not so many that it must be a fault."""
    finite = [part for y in heights if len(part := y[abs(y) < math.inf])]
    low, high = (min((y.min() for y in finite), default=0.0), max((y.max() for y in finite), default=0.0))
    if low > 0 and _DECADES[0] <= math.log10(high / low) <= _DECADES[1]:
        ax.set_yscale("log")
        si_ticks(ax)


def symmetric_log(ax: Axes, around: float) -> None:
    """x logarithmic away from 0, and linear up to about `around`."""
    ax.set_xscale("symlog", linthresh=10 ** math.floor(math.log10(around)), linscale=0.6)
    ax.xaxis.set_major_formatter(SiTicks(_EXACT))


def whole_numbers() -> MaxNLocator:
    """Ticks at whole numbers only."""
    return MaxNLocator(nbins="auto", steps=_STEPS, integer=True, min_n_ticks=1)


class _BetweenDecades(LogFormatter):
    """Tick labels between powers of ten, with SI prefixes, where a logarithmic axis has few of those."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of one tick; "" where there would be too many."""
        return si(x, digits=2) if super().__call__(x, pos) else ""


def si_ticks(ax: Axes) -> None:
    """Tick labels with SI prefixes on both axes."""
    ax.xaxis.set_major_formatter(SiTicks(_EXACT))
    ax.yaxis.set_major_formatter(SiTicks(_NOISE))
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "log":
            axis.set_minor_formatter(_BetweenDecades())


def widen_constants(ax: Axes) -> None:
    """A panel in which nothing changes but the last digits of single precision spans more than their noise."""
    for scale, limits, set_limits in (
        (ax.get_xscale(), ax.get_xlim(), ax.set_xlim),
        (ax.get_yscale(), ax.get_ylim(), ax.set_ylim),
    ):
        low, high = limits
        size = max(abs(low), abs(high))
        if scale == "linear" and abs(high - low) < _NOISE_OF_SINGLE * size:
            set_limits(low - _SPAN_OF_CONSTANT * size, high + _SPAN_OF_CONSTANT * size)


def span_at_least(ax: Axes, span: float) -> None:
    """y spans so much at least, around what is drawn: noise does not fill a panel."""
    low, high = ax.get_ylim()
    if high - low < span:
        middle = (low + high) / 2
        ax.set_ylim(middle - span / 2, middle + span / 2)


def no_mathematics(ax: Axes) -> None:
    """Names that the panel shows are what they are, whatever two `$` in them would mean."""
    for text in ax.findobj(Text):
        if isinstance(text, Text):
            text.set_parse_math(False)


def name_places(ax: Axes, names: Sequence[str], *, most: int) -> None:
    """A name at 0, 1, 2, …; upright if they are long. Of more than `most` names that are numbers, only a few."""
    count = len(names)
    if not all(name.isdigit() for name in names):
        upright = max(map(len, names)) * count > 60
        ax.set_xticks(range(count), names, rotation=90 if upright else 0)
    elif count <= most:
        ax.set_xticks(range(count), names)
    ax.set_xlim(-0.7, count - 0.3)
    ax.grid(visible=False, axis="x")


def name_rows(ax: Axes, names: Sequence[str], *, row: float = _ROW) -> None:
    """A name beside each row of `row` inches, the first on top.

    A figure of our own grows if names need more lines than a row has; one of the caller's stays as it is.
    """
    figure = root(ax)
    room, width = min(_LONGEST_NAME, 0.38 * figure.get_figwidth()), _text_width.measure(figure, LEGEND_SIZE)
    lines = [_text_width.wrap(name, room, width) or [name] for name in names]
    ax.set_yticks(range(len(names)), ["\n".join(words) for words in lines])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    if in_first_column(ax) and getattr(figure, GROWS, False):
        missing = max(0.0, max(map(len, lines)) * _NAME_LINE - row)
        figure.set_figheight(figure.get_figheight() + len(names) * missing)


def root(ax: Axes) -> Figure:
    """The figure that the panel is in, also through subfigures."""
    figure = ax.figure.figure if isinstance(ax.figure, SubFigure) else ax.figure
    assert isinstance(figure, Figure)
    return figure


def blank(ax: Axes) -> None:
    """Nothing: the place of a panel that is not there."""
    ax.set_axis_off()


def in_first_column(ax: Axes) -> bool:
    """No panel stands left of this one in its row."""
    place = ax.get_subplotspec()
    return place is None or place.is_first_col()


def outer_labels(ax: Axes, *, leftmost: bool, lowest: bool) -> None:
    """Labels only where a grid ends, or where nothing is drawn left of the panel or below it."""
    place = ax.get_subplotspec()
    if place is not None and not (leftmost or place.is_first_col()):
        ax.set_ylabel("")
    if place is not None and not (lowest or place.is_last_row()):
        ax.set_xlabel("")


def title_in_panel(ax: Axes, title: str, names: Sequence[str], *, beside: float = 0.0) -> None:
    """A title, each line cut where the next panel begins; `names`: of the rows, beside the first panel.

    `beside`: inches that are kept for a note.
    """
    figure, place = root(ax), ax.get_subplotspec()
    columns = 1 if place is None else place.get_gridspec().ncols
    widest = max(map(_text_width.measure(figure, LEGEND_SIZE), names), default=0.0)
    rows = min(widest, _LONGEST_NAME, 0.38 * figure.get_figwidth())
    room = 0.95 * (figure.get_figwidth() - rows) / columns - 0.15 - beside
    width = _text_width.measure(figure, _TITLE_SIZE)
    ax.set_title("\n".join(_text_width.cut(line, room, width) for line in title.split("\n")), fontsize=_TITLE_SIZE)


def apart(low: float, high: float) -> tuple[float, float]:
    """The limits, moved apart a little if they are equal."""
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def from_zero(ax: Axes, headroom: float = 0.1) -> None:
    """y from zero to a little above the highest mark; to 1 where there is none above zero."""
    highest = float(ax.dataLim.intervaly[1])  # -inf without a mark
    ax.set_ylim(0, highest * (1 + headroom) if highest > 0 else 1)


def forget_labels(ax: Axes) -> None:
    """Leave the marks of this panel out of the legend."""
    for mark in ax.get_children():
        if isinstance(mark, Line2D | Collection):
            mark.set_label("")


def note(ax: Axes, text: str) -> None:
    """A remark above the right end of the panel."""
    ax.set_title(text, loc="right", fontsize=7.5, fontweight="normal", color="0.35")


def missing(ax: Axes, why: str) -> None:
    """Say in the panel why nothing is drawn in it."""
    ax.text(0.5, 0.5, why, transform=ax.transAxes, ha="center", va="center", color="0.4", wrap=True, gid=MISSING)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
