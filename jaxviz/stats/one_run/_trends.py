"""Whether a stream still rises: Theil–Sen slope, Mann–Kendall test, and plateaus as equivalence."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr

from ... import _levels, _masked, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._scans import packed_indices
from ..._shown import Result
from ..._steps import EntrySteps, ExactSteps, Steps
from ..._types import Array, ArrayLike, Bool, Float, Int, Mask, Num, PyTree, Shaped
from .._engine._distributions import level_z
from .._engine._interpolation import between
from .._engine._kth import kth_smallest
from .._engine._selection import median_of_present
from .._engine._steps import entry_steps
from . import _order

MOST_ENTRIES = 2048
"""Most entries of `theil_sen`, which holds the slopes of all pairs at once: 8 MB for each stream in float32."""
DEFAULT_TOLERANCE = 0.05
"""Share of a run's range within which it counts as flat. Ours: no source names one."""
_SMALL = 512
"""Most entries whose pairs are compared in one kernel instead of a loop over rows. One run of 512, 1024 and 2048 takes
0.15, 0.65 and 135 ms as a table, 0.20, 0.59 and 18 ms in the loop: a larger table leaves the cache."""


class TheilSen(Result):
    """A robust line through a stream."""

    slope: Float[Array, ""]
    """Median of the pairwise slopes, per entry or per step, ↑ of returns."""
    intercept: Float[Array, ""]
    """median(x) − slope·median(s): the line's height at step 0."""
    low: Float[Array, ""]
    """Lower bound of the slope."""
    high: Float[Array, ""]


class MannKendall(Result):
    """A test for a monotone trend."""

    s: Int[Array, ""]
    """Rising pairs minus falling pairs."""
    variance: Float[Array, ""]
    """Of `s` without a trend, corrected for ties."""
    z: Float[Array, ""]
    """Normal score of `s`, ↑: positive for a rise."""
    p: Float[Array, ""]
    """Two-sided; NaN if all entries are equal."""
    tau: Float[Array, ""]
    """Kendall's τ-b, in [−1, 1], ↑."""


class Plateau(Result):
    """The course of the end of a stream. Several flags can hold: a certain rise may be within the tolerance."""

    change: Float[Array, ""]
    """Theil–Sen slope × step span: the rise over the window, in units of x, ↑ of returns."""
    low: Float[Array, ""]
    high: Float[Array, ""]
    tolerance: Float[Array, ""]
    flat: Bool[Array, ""]
    """The interval of the change lies inside (−tolerance, tolerance)."""
    rising: Bool[Array, ""]
    """The interval lies above 0."""
    falling: Bool[Array, ""]
    """The interval lies below 0."""
    undecided: Bool[Array, ""]
    """The interval is defined and none of the others holds: too noisy or too short to tell."""


