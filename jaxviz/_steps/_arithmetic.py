"""Sums, differences and products of steps, which do not wrap."""

import jax
import jax.numpy as jnp
from jax.core import Tracer

from .._types import Array, DTypeLike, Float, Integer
from ._forms import alike, as_float, narrowest, plain, wide, wide_magnitude
from ._wide import BITS, UNIT, ExactSteps, Times, WideSteps, carried

_HALF = BITS // 2


def plus(a: Times, b: Times | int) -> Times:
    """a + b. Plain arrays stay plain: their sum has to fit, as that of parts of a whole does."""
    a, b = alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return carried(a.high + b.high, a.low + b.low)
    return plain(a) + plain(b)


def shifted(step: ExactSteps, by: ExactSteps | int) -> ExactSteps:
    """step + by, of any sizes: wide unless the sums are known to fit."""
    if isinstance(by, int) and by == 0:
        return step
    moved = plus(wide(step), by)
    return narrowest(moved) if isinstance(moved, WideSteps) else moved


def minus(a: Times, b: Times | int) -> Times:
    """a − b, exactly."""
    a, b = alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return carried(a.high - b.high, a.low - b.low)
    return plain(a) - plain(b)


def halved(step: ExactSteps) -> ExactSteps:
    """⌊step / 2⌋ of steps that are not negative."""
    if not isinstance(step, WideSteps):
        return step // 2
    return WideSteps(step.high >> 1, ((step.high & 1) << (BITS - 1)) | (step.low >> 1))


def magnitude(step: Times) -> Times:
    """|step|"""
    return wide_magnitude(step) if isinstance(step, WideSteps) else jnp.abs(step)


def since(step: Times, origin: Times | int, dtype: DTypeLike) -> Float[Array, "..."]:
    """step − origin as a floating number: subtracted in integers, rounded once."""
    return as_float(minus(step, origin), dtype)


def gaps(step: Times, dtype: DTypeLike) -> Float[Array, " gap"]:
    """Differences between neighbours."""
    return since(step[1:], step[:-1], dtype)


def product(count: ExactSteps, unit: int, *, most: int | None = None) -> ExactSteps:
    """count·unit for counts from 0 to `most` and products of at most 2⁵³; plain if they are known to fit."""
    if not isinstance(count, WideSteps) and unit * (most or _bound(count)) <= jnp.iinfo(count.dtype).max:
        return count * unit
    return narrowest(_wide_product(count, unit))


def _bound(count: Integer[Array, "..."]) -> int:
    """The largest count if it is known, else the largest that its dtype can hold."""
    if isinstance(count, Tracer) or not count.size:
        return int(jnp.iinfo(count.dtype).max)
    return int(jnp.max(count))


def _wide_product(count: ExactSteps, unit: int) -> WideSteps:
    """By halves of limbs, whose products fit: each term is at most the product, so its high limb fits too."""
    part = (1 << _HALF) - 1
    counted = wide(count)
    c0, c1 = counted.low & part, counted.low >> _HALF
    u2, rest = unit >> BITS, unit & (UNIT - 1)
    u0, u1 = rest & part, rest >> _HALF
    middle = c0 * u1 + c1 * u0
    high = c1 * u1 + counted.high * rest + counted.low * u2 + ((counted.high * u2) << BITS) + (middle >> _HALF)
    return carried(high, c0 * u0 + ((middle & part) << _HALF))


def cumulative(lengths: ExactSteps) -> ExactSteps:
    """Σ_{j≤i} lengths along the last axis, of lengths from 0; plain if every sum is known to fit."""
    if isinstance(lengths, WideSteps):
        return narrowest(_cumulative(lengths))
    if lengths.shape[-1] * _bound(lengths) <= jnp.iinfo(jnp.result_type(int)).max:
        return jnp.cumsum(lengths, axis=-1, dtype=jnp.result_type(int))
    return narrowest(_cumulative(wide(lengths)))


@jax.jit
def _cumulative(lengths: WideSteps) -> WideSteps:
    """Sums with carry: adding limbs is associative."""
    return jax.lax.associative_scan(_add_limbs, lengths, axis=-1)


def _add_limbs(a: WideSteps, b: WideSteps) -> WideSteps:
    return carried(a.high + b.high, a.low + b.low)
