"""The median of values that a kernel made itself, like the slopes of all pairs of a window."""

import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Bool, Float
from ._interpolation import between
from ._kth import kth_smallest


def median_of_present(values: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Median of the present values; none, or a present NaN → NaN."""
    if not values.shape[0]:
        return jnp.full((), jnp.nan, values.dtype)
    count = _masked.count(present)
    middle = kth_smallest(values, present, jnp.maximum(jnp.stack([(count - 1) // 2, count // 2]), 0))
    return _masked.undefined_unless(
        (count > 0) & ~jnp.any(present & jnp.isnan(values)), between(*middle, jnp.full((), 0.5, values.dtype))
    )
