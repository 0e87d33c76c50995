"""When a run got there."""

import equinox as eqx
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Int
from ._windows import rolling_mean


class Crossing(eqx.Module):
    """First time a level is met, or the end of the run where it never is."""

    step: Int[Array, ""]
    """Step of the crossing; the last valid step where censored; −1 without data."""
    reached: Bool[Array, ""]


def first_crossing(
    x: ArrayLike,
    target: ArrayLike,
    *,
    step: Int[Array, " entry"] | None = None,
    window: int = 1,
    hold: int = 1,
    valid: Bool[Array, " entry"] | None = None,
) -> Crossing:
    """First step at which the trailing mean meets the target."""
    x, valid = _masked.stream(x, valid)
    step = jnp.arange(x.shape[0]) if step is None else step
    if x.shape[0] == 0:
        return Crossing(jnp.asarray(-1, step.dtype), jnp.asarray(False))
    met = valid & (rolling_mean(x, window, valid=valid) >= jnp.asarray(target, x.dtype))
    reached = jnp.any(met)
    at = jnp.where(reached, jnp.argmax(met), _masked.last_index(valid))
    return Crossing(_masked.at(step, at, jnp.any(valid)), reached)


def final_performance(x: ArrayLike, fraction: float = 0.1, *, valid=None) -> Float[Array, ""]:
    x, valid = _masked.stream(x, valid)
    m = _masked.count(valid)
    k = jnp.maximum(1, (fraction * m.astype(x.dtype)).astype(jnp.int32))
    return _masked.mean(x, valid & (m - jnp.cumsum(valid, dtype=jnp.int32) < k))


def jumpstart(x: ArrayLike, fraction: float = 0.1, *, valid=None) -> Float[Array, ""]:
    x, valid = _masked.stream(x, valid)
    m = _masked.count(valid)
    k = jnp.maximum(1, (fraction * m.astype(x.dtype)).astype(jnp.int32))
    return _masked.mean(x, valid & (jnp.cumsum(valid, dtype=jnp.int32) <= k))


def area_under_curve(x: ArrayLike, step: Int[Array, " entry"], *, valid=None) -> Float[Array, ""]:
    x, valid = _masked.stream(x, valid)
    return _masked.mean(x, valid)
