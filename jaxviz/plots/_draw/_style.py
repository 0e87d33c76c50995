"""How figures look: one style sheet and sizes. Colours and line styles are those of the view.

matplotlib's own settings change only while a figure is drawn or written, under one lock, and are then as before.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import resources
from typing import Literal, NamedTuple, get_args

import matplotlib as mpl

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

    @property
    def dpi(self) -> int:
        """Dots per inch of png files and of rasterized marks."""
        return self.resolution or (300 if self.purpose == "paper" else 160)

    @property
    def width(self) -> WidthName:
        """The default of `width`, a name in `WIDTHS`."""
        return "page" if self.purpose == "paper" else "screen"


_SHEET = resources.files("jaxviz.plots._draw") / "jaxviz.mplstyle"
_DEFAULT = Setting()
_setting: ContextVar[Setting] = ContextVar("jaxviz_style", default=_DEFAULT)
_lock = threading.RLock()  # matplotlib's settings are the process's: one thread draws at a time


@contextmanager
def style(
    purpose: Purpose = "screen", *, labels: Sequence[str] = (), captions: bool = True, dpi: int | None = None
) -> Iterator[None]:
    """Draw the figures of the `with` block for the `"screen"` or for a `"paper"` (printed width, 300 dpi).

    `labels`: lines with these names keep one colour and line style in every figure of the block, whichever of them a
    figure shows. `captions=False` leaves the caption out of the picture; `figure_caption(figure)` still has it. `dpi`:
    dots per inch in place of 160 on the screen and 300 on paper.
    Holds for the current thread; matplotlib's settings are untouched.
    """
    if purpose not in get_args(Purpose):
        raise ValueError(f"`purpose` must be 'screen' or 'paper', got {purpose!r}")
    if dpi is not None and not 10 <= dpi <= 2400:
        raise ValueError(f"`dpi` must be between 10 and 2400, got {dpi}")
    token = _setting.set(Setting(purpose, captions, dpi))
    try:
        with _looks.kept(labels):
            yield
    finally:
        _setting.reset(token)


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
    with _lock, resources.as_file(_SHEET) as path, mpl.rc_context(fname=str(path)), _glyphs.said_once():
        mpl.rcParams["font.family"] = _glyphs.families()
        yield


def setting() -> Setting:
    """Arguments of the enclosing `style` block."""
    return _setting.get()
