"""Figures in panels that others own: several in one, with colours and names of their own; or one in a grid."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D

from ...view import _looks

_USED = "_jaxviz_looks"
"""The attribute of axes that counts the looks that earlier figures in them took."""
_captions: ContextVar[list[Sequence[str]] | None] = ContextVar("jaxviz_panel_of_a_grid", default=None)


@contextmanager
def as_panel(captions: list[Sequence[str]]) -> Iterator[None]:
    """What is drawn in the `with` block is one panel of a grid, which has the legend; its captions are collected."""
    token = _captions.set(captions)
    try:
        yield
    finally:
        _captions.reset(token)


def captions_of_grid() -> list[Sequence[str]] | None:
    """Where the caption of a panel goes; None: it is no panel of a grid."""
    return _captions.get()


@contextmanager
def beside_others(ax: Axes) -> Iterator[None]:
    """What is drawn in the `with` block gets the looks after those of earlier figures, and no name a second time."""
    before, used = set(ax.get_children()), getattr(ax, _USED, 0)
    with _looks.chosen(first=used):
        yield
    drawn = [mark for mark in ax.get_children() if mark not in before]
    setattr(ax, _USED, used + len({to_hex(m.get_color()) for m in drawn if isinstance(m, Line2D) and _is_hue(m)}))
    if used:
        _rename(drawn, {str(mark.get_label()) for mark in before})


def _is_hue(line: Line2D) -> bool:
    """Not grey: a colour of the palette."""
    red, green, blue = to_rgb(line.get_color())
    return max(red, green, blue) - min(red, green, blue) > 0.02


def _rename(drawn: list[Artist], taken: set[str]) -> None:
    """``IQM of 4 runs (2)`` for the second of that name."""
    names = {str(mark.get_label()) for mark in drawn if not str(mark.get_label()).startswith("_")}
    numbered = {}
    for name in names & taken:
        number = next(n for n in range(2, 1000) if f"{name} ({n})" not in taken)
        numbered[name] = f"{name} ({number})"
    for mark in drawn:
        if (name := str(mark.get_label())) in numbered:
            mark.set_label(numbered[name])
