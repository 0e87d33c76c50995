"""Ordered streams seen piece by piece: exponential means, windows, drawdowns, alarms. The earlier part merges first."""

from typing import Self

import jax
import jax.numpy as jnp

from ... import _levels, _masked, _steps
from ..._explained import explained
from ..._shown import Result
from ..._steps import StepsLike
from ..._types import Array, ArrayLike, Bool, DTypeLike, Float, Int
from ...host import as_steps
from .._engine._interpolation import between
from ..one_run._crossing import Crossing
from ._moments import no_count, presence, saturating_sum


class RunningExponentialMean(Result):
    """Mean whose weights fall by 1 − α with every entry: the last value of `exponential_mean`. Unit of x.

        y = Σ (1−α)^{n−k} xₖ / Σ (1−α)^{n−k}

    Ordered: (a, b) with n_b entries in b has weight w_a·(1−α)^{n_b} + w_b.
    """

    alpha: Float[Array, ""]
    weight: Float[Array, ""]
    mean: Float[Array, ""]
    fade: Float[Array, ""]
    """(1−α)ⁿ: the share that is left of the weight of everything before."""

    @classmethod
    @explained
    def init(cls, alpha: ArrayLike, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen; `alpha` in (0, 1], else NaN."""
        alpha = _levels.level(alpha, dtype or jnp.result_type(float), name="alpha", within="(0, 1]")
        return cls(alpha, jnp.zeros_like(alpha), jnp.zeros_like(alpha), jnp.ones_like(alpha))

    @explained
    def update(self, x: ArrayLike, *, valid: Bool[ArrayLike, ""] | None = None) -> Self:
        """With one entry."""
        present = presence(valid)
        x = jnp.where(present, jnp.asarray(x, self.mean.dtype), 0)
        one = type(self)(self.alpha, present.astype(x.dtype), x, jnp.where(present, 1 - self.alpha, 1))
        return self.merge(one)

    @explained
    def merge(self, other: Self) -> Self:
        """This stream, then the other."""
        before = self.weight * other.fade
        weight = before + other.weight
        share = before / jnp.where(weight > 0, weight, 1)
        mean = jnp.where(other.weight > 0, between(other.mean, self.mean, share), self.mean)
        return type(self)(self.alpha, jnp.where(other.weight > 0, weight, self.weight), mean, self.fade * other.fade)

    @explained
    def finalize(self) -> Float[Array, ""]:
        """The mean; nothing seen → NaN."""
        return _masked.undefined_unless((self.weight > 0) & ~jnp.isnan(self.alpha), self.mean)


class LastEntries(Result):
    """The last entries of a stream, oldest first; valid ones at the end."""

    x: Float[Array, " window"]
    valid: Bool[Array, " window"]

    def mean(self) -> Float[Array, ""]:
        """Mean of the window; nothing seen → NaN."""
        return _masked.mean(self.x, self.valid)

    def std(self, ddof: int = 0) -> Float[Array, ""]:
        """Standard deviation of the window."""
        return _masked.std(self.x, self.valid, ddof)


class RunningWindow(Result):
    """The last `window` valid entries, in a ring, for any kernel: `median(last.x, valid=last.valid)`. Ordered."""

    ring: Float[Array, " window"]
    seen: Int[Array, ""]
    """Entries in the ring."""
    head: Int[Array, ""]
    """Place of the next entry."""

    @classmethod
    @explained
    def init(cls, window: int, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen."""
        if window < 1:
            raise ValueError(f"`window` must be at least 1, got {window}")
        zero = jnp.zeros((), jnp.int32)
        return cls(jnp.zeros(window, dtype or jnp.result_type(float)), zero, zero)

    @explained
    def update(self, x: ArrayLike, *, valid: Bool[ArrayLike, ""] | None = None) -> Self:
        """With one entry."""
        window = self.ring.shape[0]
        present = presence(valid)
        value = jnp.where(present, jnp.asarray(x, self.ring.dtype), self.ring[self.head])
        one = present.astype(jnp.int32)
        return type(self)(
            self.ring.at[self.head].set(value), jnp.minimum(self.seen + one, window), (self.head + one) % window
        )

    @explained
    def merge(self, other: Self) -> Self:
        """This stream, then the other."""
        if self.ring.shape != other.ring.shape:
            raise ValueError(f"both must have one `window`, got {self.ring.shape[0]} and {other.ring.shape[0]}")
        window = self.ring.shape[0]
        mine, theirs = self.finalize().x, other.finalize().x
        place = jnp.arange(window, dtype=jnp.int32) + other.seen
        joined = jnp.where(place < window, mine[jnp.minimum(place, window - 1)], theirs)
        return type(self)(joined, jnp.minimum(self.seen + other.seen, window), jnp.zeros((), jnp.int32))

    @explained
    def finalize(self) -> LastEntries:
        """The window, oldest first."""
        window = self.ring.shape[0]
        unrolled = jax.lax.dynamic_slice(jnp.concatenate([self.ring, self.ring]), (self.head,), (window,))
        return LastEntries(unrolled, jnp.arange(window, dtype=jnp.int32) >= window - self.seen)


class Falls(Result):
    """How far an ordered stream fell."""

    max_drawdown: Float[Array, ""]
    """Largest fall from an earlier peak, ↓."""
    forgetting: Float[Array, ""]
    """Peak minus last entry, ↓."""


class RunningDrawdown(Result):
    """Peak, trough, last entry and largest drawdown. Unit of x. Ordered: max(d_a, d_b, peak_a − trough_b)."""

    peak: Float[Array, ""]
    trough: Float[Array, ""]
    last: Float[Array, ""]
    deepest: Float[Array, ""]
    seen: Bool[Array, ""]

    @classmethod
    @explained
    def init(cls, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen."""
        zero = jnp.zeros((), dtype or jnp.result_type(float))
        return cls(zero - jnp.inf, zero + jnp.inf, zero, zero, jnp.zeros((), bool))

    @explained
    def update(self, x: ArrayLike, *, valid: Bool[ArrayLike, ""] | None = None) -> Self:
        """With one entry."""
        present = presence(valid)
        x = jnp.asarray(x, self.last.dtype)
        high, low = _masked.blank(x, present, -jnp.inf), _masked.blank(x, present, jnp.inf)
        return self.merge(type(self)(high, low, _masked.blank(x, present), jnp.zeros_like(x), present))

    @explained
    def merge(self, other: Self) -> Self:
        """This stream, then the other."""
        both = self.seen & other.seen
        between = jnp.where(both, self.peak - jnp.where(both, other.trough, 0), 0)
        return type(self)(
            jnp.maximum(self.peak, other.peak),
            jnp.minimum(self.trough, other.trough),
            jnp.where(other.seen, other.last, self.last),
            jnp.maximum(jnp.maximum(self.deepest, other.deepest), between),
            self.seen | other.seen,
        )

    @explained
    def finalize(self) -> Falls:
        """The numbers; nothing seen → NaN."""
        fall = jnp.where(self.seen, self.peak, 0) - self.last
        return Falls(*(_masked.undefined_unless(self.seen, value) for value in (self.deepest, fall)))


class RunningPageHinkley(Result):
    """First alarm of the Page–Hinkley test for a rise of the mean: `page_hinkley`, entry by entry. No merge.

    mₜ = Σ (xᵢ − x̄ᵢ − δ),  alarm at the first mₜ − min(0, min_{j≤t} mⱼ) > λ
    """

    delta: Float[Array, ""]
    threshold: Float[Array, ""]
    seen: Int[Array, ""]
    origin: Float[Array, ""]
    """The first entry, from which the others are measured: an offset of all changes nothing."""
    mean: Float[Array, ""]
    """From the origin."""
    total: Float[Array, ""]
    lowest: Float[Array, ""]
    alarm: Crossing

    @classmethod
    @explained
    def init(cls, delta: ArrayLike, threshold: ArrayLike, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen; δ and λ = `threshold` in units of x."""
        dtype = dtype or jnp.result_type(float)
        zero = jnp.zeros((), dtype)
        never = Crossing(_steps.wide(-1), jnp.zeros((), bool))
        return cls(jnp.asarray(delta, dtype), jnp.asarray(threshold, dtype), no_count(), zero, zero, zero, zero, never)

    @explained
    def update(
        self, x: ArrayLike, *, step: StepsLike | int | None = None, valid: Bool[ArrayLike, ""] | None = None
    ) -> Self:
        """With one entry, at `step` (default its place among the valid ones)."""
        present = presence(valid)
        x = jnp.asarray(x, self.mean.dtype)
        origin = jnp.where((self.seen == 0) & jnp.isfinite(x), x, self.origin)
        x = jnp.where(present, x - origin, 0)
        seen, _ = saturating_sum(self.seen, present.astype(self.seen.dtype))
        mean = self.mean + (x - self.mean) / jnp.maximum(seen, 1).astype(x.dtype)
        total = self.total + (x - mean - self.delta)
        lowest = jnp.minimum(self.lowest, total)
        now = _steps.wide(self.seen if step is None else as_steps(step, "step"))
        alarm = self.alarm.reached | (present & (total - lowest > self.threshold))
        at = _steps.where(present & ~self.alarm.reached, now, self.alarm.step)
        moved = type(self)(self.delta, self.threshold, seen, origin, mean, total, lowest, Crossing(at, alarm))
        return jax.tree.map(lambda new, old: jnp.where(present, new, old), moved, self)

    @explained
    def finalize(self) -> Crossing:
        """Step of the first alarm; none: censored at the last entry."""
        return Crossing(_steps.narrowest(self.alarm.step), self.alarm.reached)
