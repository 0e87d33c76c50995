"""Spreads about the mean, of entries of any offset and size."""

import jax
import jax.numpy as jnp

from .._half import single
from .._types import Array, Bool, Float, Int
from ._means import mean_and_rest
from ._ordered import first
from ._origins import from_origin, origin, share_of_most
from ._presence import blank, count, undefined_unless
from ._quotients import inverse, power_of_two, ratio, safe_sqrt
from ._sums import total


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
    mean, rest = mean_and_rest(x, present, m)
    apart = blank(x - mean, present)
    return mean, _root(power_of_two(apart), apart, rest, m, ddof)


def _root(
    unit: Float[Array, ""], apart: Float[Array, " entry"], rest: Float[Array, ""], m: Int[Array, ""], ddof: int
) -> Float[Array, ""]:
    """The standard deviation of m entries from distances and what `_squares` says of them, by way of `unit`."""
    squares = undefined_unless(m > ddof, _squares(apart, rest, m, inverse(unit)))
    return unit * safe_sqrt(ratio(squares, (m - ddof).astype(apart.dtype)))


def root_of_squares(x: Float[Array, "entry *rest"]) -> Float[Array, "*rest"]:
    """√Σ x² along the first axis, with gradient 0 where all are 0."""
    if x.shape[0] == 1:
        return jnp.abs(x[0])
    unit = power_of_two(x, axis=0)
    return unit * safe_sqrt(jnp.sum(jnp.square(x * inverse(unit)[None]), axis=0))
