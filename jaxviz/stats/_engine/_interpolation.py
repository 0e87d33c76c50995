"""The place of a quantile between two entries of a sorted stream, and its value there."""

import struct
from functools import partial

import jax
import jax.numpy as jnp

from ... import _masked
from ..._half import single
from ..._levels import Shares
from ..._types import Array, DTypeLike, Float, Int

NORMAL_CONSISTENT = 1.482602218505602
"""1/Φ⁻¹(¾): the median absolute deviation of a normal variable times this is its standard deviation."""


@partial(jax.jit, static_argnums=2)
def position(
    q: Float[Array, "*#place"], last: Int[Array, "*#place"], size: int, lost: Float[Array, "*#place"] | None = None
) -> tuple[Int[Array, "*place"], Float[Array, "*place"]]:
    """⌊q·last⌋ and the remainder, exact to the rounding of q + `lost`: leading bits are multiplied in integers.

    `size` is a static bound of `last`, `lost` what `lost_by_rounding` says. Positions outside [0, last] are moved to
    its ends. The remainder has at least 32 bits.
    """
    q = single(q)
    bits = max(0, 30 - size.bit_length())
    last = jnp.maximum(last, 0)
    units = jnp.clip(jax.lax.stop_gradient(jnp.round(q * 2**bits)), 0, 2**bits).astype(jnp.int32)
    product = units * last
    rest = q - units.astype(q.dtype) / 2**bits
    rest = (rest if lost is None else rest + lost.astype(q.dtype)) * last.astype(q.dtype)
    share = (product & (2**bits - 1)).astype(q.dtype) / 2**bits + rest
    carry = jnp.floor(jax.lax.stop_gradient(share))
    return jnp.clip((product >> bits) + carry.astype(jnp.int32), 0, last), share - carry


def lost_by_rounding(q: Shares, dtype: DTypeLike) -> Float[Array, "*q"] | None:
    """q − float32(q) of numbers that are known in double precision; None if there are none, or nothing is rounded.

    float32 has 0.899999976 for 0.9, which moves the position in a window of 100 by 2e-6, and a quantile between two
    entries 30 apart by 7e-5.
    """
    if isinstance(q, jax.Array) or jnp.finfo(dtype).bits > 32:
        return None
    known = q if isinstance(q, int | float | list | tuple) else getattr(q, "tolist", list)()
    return jnp.asarray(jax.tree.map(_rounding, known), dtype)


def _rounding(q: float) -> float:
    return q - struct.unpack("f", struct.pack("f", q))[0]


@jax.jit
def between(low: Float[Array, "*q"], high: Float[Array, "*q"], share: Float[Array, "*q"]) -> Float[Array, "*q"]:
    """(1 − share)·low + share·high, exact for equal ends; an infinite end counts only if it has weight."""
    finite = jnp.isfinite(low) & jnp.isfinite(high)  # their distance may overflow
    value = (1 - share) * _masked.blank(low, finite) + share * _masked.blank(high, finite)
    same = (low == high) | (share == 0)
    exact = jnp.where(same, low, jnp.where(finite, value, low + high))
    return _masked.instead(value, jax.lax.stop_gradient(exact))