@explained
@computed_in_single()
def theil_sen(
    x: ArrayLike,
    *,
    step: Steps | None = None,
    window: int | None = None,
    level: ArrayLike = 0.95,
    valid: Mask | None = None,
) -> TheilSen:
    """Median slope over all pairs of the last `window` valid entries (None: of all).

    β = median (xⱼ − xᵢ)/(sⱼ − sᵢ), i < j, sⱼ ≠ sᵢ;  bounds: the slopes of ranks round((N_s ∓ z√Var S)/2), the upper
    one counted from the top;  Var S as in `mann_kendall`, ties of s taken off too

    Shapes: [entry] → []. Unit of x per entry, or per step with `step`, ↑ of returns. Fewer than two entries or all
    steps equal → NaN; a valid NaN, or two infinities of one sign → NaN. Autocorrelation makes the interval too narrow.
    m² memory: more than 2048 entries are a ValueError. Source: Theil 1950, Sen 1968; scipy.stats.theilslopes agrees.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.theil_sen(x).slope), 3)
    1.167
    """
    x, steps, present = _recent(x, step, window, valid)
    if x.shape[0] > MOST_ENTRIES:
        raise ValueError(f"`x` must have at most {MOST_ENTRIES} entries, got {x.shape[0]}: pass a smaller `window`")
    origin = _steps.first(steps, present)
    since = _steps.since(steps, origin, x.dtype)
    slopes, pairs = _slopes(x, steps, present)
    count = jnp.sum(pairs, dtype=jnp.int32)
    m = _masked.count(present).astype(x.dtype)
    ties = _tie_term(_ties(x, present), m) + _tie_term(_ties(steps, present), m)
    variance = _pair_variance(m, ties)
    reach = level_z(_levels.level(level, x.dtype), x.dtype) * _masked.safe_sqrt(variance)
    below = jnp.round((count.astype(x.dtype) - reach) / 2)
    above = jnp.round((count.astype(x.dtype) + reach) / 2)
    ranks = jnp.stack([below.astype(jnp.int32) - 1, above.astype(jnp.int32), (count - 1) // 2, count // 2])
    low, high, below_middle, above_middle = kth_smallest(slopes, pairs, jnp.clip(ranks, 0, jnp.maximum(count - 1, 0)))
    defined = (count > 0) & ~jnp.any(pairs & jnp.isnan(slopes))
    slope = _masked.undefined_unless(defined, between(below_middle, above_middle, jnp.full((), 0.5, x.dtype)))
    centre = median_of_present(since, present) + _steps.as_float(origin, x.dtype)
    bounded = defined & jnp.isfinite(reach) & (reach >= 0)
    return TheilSen(
        slope=slope,
        intercept=median_of_present(x, present) - slope * centre,
        low=_masked.undefined_unless(bounded, low),
        high=_masked.undefined_unless(bounded, high),
    )


@explained
@computed_in_single(sums=("variance",))
def mann_kendall(x: ArrayLike, *, window: int | None = None, valid: Mask | None = None) -> MannKendall:
    """Test for a monotone trend of the last `window` valid entries (None: of all).

    S = Σ_{i<j} sign(xⱼ − xᵢ),  Var S = [m(m−1)(2m+5) − Σ_ties t(t−1)(2t+5)]/18,  Z = (S − sign S)/√Var S,
    p = 2(1 − Φ(|Z|))

    Shapes: [entry] → []. All entries equal → Z 0, p and τ NaN; no entry, or a valid NaN → NaN. The normal
    approximation is good from 10 entries. Positively autocorrelated streams, and smoothed ones are, make p too small.
    O(m²) time, O(m) memory. Source: Mann 1945, Kendall 1975.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.mann_kendall(x).tau), 3)
    0.667
    """
    x, _, present = _recent(x, None, window, valid)
    if x.shape[0] > 2**16:
        raise ValueError(f"`x` must have at most {2**16} entries, got {x.shape[0]}: pass a smaller `window`")
    s = _concordance(x, present)
    m = _masked.count(present).astype(x.dtype)
    ties = _ties(x, present)
    variance = _pair_variance(m, _tie_term(ties, m))
    distance = (s - jnp.sign(s)).astype(x.dtype)
    z = jnp.where(s == 0, jnp.zeros_like(distance), _masked.ratio(distance, _masked.safe_sqrt(variance)))
    pairs, tied = m * (m - 1) / 2, jnp.sum(jnp.maximum(ties - 1, 0).astype(x.dtype)) / 2
    tau = _masked.ratio(s.astype(x.dtype), _masked.safe_sqrt(pairs * (pairs - tied)))
    defined = jnp.any(present) & ~jnp.any(present & jnp.isnan(x))
    z = _masked.undefined_unless(defined, z)
    return MannKendall(
        s=s,
        variance=_masked.undefined_unless(defined, variance),
        z=z,
        p=_masked.undefined_unless(variance > 0, 2 * ndtr(-jnp.abs(z))),
        tau=_masked.undefined_unless(defined, tau),
    )


@explained
@computed_in_single()
def plateau(
    x: ArrayLike,
    *,
    window: int,
    step: Steps | None = None,
    tolerance: ArrayLike | None = None,
    level: ArrayLike = 0.95,
    valid: Mask | None = None,
) -> Plateau:
    """Whether the last `window` valid entries are flat, as a test of equivalence.

    g = Theil–Sen slope × step span of the window;  flat iff the interval of g lies inside (−tolerance, tolerance)

    Shapes: [entry] → []. `tolerance` in units of x, default 5 % of Q(0.95) − x₀ of the whole stream (ours; ≤ 0 for a
    run that lost: then nothing is flat). "The interval contains 0" alone is no plateau: noise always achieves it.
    Undefined slope → NaN and no flag.

    >>> bool(stats.plateau(np.array([5.0, 5.0, 5.0, 5.0]), window=4, tolerance=0.1).flat)
    True
    """
    line = theil_sen(x, step=step, window=window, level=level, valid=valid)
    recent, steps, present = _recent(x, step, window, valid)
    span = _steps.since(_steps.last(steps, present), _steps.first(steps, present), recent.dtype)
    tolerance = _default_tolerance(x, valid) if tolerance is None else jnp.asarray(tolerance, recent.dtype)
    low, high = line.low * span, line.high * span
    flat, rising, falling = (low > -tolerance) & (high < tolerance), low > 0, high < 0
    decided = flat | rising | falling
    return Plateau(
        change=line.slope * span,
        low=low,
        high=high,
        tolerance=tolerance,
        flat=flat,
        rising=rising,
        falling=falling,
        undecided=~decided & ~jnp.isnan(low) & ~jnp.isnan(high),
    )


def _default_tolerance(x: ArrayLike, valid: Mask | None) -> Float[Array, ""]:
    x, present = _masked.stream(x, valid)
    return DEFAULT_TOLERANCE * (_order.quantile(x, 0.95, valid=valid) - _masked.first(x, present))


def _recent(
    x: ArrayLike, step: Steps | None, window: int | None, valid: Mask | None
) -> tuple[Float[Array, " recent"], ExactSteps, Bool[Array, " recent"]]:
    """The last `window` valid entries, their steps, and a mask of the places they fill."""
    x, present = _masked.stream(x, valid)
    steps = entry_steps(x, step)
    if window is not None and window < 1:
        raise ValueError(f"`window` must be at least 1, got {window}")
    complete = valid is None and x.shape[0] >= 2
    if x.shape[0] < 2:
        short = 2 - x.shape[0]
        x, present = (jnp.pad(a, (0, short)) for a in (x, present))
        steps = jax.tree.map(lambda a: jnp.pad(a, (0, short)), steps)
    n = x.shape[0]
    size = n if window is None else min(window, n)
    if complete:
        return x[n - size :], steps[n - size :], present[n - size :]
    if size == n:
        return x, steps, present
    source, packed = packed_indices(present)
    place = jnp.maximum(_masked.count(present) - size, 0) + jnp.arange(size, dtype=jnp.int32)
    source, packed = source[place], packed[place]
    return _masked.blank(x[source], packed), steps[source], packed


@jax.jit
def _slopes(
    x: Float[Array, " entry"], step: EntrySteps, present: Bool[Array, " entry"]
) -> tuple[Float[Array, " pair"], Bool[Array, " pair"]]:
    """Slope of every pair of entries, once, and which pairs have one: entry i with entry i + lag around the circle."""
    n = x.shape[0]
    index = jnp.arange(n, dtype=jnp.int32)
    twice = (2 * jnp.arange(1, n // 2 + 1, dtype=jnp.int32)[:, None] == n) & (index[None, :] >= n // 2)
    run = _steps.since(jax.tree.map(_ahead, step), step[None, :], x.dtype)
    pairs = present[None, :] & _ahead(present) & (run != 0) & ~twice
    slope = (_ahead(x) - x[None, :]) / jnp.where(pairs, run, 1)
    return own_kernel(_masked.blank(slope, pairs).reshape(-1)), own_kernel(pairs.reshape(-1))


def _ahead(x: Shaped[Array, " entry"]) -> Shaped[Array, "lag entry"]:
    """x[i + lag] around the circle for lag = 1 … n/2: rows of n + 1 out of copies of `x` one after another."""
    n, lags = x.shape[0], x.shape[0] // 2
    copies = jnp.tile(x, lags + 3)[: (lags + 1) * (n + 1)]
    return copies.reshape(lags + 1, n + 1)[1:, :n]


@jax.jit
def _concordance(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Int[Array, ""]:
    """Σ_{i<j} sign(xⱼ − xᵢ)."""
    index = jnp.arange(x.shape[0])

    def row(entry):
        value, i, counts = entry
        later = present & (index > i) & counts
        return jnp.sum(later & (x > value), dtype=jnp.int32) - jnp.sum(later & (x < value), dtype=jnp.int32)

    return jnp.sum(_rows(row, (x, index, present)), dtype=jnp.int32)


@jax.jit
def _ties(x: Num[Array, " entry"] | EntrySteps, present: Bool[Array, " entry"]) -> Int[Array, " entry"]:
    """How many valid entries equal each, itself included; 0 for invalid entries."""

    def same(value):
        equal = _steps.equal(x, value) if isinstance(x, _steps.WideSteps) else x == value
        return jnp.sum(present & equal, dtype=jnp.int32)

    return _masked.blank(_rows(same, x), present)


def _rows(row: Callable[[PyTree], Array], entries: PyTree) -> Array:
    """`row` of each entry against all: at once if that is a small table, else one after another."""
    size = jax.tree.leaves(entries)[0].shape[0]
    return jax.vmap(row)(entries) if size <= _SMALL else jax.lax.map(row, entries)


def _tie_term(ties: Int[Array, " entry"], m: Float[Array, ""]) -> Float[Array, ""]:
    """Σ t(t − 1)(2t + 5) over groups of ties: each of the t entries of a group brings (t − 1)(2t + 5)."""
    t = jnp.maximum(ties, 1).astype(m.dtype)
    return jnp.sum((t - 1) * (2 * t + 5))


def _pair_variance(m: Float[Array, ""], ties: Float[Array, ""]) -> Float[Array, ""]:
    """Variance of S without a trend."""
    return (m * (m - 1) * (2 * m + 5) - ties) / 18
