"""Times of many runs, some right-censored: survival curves, restricted means, shares that got there.

Runs that never reached the target are data: dropping them, or counting them at the budget in silence, makes a slow
algorithm look fast.
"""

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _levels, _masked, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Int, Num
from ...host import as_steps, as_times
from .._engine._distributions import level_z
from .._engine._intervals import Interval
from ..one_run._crossing import first_crossing

Times = Num[ArrayLike, " run"] | _steps.WideSteps
"""A time of each run, from callers: of the event, or of the end of the run if it came first."""
Horizon = ArrayLike | _steps.WideSteps
"""The end of a budget, from callers."""
Reached = Bool[ArrayLike, " run"]
"""Which times are events, from callers; the other runs are censored."""
RunMask = Bool[ArrayLike, " run"]
"""Which runs exist, from callers."""
StreamMask = Bool[ArrayLike, "..."]
StreamSteps = _steps.StepsLike
Crossings = tuple[_steps.Times, Bool[Array, " run"], Bool[Array, " run"]]
"""Times, whether they were reached, and which runs have any entry."""


class KaplanMeier(Result):
    """A survival curve: the share of runs that have not reached the target after each distinct time."""

    time: _steps.Times
    """Distinct times of events and censorings, ascending, as they came; missing (−1, NaN) if not `valid`."""
    survival: Float[Array, " run"]
    """S(t) just after the time, ↓: low means that most runs have reached the target."""
    low: Float[Array, " run"]
    """Lower bound on the log(−log S) scale; NaN if S is 0 or 1."""
    high: Float[Array, " run"]
    variance: Float[Array, " run"]
    """Greenwood's variance of S; NaN if S is 0."""
    at_risk: Int[Array, " run"]
    """Runs with no event and no censoring before the time."""
    events: Int[Array, " run"]
    """Runs that reached the target at the time."""
    valid: Bool[Array, " run"]
    """Which entries are distinct times; they come first."""


class RestrictedMean(Result):
    """A mean time within a budget, or a difference of two."""

    mean: Float[Array, ""]
    variance: Float[Array, ""]
    """Squared standard error."""


@explained
@computed_in_single(narrow=False)
def kaplan_meier(
    time: Times,
    reached: Reached,
    *,
    level: ArrayLike = 0.95,
    valid: RunMask | None = None,
) -> KaplanMeier:
    """Share of runs still short of the target, with right-censored times.

    S(t) = Π_{tᵢ≤t} (1 − dᵢ/nᵢ),  Var S = S² Σ_{tᵢ≤t} dᵢ/(nᵢ(nᵢ − dᵢ)),  bounds S^exp(±z·√Var S/(S|log S|))

    Shapes: [run] → [run], distinct times first. A run censored at tᵢ is still at risk there. No event → S ≡ 1; bounds
    at S = 0 or 1 are NaN. Comparing all pairs of runs, N² work and no sort. Source: Kaplan & Meier 1958,
    Greenwood 1926; scipy.stats.ecdf on CensoredData with method "log-log" agrees.

    >>> time, reached = np.array([10, 20, 30, 30]), np.array([True, True, True, False])
    >>> print(stats.kaplan_meier(time, reached).survival)
    [0.75 0.5  0.25  nan]
    """
    time, reached, present = _times(time, reached, valid)
    curve = _product_limit(time, reached, present)
    dtype = curve.survival.dtype
    z = level_z(_levels.level(level, dtype), dtype)
    inside = (curve.survival > 0) & (curve.survival < 1)
    survival = jnp.where(inside, curve.survival, jnp.full_like(curve.survival, 0.5))
    log_variance = jnp.cumsum(_hazard_variance(curve))
    width = z * _masked.safe_sqrt(log_variance) / -jnp.log(survival)
    defined = inside & (z > 0) & jnp.isfinite(z)
    low, high = (_masked.undefined_unless(defined, survival ** jnp.exp(w)) for w in (width, -width))
    variance = _masked.undefined_unless(curve.survival > 0, curve.survival * curve.survival * log_variance)
    return eqx.tree_at(lambda c: (c.low, c.high, c.variance), curve, (low, high, variance))


