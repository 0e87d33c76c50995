"""Long series, as NumPy arrays, made short enough to draw without a visible change."""

import math
from typing import Any, NamedTuple

COLUMNS = 600
"""Groups of neighbours a line is reduced to: about the pixel columns of a panel."""


class Points(NamedTuple):
    """A polyline of NumPy arrays."""

    x: Any
    y: Any


def min_max(x: Any, y: Any, columns: int = COLUMNS) -> Points:
    """The lowest and the highest value of each group of neighbours, in their order, and both ends.

    A line through them covers the pixels that the whole line covers. A group without a finite value leaves its gap.
    Series of up to four values per group come back whole.
    """
    size = len(y)
    if size <= 4 * columns:
        return Points(x, y)
    width = -(-size // columns)
    whole = size - size % width
    picked = _extremes(y[:whole].reshape(-1, width))
    picked[0], picked[-1] = 0, size - 1
    return Points(x[picked], y[picked])


def _extremes(groups: Any) -> Any:
    """Flat positions of the lowest and the highest finite value of each row, in their order along the row."""
    undefined = groups != groups
    low, high = groups.copy(), groups.copy()
    low[undefined], high[undefined] = math.inf, -math.inf
    places = (undefined[:, :2] | True).cumsum(axis=0) - 1  # row numbers, twice
    places *= groups.shape[1]
    inside = places.copy()
    inside[:, 0], inside[:, 1] = low.argmin(axis=1), high.argmax(axis=1)
    inside.sort(axis=1)
    return (places + inside).ravel()


def gaps_isolate(y: Any) -> Any:
    """Where a finite value has no finite neighbour: a line would not show it."""
    finite = y == y
    beside = finite & False
    beside[1:] |= finite[:-1]
    beside[:-1] |= finite[1:]
    return finite & ~beside
