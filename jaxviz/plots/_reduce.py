"""Long series made short enough to draw, without changing what is seen."""

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
    low, high = groups.astype(float), groups.astype(float)
    low[groups != groups] = float("inf")
    high[groups != groups] = float("-inf")
    places = groups[:, :2].astype(int)
    places[:, 0], places[:, 1] = low.argmin(axis=1), high.argmax(axis=1)
    places.sort(axis=1)
    places += _row_starts(places, groups.shape[1])
    return places.ravel()


def _row_starts(places: Any, width: int) -> Any:
    """The flat position of the first entry of each row, as a column."""
    ones = places[:, :1] * 0 + 1
    return (ones.cumsum(axis=0) - 1) * width


def gaps_isolate(y: Any) -> Any:
    """Where a finite value has no finite neighbour: a line would not show it."""
    finite = y == y
    beside = finite & False
    beside[1:] |= finite[:-1]
    beside[:-1] |= finite[1:]
    return finite & ~beside
