"""`aggregate`: an Analysis reduced over its runs, with intervals, and `Aggregate`, its result."""

import itertools
import math
from functools import partial
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from . import _curve_tables, _groups, _masked, _policy_groups, _results, _trend_groups
from ._analysis import Analysis
from ._types import Array, ArrayLike, Float, Int, PRNGKeyArray, PyTree
from .stats._engine._distributions import level_z
from .stats._engine._intervals import Interval
from .stats.across_runs import _over_runs, _scores, _survival
from .stats.resampling import _bootstrap
from .stats.resampling._bootstrap import Method

Statistic = Literal["iqm", "mean", "median"]


def _median(scores: ArrayLike, *, valid: Array) -> Float[Array, " point"]:
    """Median over runs of [run, 1, point]."""
    return _over_runs.quantile_band(jnp.asarray(scores)[:, 0], (0.5,), valid=valid[:, 0])[0]


_STATISTICS = {"iqm": _scores.iqm, "mean": _scores.mean, "median": _median}


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
    mean_length: Float[Array, "quantile point"] | None
    count: Int[Array, " point"]
    """Runs that have a finite mean there; the others have ended or diverged, and are not in the quantiles."""


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
    episodes: _results.EpisodeStatistics | None
    performance: _results.Performance | None
    stability: _results.Stability | None
    drawdown: _results.Drawdown | None
    reliability: _results.Reliability | None
    trend: _trend_groups.Trend | None
    """Changes over runs, and the shares of runs that were flat, rising, falling or undecided."""
    entropy: _results.PolicyEntropy | _results.GaussianEntropy | None
    """`action_marginal`, `mean_action` and `mean_std` are means over runs, [action] or [dimension]."""
    policies: _results.PolicyCourse | None
    """`entropy` and `perplexity` are each a `CurveAggregate`, the others means over runs."""
    diagnostics: _trend_groups.Diagnostics | None
    """Final levels over runs, and the share of runs whose entropy collapsed."""
    crossing: CrossingAggregate | None
    extra: dict[str, PyTree] | None
    target: Float[Array, ""] | None
    runs: Int[Array, ""]
    """Number of runs N."""
    diverged: Int[Array, ""]
    """Number of runs with values that are not finite."""
    unfinished: Int[Array, ""]
    """Number of runs whose curve has no value at all: no episode finished in them."""
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
    method: Method = "percentile",
    reps: int = 2000,
    points: int = 256,
    most_updates: int | None = None,
) -> Aggregate:
    """An Analysis reduced over its runs: the last batch axis, each earlier one kept.

    Every number per run becomes an `Interval`: the `statistic` over runs with a run-level bootstrap interval (whole
    runs are drawn, so curves and what was computed from them stay together); flags become the share of runs with a
    Wilson score interval; crossings become restricted means with censoring. Learning curves are aggregated at each
    step, or at `most_updates` evenly spaced ones; curves by episode are brought to a common grid of `points` steps
    first. One run gives estimates with NaN
    bounds. A run that diverged, or in which no episode finished, makes what reads it NaN: `diverged` and `unfinished`
    count them.

    `key`: the only randomness; the same key gives the same bits. `level`: nominal coverage. `reps`: replicates.
    `method`: see `stats.bootstrap_interval`.
    """
    if statistic not in _STATISTICS:
        raise ValueError(f"`statistic` must be one of {', '.join(_STATISTICS)}; got {statistic!r}")
    if math.prod(analysis.batch_shape) == 0:
        raise ValueError(f"`analysis` has no run: its batch axes are {analysis.batch_shape}")
    if points < 2:
        raise ValueError(f"`points` must be at least 2, got {points}")
    if most_updates is not None and most_updates < 2:
        raise ValueError(f"`most_updates` must be at least 2, got {most_updates}")
    level = jnp.asarray(level, jnp.result_type(float))
    return _aggregate(analysis, key, level, statistic, method, reps, _curve_tables.Points(points, most_updates))


