"""Reductions over the valid entries of a stream, and the one rule for "nothing there".

An invalid entry does not exist: its value is replaced before any arithmetic touches it, so padding changes neither
values nor gradients. A result that needs more valid entries than there are is NaN, and NaN means nothing else. Valid
NaN entries are data (the run diverged) and propagate.

Infinities are values. What orders entries (quantiles, extremes, ranks, crossings, tests of signs) treats them as the
largest and the smallest; what adds or multiplies follows IEEE 754: a mean with +∞ is +∞, one with both signs is NaN, a
spread is NaN. What fits or filters a whole stream (`lowpass`, `change_points`, `mser5`) is undefined.
The mean of equal entries is that entry, and the mean of integers is rounded once: a return that is capped at a target
meets it, under jit as without.
"""

from collections.abc import Callable, Sequence
from functools import reduce

import jax
import jax.numpy as jnp

from ._half import single
from ._own_kernel import own_kernel
from ._types import Array, ArrayLike, Bool, Float, Inexact, Int, Mask, Num, Shaped

LANES = 256
"""Of a reduction over a long stream."""
_SLICES = 8
"""Of a sum that are read at once; with 2, 4, 6, 8, 16 and 32 a sum over [128, 8192] takes 355, 273, 318, 244, 500 and
417 µs: memory is read ahead for no more."""
_SUMMED = 4096
"""Most entries that are added one after another."""
_SMALL = 2.0**-60


def as_float(x: ArrayLike) -> Float[Array, "..."]:
    """`x` as a floating array: floats keep their dtype, integers and booleans take the default float."""
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.result_type(float))


def validity(x: Shaped[Array, "*shape"], valid: Bool[ArrayLike, "*shape"] | None) -> Bool[Array, "*shape"]:
    """`valid` as a mask of the shape of `x`; None means that every entry is valid."""
    if valid is None:
        return jnp.ones(x.shape, bool)
    present = jnp.asarray(valid)
    if present.dtype != bool:
        raise ValueError(f"`valid` must be boolean, got dtype {present.dtype}")
    if present.shape != x.shape:
        raise ValueError(f"`valid` must have the shape of the data {x.shape}, got {present.shape}")
    return present


def stream(
    x: ArrayLike, valid: Mask | None = None, *, name: str = "x"
) -> tuple[Float[Array, " entry"], Bool[Array, " entry"]]:
    """One stream and its mask, checked and ready for arithmetic: floating, rank 1, invalid entries set to 0."""
    x = as_float(x)
    if x.ndim != 1:
        raise ValueError(f"`{name}` must be one stream of shape [entry], got shape {x.shape}: batch with jax.vmap")
    present = validity(x, valid)
    return blank(x, present), present


def blank(x: Num[Array, "..."], present: Bool[Array, "..."], fill: ArrayLike = 0) -> Num[Array, "..."]:
    """`x` with its invalid entries replaced by `fill`."""
    return jnp.where(present, x, jnp.asarray(fill, x.dtype))


def undefined_unless(defined: Bool[Array, "..."], value: Float[Array, "..."]) -> Float[Array, "..."]:
    """`value` where `defined`, NaN elsewhere."""
    return jnp.where(defined, value, jnp.asarray(jnp.nan, value.dtype))


def ratio(a: Num[Array, "..."], b: Num[Array, "..."]) -> Float[Array, "..."]:
    """a / b, NaN for b = 0, with gradients that stay finite on both branches."""
    nonzero = b != 0
    quotient = a / jnp.where(nonzero, b, jnp.ones_like(b))
    return undefined_unless(nonzero, quotient)


