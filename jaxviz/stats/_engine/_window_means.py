"""Means of trailing windows: of equal entries exactly that entry, of small integers rounded once.

Without a mask, a window is a tree of sums whose shape is static. What it gives for copies of one number then follows
from that number: where the sum of a window is that of copies of its newest entry, this entry is the mean (and where
other entries have the same sum, it is their mean up to the rounding of that sum).
"""

import itertools
from collections.abc import Iterator, Sequence
from functools import cache, reduce

import jax
import jax.numpy as jnp

from ... import _masked
from ..._own_kernel import own_kernel
from ..._types import Array, Float, Num
from ._fold import add

_PASS = 5
"""Cost of storing an array of pieces and reading it back, in slices read. With it, means over 10, 100 and 1000 entries
of [128, 8192] take 1.0, 0.95 and 1.1 times as long as sums whose rounding is left alone."""
_MOST = 24
"""Most pieces that are added at once."""


def window_means(x: Float[Array, " entry"], window: int) -> Float[Array, " entry"]:
    """Mean of the complete window that ends at each entry; NaN at the first window − 1. Shapes: [entry] → [entry]."""
    if window > x.shape[0]:
        return jnp.full_like(x, jnp.nan)
    if window == 1:
        return x
    total = add(_parts(x, window), [])
    equal = total - _sum_of_copies(x, window) == 0  # a difference: sums that are both infinite are not equal
    # A divisor that differs from place to place is one that XLA does not turn into a factor: see `_masked.divided`.
    mean = jnp.where(equal, x, total) / jnp.where(equal, 1, jnp.asarray(window, x.dtype))
    return _masked.instead(total / window, jax.lax.stop_gradient(mean))


def partial_means(
    padded: Float[Array, " padded"], window: int, count: Float[Array, " entry"]
) -> Float[Array, " entry"]:
    """`window_means` of a stream behind window − 1 zeros, of whose windows `count` entries are in the stream."""
    x, chain, plan = padded[window - 1 :], *_plan(window)
    n, pieces = x.shape[0], {1: padded}
    for small, size in itertools.pairwise((1, *chain)):
        sums = _sum_of(pieces[small], size // small, small, 0, padded.shape[0] - size + 1)
        pieces[size] = own_kernel(sums)
    ends = itertools.accumulate(size * number for size, number in plan)
    starts = [end - size * number for end, (size, number) in zip(ends, plan, strict=True)]
    parts = [_sum_of(pieces[size], number, size, start, n) for start, (size, number) in zip(starts, plan, strict=True)]
    total = add(parts, [])
    alike = jnp.where(count < window, count <= _alike(x[:window]), total - _sum_of_copies(x, window) == 0)
    mean = jnp.where(alike, x, total) / jnp.where(alike, 1, count)
    return _masked.instead(total / count, jax.lax.stop_gradient(mean))


def _alike(x: Float[Array, " entry"]) -> Float[Array, ""]:
    """How many entries at the start are equal."""
    order = jnp.arange(x.shape[0], dtype=x.dtype)
    return own_kernel(jnp.min(jnp.where(x == x[0], jnp.inf, order), initial=jnp.inf))


def _parts(x: Float[Array, " entry"], window: int) -> list[Float[Array, " entry"]]:
    """Sums of the parts of each window, in the order of `_plan`; NaN at the first window − 1.

    Pieces that parts are made of are stored after `window` NaN, so that no sum is padded: padding an expression that
    compares costs half of its time again.
    """
    n, (chain, plan) = x.shape[0], _plan(window)
    pieces, before = {1: x}, 0
    for small, size in itertools.pairwise((1, *chain)):
        sums = _sum_of(pieces[small], size // small, small, 0, n + before - size + 1)
        if not before and any(size == part for part, _ in plan):
            before = window
            sums = jax.lax.pad(sums, jnp.asarray(jnp.nan, x.dtype), [(before, 0, 0)])
        pieces[size] = own_kernel(sums)
    ends = itertools.accumulate(size * count for size, count in plan)
    starts = [1 + end - size * count for end, (size, count) in zip(ends, plan, strict=True)]
    return [
        x if size == 1 else _sum_of(pieces[size], count, size, start, n)
        for start, (size, count) in zip(starts, plan, strict=True)
    ]


def _sum_of(pieces: Array, count: int, size: int, start: int, length: int) -> Array:
    """Sums of `count` adjacent pieces, added in pairs."""
    return add([pieces[start + i * size : start + i * size + length] for i in range(count)], [])


def _sum_of_copies(x: Float[Array, " entry"], window: int) -> Float[Array, " entry"]:
    """What `_parts` add up to in a window whose entries are all x."""
    chain, plan = _plan(window)
    pieces = {1: x}
    for small, size in itertools.pairwise((1, *chain)):
        pieces[size] = _times(pieces[small], size // small)
    return add([_times(pieces[size], count) for size, count in plan], [])


def _times(x: Float[Array, " entry"], count: int) -> Float[Array, " entry"]:
    """The sum of `count` copies, a number of at most two bits: added in pairs they are rounded once, at the end."""
    low = count & -count
    return x * count if count == low else x * (count - low) + x * low


@cache
def _plan(window: int) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Sizes of the pieces to store, each made of the one before, and the (size, count) of a window's parts.

    The cheapest of the plans in which every count has at most two bits, and no more than one entry is left for itself.
    """

    def cost(chain: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        read = sum(large // small for small, large in itertools.pairwise((1, *chain)))
        return read + sum(count for _, count in _cut(window, chain)) + _PASS * len(chain), chain

    chain = min(_chains(window), key=cost)
    return chain, tuple(_cut(window, chain))


def _chains(window: int) -> Iterator[tuple[int, ...]]:
    first = [(size,) for size in _COUNTS if size <= window and window % size < 2]
    second = [(*c, c[-1] * k) for c in first for k in _COUNTS if c[-1] * k <= window]
    third = [(*c, c[-1] * k) for c in second for k in _COUNTS if c[-1] * k <= window]
    return itertools.chain(first, second, third)


_COUNTS = [count for count in range(2, _MOST + 1) if count.bit_count() < 3]


def _cut(window: int, chain: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """(size, count) of the parts of a window, oldest and longest first."""
    for size in (*reversed(chain), 1):
        count, window = divmod(window, size)
        while count:
            part = count if count.bit_count() < 3 else 1 << (count.bit_length() - 1)
            yield size, part
            count -= part


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
