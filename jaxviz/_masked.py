"""Reductions over the valid entries of a stream, and the one rule for "nothing there".

An invalid entry does not exist: its value is replaced before any arithmetic touches it, so padding changes neither
values nor gradients. A result that needs more valid entries than there are is NaN, and NaN means nothing else. Valid
NaN entries are data (the run diverged) and propagate.
"""

import jax.numpy as jnp

from ._types import Array, ArrayLike, Bool, Float, Int, Mask, Num


def as_float(x: ArrayLike) -> Float[Array, "..."]:
    """`x` as a floating array: floats keep their dtype, integers and booleans take the default float."""
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.result_type(float))


def validity(x: Num[Array, "*shape"], valid: Bool[ArrayLike, "*shape"] | None) -> Bool[Array, "*shape"]:
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
    return jnp.sum(present, dtype=jnp.int32)


def mean(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Mean of the valid entries; none → NaN."""
    return ratio(jnp.sum(blank(x, present)), count(present).astype(x.dtype))


def variance(x: Float[Array, " entry"], present: Bool[Array, " entry"], ddof: int = 0) -> Float[Array, ""]:
    """Σ(x − x̄)² / (m − ddof) over the valid entries; m ≤ ddof → NaN; equal entries → exactly 0."""
    m = count(present)
    first_deviation = blank(x - first(x, present), present)  # equal entries become exact zeros
    centred = blank(first_deviation - mean(first_deviation, present), present)
    total = jnp.sum(centred * centred)
    return ratio(undefined_unless(m > ddof, total), (m - ddof).astype(x.dtype))


def std(x: Float[Array, " entry"], present: Bool[Array, " entry"], ddof: int = 0) -> Float[Array, ""]:
    """√variance, with gradient 0 if all entries are equal."""
    return safe_sqrt(variance(x, present, ddof))


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