@partial(jax.jit, static_argnums=(3, 4, 5, 6))
def _aggregate(
    analysis: Analysis,
    key: PRNGKeyArray,
    level: Array,
    statistic: str,
    method: Method,
    reps: int,
    points: _curve_tables.Points,
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
    method: Method
    reps: int
    points: _curve_tables.Points


def _aggregate_one(analysis: Analysis, key: PRNGKeyArray, target: Array | None, settings: _Settings) -> Aggregate:
    curve = analysis.curve
    curves = _curve_tables.all_curves(analysis, settings.points)
    groups = {name: eqx.filter(part, _is_per_run) for name, part in _per_run_groups(analysis).items()}
    keys = jax.random.split(key)
    intervals = _intervals([*(c[2:] for c in curves.values()), _scalar_table(groups)], keys[0], settings)
    summaries = {name: _summarize(table, i) for (name, table), i in zip(curves.items(), intervals, strict=False)}
    if curve.estimand == "pooled":
        pooled = _pooled_interval(curve, curves["curve"].index, keys[1], settings)
        summaries["curve"] = eqx.tree_at(lambda c: c.interval, summaries["curve"], pooled)
    reduced = _reduce_scalars(groups, intervals[-1], settings.level)
    reduced["entropy"] = _policy_groups.over_runs(analysis.entropy, reduced["entropy"])
    return Aggregate(
        curve=summaries["curve"],
        losses=_below("losses", summaries) or None,
        policies=_policy_groups.course_over_runs(analysis.policies, _below("policies", summaries)),
        windows=_reduce_windows(analysis, settings.points.episodes),
        evaluation=summaries.get("evaluation"),
        crossing=_reduce_crossing(analysis.convergence, settings.level),
        target=target,
        runs=jnp.asarray(analysis.batch_shape[0], jnp.int32),
        diverged=jnp.sum(analysis.diverged.returns, dtype=jnp.int32),
        unfinished=jnp.sum(~jnp.any(curve.valid, axis=-1), dtype=jnp.int32),
        statistic=settings.statistic,
        estimand=curve.estimand,
        source=curve.source,
        window=analysis.window,
        **reduced,
    )


def _below(part: str, summaries: dict[str, CurveAggregate]) -> dict[str, CurveAggregate]:
    """The curves of one part of the Analysis, under their names in it."""
    return {name.removeprefix(f"{part}/"): c for name, c in summaries.items() if name.startswith(f"{part}/")}


PER_RUN = (
    "episodes", "performance", "stability", "drawdown", "reliability", "trend", "entropy", "diagnostics", "extra"
)  # fmt: skip
"""The groups of an Analysis with numbers of single runs, which become intervals."""


def _per_run_groups(analysis: Analysis) -> dict[str, PyTree]:
    """The groups whose numbers can be averaged over runs: without p-values, bounds and censored steps."""
    groups = {name: getattr(analysis, name) for name in PER_RUN}
    if analysis.drawdown is not None:
        groups["drawdown"] = _groups.drawdown_over_runs(analysis.drawdown)
    if analysis.trend is not None:
        groups["trend"] = _trend_groups.over_runs(analysis.trend)
    if analysis.diagnostics is not None:
        groups["diagnostics"] = _trend_groups.collapsed(analysis.diagnostics)
    return groups


def _is_per_run(leaf: Any) -> bool:
    """One number per run: an array whose only axis is the run axis."""
    return getattr(leaf, "ndim", None) == 1


def _is_none(x: Any) -> bool:
    return x is None


def _is_number(leaf: Any) -> bool:
    return leaf.dtype != bool


def _scalar_table(groups: PyTree) -> tuple[Array, Array]:
    """Every per-run number as a column [run, number], all of them valid."""
    columns = [_masked.as_float(leaf) for leaf in jax.tree.leaves(groups) if _is_number(leaf)]
    runs = jax.tree.leaves(groups)[0].shape[0] if columns else 0
    table = jnp.stack(columns, axis=-1) if columns else jnp.zeros((runs, 0))
    return table, jnp.ones(table.shape, bool)


def _reduce_scalars(groups: PyTree, interval: Interval, level: Array) -> PyTree:
    """The groups with an Interval in the place of every per-run number or flag."""
    leaves, structure = jax.tree.flatten(groups)
    numbers = iter(_slice(interval, k, k + 1, squeeze=True) for k in range(interval.estimate.shape[0]))
    return jax.tree.unflatten(
        structure,
        [next(numbers) if _is_number(leaf) else _over_runs.fraction_of_runs(leaf, level=level) for leaf in leaves],
    )


def _intervals(tables: list[tuple[Array, Array]], key: PRNGKeyArray, settings: _Settings) -> list[Interval]:
    """One interval per table [run, point], all from the same draws of runs: one bootstrap, compiled once."""
    tables = [table for table in tables if table[0].shape[1]] or tables[:1]
    values, valid = (jnp.concatenate(parts, axis=1) for parts in zip(*tables, strict=True))
    whole = _bootstrap.bootstrap_interval(
        key,
        _STATISTICS[settings.statistic],
        values[:, None],
        unit="run",
        method=settings.method,
        level=settings.level,
        reps=settings.reps,
        valid=valid[:, None],
    )
    ends = list(itertools.accumulate(table[0].shape[1] for table in tables))
    return [_slice(whole, start, end) for start, end in zip([0, *ends], ends, strict=False)]


def _slice(interval: Interval, start: int, end: int, *, squeeze: bool = False) -> Interval:
    """Some components of an Interval of a vector."""
    size = interval.estimate.shape
    part = start if squeeze else slice(start, end)
    return jax.tree.map(lambda leaf: leaf[part] if leaf.shape == size else leaf, interval)


def _pooled(total: Array, count: Array, *, valid: Array) -> Float[Array, " point"]:
    """Σ total / Σ count over the valid runs: every episode counts once."""
    valid = valid.reshape(total.shape)
    return _masked.ratio(jnp.sum(_masked.blank(total, valid), axis=0), jnp.sum(_masked.blank(count, valid), axis=0))


def _summarize(table: _curve_tables.CurveTable, interval: Interval) -> CurveAggregate:
    """Interval and spread of curves that share their points."""
    values, valid = table.values, table.valid
    return CurveAggregate(
        step=table.step,
        index=table.index,
        interval=interval,
        mean=_over_runs.mean_over_runs(values, valid=valid),
        std=_over_runs.std_over_runs(values, valid=valid),
        quantiles=_over_runs.quantile_band(values, valid=valid),
        count=_over_runs.count_over_runs(valid),
    )


def _pooled_interval(curve: _results.Curve, index: Array, key: PRNGKeyArray, settings: _Settings) -> Interval:
    """The pooled return at `index` with a run-level interval: every episode of the drawn runs counts once."""
    value, valid = curve.value[:, index], curve.valid[:, index]
    weight = curve.count[:, index].astype(value.dtype)
    return _bootstrap.bootstrap_interval(
        key,
        _pooled,
        _masked.blank(value, valid) * weight,
        weight,
        unit="run",
        method=settings.method,
        level=settings.level,
        reps=settings.reps,
        valid=valid,
    )


def _reduce_windows(analysis: Analysis, points: int) -> dict[str, WindowQuantiles] | None:
    """Quantiles over runs of each trailing statistic; a run counts where it still has episodes."""
    if analysis.windows is None:
        return None
    return {name: _window_quantiles(window, points) for name, window in analysis.windows.items()}


def _window_quantiles(window: _results.WindowStatistics, points: int) -> WindowQuantiles:
    index = _curve_tables.spread(window.mean.shape[-1], points)

    def reduce(series: Array) -> Array:
        thinned = series[:, index]
        return _over_runs.quantile_band(thinned, valid=jnp.isfinite(thinned))

    above = window.fraction_above
    return WindowQuantiles(
        index=index,
        mean=reduce(window.mean),
        std=reduce(window.std),
        cv=reduce(window.cv),
        fraction_above=None if above is None else reduce(above),
        mean_length=None if window.mean_length is None else reduce(window.mean_length),
        count=jnp.sum(jnp.isfinite(window.mean[:, index]), axis=0, dtype=jnp.int32),
    )


def _reduce_crossing(convergence: _results.Convergence | None, level: Array) -> CrossingAggregate | None:
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
