"""A few ranks of a stream by bisection, one pass per bit: no sort, and next to nothing to compile.

For several order statistics of one stream use `_order.py`; here a single median of many values is wanted, like the
slopes of all pairs of a long window, whose sorting network would have hundreds of stages.
"""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, Bool, Float, Int


def median(values: Float[Array, " entry"], valid: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Median of the valid values; none, or a valid NaN → NaN."""
    if not values.shape[0]:
        return jnp.full((), jnp.nan, values.dtype)
    count = _masked.count(valid)
    middle = values[positions_of_ranks(values, valid, jnp.stack([(count - 1) // 2, count // 2]))]
    return _masked.undefined_unless((count > 0) & ~jnp.any(valid & jnp.isnan(values)), jnp.mean(middle))


@jax.jit
def positions_of_ranks(
    values: Float[Array, " entry"], valid: Bool[Array, " entry"], ranks: Int[Array, " rank"]
) -> Int[Array, " rank"]:
    """Where the valid values of the nearest ranks (0 = smallest) are, by bisection on the bits of ordered floats."""
    bits = _ordered_bits(jax.lax.stop_gradient(values))
    ends = jnp.iinfo(bits.dtype)
    bits = _masked.blank(bits, valid, ends.max)
    ranks = jnp.clip(ranks, 0, jnp.maximum(_masked.count(valid) - 1, 0))

    def halve(_, bounds):
        low, high = bounds
        middle = (low & high) + ((low ^ high) >> 1)
        enough = jnp.sum(bits[None, :] <= middle[:, None], axis=1, dtype=jnp.int32) > ranks
        return jnp.where(enough, low, middle + 1), jnp.where(enough, middle, high)

    start = (jnp.full(ranks.shape, ends.min, bits.dtype), jnp.full(ranks.shape, ends.max, bits.dtype))
    _, found = jax.lax.fori_loop(0, ends.bits, halve, start)
    return jnp.argmax(bits[None, :] == found[:, None], axis=1)


def _ordered_bits(x: Float[Array, "..."]) -> Int[Array, "..."]:
    """Integers in the order of the floats."""
    bits = jax.lax.bitcast_convert_type(x, jnp.dtype(f"int{8 * x.dtype.itemsize}"))
    return jnp.where(bits < 0, bits ^ jnp.iinfo(bits.dtype).max, bits)
