"""Bootstrap intervals with a named resampling unit, of any statistic of one or two samples of runs."""

import functools
import warnings
from dataclasses import replace
from typing import get_args

import jax
import jax.numpy as jnp

from ... import _levels
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Num, PRNGKeyArray
from .._engine._intervals import Interval, Method, Unit
from ..across_runs._scores import CellMask, mean, probability_of_improvement
from ._bounds import interval_of
from ._counts import FOUR_AGGREGATES, Statistic, four_aggregates, means_by_task, moves_with_scores, pointwise
from ._estimators import NAMES, PairedDifference
from ._replicates import Comparison, Difference, OneSample
from ._units import Sample, about_common_origin, make_sample

METHODS: tuple[Method, ...] = get_args(Method)
RunsX = Num[ArrayLike, "run_x ..."]
RunsY = Num[ArrayLike, "run_y ..."]
MaskX = Bool[ArrayLike, "run_x ..."]
MaskY = Bool[ArrayLike, "run_y ..."]
"""Data of two samples with runs along the leading axis, and their masks, from callers."""
LIKELY_TRANSPOSE = 10
"""Runs per task that make a transpose likely: 57 tasks of 5 runs as [task, run] warn, 100 runs of 11 tasks do not."""


@explained
@computed_in_single(narrow=False)
def bootstrap_interval(
    key: PRNGKeyArray,
    statistic: Statistic,
    *data: Num[ArrayLike, "run ..."],
    unit: Unit,
    method: Method | None = None,
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid: CellMask | None = None,
) -> Interval:
    """Bootstrap interval of any statistic of runs.

    One replicate draws, with replacement, by `unit`:
        cell          in each task separately its runs: one score per (run, task), never anything along time
        run           whole runs, for all tasks and all times: curves, and numbers computed from them
        task+run      tasks, then runs within each drawn task: generalising to unseen tasks
        run+episode   runs, then episodes within each drawn run: nested evaluation episodes
    From the replicates θ* of θ̂, Q their type-7 quantile, α = 1 − level, by `method`:
        scaled        θ̂ + f·(Q(α/2) − θ̂), θ̂ + f·(Q(1 − α/2) − θ̂),  f = √(n/(n − 1))·t_{1−α/2, ν}/z_{1−α/2}
        percentile    Q(α/2), Q(1 − α/2)
        basic         2θ̂ − Q(1 − α/2), 2θ̂ − Q(α/2)
        bc, bca       Q(Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z)))) at z_{α/2}, z_{1−α/2}; a = 0 for bc (Efron 1987)
        studentized   θ̂ − q_{1−α/2}·se, θ̂ − q_{α/2}·se; q quantiles of (θ* − θ̂)/se*, se jackknife in the same unit
        normal        θ̂ ± z_{1−α/2}·sd(θ*)
    or from the influence of each unit alone, without any replicate:
        t             θ̂ ± t_{1−α/2, ν}·se; for a mean x̄ ± t·s/√n
        hall          θ̂ − g(t)·se, θ̂ − g(−t)·se,  g(u) = (∛(1 + 6a(u − a)) − 1)/2a, a as for bca (Hall 1992)
    `None` is `hall` for `mean` and `scaled` for every other statistic. ν = Σ (n − 1) over the strata (tasks for `cell`,
    else one), in a difference Welch's.

    Shapes: `data` arrays with runs along the leading axis (tasks or episodes second, if the unit draws them), all
    resampled alike; `statistic(*data)` → [*component], each component with an interval of its own. `valid` has leading
    axes of the data; with it the statistic is called as `statistic(*data, valid=…)`. `mean`, `iqm`, `iqm_exact`,
    `optimality_gap`, `median_of_task_means`, and `pointwise` of these on curves [run, *point], are computed from how
    often each run was drawn, which is many times faster and gives the same replicates to rounding.

    One run → NaN bounds (rliable gives an interval of width zero), and so does one replicate. All θ* equal → [θ̂, θ̂].
    A NaN replicate → NaN bounds of its component. A run of −inf or +inf (one that diverged) is the worst or best: rank
    statistics keep finite bounds while such runs are few, then an infinite one. All θ* on one side of θ̂ → NaN for bc,
    bca; studentized intervals of two runs → NaN. `scaled` may reach beyond the range of the statistic.

    Three runs have only 10 distinct resamples, five 126. The resamples of n runs vary with divisor n and their
    quantiles are those of a normal, which `scaled` repairs. Measured at level 95 % with 5, 10, 20, 50 runs, in %:
        IQM, normal or log-normal       scaled 95 to 96; percentile 89, 92, 93, 94
        median                          scaled 94 to 98; percentile 92, 91, 93, 94
        mean, normal                    hall 93, 94, 95, 96; scaled 93, 94, 95, 96; percentile 81, 89, 92, 96
        mean, log-normal (sd 1)         hall 86, 89, 92, 94; scaled 83, 85, 89, 90; percentile 72, 80, 86, 89
        IQM, three of ten seeds fail    scaled 87, 95, 94, 95; percentile 81, 92, 92, 95
    So nothing general holds the mean of very skewed scores (studentized covers what hall does): prefer the IQM. Five
    runs often come from one of two camps. Studentized, t and hall intervals of an IQM fail (75 %) with two camps: the
    jackknife does not see the gap. The whole table: docs/statistics.md, 6.3, by `python -m benchmarks.coverage`.

    Same key → same draws, whatever the chunk size or the number of devices; the first B₁ replicates of a longer run are
    the B₁-replicate run. rliable accepts `random_state` and ignores it, resamples every frame of [run, task, frame]
    independently, and leaves out whole rows in BCa although it draws cells; bashtage/arch centres the jackknife of all
    components on one grand mean, and counts ties with θ̂ as larger.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.bootstrap_interval(jax.random.key(0), stats.mean, x, unit="run", reps=100).estimate), 3)
    4.5
    """
    method = method or default_method(statistic)
    _check(method, level, reps)
    sample = make_sample(data, valid, unit)
    if isinstance(statistic, pointwise) and unit != "run":
        raise ValueError(f"`unit` must be 'run' for a statistic at every point of a curve, got {unit!r}")
    if isinstance(statistic, pointwise) and 0 in jnp.shape(data[0])[1:]:
        raise ValueError(f"`data` must have at least one point, got shape {jnp.shape(data[0])}")
    return interval_of(OneSample(statistic, sample), key, level, method, unit, reps)


