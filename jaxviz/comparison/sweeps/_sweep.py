"""`analyze_sweep`: sensitivity to hyper-parameters, their importance, and what a budget of trials reaches."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from ... import _levels
from ..._explained import explained
from ..._run import BaseStudy
from ..._types import Array, ArrayLike, Bool, Float, PRNGKeyArray
from ..._whole import whole
from ...host import to_host
from ...stats import Interval
from ...stats.resampling._algorithms import Replicated, replicated
from ...stats.resampling._differences import spread_of
from ...stats.resampling._sweeps import best_of, grouped, main_effects
from ...study import StudyAnalysis
from ...study.checks._case import many
from .._scales import Normalize, scale_of, scaled
from .._tables import Table, table_of
from .._turn import turned
from .._words import without_scores
from .._worst import worst_if_diverged
from ._groups import are_crossed, groups_of
from ._results import Sweep

_SPLITS = 500


@explained
def analyze_sweep(
    study: BaseStudy | StudyAnalysis,
    key: PRNGKeyArray,
    *,
    score: str = "final",
    minimize: bool | None = None,
    normalize: Normalize = None,
    level: ArrayLike = 0.95,
    reps: int = 2000,
) -> Sweep:
    """What hyper-parameters do to the mean score of one algorithm, and what a budget of trials reaches.

        sweep = jv.analyze_sweep(study.select(algorithm="PPO"), jax.random.key(0))
        print(jv.describe(sweep))

    `study`: a Study of one algorithm whose cells differ in hyper-parameters, a grid or a random search, or its
    analysis; as for `compare`, of which `score`, `minimize`, `normalize`, `level` and `reps` are too. Only tasks that
    all configurations have count.

    Mean scores of configurations, and of all with one value of a hyper-parameter (sensitivity), have scaled bootstrap
    intervals over runs, one each: they are not adjusted for how many there are. Importance is the share of the
    variance between configurations that a hyper-parameter explains alone, without what the noise of the runs adds
    (`docs/statistics.md`, 6.8). The expected best of k configurations is that of runs that did not choose it.
    ValueError for several algorithms, for one configuration, or for one run each.

    >>> cells = {
    ...     jv.Cell("PPO", "CartPole-v1", {"lr": lr}): jv.from_arrays(lr * np.arange(18.0).reshape(3, 6))
    ...     for lr in (1.0, 3.0)
    ... }
    >>> sweep = jv.analyze_sweep(jv.Study(cells), jax.random.key(0), reps=100)
    >>> print(jv.describe(sweep).splitlines()[2])
        lr=3.0: 25.5 [-22.9, 73.9]
    >>> print(jv.describe(sweep).splitlines()[4])
      lr explains 100% [0%, 100%] of the differences between configurations:
    """
    _levels.check_one(level)
    reps = whole(reps, "reps", least=100)
    table = table_of(study, score, minimize)
    tasks = _common_tasks(table)
    scale = scale_of(table, normalize)
    lower = table.minimize and scale.name == "raw"
    sign = -1 if lower else 1
    x = worst_if_diverged(sign * scaled(table.raw, scale), table.valid, table.diverged)[:, :, tasks]
    valid, groups, keys = table.valid[:, :, tasks], groups_of(table.configurations), jax.random.split(key)
    members = [jnp.asarray(one.members, x.dtype) for one in groups]
    crossed = are_crossed(groups, len(table.algorithms))
    asked = _Asked(_levels.level(level, x.dtype), reps, lower)
    all_tasks = jnp.ones(len(tasks), bool)
    found = replicated(keys[0], x, valid, all_tasks, population="these tasks", reps=reps, names=("mean",))
    best = best_of(keys[1], x, valid, reps=_SPLITS)
    return Sweep(
        mean=_means(found, valid, asked),
        runs=jnp.sum(table.valid, axis=1, dtype=jnp.int32),
        sensitivity=tuple(_means(grouped(found, one), valid, asked) for one in members),
        importance=_importance(found, valid, asked, members, crossed),
        expected_best=sign * best.honest,
        naive_best=sign * best.naive,
        algorithm=table.bases[0],
        configurations=tuple(name.removeprefix(table.bases[0]).strip() for name in table.algorithms),
        parameters=tuple(one.parameter for one in groups),
        values=tuple(one.values for one in groups),
        task_names=table.tasks,
        score=table.score,
        metric=table.metric,
        minimize=lower,
        scale=scale,
        crossed=crossed,
        remarks=_remarks(table, len(tasks), crossed),
    )


class _Asked(NamedTuple):
    """What all intervals have in common."""

    level: Float[Array, ""]
    reps: int
    lower: bool
    """Whether the sign of the scores was changed."""


def _common_tasks(table: Table) -> Any:
    """Places of the tasks that all configurations have. ValueError if there is nothing to tell of them."""
    if not table.bases:
        raise TypeError("`study` must be a Study with hyper-parameters, or its analysis; got scores by name")
    names = sorted(set(table.bases))
    if len(names) > 1:
        raise ValueError(
            f"`study` must be of one algorithm, got {', '.join(names[:5])}: study.select(algorithm={names[0]!r})"
        )
    if len(table.algorithms) < 2:
        raise ValueError("`study` must have several configurations, got one: its cells must differ in hyper-parameters")
    counts = to_host(jnp.sum(table.valid, axis=1, dtype=jnp.int32))
    tasks = (counts > 0).all(axis=0).nonzero()[0]
    common = counts[:, tasks]
    if not common.size:
        raise ValueError("`study`: no task has runs of all configurations: select those that have one in common")
    if common.min() < 2:
        place = common.min(axis=1).argmin()
        raise ValueError(
            f"`study` must have two runs of each configuration, got one of {table.algorithms[place]}: nothing says how "
            "much of a difference is luck"
        )
    return tasks


def _interval(
    columns: Sequence[Array],
    valid: Bool[Array, "configuration run task"],
    asked: _Asked,
    method: Literal["scaled", "percentile"],
    what: str,
) -> Interval:
    """Of estimate, low and high [component]."""
    estimate, low, high = columns
    runs, none = jnp.max(jnp.sum(valid, axis=1, dtype=jnp.int32)), jnp.zeros((), jnp.int32)
    tasks = jnp.asarray(valid.shape[2], jnp.int32)
    return Interval(estimate, low, high, runs, tasks, asked.level, none, method, "cell", asked.reps, what)


def _means(found: Replicated, valid: Bool[Array, "configuration run task"], asked: _Asked) -> Interval:
    """Of configurations, or of groups of them."""
    spread = spread_of(found, 0)
    bounds = spread.bounds(jnp.broadcast_to(asked.level, spread.estimate.shape))
    interval = _interval((spread.estimate, *bounds), valid, asked, "scaled", "mean")
    return turned(interval) if asked.lower else interval


def _importance(
    found: Replicated,
    valid: Bool[Array, "configuration run task"],
    asked: _Asked,
    members: Sequence[Float[Array, "group configuration"]],
    crossed: bool,
) -> Interval:
    ends = [main_effects(found, one, asked.level, crossed) for one in members]
    columns = [jnp.stack(column) for column in zip(*ends, strict=True)] or [jnp.zeros(0, asked.level.dtype)] * 3
    return _interval(columns, valid, asked, "percentile", "share of the variance between configurations")


def _remarks(table: Table, tasks: int, crossed: bool) -> tuple[str, ...]:
    found = list[str]()
    if tasks < len(table.tasks):
        found.append(f"{many(len(table.tasks) - tasks, 'task')} that some configuration lacks left out")
    if not crossed:
        found.append("not every combination of the values was run: shares of hyper-parameters are adjusted for chance")
    return (*found, *without_scores(table))
