"""`aggregate`: an Analysis reduced over its runs, with intervals."""

import math
from dataclasses import replace
from functools import partial
from typing import TypedDict

import jax
import jax.numpy as jnp

from .. import _levels
from .._explained import explained
from .._types import Array, ArrayLike, Float, PRNGKeyArray, PyTree
from .._whole import whole
from ..analysis import Analysis
from ..analysis._windows import Windows
from ..host import copied_rows, is_traced, to_host
from ..stats.resampling._bootstrap import METHODS, Method, default_method
from . import (
    _crossing,
    _curves,
    _diagnostics,
    _drawdown,
    _episodes,
    _performance,
    _policies,
    _policy,
    _reliability,
    _stability,
    _trend,
    _windows,
)
from ._bootstrap import bootstrap
from ._columns import Columns
from ._common_steps import at_common_steps
from ._curve_tables import CurveTable, PerCurve, all_curves
from ._curves import CurveAggregate
from ._diagnostics import DiagnosticsAggregate
from ._drawdown import DrawdownAggregate
from ._episodes import EpisodeAggregate
from ._performance import PerformanceAggregate
from ._policy import GaussianEntropyAggregate, PolicyEntropyAggregate
from ._ranked import Ranking
from ._reliability import ReliabilityAggregate
from ._results import Aggregate
from ._settings import STATISTICS, Resolution, Settings, Statistic
from ._stability import StabilityAggregate
from ._trend import TrendAggregate
from ._windows import WindowQuantiles


@explained
def aggregate(
    analysis: Analysis,
    key: PRNGKeyArray,
    *,
    statistic: Statistic = "iqm",
    level: Float[ArrayLike, ""] = 0.95,
    method: Method | None = None,
    reps: int = 2000,
    points: int = 200,
    most_updates: int | None = None,
) -> Aggregate:
    """An Analysis reduced over its runs, which are the last batch axis; all earlier axes are kept.

    Every number per run becomes an `Interval`: the `statistic` over runs with a run-level bootstrap interval (whole
    runs are drawn, so a curve and the numbers computed from it stay together); flags become the share of runs with a
    Wilson score interval; crossings become restricted means with censoring. Learning curves are aggregated at each
    step, or at `most_updates` evenly spaced ones; curves of episodes at the centres of at most `points` equal
    intervals of the longest budget. One run gives estimates with NaN bounds.

    A run that diverged is the worst of all in IQM, median and quantiles (−∞, or +∞ if lower is better) and makes means
    undefined; a run that has no such number (no episode finished in it, or it is shorter than the window) is left out,
    and `n` of the Interval says how many are in: `diverged` and `unfinished` count such runs.

    `key`: the only randomness; the same key gives the same bits. `level`: nominal coverage. `reps`: replicates.
    `method`: see `stats.bootstrap_interval`; None is "scaled" for an IQM or a median and "hall" for a mean, which are
    made for few runs; "percentile" is what rliable reports. Ends are cut at the bounds of quantities that have some
    (drawdowns, variations and entropies are not negative, shares are within [0, 1]).

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> analysis = jv.analyze(run, groups=("performance",))
    >>> summary = jv.aggregate(analysis, jax.random.key(0))
    >>> summary.performance.final
    8 [-8, 25], n=3
    """
    if not isinstance(analysis, Analysis):
        raise TypeError(type(analysis).__name__)  # in words: see `explained`
    if statistic not in STATISTICS:
        raise ValueError(f"`statistic` must be one of {', '.join(STATISTICS)}; got {statistic!r}")
    if math.prod(analysis.batch_shape) == 0:
        raise ValueError(f"`analysis` has no run: its batch axes are {analysis.batch_shape}")
    _levels.check_one(level)
    points, reps = whole(points, "points", least=2), whole(reps, "reps")
    most_updates = None if most_updates is None else whole(most_updates, "most_updates", least=2)
    method = method or default_method(STATISTICS[statistic])
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {', '.join(METHODS)}; got {method!r}")
    analysis, level = at_common_steps(analysis), _levels.level(level, jnp.result_type(float))
    copies = _copies(analysis)
    nameless = replace(analysis, metric="")  # another name does not compile again
    found = _aggregate(nameless, key, level, statistic, method, reps, Resolution(points, most_updates))
    return replace(found, metric=analysis.metric, copies=found.copies if copies is None else copies)


def _copies(analysis: Analysis) -> Array | None:
    """How many runs of each configuration are copies, counted on the host: compiled, it took half a second."""
    curve = analysis.curve
    leaves = (curve.value, curve.valid)
    if is_traced(leaves) or not all(getattr(leaf, "is_fully_addressable", True) for leaf in leaves):
        return None
    runs = analysis.batch_shape[-1:]
    if runs in ((), (1,)):
        return jnp.zeros(analysis.batch_shape[:-1], jnp.int32)
    return jnp.asarray(copied_rows(*to_host(leaves)).sum(axis=-1), jnp.int32)


