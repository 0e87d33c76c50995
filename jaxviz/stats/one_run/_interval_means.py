"""Means over equal intervals of a budget of environment steps."""

import jax
import jax.numpy as jnp

from ... import _masked, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._scans import running_count, running_step_max
from ..._shown import Result
from ..._steps import EntrySteps, ExactSteps, Steps, StepsLike, WideSteps
from ..._types import Array, ArrayLike, Bool, Float, Int, Mask
from ...host import as_steps

_MOST = 1 << 15
"""Most intervals: products of two of their numbers fit int32."""
_UNROLLED = 4
"""Lengths of blocks that are compiled one by one: they hold most of the entries. All the others share a loop."""
_HALF = 12
"""Bits of half a limb of `WideSteps`, whose product with the number of an interval fits int32."""


class IntervalMeans(Result):
    """Means and counts of the entries that ended in each interval."""

    mean: Float[Array, " interval"]
    """NaN where none ended."""
    count: Int[Array, " interval"]
    end: ExactSteps
    """[interval], the last whole step of each."""


@explained
@computed_in_single()
def interval_means(
    x: ArrayLike,
    step: Steps | None = None,
    *,
    total: StepsLike | int,
    intervals: int = 200,
    valid: Mask | None = None,
) -> IntervalMeans:
    """Mean of the entries that ended in each of K equal intervals of a budget.

        x̄ₖ = (1/nₖ) Σ xᵢ  over the nₖ entries with  k·T/K < sᵢ ≤ (k + 1)·T/K,   k = 0 … K − 1

    T = `total`, K = `intervals`, decided in whole numbers. Shapes: x, step [entry], total [] → [interval]. Unit of x,
    ↑ for returns. `step=None`: entries are at steps 1, 2, 3, …, valid or not. Entries at steps below 1 or above T are
    in no interval. NaN where no entry ended or one of them is NaN, and everywhere if valid steps fall. Faster without
    `valid`: invalid entries that are all at the end may be put at a step beyond T instead.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.interval_means(x, np.array([10, 20, 30, 40]), total=40, intervals=2).mean)
    [2.  3.5]
    """
    if not 1 <= intervals <= _MOST:
        raise ValueError(f"`intervals` must be from 1 to {_MOST}, got {intervals}")
    x, present = _masked.stream(x, valid)
    edges = equal_edges(_budget(total), intervals)
    if not x.shape[0]:
        return IntervalMeans(jnp.full(intervals, jnp.nan, x.dtype), jnp.zeros(intervals, jnp.int32), edges[1:])
    reached, ordered = _reached(x, step, present, masked=valid is not None)
    place = own_kernel(_steps.search(reached, edges, after=True))
    first, after = place[:-1], place[1:]
    count = after - first if valid is None else _between(running_count(present), first, after)
    wide = x if jnp.finfo(x.dtype).bits >= 32 else x.astype(jnp.float32)
    mean = _mean(wide, present, first, after, count)
    return IntervalMeans(_masked.undefined_unless(ordered & (count > 0), mean).astype(x.dtype), count, edges[1:])


def _budget(total: StepsLike | int) -> ExactSteps:
    """At least 0."""
    total = as_steps(total, "total")
    if total.ndim:
        raise ValueError(f"`total` must be one whole number, got shape {total.shape}: batch with jax.vmap")
    return _steps.maximum(total, 0)


def _reached(
    x: Float[Array, " entry"], step: Steps | None, present: Bool[Array, " entry"], *, masked: bool
) -> tuple[EntrySteps, Bool[Array, ""]]:
    """The largest valid step so far at each entry, and whether that is its own everywhere."""
    if step is None:
        return jnp.arange(1, x.shape[0] + 1, dtype=jnp.int32), jnp.asarray(True)
    step = as_steps(step, "step")
    if step.shape != x.shape:
        raise ValueError(f"`step` must have the shape of the data {x.shape}, got {step.shape}")
    if not masked:
        return step, ~jnp.any(_steps.less(step[1:], step[:-1]))
    reached = running_step_max(_steps.where(present, step, _steps.lowest(step)))
    return reached, jnp.all(_steps.equal(step, reached) | ~present)


