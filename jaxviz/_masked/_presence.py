"""Which entries there are, and what a number is where there are too few."""

import jax.numpy as jnp

from .._types import Array, ArrayLike, Bool, Float, Int, Mask, Num, Shaped
from ._sums import lane_count


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


def count(present: Bool[Array, "..."]) -> Int[Array, ""]:
    """Number of valid entries."""
    if present.ndim != 1 or not (lanes := lane_count(present.shape[0])):
        return jnp.sum(present, dtype=jnp.int32)
    whole = present.shape[0] // lanes * lanes
    rows = present[:whole].reshape(-1, lanes)
    small = jnp.int8 if rows.shape[0] < 128 else jnp.int16  # a third of the time of int32
    rest = jnp.sum(present[whole:], dtype=jnp.int32)
    return jnp.sum(jnp.sum(rows, axis=0, dtype=small), dtype=jnp.int32) + rest
