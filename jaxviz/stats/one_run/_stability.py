"""How steadily a run learned: variation, drawdown, recovery, forgetting, consistency, collapse.

Along one run, valid entries in order: peak Pₜ = max_{i≤t} xᵢ, start x₀ the first valid entry, end x_T the last.
Drawdown is a positive loss, lower is better, as in finance. Chan et al. (2020) write it negative in the paper and
compute it positive in google-research/rl-reliability-metrics.
"""

import jax
import jax.numpy as jnp

from ... import _masked, _scans, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._shown import Result
from ..._steps import EntrySteps, ExactSteps, Steps
from ..._types import Array, ArrayLike, Bool, Float, Mask
from .._engine._steps import entry_steps
from ..windows._rolling import rolling_mean
from ._crossing import Crossing, crossing_at, first_held, full_windows


class Spell(Result):
    """The longest stretch of a stream in one state."""

    length: ExactSteps
    """Entries, or environment steps if `step` was given; 0 for none; −1 if a valid NaN makes it undefined."""
    open: Bool[Array, ""]
    """Whether the stream ended before the stretch did: its length is then a lower bound."""


class Collapse(Result):
    """A lasting loss of most of a run's gain."""

    collapsed: Bool[Array, ""]
    """Whether the loss lasted for `hold` entries."""
    step: ExactSteps
    """Step of the onset; the last valid step if there was none (right-censored); −1 without a valid entry."""
    depth: Float[Array, ""]
    """Largest relative drawdown of the smoothed curve; NaN for a run that never rose above its start."""
    recovered: Bool[Array, ""]
    """Whether the relative drawdown fell below drop/2 after the onset."""


@explained
@computed_in_single()
def coefficient_of_variation(x: ArrayLike, *, ddof: int = 0, valid: Mask | None = None) -> Float[Array, ""]:
    """Standard deviation relative to the mean, σ / |x̄|.

    Shapes: [entry] → []. A pure number, ↓. x̄ = 0, or at most `ddof` (default 0) valid entries → NaN. Meaningless
    if returns change sign, and not invariant under a shift of the returns.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.coefficient_of_variation(x)), 3)
    0.538
    """
    x, present = _masked.stream(x, valid)
    mean, std = _masked.mean_and_std(x, None if valid is None else present, ddof)
    return _masked.ratio(std, jnp.abs(mean))


@explained
@computed_in_single()
def drawdown(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, " entry"]:
    """Fall from the highest value so far.

    dₜ = max_{i≤t} xᵢ − xₜ ≥ 0

    Shapes: [entry] → [entry]. Unit of x, ↓; the first valid entry has 0. Invalid entries → NaN; a valid NaN undefines
    its entry and all later ones, which have it in their past.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.drawdown(x))
    [0. 0. 1. 0.]
    """
    x, present = _masked.stream(x, valid)
    peak = _peak(x, present)
    fall = jnp.where(peak == x, jnp.zeros_like(x), peak - x)  # 0 at an infinite peak too
    return _masked.undefined_unless(present, fall)


@explained
@computed_in_single()
def max_drawdown(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Largest fall from an earlier peak, maxₜ dₜ.

    Shapes: [entry] → []. Unit of x, ↓; a curve that never falls has 0. No valid entry, or a valid NaN → NaN. A
    positive loss; see the module's note on the opposite sign in Chan et al. 2020, whose repository computes this.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.max_drawdown(x)), 3)
    1.0
    """
    x, present = _masked.stream(x, valid)
    return _masked.maximum(drawdown(x, valid=present), present)


@explained
@computed_in_single()
def relative_drawdown(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, " entry"]:
    """Share of the gain so far that is lost now, dₜ / (Pₜ − x₀).

    Shapes: [entry] → [entry]. A pure number ≥ 0, above 1 below the start, ↓. NaN until the peak exceeds the start,
    and as in `drawdown`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.relative_drawdown(x))
    [nan 0.  0.5 0. ]
    """
    x, present = _masked.stream(x, valid)
    peak = _peak(x, present)
    return _masked.undefined_unless(present, _masked.ratio(peak - x, peak - _masked.first(x, present)))


@explained
@computed_in_single("floor")
def final_to_peak(x: ArrayLike, floor: ArrayLike | None = None, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Share of the best level that is left at the end, (x_T − f) / (max x − f), f = `floor`, default the start x₀.

    Shapes: [entry] → []. A pure number ≤ 1, ↑; negative for a run that ends below f. NaN unless max x > f.

    >>> round(float(stats.final_to_peak(np.array([1.0, 3.0, 5.0, 4.0]))), 3)
    0.75
    """
    x, present = _masked.stream(x, valid)
    floor = _masked.first(x, present) if floor is None else jnp.asarray(floor, x.dtype)
    gain = _masked.maximum(x, present) - floor
    return _masked.undefined_unless(gain > 0, _masked.ratio(_masked.last(x, present) - floor, gain))