@explained
@computed_in_single(narrow=False)
def median_crossing(time: Times, reached: Reached, *, valid: RunMask | None = None) -> Float[Array, ""]:
    """Time by which half of the runs have reached the target, min{t : S(t) ≤ ½}.

    Shapes: [run] → []. Unit of `time`, ↓. Fewer than half reached → NaN. S is compared with a slack of 1e-9 (float32:
    1e-6), so that rounding in the product does not decide. Integer times come out in the default float.

    >>> time, reached = np.array([10, 20, 30, 30]), np.array([True, True, True, False])
    >>> round(float(stats.median_crossing(time, reached)), 3)
    20.0
    """
    time, reached, present = _times(time, reached, valid)
    curve = _product_limit(time, reached, present)
    slack = 1e-9 if curve.survival.dtype == jnp.float64 else 1e-6
    half = curve.valid & (curve.survival <= 0.5 + slack)
    return _masked.first(float_times(curve.time), half)


@explained
@computed_in_single(narrow=False)
def restricted_mean(
    time: Times,
    reached: Reached,
    horizon: Horizon,
    *,
    valid: RunMask | None = None,
) -> RestrictedMean:
    """Mean time to the target within a budget τ = `horizon`: "on average so many steps of at most τ".

    μ = ∫₀^τ S(t) dt,  Var μ = Σ_{tᵢ<τ} (∫_{tᵢ}^τ S dt)² dᵢ/(nᵢ(nᵢ − dᵢ))

    Shapes: [run] → []. Unit of `time`, ↓. With all runs followed to τ it is the mean of min(T, τ). τ beyond the last
    time while S > 0 there (nothing is known about the rest), or τ < 0 → NaN. The variance is 0 where no run or every
    run reached the target at once, and no interval should be made from it: `restricted_mean_interval` makes one.

    >>> time, reached = np.array([10, 20, 30, 30]), np.array([True, True, True, False])
    >>> round(float(stats.restricted_mean(time, reached, 30).mean), 3)
    22.5
    """
    time, reached, present = _times(time, reached, valid)
    curve = _product_limit(time, reached, present)
    distinct, end = _steps.one_form([curve.time, as_times(horizon, "horizon")])
    inner = _steps.where(curve.valid, _steps.clip(distinct, 0, end), end)
    widths = _widths(inner, end, curve.survival.dtype)
    areas = widths[1:] * _masked.blank(curve.survival, curve.valid)
    remaining = jnp.cumsum(areas[::-1])[::-1]
    mean = widths[0] + jnp.sum(areas)
    variance = jnp.sum(remaining * remaining * _hazard_variance(curve))
    followed = _steps.at_most(end, _steps.last(distinct, curve.valid))
    known = followed | (_masked.last(curve.survival, curve.valid) == 0)
    defined = jnp.any(curve.valid) & known & _steps.at_most(0, end)
    return RestrictedMean(_masked.undefined_unless(defined, mean), _masked.undefined_unless(defined, variance))


def _widths(inner: _steps.Times, horizon: _steps.Times, dtype: jnp.dtype) -> Float[Array, " width"]:
    """From 0 to the first time, from each to the next, and from the last to the horizon."""
    zero = jax.tree.map(lambda h: jnp.zeros((1,), h.dtype), horizon)
    ends = jax.tree.map(lambda h: h[None], horizon)
    edges = jax.tree.map(lambda *parts: jnp.concatenate(parts), zero, inner, ends)
    return _steps.gaps(edges, dtype)


@explained
def fraction_reached(reached: Reached, *, level: ArrayLike = 0.95, valid: RunMask | None = None) -> Interval:
    """Share of runs that reached the target, with Wilson's score interval.

    p = Σδ/N,  (p + z²/2N ± z·√(p(1 − p)/N + z²/4N²)) / (1 + z²/N)

    Shapes: [run] → []. In [0, 1], ↑. N = 0 → NaN. Source: Wilson 1927.

    >>> time, reached = np.array([10, 20, 30, 30]), np.array([True, True, True, False])
    >>> stats.fraction_reached(reached)
    0.75 [0.30, 0.95], n=4
    """
    dtype = jnp.result_type(float)
    met = jnp.asarray(reached).astype(dtype)
    present = _masked.validity(met, valid)
    level = _levels.level(level, dtype)
    n, z = _masked.count(present), level_z(level, dtype)
    p = _masked.share(met, present)
    m = jnp.maximum(n, 1).astype(dtype)
    scale = 1 + z * z / m
    centre = (p + z * z / (2 * m)) / scale
    half = z * _masked.safe_sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / scale
    defined = (z > 0) & jnp.isfinite(z)
    return Interval(
        estimate=p,
        low=_masked.undefined_unless(defined, jnp.where(p == 0, 0, jnp.maximum(centre - half, 0))),
        high=_masked.undefined_unless(defined, jnp.where(p == 1, 1, jnp.minimum(centre + half, 1))),
        n=n,
        n_tasks=jnp.ones((), jnp.int32),
        level=level,
        left_out=jnp.zeros((), jnp.int32),
        method="wilson",
        unit="none",
        reps=0,
        estimator="share of runs",
    )