def safe_sqrt(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """√x for x > 0 and NaN, 0 for x ≤ 0; the gradient at 0 is 0, not infinite."""
    flat = x <= 0
    return jnp.where(flat, jnp.zeros_like(x), jnp.sqrt(jnp.where(flat, jnp.ones_like(x), x)))


def count(present: Bool[Array, "..."]) -> Int[Array, ""]:
    """Number of valid entries."""
    if present.ndim != 1 or not (lanes := lane_count(present.shape[0])):
        return jnp.sum(present, dtype=jnp.int32)
    whole = present.shape[0] // lanes * lanes
    rows = present[:whole].reshape(-1, lanes)
    small = jnp.int8 if rows.shape[0] < 128 else jnp.int16  # a third of the time of int32
    rest = jnp.sum(present[whole:], dtype=jnp.int32)
    return jnp.sum(jnp.sum(rows, axis=0, dtype=small), dtype=jnp.int32) + rest


def lane_count(n: int) -> int:
    """Of a stream of `n` entries that is reduced side by side, in at most 1024 rows; 0 for a short one."""
    return 0 if n < 4 * LANES else max(LANES, -(-n // 1024))


def total(x: Float[Array, " entry"]) -> Float[Array, ""]:
    """Σ xᵢ of any expression, in eighths that are added side by side: one loop, in vectors, that stores an eighth.

    XLA's CPU compiler hands a reduction to a library that makes a pass of its own for each operation of the expression:
    Σ(x·s − o) over [128, 8192] takes 1.5 times as long there.
    """
    return _in_eighths(jnp.add, jnp.sum, x)


def _in_eighths(
    op: Callable[[Array, Array], Array], reduction: Callable[[Array], Array], x: Num[Array, " entry"]
) -> Num[Array, ""]:
    part = x.shape[0] // _SLICES
    if part * _SLICES < 4 * LANES:
        return reduction(x)
    ends = range(part, part * _SLICES + 1, part)
    folded = own_kernel(_in_pairs(op, [x[end - part : end] for end in ends]))
    rest = x[part * _SLICES :]
    whole = _in_eighths(op, reduction, folded) if part > _SUMMED else reduction(folded)
    return op(whole, reduction(rest)) if rest.shape[0] else whole


def _in_pairs(op: Callable[[Array, Array], Array], parts: Sequence[Num[Array, " entry"]]) -> Num[Array, " entry"]:
    half = len(parts) // 2
    return parts[0] if not half else op(_in_pairs(op, parts[:half]), _in_pairs(op, parts[half:]))


def divided(total: Float[Array, "*shape"], by: ArrayLike) -> Float[Array, "*shape"]:
    """total / by for by ≥ 1, rounded once.

    XLA makes a division by one number for all into a multiplication by its reciprocal, under jit alone and with another
    last bit: 47500 · (1/100) is not 475. So the divisor is made to look different in every place.
    """
    return total / jnp.maximum(jnp.asarray(by, total.dtype), (total > 1).astype(total.dtype))


def part_of(number: Float[Array, "*shape"], every: ArrayLike) -> Float[Array, "*shape"]:
    """The share number/every of a count: exactly 1 of as many, which a product with 1/every need not be; none → NaN."""
    every = jnp.broadcast_to(jnp.asarray(every, number.dtype), number.shape)
    return undefined_unless(every > 0, divided(number, jnp.maximum(every, 1)))


@jax.custom_jvp
def instead(value: Float[Array, "*shape"], exact: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """`exact`, which `value` only misses by rounding: its gradient is that of `value`."""
    del value
    return exact


@instead.defjvp
def _instead_jvp(primals, tangents):
    return primals[1], tangents[0]


def within(value: Float[Array, "*shape"], low: Float[Array, "*shape"], high: Float[Array, "*shape"]) -> Array:
    """`value`, moved by its rounding error into [low, high]; NaN stays."""
    low, high = jax.lax.stop_gradient((low, high))
    still = jax.lax.stop_gradient(value)
    return instead(value, jnp.where(still < low, low, jnp.where(still > high, high, still)))


def share(met: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Share of the valid entries that are 1, the others being 0, or NaN, which makes it NaN; none → NaN."""
    return part_of(jnp.sum(single(blank(met, present))), count(present)).astype(met.dtype)


def mean(x: Float[Array, " entry"], present: Bool[Array, " entry"] | None) -> Float[Array, ""]:
    """Mean of the valid entries; of equal entries exactly that entry, of small integers rounded once; none → NaN.

    `present`: None means all. Entries are scaled by a power of two, so that their sum cannot overflow.
    """
    if present is None:
        wide = single(x)
        return _mean_about(origin(wide, None), wide).astype(x.dtype)
    average, _ = _mean_and_rest(single(x), present, count(present))
    return average.astype(x.dtype)


def _mean_and_rest(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], m: Int[Array, ""]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """The mean of the m valid entries, and what rounding took from it.

    What a first mean leaves of equal entries is small, so that the mean of that is exact: both together are the entry.
    """
    scale, known = share_of_most(x.shape[0]), jnp.maximum(m, 1)
    scaled = blank(x * scale, present)
    rough = divided(total(scaled), known)
    still, entries = jax.lax.stop_gradient((rough, scaled))
    up = jnp.where(jnp.abs(still) < _SMALL, 1 / _SMALL, 1)  # a power of two: small numbers stay in range
    left = divided(total(blank(entries * up - still * up, present)), known)
    left = blank(left, jnp.isfinite(left))
    average = still * up + left
    mean = undefined_unless(m > 0, instead(rough / scale, average / up / scale))
    return mean, (left - (average - still * up)) / up / scale


def mean_of_part(x: Float[Array, " entry"], begin: Int[Array, ""], end: Int[Array, ""]) -> Float[Array, ""]:
    """`mean` of the entries from `begin` up to before `end`, without a mask in memory."""
    if not x.shape[0]:
        return jnp.full((), jnp.nan, x.dtype)
    order, last = jnp.arange(x.shape[0], dtype=jnp.int32), jnp.maximum(end - 1, begin)
    part = (order >= begin) & (order < end)
    wide = single(blank(x, part))
    start = _middle_of(wide[begin], wide[(begin + last) // 2], wide[last])
    return _mean_about(start, wide, part, jnp.maximum(end - begin, 0)).astype(x.dtype)


def mean_about(start: Float[Array, ""], x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """`mean` by way of the distances from `start`, a number near the entries."""
    return _mean_about(blank(start, jnp.isfinite(start)), x, present, count(present))


def _mean_about(
    start: Float[Array, ""],
    x: Float[Array, " entry"],
    present: Bool[Array, " entry"] | None = None,
    m: Int[Array, ""] | None = None,
) -> Float[Array, ""]:
    m = jnp.asarray(x.shape[0], jnp.int32) if m is None else m
    scale = share_of_most(x.shape[0])
    distances = x * scale - start * scale
    distance = total(distances if present is None else blank(distances, present))
    return undefined_unless(m > 0, from_origin(start, distance, jnp.maximum(m, 1).astype(x.dtype), scale))


def held_between(
    total: Float[Array, "*rest"],
    m: Int[Array, "*rest"],
    low: Float[Array, "*rest"],
    high: Float[Array, "*rest"],
    n: int,
) -> Float[Array, "*rest"]:
    """The mean of m of n entries of a scaled total, held between their extremes: equal ones are their mean."""
    return undefined_unless(m > 0, within(divided(total, jnp.maximum(m, 1)) / share_of_most(n), low, high))


def share_of_most(n: int) -> float:
    """A power of two below 1/n: n floats times it have a sum that is one."""
    return 2.0 ** -(n.bit_length() + 1)


def origin(x: Float[Array, "entry *rest"], present: Bool[Array, " entry"] | None) -> Float[Array, "*rest"]:
    """A number near the entries, from which their distances keep the digits: the middle one of three entries, or 0.

    The first entry alone may be an outlier: with 1e6 before 8191 zeros, their mean would be off by 6e-5.
    """
    if not x.shape[0]:
        return jnp.zeros(x.shape[1:], x.dtype)
    if present is None:
        a, b, c = (jax.lax.index_in_dim(x, i, keepdims=False) for i in (0, x.shape[0] // 2, -1))
        there = jnp.asarray(True)
    else:
        begin, end = _ends(present)
        there, begin = begin <= end, jnp.minimum(begin, end)
        half = (begin + end) // 2
        a, b, c = x[begin], x[jnp.where(present[half], half, begin)], x[end]
    return blank(_middle_of(a, b, c), there)


def _ends(present: Bool[Array, " entry"]) -> tuple[Int[Array, ""], Int[Array, ""]]:
    """`first_index` and `last_index` of a mask in memory, in eighths; none → the length of the stream and 0."""
    order = jnp.arange(present.shape[0], dtype=jnp.int32)
    begin = _in_eighths(jnp.minimum, jnp.min, jnp.where(present, order, present.shape[0]))
    return begin, _in_eighths(jnp.maximum, jnp.max, jnp.where(present, order, 0))


def _middle_of(a: Float[Array, "*rest"], b: Float[Array, "*rest"], c: Float[Array, "*rest"]) -> Float[Array, "*rest"]:
    middle = jax.lax.stop_gradient(jnp.maximum(jnp.minimum(a, b), jnp.minimum(jnp.maximum(a, b), c)))
    return blank(middle, jnp.isfinite(middle))


def origins(x: Float[Array, "entry *rest"], there: Bool[Array, "entry *rest"]) -> Float[Array, "*rest"]:
    """The `origin` of each column, of entries that are finite and `there`."""
    columns = x.reshape(x.shape[0], -1)
    found = jax.vmap(origin, in_axes=1)(columns, (there & jnp.isfinite(x)).reshape(columns.shape))
    return found.reshape(x.shape[1:])


def from_origin(
    start: Float[Array, "*shape"], distance: Float[Array, "*shape"], m: Float[Array, "*#shape"], scale: float = 1
) -> Float[Array, "*shape"]:
    """The mean of m ≥ 1 entries whose distances from `start` add up to distance/scale.

    No distance → exactly that; sums that are exact as integers are divided as a whole, and so are rounded once.
    """
    total = distance / scale + m * start
    exact = jnp.abs(distance / scale) + m * jnp.abs(start) < 2**24
    whole = divided(jnp.where(exact, total, 0), m)
    average = jnp.where(exact, whole, start + divided(distance, m) / scale)
    return instead(average, jax.lax.stop_gradient(jnp.where(distance == 0, start, average)))


def variance(
    x: Float[Array, " entry"],
    present: Bool[Array, " entry"],
    ddof: int = 0,
    *,
    factor: Float[Array, ""] | None = None,
) -> Float[Array, ""]:
    """Σ(x − x̄)² / (m − ddof) over the valid entries; m ≤ ddof → NaN; equal entries → exactly 0.

    Deviations are multiplied by `factor`, a power of two, before they are squared.
    """
    wide, m = single(x), count(present)
    start = first(wide, present)  # equal entries have no distance from it
    mean, rest = _sum_and_rest(start, total(blank(wide - start, present)) / jnp.maximum(m, 1).astype(wide.dtype))
    squares = _squares(blank(wide - mean, present), rest, m, factor)
    return ratio(undefined_unless(m > ddof, squares), (m - ddof).astype(wide.dtype)).astype(x.dtype)


def _sum_and_rest(a: Float[Array, ""], b: Float[Array, ""]) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """a + b, and what rounding took from it."""
    whole = a + b
    part = whole - a
    return whole, jax.lax.stop_gradient((a - (whole - part)) + (b - part))


def _squares(
    apart: Float[Array, " entry"], rest: Float[Array, ""], m: Int[Array, ""], factor: Float[Array, ""] | None
) -> Float[Array, ""]:
    """Σ(dᵢ − r)² = Σdᵢ² − m·r² of the distances of m entries from a number that is `rest` below their mean.

    All are multiplied by `factor`. XLA's CPU compiler shares loops with more operations out to several threads, which
    takes longer than the sum over one run.
    """
    scaled, left = (apart, rest) if factor is None else (apart * factor, rest * factor)
    return jnp.maximum(total(scaled * scaled) - m.astype(left.dtype) * left * left, 0)


def std(x: Float[Array, " entry"], present: Bool[Array, " entry"] | None, ddof: int = 0) -> Float[Array, ""]:
    """√variance, also where the variance is out of range; with gradient 0 if all entries are equal.

    `present`: None means all.
    """
    wide = single(x)
    if present is None:
        return _of_all(wide, ddof)[1].astype(x.dtype)
    unit = power_of_two(blank(wide, present))
    return (unit * safe_sqrt(variance(wide, present, ddof, factor=inverse(unit)))).astype(x.dtype)


def mean_and_std(
    x: Float[Array, " entry"], present: Bool[Array, " entry"] | None, ddof: int = 0
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """(`mean`, `std`) in less time than both: they read the same distances. `present`: None means all."""
    average, spread = _of_all(single(x), ddof) if present is None else _of_some(single(x), present, ddof)
    return average.astype(x.dtype), spread.astype(x.dtype)


def _of_all(x: Float[Array, " entry"], ddof: int) -> tuple[Float[Array, ""], Float[Array, ""]]:
    n, start, scale = jnp.asarray(x.shape[0], jnp.int32), origin(x, None), share_of_most(x.shape[0])
    known, unit = jnp.maximum(n, 1).astype(x.dtype), power_of_two(x)
    distance = total(x * scale - start * scale)
    mean = undefined_unless(n > 0, from_origin(start, distance, known, scale))
    near, rest = _sum_and_rest(start, distance / known / scale)
    return mean, _root(unit, x - near, rest, n, ddof)


def _of_some(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], ddof: int
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    m = count(present)
    mean, rest = _mean_and_rest(x, present, m)
    apart = blank(x - mean, present)
    return mean, _root(power_of_two(apart), apart, rest, m, ddof)


def _root(
    unit: Float[Array, ""], apart: Float[Array, " entry"], rest: Float[Array, ""], m: Int[Array, ""], ddof: int
) -> Float[Array, ""]:
    """The standard deviation of m entries from distances and what `_squares` says of them, by way of `unit`."""
    squares = undefined_unless(m > ddof, _squares(apart, rest, m, inverse(unit)))
    return unit * safe_sqrt(ratio(squares, (m - ddof).astype(apart.dtype)))


def power_of_two(*parts: Inexact[Array, "..."], axis: int | None = None) -> Float[Array, "..."]:
    """A power of two near the largest |x| of all parts; of zeros alone 1.

    Squares of x/unit stay in range, which those of 1e30 do not, nor of 1e-30 in float32. It cancels: no gradient.
    """
    tops = [_largest(jnp.abs(jax.lax.stop_gradient(x)), axis) for x in parts]
    largest = reduce(jnp.maximum, tops)
    limits = jnp.finfo(largest.dtype)
    power = jax.lax.reduce_precision(largest, limits.nexp, 0)
    return jnp.where(largest == 0, 1, jnp.clip(power, limits.tiny, 1 / limits.tiny))


def _largest(size: Float[Array, "..."], axis: int | None) -> Float[Array, "..."]:
    """The maximum; of a long stream in lanes, which XLA's CPU compiler makes vectors of."""
    whole = size.shape[0] // LANES * LANES if size.ndim == 1 else 0
    if whole < 4 * LANES:
        return jnp.max(size, axis=axis, initial=0)
    lanes = jnp.max(size[:whole].reshape(-1, LANES), axis=0)
    return jnp.maximum(jnp.max(lanes), jnp.max(size[whole:], initial=0))


def inverse(unit: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """1/unit of a power of two, from its exponent: a product with it is exact, and faster than a division."""
    limits = jnp.finfo(unit.dtype)
    bits = jnp.dtype(f"int{limits.bits}")
    twice_one = jnp.asarray((2 * limits.maxexp - 2) << limits.nmant, bits)
    turned = twice_one - jax.lax.bitcast_convert_type(unit, bits)
    return jax.lax.bitcast_convert_type(turned, unit.dtype)


def root_of_squares(x: Float[Array, "entry *rest"]) -> Float[Array, "*rest"]:
    """√Σ x² along the first axis, with gradient 0 where all are 0."""
    if x.shape[0] == 1:
        return jnp.abs(x[0])
    unit = power_of_two(x, axis=0)
    return unit * safe_sqrt(jnp.sum(jnp.square(x * inverse(unit)[None]), axis=0))


def minimum(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Smallest valid entry; none → NaN; a valid NaN → NaN."""
    return undefined_unless(_ordered(x, present), jnp.min(blank(x, present, jnp.inf), initial=jnp.inf))


def maximum(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Largest valid entry; none → NaN; a valid NaN → NaN."""
    return undefined_unless(_ordered(x, present), jnp.max(blank(x, present, -jnp.inf), initial=-jnp.inf))


def _ordered(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Bool[Array, ""]:
    """There is a valid entry, and none is NaN: XLA's reductions on the CPU lose NaN in batches of 32 rows and more."""
    return jnp.any(present) & ~jnp.any(jnp.isnan(x) & present)


def first_index(present: Bool[Array, " entry"]) -> Int[Array, ""]:
    """Index of the first valid entry; none → 0."""
    n = present.shape[0]
    index = jnp.min(jnp.where(present, jnp.arange(n, dtype=jnp.int32), n), initial=n)  # argmax is slower on the CPU
    return jnp.where(index < n, index, 0)


def last_index(present: Bool[Array, " entry"]) -> Int[Array, ""]:
    """Index of the last valid entry; none → 0."""
    return jnp.max(jnp.where(present, jnp.arange(present.shape[0], dtype=jnp.int32), 0), initial=0)


def at(x: Num[Array, " entry"], index: Int[Array, ""], defined: Bool[Array, ""]) -> Num[Array, ""]:
    """x[index] where `defined`; else NaN, or −1 for integers (an integer has no NaN)."""
    missing = jnp.asarray(jnp.nan if jnp.issubdtype(x.dtype, jnp.floating) else -1, x.dtype)
    return jnp.where(defined, x[index] if x.shape[0] else missing, missing)


def first(x: Num[Array, " entry"], present: Bool[Array, " entry"]) -> Num[Array, ""]:
    """First valid entry; none → NaN (−1 for integers)."""
    return at(x, first_index(present), jnp.any(present))


def last(x: Num[Array, " entry"], present: Bool[Array, " entry"]) -> Num[Array, ""]:
    """Last valid entry; none → NaN (−1 for integers)."""
    return at(x, last_index(present), jnp.any(present))
