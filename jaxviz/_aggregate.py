"""`aggregate`: an Analysis reduced over its runs, with intervals, and `Aggregate`, its result."""

import math
from functools import partial
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from . import _groups, _masked
from ._analysis import Analysis
from ._types import Array, ArrayLike, Bool, Float, Int, PRNGKeyArray, PyTree
from .stats import _across_runs, _over_runs, _resampling, _survival
from .stats._distributions import level_z
from .stats._intervals import Interval

Statistic = Literal["iqm", "mean", "median"]


def _median(scores: ArrayLike, *, valid: Array) -> Float[Array, " point"]:
    """Median over runs of [run, 1, point]."""
    return _over_runs.quantile_band(jnp.asarray(scores)[:, 0], (0.5,), valid=valid[:, 0])[0]


_STATISTICS = {"iqm": _across_runs.iqm, "mean": _across_runs.mean, "median": _median}


class CurveAggregate(eqx.Module):
    """A curve over runs: at each point the estimate with its interval, the spread, and how many runs are behind it."""

    step: Int[Array, " point"] | None
    """Environment steps; None: only the order is known."""
    index: Int[Array, " point"]
    """Position of each point in the curves it was made from, from 0."""
    interval: Interval
    """Estimate, low and high [point]."""
    mean: Float[Array, " point"]
    std: Float[Array, " point"]
    """Over runs, ddof 1."""
    quantiles: Float[Array, "quantile point"]
    """At `QUANTILE_LEVELS`, over runs."""
    count: Int[Array, " point"]
    """Runs with a value at the point."""


class WindowQuantiles(eqx.Module):
    """Trailing statistics of the episode returns over runs, at evenly spaced episodes; levels `QUANTILE_LEVELS`."""

    index: Int[Array, " point"]
    """Index of the episode, from 0."""
    mean: Float[Array, "quantile point"]
    std: Float[Array, "quantile point"]
    cv: Float[Array, "quantile point"]
    fraction_above: Float[Array, "quantile point"] | None


class CrossingAggregate(eqx.Module):
    """When the runs met the target; runs that never did are censored, not dropped."""

    fraction_reached: Interval
    """Share of runs that did, Wilson score interval."""
    restricted_mean: Interval
    """Mean steps to the target within the common budget; runs that never get there count the budget, ↓."""
    median: Float[Array, ""]
    """Kaplan-Meier median; NaN where fewer than half got there."""