def equal_edges(total: ExactSteps, intervals: int) -> ExactSteps:
    """⌊k·total/K⌋ for k = 0 … K: with total = qK + r that is k·q + ⌊k·r/K⌋, of which nothing overflows."""
    k = jnp.arange(intervals + 1, dtype=jnp.int32)
    if not isinstance(total, WideSteps):
        k = k.astype(total.dtype)
        return k * (total // intervals) + k * (total % intervals) // intervals
    quotient, rest = _divided(total, intervals)
    return _steps.plus(_times(quotient, k), k * rest // intervals)


def _divided(step: WideSteps, by: int) -> tuple[WideSteps, Int[Array, ""]]:
    """Quotient and remainder, by long division over the high limb and the halves of the low one."""
    part = (1 << _HALF) - 1
    rest = ((step.high % by) << _HALF) | (step.low >> _HALF)
    last = ((rest % by) << _HALF) | (step.low & part)
    low = ((rest // by) << _HALF) + last // by
    return WideSteps(step.high // by, low), last % by


def _times(step: WideSteps, k: Int[Array, " edge"]) -> WideSteps:
    """k·step, a product below 2⁵³."""
    part = (1 << _HALF) - 1
    small = (step.low & part) * k
    middle = (step.low >> _HALF) * k + (small >> _HALF)
    return WideSteps(step.high * k + (middle >> _HALF), ((middle & part) << _HALF) | (small & part))


def _between(
    so_far: Int[Array, " entry"], first: Int[Array, " interval"], after: Int[Array, " interval"]
) -> Int[Array, " interval"]:
    """How many of the valid entries are at the places first … after − 1."""
    before, end = (jnp.where(at > 0, so_far[jnp.maximum(at - 1, 0)], 0) for at in (first, after))
    return end - before


def _mean(
    x: Float[Array, " entry"],
    present: Bool[Array, " entry"],
    first: Int[Array, " interval"],
    after: Int[Array, " interval"],
    count: Int[Array, " interval"],
) -> Float[Array, " interval"]:
    """Means of x[first … after − 1], summed about a value of the stream."""
    index = jnp.arange(x.shape[0], dtype=jnp.int32)
    counted = present & jnp.isfinite(x) & (index >= first[0]) & (index < after[-1])
    centre = jax.lax.stop_gradient(_masked.blank(x, counted)[_masked.first_index(counted)])
    centred = own_kernel(_masked.blank(x - centre, present))
    return centre + _sums(centred, first, after) / jnp.maximum(count, 1).astype(x.dtype)


def _sums(
    x: Float[Array, " entry"], first: Int[Array, " interval"], after: Int[Array, " interval"]
) -> Float[Array, " interval"]:
    """Σ x[first … after − 1] from sums of aligned blocks of 1, 2, 4, … entries, at most two of each length.

    Nothing is subtracted: rounding grows with log₂ of an interval's length, and a NaN stays in its interval.
    """
    state = jnp.zeros(first.shape, x.dtype), x, first, after
    lengths = x.shape[0].bit_length()
    unrolled = min(_UNROLLED, lengths)
    for _ in range(unrolled):
        state = _with_ends(*state)

    def repeated(_: int, state: tuple[Array, ...]) -> tuple[Array, ...]:
        total, pairs, first, after = _with_ends(*state)
        return total, jnp.pad(pairs, (0, state[1].shape[0] - pairs.shape[0])), first, after

    return jax.lax.fori_loop(0, lengths - unrolled, repeated, state)[0]


def _with_ends(
    total: Float[Array, " interval"], x: Float[Array, " block"], first: Int[Array, " interval"], after: Array
) -> tuple[Array, ...]:
    """`total` with the blocks at both ends that are in no pair, the pairs, and the places between in pairs."""
    odd = (first & 1 > 0) & (first < after)
    total, first = total + _taken(x, first, odd), first + odd.astype(first.dtype)
    odd = (after & 1 > 0) & (first < after)
    total, after = total + _taken(x, after - 1, odd), after - odd.astype(after.dtype)
    return total, _paired(x), first >> 1, after >> 1


def _taken(
    x: Float[Array, " block"], index: Int[Array, " interval"], wanted: Bool[Array, " interval"]
) -> Float[Array, " interval"]:
    return jnp.where(wanted, x[jnp.clip(index, 0, x.shape[0] - 1)], 0)


def _paired(x: Float[Array, " block"]) -> Float[Array, " pair"]:
    """Sums of neighbours; a last one without neighbour is kept."""
    x = jnp.pad(x, (0, x.shape[0] % 2))
    return own_kernel(x[::2] + x[1::2])
