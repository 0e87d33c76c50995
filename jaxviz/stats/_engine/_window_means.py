"""Means of trailing windows: of equal entries exactly that entry, of small integers rounded once.

A window is cut into parts of 2ᵇ entries, b the bits of its size. Sums and means of 2ᵇ equal entries are exact if they
are added in pairs, so a window of equal entries has parts of equal means, and that is its mean.
"""

import itertools
from collections.abc import Sequence
from functools import cache, reduce

import jax
import jax.numpy as jnp

from ... import _masked
from ..._own_kernel import own_kernel
from ..._types import Array, Float, Num
from ._fold import add

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


def splits(x: Float[Array, " entry"], most: int) -> tuple[Float[Array, " entry"], ...]:
    """Numbers of few digits that add up to each entry: the sum of `most` equal ones is exact, in any order.

    Without the arithmetic that tells apart entries that are equal, and with the digits that a sum would round off.
    """
    digits = jnp.finfo(x.dtype).nmant + 1
    kept = max(1, digits - (most - 1).bit_length())
    finite, parts, rest = jnp.isfinite(x), [], x
    for _ in range(-(-digits // kept) - 1):
        leading = jnp.where(finite, jax.lax.stop_gradient(_leading(rest, kept)), 0)
        parts, rest = [*parts, leading], rest - leading
    return (*parts, rest)


def _leading(x: Float[Array, " entry"], digits: int) -> Float[Array, " entry"]:
    """The leading binary digits of each entry: what is left has the others."""
    whole = jnp.finfo(x.dtype)
    image = jax.lax.bitcast_convert_type(x, jnp.dtype(f"int{whole.bits}"))
    mask = -1 << (whole.nmant + 1 - digits)
    return jax.lax.bitcast_convert_type(image & jnp.asarray(mask, image.dtype), x.dtype)


def mean_of_splits(sums: Sequence[Float[Array, " window"]], entries: Num[Array, " #window"]) -> Float[Array, " window"]:
    """The mean of windows of so many entries, ≥ 1, from the sums of their `splits`.

    A total that is exact, as that of small integers, is divided as a whole; else each sum is, and equal entries are put
    together again from quotients that are exact.
    """
    total, exact = sums[-1], True
    for part in reversed(sums[:-1]):
        whole = part + total
        exact = exact & (whole - part == total) & (whole - total == part)
        total = whole
    if len(sums) == 1:
        return _masked.divided(total, entries)
    parts = [jnp.where(exact, 0, part) for part in sums[1:]]
    mean = reduce(jnp.add, [_masked.divided(part, entries) for part in reversed(parts)])
    return _masked.divided(jnp.where(exact, total, sums[0]), entries) + mean
