"""How figures look: one style sheet and sizes. Colours and line styles are those of the view.

matplotlib's own settings change only while a figure is drawn or written, under one lock, and are then as before.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import resources
from typing import Any, Literal, NamedTuple, cast, get_args

import matplotlib as mpl
from matplotlib.colors import is_color_like, to_hex

from ...view import _looks
from . import _glyphs

Purpose = Literal["screen", "paper"]
WidthName = Literal["column", "text", "page", "screen"]

WIDTHS: dict[WidthName, float] = {"column": 3.25, "text": 5.5, "page": 6.75, "screen": 9.0}
"""Figure widths in inches: one column, a text block (NeurIPS), a page of two columns (ICML), a screen."""


class Setting(NamedTuple):
    """Arguments of `style`."""

    purpose: Purpose = "screen"
    captions: bool = True
    resolution: int | None = None
    own: bool = False
    """A `style` block of the caller's is around."""

    @property
    def dpi(self) -> int:
        """Dots per inch of png files and of rasterized marks."""
        return self.resolution or (300 if self.purpose == "paper" else 160)

    @property
    def width(self) -> WidthName:
        """The default of `width`, a name in `WIDTHS`."""
        return "page" if self.purpose == "paper" else "screen"


_SHEET = resources.files("jaxviz.plots._draw") / "jaxviz.mplstyle"
_SIZES = ("axes.labelsize", "axes.titlesize", "legend.fontsize", "xtick.labelsize", "ytick.labelsize")
_HONOURED = (
    "font.family", "font.sans-serif", "font.serif", "font.monospace", "font.size", "text.usetex", "axes.prop_cycle",
    *_SIZES,
)  # fmt: skip
"""Settings of the caller's that stand above the sheet."""
_DARK: dict[str, Any] = {
    "figure.facecolor": "#111418", "savefig.facecolor": "#111418", "axes.facecolor": "#111418",
}  # fmt: skip
_DEFAULT = Setting()
_setting: ContextVar[Setting] = ContextVar("jaxviz_style", default=_DEFAULT)
_lock = threading.RLock()  # matplotlib's settings are the process's: one thread draws at a time


@contextmanager
def style(
    purpose: Purpose = "screen",
    *,
    labels: Sequence[str] = (),
    colors: Mapping[str, str] | None = None,
    highlight: str | Sequence[str] = (),
    dark: bool = False,
    captions: bool = True,
    dpi: int | None = None,
) -> Iterator[None]:
    """Draw the figures of the `with` block for the `"screen"` or for a `"paper"` (printed width, 300 dpi).

    `labels`: lines with these names keep one colour and line style in every figure of the block, whichever of them a
    figure shows. `colors`: name → colour as matplotlib knows it, for some of them (``{"ours": "crimson"}``).
    `highlight`: the names that are in colour; all others are grey. `dark`: for a dark page. Axes of the caller's that a
    figure is drawn into get the style too. `captions=False` leaves the caption out of the picture;
    `figure_caption(figure)` still has it. `dpi`: dots per inch in place of 160 on the screen and 300 on paper.
    Holds for the current thread; matplotlib's settings are untouched, and those of the caller's that are not
    matplotlib's own hold: family and size of the type, LaTeX, the colour cycle.

    >>> with jv.plots.style("paper"):
    ...     figure = jv.plots.plot_performance_profiles({"PPO": np.array([1.0, 0.8, 0.3])}, [0.0, 0.5, 1.0])
    >>> float(figure.get_figwidth())
    6.75
    """
    if purpose not in get_args(Purpose):
        raise ValueError(f"`purpose` must be 'screen' or 'paper', got {purpose!r}")
    if dpi is not None and not 10 <= dpi <= 2400:
        raise ValueError(f"`dpi` must be between 10 and 2400, got {dpi}")
    wanted = {str(name): _hex(color) for name, color in (colors or {}).items()}
    names = (highlight,) if isinstance(highlight, str) else tuple(map(str, highlight))
    token = _setting.set(Setting(purpose, captions, dpi, own=True))
    try:
        with _looks.kept(labels), _looks.chosen(colors=wanted, highlight=names, dark=dark):
            yield
    finally:
        _setting.reset(token)


def _hex(color: str) -> str:
    """A colour as six digits; ValueError if matplotlib knows none of that name."""
    if not is_color_like(color):
        raise ValueError(f"`colors` must be colours such as 'crimson' or '#0173B2', got {color!r}")
    return to_hex(color)


@contextmanager
def without_captions() -> Iterator[None]:
    """Leave captions out of the pictures of the `with` block; otherwise the enclosing style stays as it is."""
    token = _setting.set(_setting.get()._replace(captions=False))
    try:
        yield
    finally:
        _setting.reset(token)


@contextmanager
def applied() -> Iterator[None]:
    """The style sheet, for the time of drawing or writing one figure."""
    with _lock, resources.as_file(_SHEET) as path:
        kept = _of_the_caller()
        with mpl.rc_context(fname=str(path)), _glyphs.said_once(), _looks.chosen(cycle=_cycle(kept)):
            if _looks.is_dark():
                _update(_DARK)
            _scale_type(kept.get("font.size"))
            _update(kept)
            mpl.rcParams["font.family"] = _glyphs.families()
            yield


def _update(settings: Mapping[str, Any]) -> None:
    for key, value in settings.items():
        mpl.rcParams[cast("Any", key)] = value


def _of_the_caller() -> dict[str, Any]:
    """Settings of type and colours that are not matplotlib's own: somebody wanted them."""
    default = mpl.rcParamsDefault
    return {key: mpl.rcParams[key] for key in _HONOURED if mpl.rcParams[key] != default[key]}


def _cycle(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """The colours of the caller's cycle; empty: the palette holds."""
    cycle = kept.get("axes.prop_cycle")
    return () if cycle is None else tuple(to_hex(color) for color in cycle.by_key().get("color", ()))


def _scale_type(points: float | None) -> None:
    """All sizes of the sheet in proportion to the caller's size of type."""
    if points is not None:
        for key in _SIZES:
            mpl.rcParams[key] *= points / mpl.rcParams["font.size"]


def setting() -> Setting:
    """Arguments of the enclosing `style` block."""
    return _setting.get()
