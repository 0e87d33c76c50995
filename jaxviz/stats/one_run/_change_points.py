"""Change points of a stream: optimal segmentation, a sequential alarm, and the end of the initial transient."""

from functools import partial

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._scans import packed_indices, running_count, suffix_merge
from ..._shown import Result
from ..._steps import Steps
from ..._types import Array, ArrayLike, Bool, Float, Int, Mask
from .._engine._interpolation import NORMAL_CONSISTENT
from .._engine._selection import median_of_present
from .._engine._steps import entry_steps
from ._crossing import Crossing, crossing_at

BATCH = 5
"""Entries of a batch: the 5 of MSER-5."""
FEWEST_BATCHES = 4
"""The truncation lies in the first half, where fewer batches leave no choice."""
NOISELESS = 1e-8
"""Largest 2σ̂²/Var of a stream without noise, whose σ̂ is rounding: that of a ramp in float32 gives 1e-13."""
_STARTS = 4
"""Starts of segments that one pass over all their ends compares. With 1, 2, 4 and 8 of them 32 runs of 512 take 1.30,
1.03, 1.02 and 0.94 ms, and 8 twice as long to compile."""


class ChangePoints(Result):
    """The best piecewise constant fit of a stream."""

    index: Int[Array, " change"]
    """First entry of each new segment, ascending; −1 if not `valid`."""
    valid: Bool[Array, " change"]
    """The places that are used, of `max_changes`; they come first."""
    count: Int[Array, ""]
    """Changes of the optimum, kept or not."""
    overflow: Bool[Array, ""]
    """The optimum has more than `max_changes`: only the first are kept."""
    cost: Float[Array, ""]
    """Objective of the optimum, Σ squared residuals + β·count; NaN if undefined."""
    penalty: Float[Array, ""]
    """β, given or estimated."""


class SteadyState(Result):
    """The end of the initial transient of a stream."""

    truncation: Int[Array, ""]
    """Valid entries to drop from the start; −1 if not `defined`."""
    defined: Bool[Array, ""]
    """False: no steady state was found within the first half."""


@explained
@computed_in_single()
def change_points(
    x: ArrayLike,
    penalty: ArrayLike | None = None,
    *,
    max_changes: int,
    min_size: int = 1,
    valid: Mask | None = None,
) -> ChangePoints:
    """The segmentation with the smallest penalised squared error, exactly.

    min over segmentations of  Σ_segments Σ (xᵢ − x̄_seg)² + β·(number of changes)
    F(t) = min_{s ≤ t − min_size} F(s) + C(s, t) + β,  F(0) = −β

    Shapes: [entry] → [max_changes]. β = `penalty` in squared units of x, default 2σ̂² log m with
    σ̂ = 1.4826·MAD(Δx)/√2. Where more than half of the differences are equal (a saturated return, a ramp) that says
    nothing: then σ̂² is half the mean of Δx², and β at least 1 % of Σ(x − x̄)². The default is never 0.
    Fewer than `min_size` valid entries, a valid entry that is not finite, or β < 0 or NaN → no change, cost NaN. Of
    equal optima the one with the earliest last change. O(n²) time and O(n) memory: about 60 ms for a stream of 8192
    on one core; thin a longer stream first. In float32 the objective is resolved to about 1e-6 of Σ(x − x̄)².
    The default penalty is made for normal noise: of streams without any change it finds one in 21 % at 40 entries, 10 %
    at 120 and 4 % at 512, but in most streams with heavy tails (61 to 100 % of t with 3 degrees of freedom), where a
    single outlier is a segment of its own: pass a larger `penalty` or `min_size`, or means of several entries.
    Source: Killick, Fearnhead, Eckley 2012, whose PELT prunes the same recursion; deepcharles/ruptures agrees with
    jump=1 and min_size=1, its defaults restrict the places of changes.

    >>> print(stats.change_points(np.array([0.0, 0.0, 0.0, 5.0, 5.0, 5.0]), 1.0, max_changes=2).index)
    [ 3 -1]
    """
    x, present = _masked.stream(x, valid)
    for name, size in {"max_changes": max_changes, "min_size": min_size}.items():
        if size < 1:
            raise ValueError(f"`{name}` must be at least 1, got {size}")
    if not x.shape[0]:
        x, present = jnp.zeros((1,), x.dtype), jnp.zeros((1,), bool)
    m = _masked.count(present)
    source, present = packed_indices(present)
    x, unit = _centred(x[source], present, m)
    scaled = _default_penalty(x, m) if penalty is None else _in_units(jnp.asarray(penalty, x.dtype), unit)
    penalty = unit * (unit * scaled) if penalty is None else jnp.asarray(penalty, x.dtype)
    defined = (m >= min_size) & jnp.all(jnp.isfinite(x)) & (scaled >= 0)
    starts = _optimal_starts(jax.lax.stop_gradient((x, scaled)), jnp.where(defined, m, 0), min_size)
    count = _masked.count(starts)
    cost = unit * (unit * _squared_error(x, starts, present)) + penalty * count.astype(x.dtype)
    places, used = packed_indices(starts)
    kept = jnp.arange(max_changes, dtype=jnp.int32)
    index = jnp.pad(source[places], (0, max(0, max_changes - x.shape[0])))[:max_changes]
    used = kept < jnp.minimum(count, max_changes)
    return ChangePoints(
        index=jnp.where(used, index, -1),
        valid=used,
        count=count,
        overflow=count > max_changes,
        cost=_masked.undefined_unless(defined, cost),
        penalty=_masked.undefined_unless(m > 0, penalty),
    )


