"""Intervals: their content, and the way from replicates to bounds."""

from collections.abc import Iterator
from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.special import ndtr

from ... import _masked
from ..._shown import Result, is_known
from ..._types import Array, ArrayLike, Float, Int
from ...host import to_host
from . import _interval_text
from ._distributions import level_z, normal_quantile

Bounds = tuple[Float[Array, " component"], Float[Array, " component"]]
Components = Float[Array, " component"]
Replicates = Float[Array, "replicate component"]

Method = Literal["scaled", "percentile", "basic", "bc", "bca", "studentized", "normal", "t", "hall"]
"""How a bootstrap makes bounds."""
AnyMethod = Method | Literal["simultaneous", "wilson", "dirichlet", "square-and-add", "score"]
Unit = Literal["cell", "run", "task+run", "run+episode"]
"""What a bootstrap resamples."""
AnyUnit = Unit | Literal["none"]


class Interval(Result):
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
    estimator: str = eqx.field(static=True, default="")
    """What the estimate is, in words: "IQM", "difference in mean", "restricted mean"; "" if nobody said."""

    def __repr__(self) -> str:
        if not is_known(self):
            return super().__repr__()
        return _interval_text.shown(*to_host((self.estimate, self.low, self.high, self.n)))

    def __format__(self, spec: str) -> str:
        """`f"{interval:.2f}"` is "387.70 [386.80, 388.50]"."""
        if not spec:
            return repr(self)
        columns = (part.ravel().tolist() for part in to_host((self.estimate, self.low, self.high)))
        return _interval_text.of_spec(list(zip(*columns, strict=True)), spec)

    def __iter__(self) -> Iterator[Float[Array, "*component"]]:
        """`estimate, low, high = interval`."""
        return iter((self.estimate, self.low, self.high))

    def __float__(self) -> float:
        """The estimate of one component."""
        return float(self.estimate)


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
    undefined = jnp.isnan(ordered[-1]) | jnp.isnan(place) | (jnp.broadcast_to(last, shape) < 0)
    return _masked.undefined_unless(~undefined, _between(low, high, place - jnp.floor(place)))


def _between(low: Components, high: Components, share: Components) -> Components:
    """low + share·(high − low); next to one infinity that infinity, between two the nearer."""
    finite = jnp.isfinite(low) & jnp.isfinite(high)
    inside = jnp.where(finite, low, 0) + share * jnp.where(finite & (low != high), high - low, 0)
    outside = jnp.where(jnp.isinf(high) & (jnp.isfinite(low) | (share >= 0.5)), high, low)
    return jnp.where(finite, inside, jnp.where(share == 0, low, outside))


def stretched(
    bound: Float[Array, "..."], centre: Float[Array, "..."], factor: Float[Array, "..."]
) -> Float[Array, "..."]:
    """centre + factor·(bound − centre); an infinite bound, or one of an infinite centre, stays."""
    finite = jnp.isfinite(bound) & jnp.isfinite(centre)
    return jnp.where(finite, centre + factor * jnp.where(finite, bound - centre, 0), bound)


def percentile_bounds(values: Replicates, low: Float[Array, " _"], high: Float[Array, " _"]) -> Bounds:
    """Q(low) and Q(high) of the replicates."""
    ordered = sort_replicates(values)
    return quantile_of_sorted(ordered, low), quantile_of_sorted(ordered, high)


def minus(x: Float[Array, "..."], y: Float[Array, "..."]) -> Float[Array, "..."]:
    """x − y; two equal infinities differ by nothing."""
    equal = x == y
    return jnp.where(equal, 0, x - jnp.where(equal, 0, y))


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
    finite = jnp.isfinite(values) & jnp.isfinite(estimate)[None]
    gap = jnp.where(finite, values - estimate[None], 0)
    size = jnp.maximum(jnp.where(jnp.isfinite(estimate), jnp.abs(estimate), 0), jnp.max(jnp.abs(gap), axis=0))
    rounding = 8 * jnp.finfo(values.dtype).eps * size
    equal = jnp.where(finite, jnp.abs(gap) <= rounding[None], values == estimate[None])
    below = (values < estimate[None]) & ~equal
    share = jnp.mean(below.astype(values.dtype) + equal.astype(values.dtype) / 2, axis=0)
    bias = normal_quantile(share)
    z = level_z(level, values.dtype)

    def tail(z: Float[Array, ""]) -> Components:
        return ndtr(bias + _masked.ratio(bias + z, 1 - acceleration * (bias + z)))

    return tail(-z), tail(z)


def studentized_bounds(
    estimate: Components, error: Components, values: Replicates, errors: Replicates, level: ArrayLike
) -> tuple[Components, Components, Int[Array, " component"]]:
    """θ̂ − q_{1−α/2}·se and θ̂ − q_{α/2}·se, q the quantiles of (θ* − θ̂)/se*; and how many had se* = 0.

    Ratios that are all equal although the replicates differ, as those of two runs, say nothing → NaN.
    """
    usable = errors != 0
    ratios = jnp.where(usable, (values - estimate[None]) / jnp.where(usable, errors, 1), jnp.inf)
    m = jnp.sum(usable, axis=0, dtype=jnp.int32)
    ordered = sort_replicates(ratios)
    low, high = (quantile_of_sorted(ordered, q, m) for q in tails(level, values.dtype))
    flat = (low == high) & (jnp.min(values, axis=0) < jnp.max(values, axis=0))
    low, high = (_masked.undefined_unless(~flat, bound) for bound in (low, high))
    return estimate - high * error, estimate - low * error, values.shape[0] - m


def hall_bounds(
    estimate: Components, error: Components, acceleration: Components, reach: Components
) -> tuple[Components, Components]:
    """θ̂ − g⁻¹(t)·se and θ̂ − g⁻¹(−t)·se, g⁻¹(u) = (∛(1 + 6a(u − a)) − 1)/2a, a the acceleration (Hall 1992).

    With w the cube root, g⁻¹(u) = 3(u − a)/(w² + w + 1), which holds for a = 0 too.
    """

    def unbent(u: Components) -> Components:
        root = jnp.cbrt(1 + 6 * acceleration * (u - acceleration))
        return 3 * (u - acceleration) / (root * root + root + 1)

    return estimate - unbent(reach) * error, estimate - unbent(-reach) * error
