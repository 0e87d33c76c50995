"""One form for several steps, and the way from one form to another."""

import jax.numpy as jnp
from jax.core import Tracer

from .._types import Array, DTypeLike, Float, Int, Num
from ._wide import BITS, LARGEST_INT32, UNIT, ExactSteps, Times, WideSteps, carried, chosen, is_floating

_ROUNDED = 23
"""Low bits dropped from a value of up to 54 to fit int32: they only say on which side of a tie it lies."""


def wide(step: Num[Array, "..."] | WideSteps | int) -> WideSteps:
    """The two limbs of whole numbers of any dtype; fractions of floating numbers are rounded."""
    if isinstance(step, WideSteps):
        return step
    if isinstance(step, int):
        return WideSteps(jnp.asarray(step >> BITS, jnp.int32), jnp.asarray(step & (UNIT - 1), jnp.int32))
    if jnp.issubdtype(step.dtype, jnp.floating):
        return _wide_float(step if jnp.finfo(step.dtype).bits >= 32 else step.astype(jnp.float32))
    step = step if jnp.iinfo(step.dtype).bits >= 32 else step.astype(jnp.int32)
    return WideSteps((step >> BITS).astype(jnp.int32), (step & (UNIT - 1)).astype(jnp.int32))


def _wide_float(step: Float[Array, "..."]) -> WideSteps:
    """Exact: dividing by a power of two is, and so is the difference to a neighbouring multiple of it."""
    step = jnp.round(step)
    high = jnp.floor(step / UNIT)
    return WideSteps(high.astype(jnp.int32), (step - high * UNIT).astype(jnp.int32))


def narrowest(step: ExactSteps) -> ExactSteps:
    """A plain array if the values are known and fit, else the steps as they are."""
    if not isinstance(step, WideSteps) or isinstance(step.high, Tracer):
        return step
    fits = (step.high >= -(2 ** (31 - BITS))) & (step.high < 2 ** (31 - BITS))
    return _plain(step) if bool(jnp.all(fits)) else step


def _plain(step: WideSteps) -> Int[Array, "..."]:
    """The default integer, for values that fit it."""
    whole = jnp.result_type(int)
    return (step.high.astype(whole) << BITS) | step.low.astype(whole)


def alike(*steps: Times | int) -> tuple[Times, ...]:
    """The same steps in one form: floating if one is, wide if one is or a number does not fit, else of one dtype."""
    floating = [s.dtype for s in steps if not isinstance(s, int | WideSteps) and is_floating(s)]
    if floating:
        return tuple(jnp.asarray(s, floating[0]) if isinstance(s, int) else as_float(s, floating[0]) for s in steps)
    if any(isinstance(s, WideSteps) for s in steps):
        return tuple(wide(s) for s in steps)
    arrays = [s for s in steps if not isinstance(s, int | WideSteps)]
    dtype = jnp.int64 if any(jnp.iinfo(a.dtype).bits == 64 for a in arrays) else jnp.int32
    if any(isinstance(s, int) and not -LARGEST_INT32 <= s <= jnp.iinfo(dtype).max for s in steps):
        return tuple(wide(s) for s in steps)
    return tuple(jnp.asarray(s, dtype) for s in steps if not isinstance(s, WideSteps))


def one_form(steps: list[Times]) -> list[Times]:
    """The same steps, all plain or all wide, so that they can be stacked or joined with `jax.tree.map`."""
    return list(alike(*steps))


def plain(step: Times) -> Num[Array, "..."]:
    """Steps known not to be wide, as all are on the host: only narrows the type."""
    assert not isinstance(step, WideSteps)
    return step


def as_float(step: Times, dtype: DTypeLike) -> Float[Array, "..."]:
    """The steps as floating numbers, each rounded once: small ones to the bits that a plain array gives."""
    if not isinstance(step, WideSteps):
        return step.astype(dtype)
    if jnp.finfo(dtype).bits == 64:
        return step.high.astype(dtype) * UNIT + step.low.astype(dtype)
    small = (step.high >= -(2 ** (31 - BITS))) & (step.high < 2 ** (31 - BITS))
    short = jnp.where(small, step.high << BITS, 0) | step.low
    return jnp.where(small, short.astype(dtype), _large_as_float(step).astype(dtype))


def _large_as_float(step: WideSteps) -> Float[Array, "..."]:
    """Single precision from the leading 30 bits, of which the last also stands for all that follow (round to odd)."""
    negative = step.high < 0
    size = wide_magnitude(step)
    rest = size.low & ((1 << _ROUNDED) - 1)
    leading = (size.high << (BITS - _ROUNDED)) | (size.low >> _ROUNDED) | (rest > 0).astype(jnp.int32)
    short = size.high.astype(jnp.float32) * UNIT + size.low.astype(jnp.float32)
    value = jnp.where(size.high < UNIT, short, leading.astype(jnp.float32) * (1 << _ROUNDED))
    return jnp.where(negative, -value, value)


def wide_magnitude(step: WideSteps) -> WideSteps:
    return chosen(step.high < 0, carried(-step.high, -step.low), step)
