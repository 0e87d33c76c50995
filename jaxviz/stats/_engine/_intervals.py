"""Intervals: their content, and the way from replicates to bounds."""

from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.special import ndtr

from ... import _masked
from ..._types import Array, ArrayLike, Float, Int
from ._distributions import level_z, normal_quantile

Bounds = tuple[Float[Array, " component"], Float[Array, " component"]]
Components = Float[Array, " component"]
Replicates = Float[Array, "replicate component"]

Method = Literal["percentile", "basic", "bc", "bca", "studentized", "normal", "t"]
"""How a bootstrap makes bounds."""
AnyMethod = Method | Literal["simultaneous", "wilson"]
Unit = Literal["cell", "run", "task+run", "run+episode"]
"""What a bootstrap resamples."""
AnyUnit = Unit | Literal["none"]


class Interval(eqx.Module):
    """An estimate with its bounds and everything a caption has to say about them."""

    estimate: Float[Array, "*component"]
    low: Float[Array, "*component"]
    """Lower bound; NaN if the interval is undefined (one run, a NaN replicate)."""
    high: Float[Array, "*component"]
    """Upper bound."""
    n: Int[Array, "..."]
    """Number of runs the estimate is made from; one per component if runs are ragged."""
    n_tasks: Int[Array, ""]
    """Number of tasks."""
    level: Float[Array, ""]
    """Nominal coverage, 1 − α."""
    left_out: Int[Array, "..."]
    """Replicates left out of a studentized interval because their standard error is 0; 0 for other methods."""
    method: AnyMethod = eqx.field(static=True)
    """How the bounds were made."""
    unit: AnyUnit = eqx.field(static=True)
    """What was resampled: "cell", "run", "task+run", "run+episode"; "none" if nothing was."""
    reps: int = eqx.field(static=True)
    """Number of bootstrap replicates; 0 if nothing was resampled."""


def sort_replicates(values: Replicates) -> Replicates:
    """Replicates in order, NaN last."""
    return jnp.sort(values, axis=0)


def quantile_of_sorted(ordered: Replicates, q: Float[Array, " _"], m: Int[Array, " _"] | None = None) -> Components:
    """Type-7 quantile of the first m entries along the leading axis; q and m one for all or one per component."""
    last = jnp.full((1,), ordered.shape[0], jnp.int32) - 1 if m is None else m - 1
    shape = ordered.shape[1:]
    q = jnp.where((q >= 0) & (q <= 1), q, jnp.nan)
    place = jnp.broadcast_to(q, shape) * jnp.broadcast_to(last, shape).astype(ordered.dtype)
    below = jnp.clip(jnp.floor(place).astype(jnp.int32), 0, ordered.shape[0] - 1)
    above = jnp.clip(below + 1, 0, jnp.broadcast_to(jnp.maximum(last, 0), shape))
    low, high = (jnp.take_along_axis(ordered, i[None], axis=0)[0] for i in (below, above))
    gap = jnp.where(low == high, 0, high - low)
    undefined = jnp.isnan(ordered[-1]) | jnp.isnan(place) | (jnp.broadcast_to(last, shape) < 0)
    return _masked.undefined_unless(~undefined, low + (place - jnp.floor(place)) * gap)


def percentile_bounds(values: Replicates, low: Float[Array, " _"], high: Float[Array, " _"]) -> Bounds:
    """Q(low) and Q(high) of the replicates."""
    ordered = sort_replicates(values)
    return quantile_of_sorted(ordered, low), quantile_of_sorted(ordered, high)


def tails(level: ArrayLike, dtype: jnp.dtype) -> Bounds:
    """α/2 and 1 − α/2."""
    alpha = (1 - jnp.asarray(level, dtype)).reshape(1)
    return alpha / 2, 1 - alpha / 2


def corrected_tails(
    estimate: Components, values: Replicates, acceleration: Components | float, level: ArrayLike
) -> Bounds:
    """Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))) at z = z_{α/2} and z_{1−α/2} (Efron 1987); a = 0 gives the BC tails.

    z₀ = Φ⁻¹(p₀), p₀ = (#{θ* < θ̂} + ½#{θ* = θ̂})/B, equal to rounding; p₀ ∈ {0, 1} → NaN.
    """
    gap = values - estimate[None]
    rounding = 8 * jnp.finfo(values.dtype).eps * jnp.maximum(jnp.abs(estimate), jnp.max(jnp.abs(gap), axis=0))
    equal = jnp.abs(gap) <= rounding[None]
    below = (gap < 0) & ~equal
    share = jnp.mean(below.astype(values.dtype) + equal.astype(values.dtype) / 2, axis=0)
    bias = normal_quantile(share)
    z = level_z(level, values.dtype)

    def tail(z: Float[Array, ""]) -> Components:
        return ndtr(bias + _masked.ratio(bias + z, 1 - acceleration * (bias + z)))

    return tail(-z), tail(z)


def studentized_bounds(
    estimate: Components, error: Components, values: Replicates, errors: Replicates, level: ArrayLike
) -> tuple[Components, Components, Int[Array, " component"]]:
    """θ̂ − q_{1−α/2}·se and θ̂ − q_{α/2}·se, q the quantiles of (θ* − θ̂)/se*; and how many had se* = 0."""
    usable = errors != 0
    ratios = jnp.where(usable, (values - estimate[None]) / jnp.where(usable, errors, 1), jnp.inf)
    m = jnp.sum(usable, axis=0, dtype=jnp.int32)
    ordered = sort_replicates(ratios)
    low, high = (quantile_of_sorted(ordered, q, m) for q in tails(level, values.dtype))
    return estimate - high * error, estimate - low * error, values.shape[0] - m