@explained
@computed_in_single(narrow=False)
def bootstrap_difference(
    key: PRNGKeyArray,
    statistic: Statistic,
    x: RunsX,
    y: RunsY,
    *,
    unit: Unit,
    method: Method = "scaled",
    level: ArrayLike = 0.95,
    reps: int = 2000,
    paired: bool = False,
    valid_x: MaskX | None = None,
    valid_y: MaskY | None = None,
) -> Interval:
    """Bootstrap interval of statistic(x) − statistic(y).

    x and y are resampled independently, or with `paired=True` by the same run indices: then run i of both must belong
    together, and pairs with a side missing are left out. Units, methods, NaN rules: see `bootstrap_interval`; n is that
    of the smaller sample; leave-one-out strata are those of x and those of y.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.bootstrap_difference(jax.random.key(0), stats.mean, x, y, unit="run", reps=100).estimate), 3)
    2.0
    """
    _check(method, level, reps)
    if not paired:
        samples = _near_zero([make_sample((x,), valid_x, unit), make_sample((y,), valid_y, unit)], statistic)
        return interval_of(Difference(*(OneSample(statistic, s) for s in samples)), key, level, method, unit, reps)
    if jnp.shape(x)[:1] != jnp.shape(y)[:1]:
        raise ValueError(f"paired samples need the same runs, got shapes {jnp.shape(x)} and {jnp.shape(y)}")
    (sample,) = _near_zero([make_sample((x, y), _both(valid_x, valid_y), unit)], statistic)
    return interval_of(OneSample(PairedDifference(statistic), sample), key, level, method, unit, reps)


