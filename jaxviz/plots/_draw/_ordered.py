"""Colours of ordered values: a hue for each, in order, dark to light on white and the other way round on dark."""

from collections.abc import Sequence

from matplotlib import colormaps
from matplotlib.colors import to_hex

from ...view import _looks
from ...view._looks import Look

_ON_WHITE, _ON_DARK = (0.0, 0.68), (0.47, 1.0)
"""The parts of magma that have contrast with the page."""
_BY_COLOR_ALONE = 5
"""Of more values every second one is dashed."""


def shade(share: float) -> str:
    """The colour at a share from 0 to 1 of an ordered scale."""
    low, high = _ON_DARK if _looks.is_dark() else _ON_WHITE
    return to_hex(colormaps["magma"](low + (high - low) * share))


def looks(names: Sequence[str]) -> tuple[Look, ...]:
    """One look per value, in their order; what a `style` block says of a name holds."""
    count = len(names)
    dashes = [_looks.LINE_STYLES[4 if count > _BY_COLOR_ALONE and i % 2 else 0] for i in range(count)]
    colors = [shade(i / max(count - 1, 1)) for i in range(count)]
    own = [Look(color, dash, _looks.MARKERS[i % 8]) for i, (color, dash) in enumerate(zip(colors, dashes, strict=True))]
    return tuple(_looks.own(name, look) for name, look in zip(names, own, strict=True))