@explained
@computed_in_single(narrow=False)
def steps_saved(
    a: Num[ArrayLike, "run_a entry_a"],
    b: Num[ArrayLike, "run_b entry_b"],
    target: ArrayLike,
    *,
    step_a: StreamSteps | None = None,
    step_b: StreamSteps | None = None,
    horizon: Horizon | None = None,
    window: int = 1,
    hold: int = 1,
    valid_a: StreamMask | None = None,
    valid_b: StreamMask | None = None,
) -> RestrictedMean:
    """How many steps sooner the runs `a` reach the target than the runs `b`: μ_b − μ_a, restricted means.

    Shapes: curves [run, entry], steps [entry] or [run, entry] → []. Unit: steps (entries without steps), ↑. Crossings
    as in `first_crossing`, budget `horizon`, default the smaller of the two largest last steps; the variance is that
    of independent groups. Runs without a valid entry are left out. An interval: `steps_saved_interval`.

    >>> curves = np.array([[1.0, 3.0]])
    >>> round(float(stats.steps_saved(
    ...     curves, curves + 2, 3.0, step_a=np.array([10, 20]), step_b=np.array([10, 20])
    ... ).mean), 3)
    -10.0
    """
    (time_a, reached_a, some_a), (time_b, reached_b, some_b), end = crossings_of_two(
        a, b, target, step_a, step_b, horizon, window, hold, valid_a, valid_b
    )
    # The time that no run was faster than is in both means: left out, so that it rounds nothing off.
    start = _steps.minimum(_steps.smallest(time_a, some_a, 0), _steps.smallest(time_b, some_b, 0))
    start = _steps.clip(start, 0, _steps.maximum(end, 0))
    time_a, time_b, end = (_steps.minus(time, start) for time in (time_a, time_b, end))
    mean_a = restricted_mean(time_a, reached_a, end, valid=some_a)
    mean_b = restricted_mean(time_b, reached_b, end, valid=some_b)
    return RestrictedMean(mean_b.mean - mean_a.mean, mean_a.variance + mean_b.variance)


def crossings_of_two(
    a: ArrayLike,
    b: ArrayLike,
    target: ArrayLike,
    step_a: StreamSteps | None,
    step_b: StreamSteps | None,
    horizon: Horizon | None,
    window: int,
    hold: int,
    valid_a: StreamMask | None,
    valid_b: StreamMask | None,
) -> tuple[Crossings, Crossings, _steps.Times]:
    """Of each group when its runs crossed, whether they did and which ran at all; and the budget of both."""
    time_a, reached_a, last_a = _crossings(a, target, step_a, window, hold, valid_a, "a")
    time_b, reached_b, last_b = _crossings(b, target, step_b, window, hold, valid_b, "b")
    end = _steps.minimum(last_a, last_b) if horizon is None else as_times(horizon, "horizon")
    some_a, some_b = _steps.at_most(0, time_a), _steps.at_most(0, time_b)
    return (time_a, reached_a, some_a), (time_b, reached_b, some_b), end