@explained
@computed_in_single(narrow=False)
def bootstrap_comparison(
    key: PRNGKeyArray,
    statistic: Statistic,
    x: RunsX,
    y: RunsY,
    *,
    unit: Unit,
    method: Method = "scaled",
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid_x: MaskX | None = None,
    valid_y: MaskY | None = None,
) -> Interval:
    """Bootstrap interval of statistic(x, y), for example of `probability_of_improvement`.

    x and y are resampled independently. With masks the statistic is called as
    `statistic(x, y, valid_x=…, valid_y=…)`. Units, methods, NaN rules: see `bootstrap_interval`; n is that of the
    smaller sample, and so is the factor of `scaled`. Bounds of `probability_of_improvement` are cut at 0 and 1; if all
    runs of one side beat all of the other they are [1, 1] or [0, 0], which few runs do not prove.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.bootstrap_comparison(
    ...     jax.random.key(0), stats.probability_of_improvement, x, y, unit="run", reps=100
    ... ).estimate), 3)
    0.875
    """
    _check(method, level, reps)
    samples = (make_sample((x,), valid_x, unit), make_sample((y,), valid_y, unit))
    interval = interval_of(Comparison(statistic, *samples), key, level, method, unit, reps)
    if statistic is not probability_of_improvement:
        return interval
    return replace(interval, low=jnp.clip(interval.low, 0, 1), high=jnp.clip(interval.high, 0, 1))


@explained
@computed_in_single(narrow=False)
def aggregate_intervals(
    key: PRNGKeyArray,
    scores: Num[ArrayLike, "run ..."],
    *,
    reps: int = 50_000,
    level: ArrayLike = 0.95,
    method: Method = "scaled",
    unit: Unit = "cell",
    valid: CellMask | None = None,
) -> dict[str, Interval]:
    """Bootstrap intervals of the four aggregates of rliable: median of task means, IQM, mean, optimality gap at 1.

    Shapes: scores [run, task] (or [run], one task) → "median", "iqm", "mean", "optimality_gap" → Interval. The unit is
    the cell, as in rliable; `unit="run"` if the runs of different tasks share a seed. Methods, NaN rules, deviations
    of rliable: see `bootstrap_interval`. One run, or far more runs than tasks (a likely transpose), warns.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.aggregate_intervals(jax.random.key(0), scores, reps=100)["iqm"].estimate), 3)
    1.25
    """
    _warn_about_shape(jnp.shape(scores))
    four = bootstrap_interval(
        key, four_aggregates, scores, unit=unit, method=method, level=level, reps=reps, valid=valid
    )
    return {
        name: replace(components(four, k), estimator=NAMES[statistic])
        for k, (name, statistic) in enumerate(FOUR_AGGREGATES.items())
    }


def _near_zero(samples: list[Sample], statistic: Statistic) -> list[Sample]:
    """The samples about a common origin, if differences of the statistic are the same there."""
    if not moves_with_scores(statistic):
        return samples
    by_column = isinstance(statistic, pointwise) or statistic is means_by_task
    return about_common_origin(samples, 1 if by_column else 2)


def _warn_about_shape(shape: tuple[int, ...]) -> None:
    if not 1 <= len(shape) <= 2:
        raise ValueError(f"`scores` must be [run] or [run, task], got shape {shape}")
    runs, tasks = shape if len(shape) == 2 else (*shape, 1)
    if runs == 1:
        warnings.warn("`scores` has one run: the intervals are undefined", stacklevel=4)
    elif tasks > 1 and runs >= LIKELY_TRANSPOSE * tasks:
        warnings.warn(f"`scores` has {runs} runs and {tasks} tasks: is it [run, task]?", stacklevel=4)


def components(interval: Interval, part: int | slice) -> Interval:
    """One component of the Interval of a vector, or a slice of them; fields that all components share stay."""
    vector = interval.estimate.shape
    return jax.tree.map(lambda leaf: leaf[part] if leaf.shape == vector else leaf, interval)


def default_method(statistic: Statistic) -> Method:
    """Hall's interval for a mean: at skewed scores it holds what a bootstrap-t holds, and needs no replicates."""
    inner = statistic.statistic if isinstance(statistic, pointwise) else statistic
    return "hall" if inner is mean else "scaled"


def _check(method: Method, level: ArrayLike, reps: int) -> None:
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {', '.join(METHODS)}; got {method!r}")
    if reps < 1:
        raise ValueError(f"`reps` must be at least 1, got {reps}")
    _levels.check(level)


def _both(a: Bool[ArrayLike, "..."] | None, b: Bool[ArrayLike, "..."] | None) -> Bool[Array, "..."] | None:
    """The pairs of which both sides exist."""
    masks = [jnp.asarray(mask) for mask in (a, b) if mask is not None]
    return functools.reduce(jnp.logical_and, masks) if masks else None
