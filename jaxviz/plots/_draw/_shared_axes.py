"""Several figures in one panel of the caller's: each has colours and names of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D

from ...view import _looks

_USED = "_jaxviz_looks"
"""The attribute of axes that counts the looks that earlier figures in them took."""


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
