"""Means of trailing windows: of equal entries exactly that entry, of small integers rounded once.

A window is cut into parts of 2ᵇ entries, b the bits of its size. Sums and means of 2ᵇ equal entries are exact if they
are added in pairs, so a window of equal entries has parts of equal means, and that is its mean.
"""

import itertools
from collections.abc import Sequence
from functools import cache, reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ... import _masked
from ..._own_kernel import own_kernel
from ..._types import Array, Float, Int
from ._fold import Span, add

_PASS = 6
"""Cost of storing an array of pieces and reading it back, in slices read: with it, means over 10 and 100 entries of
[128, 8192] take 1.3 and 1.0 times as long as sums whose rounding is left alone."""


def window_means(x: Float[Array, " entry"], window: int) -> Float[Array, " entry"]:
    """Mean of the complete window that ends at each entry; NaN at the first window − 1. Shapes: [entry] → [entry]."""
    if window > x.shape[0]:
        return jnp.full_like(x, jnp.nan)
    (largest, top), *others = _parts(x, window)
    total = add([top, *(part for _, part in others)], [])
    if not others:
        return total / window
    equal = reduce(jnp.logical_and, [part * (largest // size) == top for size, part in others])
    # A divisor that differs from place to place is one that XLA does not turn into a factor: see `_masked.divided`.
    mean = jnp.where(equal, top, total) / jnp.where(equal, jnp.asarray(largest, x.dtype), window)
    return _masked.instead(total / window, jax.lax.stop_gradient(mean))


def _parts(x: Float[Array, " entry"], window: int) -> list[tuple[int, Float[Array, " entry"]]]:
    """(2ᵇ, sums of 2ᵇ entries) for every bit b of the window's size, largest and oldest first.

    Pieces are stored after `window` NaN, so that the windows at the start are NaN and no sum is padded: padding an
    expression that compares costs half of its time again.
    """
    n, sizes = x.shape[0], _sizes(window)
    if len(sizes) == 1:
        return [(1, x)]
    first = _sum_of(x, sizes[1], 1, 0, n - sizes[1] + 1)
    pieces = {sizes[1]: own_kernel(jax.lax.pad(first, jnp.asarray(jnp.nan, x.dtype), [(window, 0, 0)]))}
    for small, size in itertools.pairwise(sizes[1:]):
        pieces[size] = own_kernel(_sum_of(pieces[small], size // small, small, 0, n + window - size + 1))
    start, parts = 1, []
    for part in (1 << b for b in reversed(range(1, window.bit_length())) if window >> b & 1):
        size = max(s for s in pieces if s <= part)
        parts.append((part, _sum_of(pieces[size], part // size, size, start, n)))
        start += part
    return [*parts, (1, x)] if window % 2 else parts


def _sum_of(pieces: Array, count: int, size: int, start: int, length: int) -> Array:
    """Sums of `count` adjacent pieces, added in pairs."""
    return add([pieces[start + i * size : start + i * size + length] for i in range(count)], [])


@cache
def _sizes(window: int) -> tuple[int, ...]:
    """Sizes of the pieces, powers of two from 1 on, with which windows are the cheapest to build.

    The second divides all parts but a last single entry.
    """
    even = window - window % 2
    bits = [1 << b for b in range(1, window.bit_length())]
    chains = [chain for size in range(1, 4) for chain in itertools.combinations(bits, size) if not even % chain[0]]

    def cost(chain: tuple[int, ...]) -> int:
        read = chain[0] + sum(large // small for small, large in itertools.pairwise(chain))
        last = sum(part // max(s for s in chain if s <= part) for part in bits if window & part)
        return read + last + _PASS * len(chain)

    return (1, *min(chains, key=cost)) if chains else (1,)


class SumOfEqual(NamedTuple):
    """Sum of a piece, and its mean if its parts have equal ones, else NaN."""

    total: Float[Array, " piece"]
    mean: Float[Array, " piece"]


def merge_sums(parts: Sequence[SumOfEqual], spans: Sequence[Span]) -> SumOfEqual:
    """Two adjacent pieces of powers of two, or what was merged of such pieces, which may be empty; see `Size.fold`."""
    old, new = parts
    same = (old.mean == new.mean) | (jnp.asarray(spans[0].size) == 0)
    return SumOfEqual(old.total + new.total, jnp.where(same, new.mean, jnp.nan))


def exact_mean(sums: SumOfEqual, entries: Int[Array, ""]) -> Float[Array, " piece"]:
    """total / entries, and the mean of the parts where they have one."""
    mean = _masked.divided(sums.total, entries)
    return _masked.instead(mean, jax.lax.stop_gradient(jnp.where(jnp.isnan(sums.mean), mean, sums.mean)))
