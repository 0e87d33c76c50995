"""Statistics of a stream that is seen piece by piece: mergeable, of fixed size, fit to be carried by a scan.

All accumulators work alike:

    state = RunningMoments.init()
    state = state.update(x, valid=mask)      # as often as there is something new
    state = state.merge(other)               # seen elsewhere: another device, another part
    state.finalize()                         # numbers; NaN if nothing was seen

They are frozen pytrees without Python state: jit, vmap, grad, scan and shard_map apply. `merge` has `init` as its
identity, and the merged parts of a stream are the whole up to rounding, which does not grow with the stream: means and
sums carry their rounding errors (`two_sum`), so that one more entry still counts after 2²⁴ of them.
Accumulators of an *ordered* stream (windows, exponential means, drawdowns, episodes) merge in order, the earlier part
first; the others in any order. Counts are int32 (int64 with 64-bit integers enabled); at the largest one they stay, and
`saturated` says so.

Here: moments and weighted means. Policies are in `_policy.py`, histograms and sketches in `_quantiles.py`, ordered
streams in `_ordered.py`, episodes in `_episodes.py`.
"""

from collections.abc import Callable
from typing import Any, Self

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._own_kernel import own_kernel
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, DTypeLike, Float, Int

_LANES = 8
"""float32 entries of a vector register of AVX2. XLA's CPU compiler adds up a single row entry by entry."""
_MANY = 64
"""Fewest entries that are reduced in lanes: for fewer, the second kernel costs as much as the lanes save."""


class Moments(Result):
    """The numbers of a stream that need no order."""

    count: Int[Array, ""]
    mean: Float[Array, ""]
    variance: Float[Array, ""]
    """Σ(x − x̄)² / (n − ddof)."""
    std: Float[Array, ""]
    minimum: Float[Array, ""]
    maximum: Float[Array, ""]
    saturated: Bool[Array, ""]
    """There were more entries than the count can hold: the mean weighs the later ones too much."""


