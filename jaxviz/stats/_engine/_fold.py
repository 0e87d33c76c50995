"""Trailing windows by piecewise merging: every result of a window is merged from results of shorter ones.

The pieces of p entries at all positions are merged, q at a time, into pieces of q·p entries: O(log window) passes of a
few shifted slices, without subtraction. So nothing drifts, and an entry is read by exactly the windows that contain it.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from ..._own_kernel import own_kernel
from ..._types import Array, PyTree

Pieces = TypeVar("Pieces", bound=PyTree)


class Span(NamedTuple):
    """The entries a part covers, relative to the first entry of the window it is merged into."""

    start: int
    size: int


Merge = Callable[[Sequence[Pieces], Sequence[Span]], Pieces]


def fold_windows(entries: Pieces, window: int, merge: Merge) -> Pieces:
    """The merged pieces of all complete windows, oldest first: arrays of [entry] → [entry − window + 1].

    `merge(parts, spans)` joins adjacent parts, oldest first, elementwise.
    """
    count = _fan_in(window)[1]
    if count == window:
        return merge(*_parts(entries, entries, Span(0, 1), window, window))
    size = window // count
    pieces = jax.tree.map(own_kernel, fold_windows(entries, size, merge))
    return merge(*_parts(entries, pieces, Span(window - count * size, size), count, window))


@cache
def _fan_in(window: int) -> tuple[int, int]:
    """(slices read per entry, number of pieces merged last) of the cheapest way to build a window."""
    best = (window, window)
    for count in range(2, min(window // 2, 32) + 1):
        size, rest = divmod(window, count)
        best = min(best, (count + rest + _PASS + _fan_in(size)[0], count))
    return best


_PASS = 4
"""Cost of storing one array and reading it back, in slices read. Anything from 2 to 16 gives the same time; for free,
windows would be made in many passes: a mean over 100 entries of [128, 8192] takes 1.5 ms instead of 0.5."""


def _parts(entries: Pieces, pieces: Pieces, first: Span, count: int, window: int) -> tuple[list[Pieces], list[Span]]:
    """The single entries before `first`, then `count` pieces of its size, each as slices over all windows."""
    windows = jax.tree.leaves(entries)[0].shape[0] - window + 1
    spans = [Span(i, 1) for i in range(first.start)]
    spans += [Span(first.start + i * first.size, first.size) for i in range(count)]

    def cut(span: Span) -> Pieces:
        source = entries if span.start < first.start else pieces
        return jax.tree.map(lambda a: a[span.start : span.start + windows], source)

    return [cut(span) for span in spans], spans


def by_pairs(op: Callable[[Array, Array], Array]) -> Merge:
    """Merge by an associative operation on arrays, as a balanced tree: rounding grows with log₂ of the window."""

    def merge(parts: Sequence[Array], spans: Sequence[Span]) -> Array:
        del spans
        while len(parts) > 1:
            odd = parts[len(parts) // 2 * 2 :]
            parts = [op(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)] + list(odd)
        return parts[0]

    return merge


add, least, greatest = by_pairs(jnp.add), by_pairs(jnp.minimum), by_pairs(jnp.maximum)
