"""The place of a quantile between two entries of a sorted stream, and its value there."""

from functools import partial

import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Float, Int

NORMAL_CONSISTENT = 1.482602218505602
"""1/Φ⁻¹(¾): the median absolute deviation of a normal variable times this is its standard deviation."""


@partial(jax.jit, static_argnums=2)
def position(
    q: Float[Array, "*#place"], last: Int[Array, "*#place"], size: int
) -> tuple[Int[Array, "*place"], Float[Array, "*place"]]:
    """⌊q·last⌋ and the remainder, exact to the rounding of q: its leading bits are multiplied in integers.

    `size` is a static bound of `last`. Positions outside [0, last] are moved to its ends. The
    remainder has at least 32 bits.
    """
    q = q if jnp.finfo(q.dtype).bits >= 32 else q.astype(jnp.float32)
    bits = max(0, 30 - size.bit_length())
    last = jnp.maximum(last, 0)
    units = jnp.clip(jax.lax.stop_gradient(jnp.round(q * 2**bits)), 0, 2**bits).astype(jnp.int32)
    product = units * last
    rest = (q - units.astype(q.dtype) / 2**bits) * last.astype(q.dtype)
    share = (product & (2**bits - 1)).astype(q.dtype) / 2**bits + rest
    carry = jnp.floor(jax.lax.stop_gradient(share))
    return jnp.clip((product >> bits) + carry.astype(jnp.int32), 0, last), share - carry


@jax.jit
def between(low: Float[Array, "*q"], high: Float[Array, "*q"], share: Float[Array, "*q"]) -> Float[Array, "*q"]:
    """(1 − share)·low + share·high, exact for equal ends; an infinite end counts only if it has weight."""
    gap = high - low
    apart = jnp.isfinite(gap) & (gap != 0)
    finite_low, finite_high = _masked.blank(low, apart), _masked.blank(high, apart)
    end = jnp.where((low == high) | (share == 0), low, low + high)
    return jnp.where(apart, (1 - share) * finite_low + share * finite_high, end)