@explained
@computed_in_single("threshold")
def page_hinkley(
    x: ArrayLike,
    delta: ArrayLike,
    threshold: ArrayLike,
    *,
    step: Steps | None = None,
    valid: Mask | None = None,
) -> Crossing:
    """First alarm of the Page–Hinkley test for a rise of the mean.

    mₜ = Σ_{i≤t} (xᵢ − x̄ᵢ − δ),  alarm at the first mₜ − min(0, min_{j≤t} mⱼ) > λ,  x̄ᵢ the mean of x₀ … xᵢ

    Shapes: [entry] → []. δ and λ = `threshold` in units of x; the result in steps (entry index with `step=None`).
    Direction: neither. No alarm: right-censored, see `first_crossing`. For a fall pass −x. A valid NaN silences all
    later alarms. Source: Page 1954, Hinkley 1971.

    >>> stats.page_hinkley(np.array([1.0, 1.0, 1.0, 9.0]), 0.1, 2.0)
    Crossing(step=3, reached=True)
    """
    x, present = _masked.stream(x, valid)
    step = entry_steps(x, step)
    x = _masked.blank(x - _masked.origin(x, None if valid is None else present), present)
    alarm = present & (_excess(x, jnp.asarray(delta, x.dtype), present) > jnp.asarray(threshold, x.dtype))
    index = jnp.argmax(alarm).astype(jnp.int32) if x.shape[0] else jnp.zeros((), jnp.int32)
    return crossing_at(index, jnp.any(alarm), step, present)


