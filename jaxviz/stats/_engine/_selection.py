"""The median of values that a kernel made itself, like the slopes of all pairs of a window."""

import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Bool, Float
from ._kth import kth_smallest


def median(values: Float[Array, " entry"], valid: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Median of the valid values; none, or a valid NaN → NaN."""
    if not values.shape[0]:
        return jnp.full((), jnp.nan, values.dtype)
    count = _masked.count(valid)
    middle = kth_smallest(values, valid, jnp.maximum(jnp.stack([(count - 1) // 2, count // 2]), 0))
    return _masked.undefined_unless((count > 0) & ~jnp.any(valid & jnp.isnan(values)), jnp.mean(middle))