def _crossings(
    curves: ArrayLike,
    target: ArrayLike,
    step: StreamSteps | None,
    window: int,
    hold: int,
    valid: StreamMask | None,
    name: str,
) -> tuple[_steps.Times, Bool[Array, " run"], _steps.Times]:
    """Crossing times of the runs, whether they were reached, and the largest last step."""
    curves = jnp.asarray(curves)
    if curves.ndim != 2:
        raise ValueError(f"`{name}` must be curves of shape [run, entry], got shape {curves.shape}")
    present = _masked.validity(curves, valid)
    known = _steps.indices(curves.shape[1]) if step is None else as_steps(step, f"step_{name}")
    steps = jax.tree.map(lambda s: jnp.broadcast_to(s, curves.shape), known)

    def one(x: Array, step: _steps.ExactSteps, present: Array) -> tuple[_steps.Times, Array, _steps.Times]:
        crossing = first_crossing(x, target, step=step, window=window, hold=hold, valid=present)
        return crossing.step, crossing.reached, _steps.last(step, present)

    time, reached, last = jax.vmap(one)(curves, steps, present)
    return time, reached, _steps.largest(last, jnp.ones(last.shape, bool))


def _times(
    time: Times, reached: ArrayLike, valid: RunMask | None
) -> tuple[_steps.Times, Bool[Array, " run"], Bool[Array, " run"]]:
    """Times, events and mask, checked, with invalid entries blanked."""
    time, reached = as_times(time, "time"), jnp.asarray(reached)
    if time.ndim != 1:
        raise ValueError(f"`time` must be one time per run, [run], got shape {time.shape}")
    if reached.shape != time.shape or reached.dtype != bool:
        raise ValueError(
            f"`reached` must be boolean, one per time {time.shape}, got shape {reached.shape}, {reached.dtype}"
        )
    present = _masked.validity(reached, valid)
    return _steps.blank(time, present), reached & present, present


@jax.jit
def _product_limit(time: _steps.Times, reached: Bool[Array, " run"], present: Bool[Array, " run"]) -> KaplanMeier:
    """S at the distinct times, from comparisons of all pairs of runs; bounds not yet filled."""
    n = time.shape[0]
    dtype = float_times(time).dtype
    earlier = present[None, :] & _steps.less(time[None, :], time[:, None])
    same = present[None, :] & _steps.equal(time[None, :], time[:, None])
    index = jnp.arange(n, dtype=jnp.int32)
    first = present & ~jnp.any(same & (index[None, :] < index[:, None]), axis=1)
    place = jnp.where(first, jnp.sum(earlier & first[None, :], axis=1, dtype=jnp.int32), n)

    def by_time(values: Num[Array, " run"]) -> Num[Array, " run"]:
        return jnp.zeros((n,), values.dtype).at[place].set(values, mode="drop")

    events = by_time(jnp.sum(same & reached[None, :], axis=1, dtype=jnp.int32))
    at_risk = by_time(_masked.count(present) - jnp.sum(earlier, axis=1, dtype=jnp.int32))
    filled = index < jnp.sum(first, dtype=jnp.int32)
    known = filled & ~jnp.any(present & ~_steps.equal(time, time))
    factor = jnp.where(filled, (at_risk - events).astype(dtype) / jnp.maximum(at_risk, 1).astype(dtype), 1)
    undefined = jnp.full((n,), jnp.nan, dtype)
    return KaplanMeier(
        time=_missing_unless(filled, jax.tree.map(by_time, time)),
        survival=_masked.undefined_unless(known, jnp.cumprod(factor)),
        low=undefined,
        high=undefined,
        variance=undefined,
        at_risk=at_risk,
        events=events,
        valid=filled,
    )


def _hazard_variance(curve: KaplanMeier) -> Float[Array, " run"]:
    """dᵢ/(nᵢ(nᵢ − dᵢ)), 0 if no run is left: S is 0 there, and with it the weight of the term."""
    n, d = (a.astype(curve.survival.dtype) for a in (curve.at_risk, curve.events))
    left = n > d
    return jnp.where(left, d / jnp.where(left, n * (n - d), 1), 0)


def _missing_unless(filled: Bool[Array, " run"], time: _steps.Times) -> _steps.Times:
    """−1 for steps, NaN for times."""
    if not isinstance(time, _steps.WideSteps) and jnp.issubdtype(time.dtype, jnp.floating):
        return _masked.undefined_unless(filled, time)
    return _steps.blank(time, filled, -1)


def float_times(time: _steps.Times) -> Float[Array, "..."]:
    """Steps in the default float."""
    if isinstance(time, _steps.WideSteps):
        return _steps.as_float(time, jnp.result_type(float))
    return _masked.as_float(time)