class Aggregate(eqx.Module):
    """An Analysis over its runs: in each group an `Interval` stands where the Analysis has one number per run."""

    curve: CurveAggregate
    losses: dict[str, CurveAggregate] | None
    evaluation: CurveAggregate | None
    windows: dict[str, WindowQuantiles] | None
    episodes: _groups.EpisodeStatistics | None
    performance: _groups.Performance | None
    stability: _groups.Stability | None
    entropy: _groups.PolicyEntropy | None
    crossing: CrossingAggregate | None
    extra: dict[str, PyTree] | None
    target: Float[Array, ""] | None
    runs: Int[Array, ""]
    """Number of runs N."""
    diverged: Int[Array, ""]
    """Number of runs with values that are not finite."""
    statistic: str = eqx.field(static=True)
    """"iqm", "mean" or "median": what the estimates are."""
    estimand: str = eqx.field(static=True)
    source: str = eqx.field(static=True)
    window: int = eqx.field(static=True)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the axes that are left: configurations; () for one."""
        return tuple(self.runs.shape)

    def __getitem__(self, index: Any) -> "Aggregate":
        """The aggregate of some configurations."""
        return jax.tree.map(lambda leaf: leaf[index], self)


def aggregate(
    analysis: Analysis,
    key: PRNGKeyArray,
    *,
    statistic: Statistic = "iqm",
    level: ArrayLike = 0.95,
    method: str = "percentile",
    reps: int = 2000,
    points: int = 256,
) -> Aggregate:
    """An Analysis reduced over its runs: the last batch axis, each earlier one kept.

    Every number per run becomes an `Interval`: the `statistic` over runs with a run-level bootstrap interval (whole
    runs are drawn, so curves and what was computed from them stay together); flags become the share of runs with a
    Wilson score interval; crossings become restricted means with censoring. Learning curves are aggregated at each
    step; curves by episode are brought to a common grid of `points` steps first. One run gives estimates with NaN
    bounds. A run that diverged makes what reads it NaN and is counted in `diverged`.

    `key`: the only randomness; the same key gives the same bits. `level`: nominal coverage. `reps`: replicates.
    `method`: see `stats.bootstrap_interval`.
    """
    if statistic not in _STATISTICS:
        raise ValueError(f"`statistic` must be one of {', '.join(_STATISTICS)}; got {statistic!r}")
    if points < 2:
        raise ValueError(f"`points` must be at least 2, got {points}")
    return _aggregate(analysis, key, jnp.asarray(level, jnp.result_type(float)), statistic, method, reps, points)


@partial(jax.jit, static_argnums=(3, 4, 5, 6))
def _aggregate(
    analysis: Analysis, key: PRNGKeyArray, level: Array, statistic: str, method: str, reps: int, points: int
) -> Aggregate:
    target, analysis = analysis.target, eqx.tree_at(lambda a: a.target, analysis, None, is_leaf=_is_none)
    if analysis.batch_shape == ():
        analysis = jax.tree.map(lambda leaf: leaf[None], analysis)
    settings = _Settings(level, statistic, method, reps, points)

    def one(analysis: Analysis, key: PRNGKeyArray) -> Aggregate:
        return _aggregate_one(analysis, key, target, settings)

    shape = analysis.batch_shape[:-1]
    keys = key
    if shape:
        size = math.prod(shape)
        keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(size)).reshape(*shape, *jnp.shape(key))
    for _ in shape:
        one = jax.vmap(one)
    return one(analysis, keys)


class _Settings(NamedTuple):
    level: Array
    statistic: str
    method: str
    reps: int
    points: int


def _aggregate_one(analysis: Analysis, key: PRNGKeyArray, target: Array | None, settings: _Settings) -> Aggregate:
    keys = jax.random.split(key, 4)
    groups = {
        name: eqx.filter(getattr(analysis, name), _is_per_run)
        for name in ("episodes", "performance", "stability", "entropy", "extra")
    }
    reduced = _reduce_scalars(groups, keys[0], settings)
    curve = analysis.curve
    return Aggregate(
        curve=_reduce_curve(curve, keys[1], settings),
        losses=_reduce_losses(analysis, keys[2], settings),
        windows=_reduce_windows(analysis, settings.points),
        evaluation=_reduce_evaluation(analysis.evaluation, keys[3], settings),
        crossing=_reduce_crossing(analysis.convergence, settings.level),
        target=target,
        runs=jnp.asarray(analysis.batch_shape[0], jnp.int32),
        diverged=jnp.sum(analysis.diverged.returns, dtype=jnp.int32),
        statistic=settings.statistic,
        estimand=curve.estimand,
        source=curve.source,
        window=analysis.window,
        **reduced,
    )


def _is_per_run(leaf: Any) -> bool:
    """One number per run: an array whose only axis is the run axis."""
    return getattr(leaf, "ndim", None) == 1


def _is_none(x: Any) -> bool:
    return x is None


def _reduce_scalars(groups: PyTree, key: PRNGKeyArray, settings: _Settings) -> PyTree:
    """Every per-run number as an Interval, all of them from the same draws of runs."""
    leaves, structure = jax.tree.flatten(groups)
    numbers = [leaf for leaf in leaves if leaf.dtype != bool]
    intervals = []
    if numbers:
        table = jnp.stack([_masked.as_float(leaf) for leaf in numbers], axis=-1)
        whole = _interval_over_runs(key, table, jnp.ones(table.shape, bool), settings)
        intervals = [_component(whole, k) for k in range(len(numbers))]
    remaining = iter(intervals)
    reduced = [
        _survival.fraction_reached(leaf, level=settings.level) if leaf.dtype == bool else next(remaining)
        for leaf in leaves
    ]
    return jax.tree.unflatten(structure, reduced)


def _component(interval: Interval, k: int) -> Interval:
    """One component of an Interval of a vector."""
    size = interval.estimate.shape
    return jax.tree.map(lambda leaf: leaf[k] if leaf.shape == size else leaf, interval)


def _interval_over_runs(
    key: PRNGKeyArray, curves: Float[Array, "run point"], valid: Bool[Array, "run point"], settings: _Settings
) -> Interval:
    """The statistic over runs at each point, with a run-level bootstrap interval."""
    return _resampling.bootstrap_interval(
        key,
        _STATISTICS[settings.statistic],
        curves[:, None],
        unit="run",
        method=settings.method,
        level=settings.level,
        reps=settings.reps,
        valid=valid[:, None],
    )


def _pooled(total: Array, count: Array, *, valid: Array) -> Float[Array, " point"]:
    """Σ total / Σ count over the valid runs: every episode counts once."""
    valid = valid.reshape(total.shape)
    return _masked.ratio(jnp.sum(_masked.blank(total, valid), axis=0), jnp.sum(_masked.blank(count, valid), axis=0))


def _reduce_curve(curve: _groups.Curve, key: PRNGKeyArray, settings: _Settings) -> CurveAggregate:
    if curve.source == "episodes":
        step, index, values, valid = _on_grid(curve, settings.points)
        return eqx.tree_at(lambda c: c.index, _summarize(step, values, valid, key, settings), index)
    reduced = _summarize(curve.step, curve.value, curve.valid, key, settings)
    if curve.estimand != "pooled":
        return reduced
    weight = curve.count.astype(curve.value.dtype)
    total = _masked.blank(curve.value, curve.valid) * weight
    pooled = _resampling.bootstrap_interval(
        key,
        _pooled,
        total,
        weight,
        unit="run",
        method=settings.method,
        level=settings.level,
        reps=settings.reps,
        valid=curve.valid,
    )
    return eqx.tree_at(lambda c: c.interval, reduced, pooled)


def _on_grid(curve: _groups.Curve, points: int) -> tuple[Array | None, Array, Array, Array]:
    """Curves by episode at common points: evenly spaced steps, or episode indices where steps are unknown."""
    size = curve.value.shape[-1]
    index = _spread(size, points)
    if curve.step is None or size == 0:
        return None, index, curve.value[:, index], curve.valid[:, index]
    last = jnp.max(_masked.blank(curve.step, curve.valid, -1))
    count = index.shape[0]
    grid = jnp.arange(1, count + 1, dtype=curve.step.dtype) * (last // count) + last % count
    values, valid = _over_runs.align(curve.value, curve.step, grid, valid=curve.valid, interpolation="previous")
    return grid, index, values, valid


def _spread(size: int, points: int) -> Int[Array, " point"]:
    """At most `points` evenly spaced indices of `size` entries, the first and the last among them."""
    return jnp.linspace(0, max(size - 1, 0), min(points, size)).astype(jnp.int32)


def _summarize(
    step: Array | None, values: Float[Array, "run point"], valid: Bool[Array, "run point"], key, settings: _Settings
) -> CurveAggregate:
    """Interval and spread of curves that share their points."""
    return CurveAggregate(
        step=step if step is None or step.ndim == 1 else step[0],
        index=jnp.arange(values.shape[1], dtype=jnp.int32),
        interval=_interval_over_runs(key, values, valid, settings),
        mean=_over_runs.mean_over_runs(values, valid=valid),
        std=_over_runs.std_over_runs(values, valid=valid),
        quantiles=_over_runs.quantile_band(values, valid=valid),
        count=_over_runs.count_over_runs(valid),
    )


def _reduce_windows(analysis: Analysis, points: int) -> dict[str, WindowQuantiles] | None:
    """Quantiles over runs of each trailing statistic; a run counts where it still has episodes."""
    if analysis.windows is None:
        return None
    return {name: _window_quantiles(window, points) for name, window in analysis.windows.items()}


def _window_quantiles(window: _groups.WindowStatistics, points: int) -> WindowQuantiles:
    index = _spread(window.mean.shape[-1], points)

    def reduce(series: Array | None) -> Array | None:
        if series is None:
            return None
        thinned = series[:, index]
        return _over_runs.quantile_band(thinned, valid=~jnp.isnan(thinned))

    return WindowQuantiles(
        index, reduce(window.mean), reduce(window.std), reduce(window.cv), reduce(window.fraction_above)
    )


def _reduce_crossing(convergence: _groups.Convergence | None, level: Array) -> CrossingAggregate | None:
    """Crossings with censoring, up to the budget every run had."""
    if convergence is None or convergence.crossing is None:
        return None
    time, reached = convergence.crossing.step, convergence.crossing.reached
    followed = convergence.last_step >= 0
    horizon = jnp.min(jnp.where(followed, convergence.last_step, jnp.iinfo(time.dtype).max))
    mean = _survival.restricted_mean(time, reached, horizon, valid=followed)
    fraction = _survival.fraction_reached(reached, level=level)
    half = level_z(level, mean.mean.dtype) * _masked.safe_sqrt(mean.variance)
    half = _masked.undefined_unless(jnp.sum(followed, dtype=jnp.int32) > 1, half)
    restricted = Interval(
        estimate=mean.mean,
        low=jnp.maximum(mean.mean - half, 0),
        high=jnp.minimum(mean.mean + half, horizon.astype(half.dtype)),
        n=fraction.n,
        n_tasks=fraction.n_tasks,
        level=fraction.level,
        left_out=fraction.left_out,
        method="normal",
        unit="none",
        reps=0,
    )
    return CrossingAggregate(fraction, restricted, _survival.median_crossing(time, reached, valid=followed))


def _reduce_losses(analysis: Analysis, key: PRNGKeyArray, settings: _Settings) -> dict[str, CurveAggregate] | None:
    losses = analysis.losses
    if losses is None:
        return None
    return {
        name: _summarize(losses.step, values, jnp.ones(values.shape, bool), jax.random.fold_in(key, i), settings)
        for i, (name, values) in enumerate(sorted(losses.values.items()))
    }


def _reduce_evaluation(
    evaluation: _groups.EvaluationStatistics | None, key: PRNGKeyArray, settings: _Settings
) -> CurveAggregate | None:
    if evaluation is None:
        return None
    return _summarize(evaluation.step, evaluation.mean, evaluation.count > 0, key, settings)