@explained
@computed_in_single()
def forgetting(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Peak minus end, max x − x_T: the last drawdown.

    Shapes: [entry] → []. Unit of x, ↓. No valid entry → NaN. Source: Chaudhry et al. 2018, per task (averaged over
    tasks there).

    >>> round(float(stats.forgetting(np.array([1.0, 3.0, 5.0, 4.0]))), 3)
    1.0
    """
    x, present = _masked.stream(x, valid)
    return _masked.maximum(x, present) - _masked.last(x, present)


@explained
@computed_in_single()
def backward_transfer(R: ArrayLike) -> Float[Array, ""]:
    """Effect of later phases on earlier tasks, mean_{i<T} (R_{T,i} − R_{i,i}).

    Shapes: R [phase, task], the score on each task after each training phase, square → []. Unit of R, ↑; negative
    means forgetting. One task → NaN. Source: Lopez-Paz & Ranzato 2017.

    >>> round(float(stats.backward_transfer(np.array([[1.0, 0.0], [0.5, 1.0]]))), 3)
    -0.5
    """
    R = _masked.as_float(R)
    if R.ndim != 2 or R.shape[0] != R.shape[1]:
        raise ValueError(f"`R` must be square, [phase, task], got shape {R.shape}")
    if R.shape[0] < 2:
        return jnp.full((), jnp.nan, R.dtype)
    change = (R[-1] - jnp.diagonal(R))[:-1]
    return _masked.mean(change, None)


@explained
@computed_in_single("tolerance")
def time_under_water(
    x: ArrayLike,
    *,
    tolerance: ArrayLike = 0,
    step: Steps | None = None,
    valid: Mask | None = None,
) -> Float[Array, ""]:
    """Share of the run spent below an earlier peak, dₜ > tolerance.

    Shapes: [entry] → []. In [0, 1], ↓. A share of entries, or with `step` of the step span, each interval taking the
    state of its left end (one step only → NaN). A noisy curve is nearly always under water: pass a smoothed one, or a
    `tolerance` in units of x, and say which. No valid entry, or a valid NaN → NaN.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.time_under_water(x)), 3)
    0.25
    """
    x, present = _masked.stream(x, valid)
    fall = drawdown(x, valid=present)
    under = _under(fall, tolerance)
    if step is None:
        share = _masked.share(under.astype(x.dtype), present)
    else:
        _, first, last, _, below = _scans.ordered_reduce(
            _merge_instants, _instant, (under, entry_steps(x, step), present)
        )
        share = _masked.ratio(_steps.as_float(below, x.dtype), _steps.since(last, first, x.dtype))
    return _masked.undefined_unless(jnp.any(present) & ~_diverged(fall, present), share)


@explained
@computed_in_single("tolerance")
def longest_under_water(
    x: ArrayLike,
    *,
    tolerance: ArrayLike = 0,
    step: Steps | None = None,
    valid: Mask | None = None,
) -> Spell:
    """Longest spell of successive valid entries with dₜ > tolerance.

    Shapes: [entry] → []. Unit: entries, or with `step` the environment steps from the spell's first entry to the one
    that ends it, ↓. An unfinished spell counts up to the end, with `open` True. Of equal spells the first.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> stats.longest_under_water(x)
    Spell(length=1, open=False)
    """
    x, present = _masked.stream(x, valid)
    fall = drawdown(x, valid=present)
    under = _under(fall, tolerance)
    at = _scans.running_count(present) - 1 if step is None else entry_steps(x, step)
    so_far = jnp.pad(_scans.run_lengths(under, present), (1, 0))
    begun = _scans.running_step_max(_steps.where(under & (so_far[1:] == 1), at, _steps.lowest(at)))
    lasted = _steps.minus(at, begun)
    best = _steps.largest(lasted, present & ~under & (so_far[:-1] > 0), 0)
    below = so_far[-1] > 0
    to_end = _steps.plus(_steps.last(lasted, present), 1 if step is None else 0)
    unfinished = _steps.blank(to_end, below)
    undefined = _diverged(fall, present)
    length = _steps.where(undefined, -1, _steps.maximum(best, unfinished))
    return Spell(length, below & _steps.less(best, unfinished) & ~undefined)


@explained
@computed_in_single()
def recovery_time(x: ArrayLike, *, step: Steps | None = None, valid: Mask | None = None) -> Crossing:
    """Time from the peak before the deepest drawdown to the first return to that peak's level.

    Shapes: [entry] → []. Unit: steps (entries with `step=None`), ↓. `step` of the result is the duration and
    `reached` whether the level came back; if not, the time until the end of the run (right-censored: see
    `kaplan_meier`). Of equal depths the first, of equal peaks the last before it. A run that never falls: 0, reached.
    No valid entry, or a valid NaN: −1, not reached.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> stats.recovery_time(x)
    Crossing(step=2, reached=True)
    """
    x, present = _masked.stream(x, valid)
    step = entry_steps(x, step)
    if not x.shape[0]:
        return Crossing(_steps.last(step, present), jnp.zeros((), bool))
    fall = drawdown(x, valid=present)
    defined = jnp.any(present) & ~_diverged(fall, present)
    order = jnp.arange(x.shape[0], dtype=jnp.int32)
    deepest = _masked.first_index(present & (fall == _masked.maximum(fall, present)))
    peak = _masked.last_index(present & (fall == 0) & (order <= deepest))
    back = present & (order >= deepest) & (x >= x[peak])
    reached = defined & jnp.any(back)
    end = jnp.where(reached, _masked.first_index(back), _masked.last_index(present))
    return Crossing(_steps.blank(_steps.minus(step[end], step[peak]), defined, -1), reached)


@explained
@computed_in_single("target")
def consistency(x: ArrayLike, target: ArrayLike, window: int, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Share of the last `window` valid entries that meet the target, x ≥ target.

    Shapes: [entry] → []. In [0, 1], ↑. Fewer than `window` valid entries, or a valid NaN among the last → NaN.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.consistency(x, 2.5, 2)), 3)
    0.5
    """
    x, present = _masked.stream(x, valid)
    if window < 1:
        raise ValueError(f"`window` must be at least 1, got {window}")
    met = jnp.where(jnp.isnan(x), x, (x >= jnp.asarray(target, x.dtype)).astype(x.dtype))
    share = _masked.share(met, _scans.tail(present, jnp.asarray(window, jnp.int32)))
    return _masked.undefined_unless(_masked.count(present) >= window, share)


