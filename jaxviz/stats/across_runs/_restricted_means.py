"""Intervals of restricted means, which hold although hardly any run reached the target."""

from functools import partial
from typing import Literal, get_args

import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Float, Num, PRNGKeyArray
from ...host import as_times
from .._engine._distributions import level_z
from .._engine._intervals import Interval, percentile_bounds, tails
from ._survival import (
    Horizon,
    Reached,
    RunMask,
    StreamMask,
    StreamSteps,
    Times,
    crossings_of_two,
    float_times,
    restricted_mean,
    steps_saved,
)

CensoredMethod = Literal["dirichlet", "normal"]
Bounds = tuple[Float[Array, ""], Float[Array, ""]]


@explained
@computed_in_single(narrow=False)
def restricted_mean_interval(
    key: PRNGKeyArray,
    time: Times,
    reached: Reached,
    horizon: Horizon,
    *,
    level: ArrayLike = 0.95,
    method: CensoredMethod = "dirichlet",
    reps: int = 2000,
    valid: RunMask | None = None,
) -> Interval:
    """`restricted_mean` with an interval.

    dirichlet   replicates of ∫₀^τ S dt with runs weighted by Exp(1), among them one run that nobody saw: for the lower
                end it reaches the target at 0, for the upper end never; Q(α/2) of the former, Q(1 − α/2) of the latter
    normal      μ ± z·√Var, Greenwood's variance, within [0, τ]

    Shapes: [run] → []. Unit of `time`, ↓. Never of width 0: if no run reached the target the interval ends at the
    budget τ, which is the largest restricted mean there is, and says that nothing more is known. One run → NaN bounds.
    Measured at level 95 %, exponential times of which 12, 50, 86 % are reached, 5 to 50 runs: dirichlet covers 97 to
    100 %; normal 46, 68, 82, 90 % at 5, 10, 20, 50 runs if 12 % are. Sources: Rubin 1981, Banks 1988 (one unit more).

    >>> time, reached = np.array([10, 20, 30, 30]), np.array([True, True, True, False])
    >>> round(float(stats.restricted_mean_interval(jax.random.key(0), time, reached, 30, reps=200).estimate), 3)
    22.5
    """
    if method not in get_args(CensoredMethod):
        raise ValueError(f"`method` must be one of {', '.join(get_args(CensoredMethod))}; got {method!r}")
    _levels.check(level)
    mean = restricted_mean(time, reached, horizon, valid=valid)
    present = jnp.ones(jnp.shape(reached), bool) if valid is None else jnp.asarray(valid)
    level = _levels.level(level, mean.mean.dtype)
    times, end = (float_times(as_times(x, name)) for x, name in ((time, "time"), (horizon, "horizon")))
    if method == "dirichlet":
        low, high = _dirichlet(key, times, jnp.asarray(reached), present, end, level, reps)
    else:
        reach = level_z(level, mean.mean.dtype) * _masked.safe_sqrt(mean.variance)
        low, high = jnp.maximum(mean.mean - reach, 0), jnp.minimum(mean.mean + reach, end)
    n = _masked.count(present)
    defined = (n > 1) & ~jnp.isnan(mean.mean) & ~jnp.isnan(level)
    return Interval(
        estimate=mean.mean,
        low=_masked.undefined_unless(defined, low),
        high=_masked.undefined_unless(defined, high),
        n=n,
        n_tasks=jnp.ones((), jnp.int32),
        level=level,
        left_out=jnp.zeros((), jnp.int32),
        method=method,
        unit="run" if method == "dirichlet" else "none",
        reps=reps if method == "dirichlet" else 0,
        estimator="restricted mean",
    )


