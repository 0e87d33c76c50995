"""Figures for a dark page: every grey, black and white of the sheet and of the marks turned round."""

from collections.abc import Iterable
from typing import Any

from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import is_color_like, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

_PAPER, _INK = 0.075, 0.93
"""Levels of the page and of the ink: what black and white are turned into."""
_COLORS = {
    Text: ("color",),
    Line2D: ("color", "markerfacecolor", "markeredgecolor"),
    Patch: ("facecolor", "edgecolor"),
    Collection: ("facecolor", "edgecolor"),
}
_TOLERANCE = 0.01


def turn(figure: Figure) -> None:
    """Turn the greys of a figure that was drawn for white paper round; colours stay as they are."""
    for artist in figure.findobj():
        for kind, names in _COLORS.items():
            if isinstance(artist, kind):
                _turn(artist, names)
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_tick_params(which="both", color=str(_INK - 0.2), labelcolor=str(_INK), grid_color="0.25")


def _turn(artist: Artist, names: Iterable[str]) -> None:
    if isinstance(artist, Collection) and artist.get_array() is not None:
        return
    for name in names:
        color = getattr(artist, f"get_{name}")()
        if isinstance(artist, Collection):
            getattr(artist, f"set_{name}")([_turned(one) for one in color])
        elif is_color_like(color):
            getattr(artist, f"set_{name}")(_turned(color))


def _turned(color: Any) -> tuple[float, ...]:
    red, green, blue, alpha = to_rgba(color)
    if max(red, green, blue) - min(red, green, blue) > _TOLERANCE or alpha == 0:
        return red, green, blue, alpha
    level = _INK - red * (_INK - _PAPER)
    return level, level, level, alpha