@explained
@computed_in_single()
def collapse(
    x: ArrayLike,
    *,
    window: int,
    drop: ArrayLike = 0.5,
    hold: int = 10,
    step: Steps | None = None,
    valid: Mask | None = None,
) -> Collapse:
    """Lasting loss of a share `drop` of the smoothed run's gain.

    y = rolling_mean(x, window);  onset = min{t : relative_drawdown(y) ≥ drop for `hold` successive full windows}

    Shapes: [entry] → flags []. ↓: a run should not collapse. A run that never rose (peak = start) has not collapsed
    and its depth is NaN. "Policy collapse" in Dohare et al. (2023) is qualitative: drop 0.5 and hold 10 are ours, say
    so in captions.

    >>> bool(stats.collapse(np.array([0.0, 10.0, 1.0, 1.0]), window=1, hold=2).collapsed)
    True
    """
    x, present = _masked.stream(x, valid)
    full = full_windows(present, window)
    y = rolling_mean(x, window, valid=valid)
    return collapse_of(y, full, entry_steps(x, step), present, drop=drop, hold=hold, contiguous=valid is None)


def collapse_of(
    y: Float[Array, " entry"],
    full: Bool[Array, " entry"],
    step: EntrySteps,
    present: Bool[Array, " entry"],
    *,
    drop: ArrayLike = 0.5,
    hold: int = 10,
    contiguous: bool,
) -> Collapse:
    """`collapse` of a curve that is smoothed already, where its windows are `full`; see `first_held`."""
    y, drop = _masked.blank(y, full), jnp.asarray(drop, y.dtype)
    lost = relative_drawdown(y, valid=full)
    onset, collapsed = first_held(lost >= drop, full, hold, contiguous=contiguous)
    recovered = (lost < drop / 2) & (jnp.arange(y.shape[0], dtype=jnp.int32) > onset)
    never_rose = _peak(y, full) == _masked.first(y, full)
    return Collapse(
        collapsed=collapsed,
        step=crossing_at(onset, collapsed, step, present).step,
        depth=_masked.maximum(lost, full & ~never_rose),
        recovered=collapsed & jnp.any(recovered),
    )


def _peak(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, " entry"]:
    """Highest valid value so far; 0 before the first."""
    peak = _scans.running_max(_masked.blank(x, present, -jnp.inf))
    return _masked.blank(peak, present)


def _under(fall: Float[Array, " entry"], tolerance: ArrayLike) -> Bool[Array, " entry"]:
    return fall > jnp.asarray(tolerance, fall.dtype)


def _diverged(fall: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Bool[Array, ""]:
    return jnp.any(present & jnp.isnan(fall))


Instants = tuple[
    Bool[Array, "*lane"],
    ExactSteps,
    ExactSteps,
    Bool[Array, "*lane"],
    ExactSteps,
]


def _instant(state: Bool[Array, " lane"], step: ExactSteps, present: Bool[Array, " lane"]) -> Instants:
    """Whether there are entries, the first and the last step, the last state, and the steps that had the state."""
    return present, step, step, state, jax.tree.map(jnp.zeros_like, step)


def _merge_instants(a: Instants, b: Instants) -> Instants:
    (any_a, first_a, last_a, state_a, sum_a), (any_b, first_b, last_b, state_b, sum_b) = a, b
    between = _steps.blank(_steps.minus(first_b, last_a), any_a & any_b & state_a)
    first = _steps.where(any_a, first_a, first_b)
    last, state = _steps.where(any_b, last_b, last_a), jnp.where(any_b, state_b, state_a)
    return any_a | any_b, first, last, state, _steps.plus(_steps.plus(sum_a, sum_b), between)