@partial(jax.jit, static_argnums=(3, 4, 5, 6))
def _aggregate(
    analysis: Analysis,
    key: PRNGKeyArray,
    level: Array,
    statistic: Statistic,
    method: Method,
    reps: int,
    resolution: Resolution,
) -> Aggregate:
    target, analysis = analysis.target, replace(analysis, target=None)  # it has no axis of runs
    if analysis.batch_shape == ():
        analysis = jax.tree.map(lambda leaf: leaf[None], analysis)
    settings = Settings(level, statistic, method, reps, resolution)

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


def _aggregate_one(
    analysis: Analysis, key: PRNGKeyArray, target: Float[Array, ""] | None, settings: Settings
) -> Aggregate:
    """One configuration: every field of the Analysis is [run, …]."""
    curve, ranking = analysis.curve, Ranking(analysis.diverged.returns, analysis.minimize, settings.statistic)
    columns = Columns(settings.level, ranking)
    tables, groups = all_curves(analysis, settings.resolution, ranking), _groups(analysis, columns)
    flat, structure = jax.tree.flatten(tables, is_leaf=lambda x: isinstance(x, CurveTable))
    keys = [*jax.random.split(key), jax.random.fold_in(key, 2)]
    parts = [*((table.ranked, table.valid) for table in flat), columns.table(analysis.batch_shape[0])]
    *intervals, numbers = bootstrap(parts, keys[0], settings)
    curves: PerCurve[CurveAggregate] = structure.unflatten(map(_curves.summarize, flat, intervals))
    learning_curve = curves.curve
    if curve.estimand == "pooled":
        pooled = _curves.pooled_interval(curve, learning_curve.index, keys[1], settings)
        learning_curve = replace(learning_curve, interval=pooled)
    return Aggregate(
        curve=learning_curve,
        losses=curves.losses or None,
        policies=analysis.policies and _policies.policies(analysis.policies, curves.policies),
        windows=_window_quantiles(analysis, settings.resolution.episodes, ranking),
        evaluation=curves.evaluation,
        crossing=_crossing.crossing(analysis.convergence, keys[2], settings.level, settings.reps),
        target=target,
        runs=jnp.asarray(analysis.batch_shape[0], jnp.int32),
        diverged=jnp.sum(analysis.diverged.returns, dtype=jnp.int32),
        copies=jnp.full((), -1, jnp.int32),
        scores=analysis.performance and analysis.performance.final,
        unfinished=jnp.sum(~jnp.any(curve.valid, axis=-1), dtype=jnp.int32),
        statistic=settings.statistic,
        estimand=curve.estimand,
        source=curve.source,
        window=jnp.stack([jnp.min(analysis.window), jnp.max(analysis.window)]),
        metric=analysis.metric,
        minimize=analysis.minimize,
        kind=analysis.kind,
        window_named=analysis.window_named,
        **columns.fill(groups, numbers),
    )


class _Groups(TypedDict):
    """The fields of an Aggregate that reduce numbers of single runs."""

    episodes: EpisodeAggregate | None
    performance: PerformanceAggregate | None
    stability: StabilityAggregate | None
    drawdown: DrawdownAggregate | None
    reliability: ReliabilityAggregate | None
    trend: TrendAggregate | None
    entropy: PolicyEntropyAggregate | GaussianEntropyAggregate | None
    diagnostics: DiagnosticsAggregate | None
    extra: dict[str, PyTree] | None


def _groups(analysis: Analysis, columns: Columns) -> _Groups:
    """Every group that the Analysis has, with columns in the places of its Intervals."""
    a = analysis
    return {
        "episodes": a.episodes and _episodes.episodes(a.episodes, columns),
        "performance": a.performance and _performance.performance(a.performance, columns),
        "stability": a.stability and _stability.stability(a.stability, columns),
        "drawdown": a.drawdown and _drawdown.drawdown(a.drawdown, columns),
        "reliability": a.reliability and _reliability.reliability(a.reliability, columns),
        "trend": a.trend and _trend.trend(a.trend, columns),
        "entropy": a.entropy and _policy.policy(a.entropy, columns),
        "diagnostics": a.diagnostics and _diagnostics.diagnostics(a.diagnostics, columns),
        "extra": jax.tree.map(columns.number_or_share, a.extra),
    }


def _window_quantiles(analysis: Analysis, points: int, ranking: Ranking) -> Windows[WindowQuantiles] | None:
    """Quantiles over runs of each window's statistics."""
    if analysis.windows is None:
        return None
    entries = analysis.entries
    return Windows({n: _windows.window_quantiles(w, entries, points, ranking) for n, w in analysis.windows.items()})