@explained
@computed_in_single(narrow=False)
def steps_saved_interval(
    key: PRNGKeyArray,
    a: Num[ArrayLike, "run_a entry_a"],
    b: Num[ArrayLike, "run_b entry_b"],
    target: ArrayLike,
    *,
    step_a: StreamSteps | None = None,
    step_b: StreamSteps | None = None,
    horizon: Horizon | None = None,
    window: int = 1,
    hold: int = 1,
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid_a: StreamMask | None = None,
    valid_b: StreamMask | None = None,
) -> Interval:
    """`steps_saved` with an interval, from those of the two restricted means (square-and-add, Newcombe 1998).

    d − √((μ_b − l_b)² + (u_a − μ_a)²),  d + √((u_b − μ_b)² + (μ_a − l_a)²),  d = μ_b − μ_a

    Shapes: curves [run, entry] → []. Unit: steps, ↑. Bounds and NaN as in `restricted_mean_interval` (dirichlet); n is
    that of the smaller group. Measured at level 95 %, equal algorithms, 12 to 86 % reached, 5 to 50 runs: 97 to 100 %.

    >>> curves = np.array([[1.0, 3.0], [1.0, 3.0]])
    >>> round(float(stats.steps_saved_interval(
    ...     jax.random.key(0), curves, curves + 2, 3.0, step_a=np.array([10, 20]), step_b=np.array([10, 20]), reps=100
    ... ).estimate), 3)
    -10.0
    """
    group_a, group_b, end = crossings_of_two(a, b, target, step_a, step_b, horizon, window, hold, valid_a, valid_b)
    saved = steps_saved(
        a, b, target, step_a=step_a, step_b=step_b, horizon=horizon, window=window, hold=hold,
        valid_a=valid_a, valid_b=valid_b,
    )  # fmt: skip
    x, y = (
        restricted_mean_interval(k, time, reached, end, level=level, reps=reps, valid=followed)
        for k, (time, reached, followed) in zip(jax.random.split(key), (group_a, group_b), strict=True)
    )
    return Interval(
        estimate=saved.mean,
        low=saved.mean - jnp.hypot(y.estimate - y.low, x.high - x.estimate),
        high=saved.mean + jnp.hypot(y.high - y.estimate, x.estimate - x.low),
        n=jnp.minimum(x.n, y.n),
        n_tasks=x.n_tasks,
        level=x.level,
        left_out=x.left_out,
        method="square-and-add",
        unit="run",
        reps=reps,
        estimator="difference in restricted mean",
    )


@partial(jax.jit, static_argnames="reps")
def _dirichlet(
    key: PRNGKeyArray,
    time: Float[Array, " run"],
    reached: Bool[Array, " run"],
    present: Bool[Array, " run"],
    horizon: Float[Array, ""],
    level: Float[Array, ""],
    reps: int,
) -> Bounds:
    """Lower and upper end; runs in order of time, those that reached before those that ended at the same time."""
    horizon = horizon.astype(time.dtype)
    time = jnp.clip(jnp.where(present, time, horizon), 0, horizon)
    number = jnp.arange(time.shape[0], dtype=jnp.int32)
    _, time, _, order = jax.lax.sort((~present, time, ~reached, number), num_keys=3)
    widths = jnp.diff(time, append=horizon)
    keys = jax.random.split(key)
    # Drawn in single precision, so that the same key gives the same replicates in both.
    seen = jax.random.exponential(keys[0], (time.shape[0], reps), jnp.float32).astype(time.dtype)
    weights = jnp.where(present[order, None], seen, 0)
    unseen = jax.random.exponential(keys[1], (reps,), jnp.float32).astype(time.dtype)
    start = _masked.blank(time[0], present[order[0]]) if time.shape[0] else horizon
    never = start + _area(weights, widths, (reached & present)[order], unseen)
    total = jnp.sum(weights, axis=0)
    at_once = (start + _area(weights, widths, (reached & present)[order], jnp.zeros_like(unseen))) * total
    low, high = tails(level, time.dtype)
    ends = percentile_bounds((at_once / (total + unseen))[:, None], low, low)[0]
    return ends[0], percentile_bounds(never[:, None], high, high)[0][0]


def _area(
    weights: Float[Array, "run replicate"],
    widths: Float[Array, " run"],
    events: Bool[Array, " run"],
    beyond: Float[Array, " replicate"],
) -> Float[Array, " replicate"]:
    """∫ S dt from the first time on, from the last run back: S falls by w/(weights at risk) at each event."""

    def back(carry: tuple[Array, Array], run: tuple[Array, Array, Array]) -> tuple[tuple[Array, Array], None]:
        later, area = carry
        weight, width, event = run
        risk = later + weight
        left = jnp.where(event, later / jnp.where(risk > 0, risk, 1), 1)
        return (risk, left * (width + area)), None

    nothing = (beyond, jnp.zeros_like(beyond))
    return jax.lax.scan(back, nothing, (weights, widths, events), reverse=True)[0][1]