@explained
@computed_in_single()
def mser5(x: ArrayLike, *, valid: Mask | None = None) -> SteadyState:
    """Length of the initial transient by the marginal standard error rule on means of five entries.

    d* = argmin_{0≤d≤⌊k/2⌋} Σ_{j>d} (bⱼ − b̄_{>d})² / (k − d)²,  truncation = 5d*

    Shapes: [entry] → []. b₁ … b_k are the means of non-overlapping blocks of 5 valid entries, the incomplete last
    block dropped. Unit: entries, ↓. First on ties. d* = ⌊k/2⌋, k < 4, or a valid entry that is not finite → not
    defined. Source: White, Cobb, Spratt 2000.

    >>> int(stats.mser5(np.concatenate([np.zeros(10), np.ones(40)])).truncation)
    10
    """
    x, present = _masked.stream(x, valid)
    m = _masked.count(present)
    k = m // BATCH
    if valid is not None:
        source, present = packed_indices(present)
        x = own_kernel(_masked.blank(x[source], present))
    most = x.shape[0] // BATCH
    if most < FEWEST_BATCHES:
        return SteadyState(jnp.asarray(-1, jnp.int32), jnp.zeros((), bool))
    order = jnp.arange(most, dtype=jnp.int32)
    kept = order < k
    batch = jnp.mean(_centred(x, present, m)[0][: most * BATCH].reshape(most, BATCH), axis=1)
    squares = _squares_from(batch, kept)
    left = jnp.maximum(k - order, 1).astype(x.dtype)
    score = _masked.blank(squares / (left * left), order <= k // 2, jnp.inf)
    best = jnp.argmin(score).astype(jnp.int32)
    defined = (k >= FEWEST_BATCHES) & (best < k // 2) & jnp.all(jnp.isfinite(x))
    return SteadyState(jnp.where(defined, BATCH * best, -1), defined)


@jax.jit
def _excess(
    x: Float[Array, " entry"], delta: Float[Array, ""], present: Bool[Array, " entry"]
) -> Float[Array, " entry"]:
    """mₜ − min(0, min_{j≤t} mⱼ); 0 at invalid entries."""

    def advance(carry, now):
        n, mean, total, lowest = carry
        value, present = now
        mean = mean + (value - mean) / (n + 1)
        total = total + (value - mean - delta)
        lowest = jnp.minimum(lowest, total)
        carry = jax.tree.map(lambda new, old: jnp.where(present, new, old), (n + 1, mean, total, lowest), carry)
        return carry, _masked.blank(total - lowest, present)

    zero = jnp.zeros((), x.dtype)
    return jax.lax.scan(advance, (zero, zero, zero, zero), (x, present))[1]


def _centred(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], m: Int[Array, ""]
) -> tuple[Float[Array, " entry"], Float[Array, ""]]:
    """`x`, whose first m entries are present, less its mean in a unit that squares bear, and that unit.

    No cost depends on the mean, and far from 0 it takes the digits of the squares.
    """
    mean = _masked.mean_of_part(x, jnp.zeros_like(m), m)
    centred = _masked.blank(x - jax.lax.stop_gradient(mean), present)
    unit = _masked.power_of_two(centred)
    return centred * _masked.inverse(unit), unit


def _in_units(penalty: Float[Array, ""], unit: Float[Array, ""]) -> Float[Array, ""]:
    """β/unit², at most a number that no sum of squares reaches: beyond it β is only added and subtracted again."""
    return jnp.minimum(penalty / unit / unit, 1e30)


def _default_penalty(x: Float[Array, " entry"], m: Int[Array, ""]) -> Float[Array, ""]:
    """2σ̂² log m of packed entries without their mean, σ̂ = 1.4826·MAD(Δx)/√2; one entry → 0."""
    differences, present = jnp.diff(x), jnp.arange(1, x.shape[0], dtype=jnp.int32) < m
    spread = NORMAL_CONSISTENT * median_of_present(
        jnp.abs(differences - median_of_present(differences, present)), present
    )
    log_m = jnp.log(jnp.maximum(m, 1).astype(x.dtype))
    squares = jnp.sum(x * x)
    noiseless = spread * spread * m.astype(x.dtype) <= NOISELESS * squares
    rough = jnp.sum(jnp.square(_masked.blank(differences, present))) / jnp.maximum(m - 1, 1).astype(x.dtype)
    penalty = jnp.where(noiseless, jnp.maximum(rough * log_m, squares / 100), spread * spread * log_m)
    penalty = jnp.maximum(penalty, jnp.maximum(32 * jnp.finfo(x.dtype).eps * squares, jnp.finfo(x.dtype).tiny))
    return jnp.where(m == 1, jnp.zeros_like(penalty), penalty)


@partial(jax.jit, static_argnums=2)
def _optimal_starts(
    data: tuple[Float[Array, " entry"], Float[Array, ""]], m: Int[Array, ""], min_size: int
) -> Bool[Array, " entry"]:
    """First entries of the segments of the optimal segmentation of the first m entries, but for entry 0.

    Σx² is the same for all segmentations, so C(s, t) is −(Σ_{s<i≤t} xᵢ)²/(t − s) here.
    """
    x, penalty = data
    n = x.shape[0]
    present = jnp.arange(n, dtype=jnp.int32) < m
    total = jnp.cumsum(_masked.blank(x, present))
    total = jnp.concatenate([jnp.zeros((1,), x.dtype), total])
    best = _best_costs(total, penalty, min_size)
    starts = jnp.arange(n + 1, dtype=jnp.int32)

    def walk_back(carry):  # the last starts on the way are found again, which is less work than noting all of them
        t, marks = carry
        length = t - starts
        share = 1 / jnp.maximum(length, 1).astype(x.dtype)
        costs = jnp.where(length >= min_size, best + penalty - jnp.square(total[t] - total) * share, jnp.inf)
        lowest = jnp.min(costs, where=~jnp.isnan(costs), initial=jnp.inf)
        start = jnp.where(lowest < jnp.inf, _masked.first_index(costs == lowest), t)
        t = jnp.minimum(start, t - 1)  # ends even if nothing compares
        return t, marks | (starts == t)

    _, marks = jax.lax.while_loop(lambda carry: carry[0] > 0, walk_back, (m, jnp.zeros((n + 1,), bool)))
    return marks[:n].at[0].set(False)


def _best_costs(total: Float[Array, " end"], penalty: Float[Array, ""], min_size: int) -> Float[Array, " end"]:
    """F(t) for every t, from the sums up to t.

    Starts are taken `_STARTS` at a time: first each from those before it, then segments from all of them to every
    end, elementwise, which is faster than a minimum over starts. A cost that is NaN compares as false and loses.
    """
    ends = total.shape[0]
    blocks = -(-(ends - 1) // _STARTS)
    size = blocks * _STARTS + 1
    sums = jnp.pad(total, (0, size - ends))
    shares = 1 / jnp.arange(min_size, size, dtype=total.dtype)
    shares = jnp.concatenate([jnp.full((2 * size - 1 - shares.shape[0],), jnp.nan, total.dtype), shares])

    def offered(best, before, since, until, share):
        cost = before + penalty - jnp.square(until - since) * share
        return jnp.where(cost < best, cost, best)

    def offer(best, block):
        first = block * _STARTS
        since = jax.lax.dynamic_slice_in_dim(sums, first, _STARTS)
        before = list(jax.lax.dynamic_slice_in_dim(best, first, _STARTS))
        for later in range(_STARTS):
            for i in range(later - min_size + 1):
                before[later] = offered(before[later], before[i], since[i], since[later], 1 / (later - i))
        before = own_kernel(jnp.stack(before))
        for i in range(_STARTS):
            share = jax.lax.dynamic_slice_in_dim(shares, size - 1 - (first + i), size)  # of lengths t − s for every t
            best = offered(best, before[i], since[i], sums, share)
        return best, None

    best = jnp.full((size,), jnp.inf, total.dtype).at[0].set(-penalty)
    return jax.lax.scan(offer, best, jnp.arange(blocks, dtype=jnp.int32))[0][:ends]


def _squared_error(
    x: Float[Array, " entry"], starts: Bool[Array, " entry"], present: Bool[Array, " entry"]
) -> Float[Array, ""]:
    """Σ (xᵢ − x̄_seg)² of a segmentation."""
    n = x.shape[0]
    segment = jnp.where(present, running_count(starts), n)
    size = jax.ops.segment_sum(present.astype(x.dtype), segment, n)
    mean = _masked.ratio(jax.ops.segment_sum(x, segment, n), size)
    return jnp.sum(jnp.square(_masked.blank(x - mean[jnp.minimum(segment, n - 1)], present)))


@jax.jit
def _squares_from(b: Float[Array, " batch"], kept: Bool[Array, " batch"]) -> Float[Array, " batch"]:
    """Σ_{j≥d} (bⱼ − b̄_{≥d})² over the kept batches for every d, merged from pieces (Chan, Golub & LeVeque 1983)."""
    return suffix_merge(_merge_spreads, (kept.astype(b.dtype), _masked.blank(b, kept), jnp.zeros_like(b)))[2]


def _merge_spreads(left: tuple[Array, Array, Array], right: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """Counts, means and sums of squared deviations of two pieces together."""
    (n, mean, squares), (m, other, others) = left, right
    share = m / jnp.maximum(n + m, 1)
    gap = other - mean
    return n + m, mean + share * gap, squares + others + n * share * gap * gap
