"""Means that neither overflow nor lose the digits of entries far from 0."""

import jax
import jax.numpy as jnp

from .._half import single
from .._types import Array, Bool, Float, Int
from ._origins import from_origin, middle_of, origin, share_of_most
from ._presence import blank, count, undefined_unless
from ._quotients import divided, instead, part_of, within
from ._sums import total

_SMALL = 2.0**-60


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
    average, _ = mean_and_rest(single(x), present, count(present))
    return average.astype(x.dtype)


def mean_and_rest(
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
    start = middle_of(wide[begin], wide[(begin + last) // 2], wide[last])
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
