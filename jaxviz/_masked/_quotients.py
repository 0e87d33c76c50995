"""Arithmetic whose result is right at the ends: quotients, roots and units that neither overflow nor round twice."""

from functools import reduce

import jax
import jax.numpy as jnp

from .._types import Array, ArrayLike, Float, Inexact, Num
from ._presence import undefined_unless
from ._sums import LANES


def ratio(a: Num[Array, "..."], b: Num[Array, "..."]) -> Float[Array, "..."]:
    """a / b, NaN for b = 0, with gradients that stay finite on both branches."""
    nonzero = b != 0
    quotient = a / jnp.where(nonzero, b, jnp.ones_like(b))
    return undefined_unless(nonzero, quotient)


def safe_sqrt(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """√x for x > 0 and NaN, 0 for x ≤ 0; the gradient at 0 is 0, not infinite."""
    flat = x <= 0
    return jnp.where(flat, jnp.zeros_like(x), jnp.sqrt(jnp.where(flat, jnp.ones_like(x), x)))


def divided(total: Float[Array, "*shape"], by: ArrayLike) -> Float[Array, "*shape"]:
    """total / by for by ≥ 1, rounded once.

    XLA makes a division by one number for all into a multiplication by its reciprocal, under jit alone and with another
    last bit: 47500 · (1/100) is not 475. So the divisor is made to look different in every place.
    """
    return total / jnp.maximum(jnp.asarray(by, total.dtype), (total > 1).astype(total.dtype))


def part_of(number: Float[Array, "*shape"], every: ArrayLike) -> Float[Array, "*shape"]:
    """The share number/every of a count: exactly 1 of as many, which a product with 1/every need not be; none → NaN."""
    every = jnp.broadcast_to(jnp.asarray(every, number.dtype), number.shape)
    return undefined_unless(every > 0, divided(number, jnp.maximum(every, 1)))


@jax.custom_jvp
def instead(value: Float[Array, "*shape"], exact: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """`exact`, which `value` only misses by rounding: its gradient is that of `value`."""
    del value
    return exact


@instead.defjvp
def _instead_jvp(primals, tangents):
    return primals[1], tangents[0]


def within(value: Float[Array, "*shape"], low: Float[Array, "*shape"], high: Float[Array, "*shape"]) -> Array:
    """`value`, moved by its rounding error into [low, high]; NaN stays."""
    low, high = jax.lax.stop_gradient((low, high))
    still = jax.lax.stop_gradient(value)
    return instead(value, jnp.where(still < low, low, jnp.where(still > high, high, still)))


def power_of_two(*parts: Inexact[Array, "..."], axis: int | None = None) -> Float[Array, "..."]:
    """A power of two near the largest |x| of all parts; of zeros alone 1.

    Squares of x/unit stay in range, which those of 1e30 do not, nor of 1e-30 in float32. It cancels: no gradient.
    """
    tops = [_largest(jnp.abs(jax.lax.stop_gradient(x)), axis) for x in parts]
    largest = reduce(jnp.maximum, tops)
    limits = jnp.finfo(largest.dtype)
    power = jax.lax.reduce_precision(largest, limits.nexp, 0)
    return jnp.where(largest == 0, 1, jnp.clip(power, limits.tiny, 1 / limits.tiny))


def _largest(size: Float[Array, "..."], axis: int | None) -> Float[Array, "..."]:
    """The maximum; of a long stream in lanes, which XLA's CPU compiler makes vectors of."""
    whole = size.shape[0] // LANES * LANES if size.ndim == 1 else 0
    if whole < 4 * LANES:
        return jnp.max(size, axis=axis, initial=0)
    lanes = jnp.max(size[:whole].reshape(-1, LANES), axis=0)
    return jnp.maximum(jnp.max(lanes), jnp.max(size[whole:], initial=0))


def inverse(unit: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """1/unit of a power of two, from its exponent: a product with it is exact, and faster than a division."""
    limits = jnp.finfo(unit.dtype)
    bits = jnp.dtype(f"int{limits.bits}")
    twice_one = jnp.asarray((2 * limits.maxexp - 2) << limits.nmant, bits)
    turned = twice_one - jax.lax.bitcast_convert_type(unit, bits)
    return jax.lax.bitcast_convert_type(turned, unit.dtype)
