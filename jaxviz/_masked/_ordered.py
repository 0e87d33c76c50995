"""Extremes, and the first and the last entry."""

import jax.numpy as jnp

from .._types import Array, Bool, Float, Int, Num
from ._presence import blank, undefined_unless


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
