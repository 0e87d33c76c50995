"""Trailing windows whose size is an array: each run of a batch has its own."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from ..._own_kernel import own_kernel
from ..._types import Array, ArrayLike, Bool, Float, Int, Integer, PyTree
from .._engine._fold import Merge, Span

_BITS = 4
"""Bits of the size that one pass reads. Each pass stores the windows so far and longer pieces; one that read three bits
would build each window from eight."""

_LARGEST = 2**31 - 1


class Size(NamedTuple):
    """The size of the windows of one stream, from 1 to 2^bits − 1."""

    entries: Int[Array, ""]
    bits: int
    """Static."""
    asked: Int[Array, ""]
    """The size that was given, of which `entries` is the share that the stream can have."""
    defined: Bool[Array, ""]
    """False if the size that was given is below 1 or above the largest allowed."""
    largest: int
    """The most that `entries` can be. Static."""

    @staticmethod
    def of(window: Integer[ArrayLike, ""], max_window: int | None, x: Float[Array, " entry"]) -> "Size":
        """The size of the windows of a stream; a window that is longer reads all of them."""
        asked = jnp.asarray(window)
        if asked.ndim or not jnp.issubdtype(asked.dtype, jnp.integer):
            raise ValueError(
                f"`window` must be one integer, got {asked.dtype} of shape {asked.shape}: a size for each run of a "
                "batch goes through jax.vmap, several windows of one stream are several calls"
            )
        if max_window is not None and max_window < 1:
            raise ValueError(f"`max_window` must be at least 1, got {max_window}")
        asked = jnp.minimum(asked, min(_LARGEST, int(jnp.iinfo(asked.dtype).max))).astype(jnp.int32)
        # Fused into the passes that read it, the size would be computed anew for each of their entries.
        asked = own_kernel(asked)
        largest = max(1, min(x.shape[0], max_window or x.shape[0]))
        defined = asked >= 1 if max_window is None else (asked >= 1) & (asked <= max_window)
        size = own_kernel(jnp.clip(asked, 1, largest))
        return Size(size, largest.bit_length(), asked, defined, largest)

    @property
    def longest(self) -> int:
        """The longest window that the bits of a size can name."""
        return (1 << self.bits) - 1

    def fold(self, entries: PyTree, merge: Merge, nothing: float) -> PyTree:
        """Merged entries of all windows; an array filled with `nothing` is the identity of the merge.

        A window is a chain of pieces of 1, 2, 4, … entries, one for each bit of its size. They are put together from
        the shortest, which is the oldest, to the longest: what there is so far, shifted by the length of the next
        piece, ends where that piece begins. So shifts are static, and only whether a piece is taken is traced.
        """
        found = jax.tree.map(lambda a: jnp.full_like(a, nothing), entries)
        for first in range(0, self.bits, _BITS):
            piece = entries
            for bit in range(first, min(first + _BITS, self.bits)):
                found = self._with_bit(bit, found, piece, merge)
                piece = _joined(piece, piece, Span(0, 1 << bit), Span(1 << bit, 1 << bit), merge)
            found, entries = jax.tree.map(own_kernel, found), jax.tree.map(own_kernel, piece)
        return found

    def _with_bit(self, bit: int, found: PyTree, piece: PyTree, merge: Merge) -> PyTree:
        """`found` with a piece of 2^bit entries after it where the size has that bit."""
        size = 1 << bit
        has = (self.entries & size) > 0
        if not bit:
            return _chosen(has, piece, found)
        so_far = (self.entries & (size - 1)).astype(jax.tree.leaves(found)[0].dtype)
        joined = _joined(found, piece, Span(0, so_far), Span(size, size), merge)
        return _chosen(has, joined, _last(found, _length(joined)))


def _joined(older: PyTree, newer: PyTree, first: Span, second: Span, merge: Merge) -> PyTree:
    """Each of `newer` after the one of `older` that ends where it begins; both end with the stream."""
    count = _length(older) - second.start
    return merge([jax.tree.map(lambda a: a[:count], older), _last(newer, count)], [first, second])


def _length(entries: PyTree) -> int:
    return jax.tree.leaves(entries)[0].shape[0]


def _last(entries: PyTree, count: int) -> PyTree:
    return jax.tree.map(lambda a: a[a.shape[0] - count :], entries)


def _chosen(condition: Bool[Array, ""], yes: PyTree, no: PyTree) -> PyTree:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