class RunningMoments(Result):
    """Count, mean, spread and extremes.

        δ = x̄_b − x̄_a,  n = n_a + n_b,  x̄ = x̄_a + δ·n_b/n,  M₂ = M₂ₐ + M₂_b + δ²·n_a·n_b/n

    Unit of x. A NaN entry makes mean, spread and extremes NaN, an infinite one the mean infinite and the spread NaN;
    equal entries have exactly that mean. Merges in any order. Squares are kept in the unit of x: in float32 a spread
    beyond 1e18 is infinite, and one below 1e-18 is 0. Source: Chan, Golub & LeVeque 1983.
    """

    count: Int[Array, ""]
    mean: Float[Array, ""]
    mean_rest: Float[Array, ""]
    """The part of the mean that rounding took from it."""
    m2: Float[Array, ""]
    m2_rest: Float[Array, ""]
    least: Float[Array, ""]
    greatest: Float[Array, ""]
    saturated: Bool[Array, ""]

    @classmethod
    @explained
    def init(cls, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen; `dtype` of the numbers, default float."""
        zero = jnp.zeros((), dtype or jnp.result_type(float))
        return cls(no_count(), zero, zero, zero, zero, zero + jnp.inf, zero - jnp.inf, jnp.zeros((), bool))

    @explained
    def update(self, x: ArrayLike, *, valid: Bool[ArrayLike, "..."] | None = None) -> Self:
        """With the valid entries of `x`, of any shape."""
        x, present = entries(x, valid, self.mean.dtype)
        count = counted(present)
        m = jnp.maximum(count, 1).astype(x.dtype)
        origin = _masked.origin(x, present)
        apart = _masked.blank(x - origin, present)  # squares about a mean near 1e6 would lose the spread
        total = _in_lanes(jnp.sum, apart)
        mean = _masked.from_origin(origin, total, m)
        centred = _masked.blank(apart - total / m, present)
        nothing = jnp.where(jnp.any(jnp.isnan(x)), jnp.nan, jnp.zeros_like(mean))  # XLA's extremes may lose a NaN
        return self.merge(
            type(self)(
                count,
                mean,
                _finite_or_zero((origin - mean) + total / m),
                _in_lanes(jnp.sum, centred * centred),
                jnp.zeros_like(mean),
                nothing + _in_lanes(jnp.min, jnp.where(present, x, jnp.inf), initial=jnp.inf),
                nothing + _in_lanes(jnp.max, jnp.where(present, x, -jnp.inf), initial=-jnp.inf),
                jnp.zeros((), bool),
            )
        )

    @explained
    def merge(self, other: Self) -> Self:
        """Both streams together."""
        count, saturated = saturating_sum(self.count, other.count)
        a, b = self.count.astype(self.mean.dtype), other.count.astype(self.mean.dtype)
        share = b / jnp.maximum(a + b, 1)
        mine, both = self.count > 0, (self.count > 0) & (other.count > 0)
        apart = (other.mean - self.mean) + (other.mean_rest - self.mean_rest)
        delta = jnp.where(both, apart, 0)
        mean, mean_rest = two_sum(self.mean, delta * share + self.mean_rest)
        infinite = jnp.isinf(self.mean) | jnp.isinf(other.mean)
        mean = jnp.where(infinite, self.mean + other.mean, mean)
        m2, m2_rest = two_sum(self.m2, other.m2 + (delta * delta * a * share + self.m2_rest + other.m2_rest))
        return type(self)(
            count,
            jnp.where(both, mean, jnp.where(mine, self.mean, other.mean)),
            _finite_or_zero(jnp.where(both, mean_rest, jnp.where(mine, self.mean_rest, other.mean_rest))),
            m2,
            _finite_or_zero(m2_rest),
            jnp.minimum(self.least, other.least),
            jnp.maximum(self.greatest, other.greatest),
            self.saturated | other.saturated | saturated,
        )

    @explained
    def finalize(self, *, ddof: int = 0) -> Moments:
        """The numbers; n ≤ ddof → NaN."""
        seen = self.count > 0
        free = (self.count - ddof).astype(self.mean.dtype)
        variance = _masked.ratio(_masked.undefined_unless(self.count > ddof, self.m2), free)
        return Moments(
            count=self.count,
            mean=_masked.undefined_unless(seen, self.mean),
            variance=variance,
            std=_masked.safe_sqrt(variance),
            minimum=_masked.undefined_unless(seen, self.least),
            maximum=_masked.undefined_unless(seen, self.greatest),
            saturated=self.saturated,
        )


def _finite_or_zero(rest: Float[Array, ""]) -> Float[Array, ""]:
    """What rounding took from a number; nothing from one that is not finite."""
    return _masked.blank(rest, jnp.isfinite(rest))


def _in_lanes(reduce: Callable[..., Array], x: Float[Array, " entry"], **options: Any) -> Float[Array, ""]:
    """`reduce(x)`, first over rows that fill a vector register: on a CPU a third of the time for a thousand entries."""
    if x.size < _MANY or x.size % _LANES:
        return reduce(x, **options)
    return reduce(own_kernel(reduce(own_kernel(x.reshape(-1, _LANES)), axis=0)))


class RunningWeightedMean(Result):
    """Σwx / Σw of weights w ≥ 0; of equal entries exactly that entry. Merges in any order. Unit of x."""

    weight: Float[Array, ""]
    weight_excess: Float[Array, ""]
    """The excess that rounding added to the weight."""
    start: Float[Array, "..."]
    """The first entry of weight, or 0 if it is not finite: distances are taken from it."""
    total: Float[Array, "..."]
    """Σw(x − start)."""
    total_excess: Float[Array, "..."]

    @classmethod
    @explained
    def init(cls, shape: tuple[int, ...] = (), dtype: DTypeLike | None = None) -> Self:
        """Nothing seen; `shape` of one entry."""
        zero = jnp.zeros(shape, dtype or jnp.result_type(float))
        none = jnp.zeros((), zero.dtype)
        return cls(none, none, zero, zero, zero)

    @explained
    def update(self, x: ArrayLike, weight: ArrayLike = 1.0) -> Self:
        """With one entry; weight 0 adds nothing, even of a NaN."""
        weight, zero = jnp.asarray(weight, self.total.dtype), jnp.zeros_like(self.total)
        x = jnp.broadcast_to(jnp.asarray(x, zero.dtype), zero.shape)
        start = jnp.where((weight > 0) & jnp.isfinite(x), jax.lax.stop_gradient(x), zero)
        start = jnp.where(self.weight > 0, self.start, start)
        part = jnp.where(weight > 0, (x - start) * weight, zero)
        return self.merge(type(self)(weight, jnp.zeros_like(weight), start, part, zero))

    @explained
    def merge(self, other: Self) -> Self:
        """Both streams together."""
        weight = compensated_sum(self.weight, other.weight - (self.weight_excess + other.weight_excess))
        both = (self.weight > 0) & (other.weight > 0)
        moved = jnp.where(both, (other.start - self.start) * other.weight, jnp.zeros_like(self.total))
        total = compensated_sum(self.total, other.total + moved - (self.total_excess + other.total_excess))
        return type(self)(*weight, jnp.where(self.weight > 0, self.start, other.start), *total)

    @explained
    def finalize(self) -> Float[Array, "..."]:
        """The mean; no weight → NaN."""
        weight = jnp.where(self.weight > 0, self.weight - self.weight_excess, 1)
        distance = self.total - self.total_excess
        whole = jnp.abs(distance) + weight * jnp.abs(self.start) < 2**24  # exact, if all are integers
        mean = jnp.where(whole, (distance + weight * self.start) / weight, self.start + distance / weight)
        mean = _masked.instead(mean, jax.lax.stop_gradient(jnp.where(distance == 0, self.start, mean)))
        return _masked.undefined_unless(self.weight > 0, mean)


def entries(
    x: ArrayLike, valid: Bool[ArrayLike, "..."] | None, dtype: jnp.dtype
) -> tuple[Float[Array, " entry"], Bool[Array, " entry"]]:
    """The entries of an update as one stream and its mask; `valid` may be one flag for all."""
    x = _masked.as_float(x).astype(dtype)
    return _masked.stream(x.ravel(), presence(valid, x.shape).ravel())


def presence(valid: Bool[ArrayLike, "..."] | None, shape: tuple[int, ...] = ()) -> Bool[Array, "..."]:
    """Which entries of that shape are in the stream: all for None, and one flag may stand for all."""
    return jnp.broadcast_to(jnp.ones((), bool) if valid is None else jnp.asarray(valid), shape)


def no_count() -> Int[Array, ""]:
    """Nothing counted, in the default integer."""
    return jnp.zeros((), jnp.result_type(int))


def counted(present: Bool[Array, " entry"]) -> Int[Array, ""]:
    """Number of valid entries, in the default integer."""
    return jnp.sum(present, dtype=jnp.result_type(int))


def saturating_sum(a: Int[Array, "..."], b: Int[Array, "..."]) -> tuple[Int[Array, "..."], Bool[Array, "..."]]:
    """a + b of counts, or the largest integer if the sum is larger; and a flag of that."""
    largest = jnp.asarray(jnp.iinfo(a.dtype).max, a.dtype)
    beyond = a > largest - b
    return jnp.where(beyond, largest, jnp.where(beyond, 0, a) + b), beyond


def two_sum(a: Float[Array, "..."], b: Float[Array, "..."]) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """a + b rounded, and the remainder that rounding took; NaN beside a sum that is not finite. Source: Knuth 1969."""
    total = a + b
    seen = total - a
    return total, (a - (total - seen)) + (b - seen)


def compensated_sum(a: Float[Array, "..."], b: Float[Array, "..."]) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """a + b rounded, and by how much it is too large; as `two_sum`, in fewer steps, exact where |a| ≥ |b|.

    Of sums made so, the error does not grow with their length. Source: Kahan 1965.
    """
    total = a + b
    return total, (total - a) - b
