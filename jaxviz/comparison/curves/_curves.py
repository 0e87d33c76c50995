"""`compare_curves`: how algorithms learn, side by side."""

from functools import partial

import jax
import jax.numpy as jnp

from ... import _levels, stats
from ..._explained import explained
from ..._run import BaseStudy
from ..._types import Array, ArrayLike, Bool, Float, PRNGKeyArray
from ..._whole import whole
from ...stats.resampling import Interval, pointwise
from ...study import StudyAnalysis
from .._scales import Normalize, scale_of
from .._settings import Scale
from .._tables import table_of
from .._turn import turned
from ._aligned import Aligned, aligned
from ._results import Curves

TASK_REPS = 500
"""Replicates of the curves of single tasks, which nothing is concluded from."""


@explained
def compare_curves(
    study: BaseStudy | StudyAnalysis,
    key: PRNGKeyArray,
    *,
    normalize: Normalize = None,
    minimize: bool | None = None,
    level: ArrayLike = 0.95,
    points: int = 100,
    reps: int = 2000,
) -> Curves:
    """The learning curves of algorithms over common tasks: the IQM of the normalised return, with bands, and per task.

        curves = jv.compare_curves(study, jax.random.key(0))
        curves.iqm.estimate                             # [algorithm, point]

    `study`: a Study, or its analysis. Each run is taken at `points` equal parts of its task's budget, on the line
    between its own entries, nowhere beyond them: the budget is what the algorithm with the fewest steps went in its
    longest run. From where a run diverged it is the worst of all. `normalize`, `minimize`: as in `compare`; returns are
    normalised by the same two numbers of a task as its final scores. `level`: of intervals and bands. `key`: the only
    randomness.

    In `iqm` and `by_task` each point has a scaled bootstrap interval, whole runs being resampled (`reps` times, at most
    500 on single tasks); joined, these hold a whole curve much less often than they say. `band` holds it at once
    (`stats.simultaneous_band`). Source: Agarwal et al. 2021 (sample efficiency).
    """
    _levels.check_one(level)
    points, reps = whole(points, "points", least=2), whole(reps, "reps", least=100)
    if isinstance(study, BaseStudy):
        from ...analysis import analyze

        study = analyze(study, groups=("performance",))
    if not isinstance(study, StudyAnalysis):
        raise TypeError(type(study).__name__)  # in words: see `explained`
    table = table_of(study, "final", minimize)
    scale = scale_of(table, normalize)
    found = aligned(study, table.algorithms, table.tasks, points, table.minimize)
    level = _levels.level(level, found.value.dtype)
    complete = jnp.any(table.valid, axis=1).all(axis=0)
    common = [place for place, there in enumerate(complete.tolist()) if there]
    if not common:
        raise ValueError("no task has runs of all algorithms: compare those that have one in common")
    lower = table.minimize and scale.name == "raw"
    sign = -1 if lower else 1
    keys = jax.random.split(key, 3)
    x = sign * _scaled(found, scale)[:, :, common]
    there = found.valid[:, :, common]
    iqm, band = _over_tasks(keys[0], x, there, level, reps), _bands(keys[1], x, there, level, reps)
    by_task = _by_task(keys[2], (-1 if table.minimize else 1) * found.value, found.valid, level, min(reps, TASK_REPS))
    return Curves(
        share=(jnp.arange(points, dtype=x.dtype) + 1) / points,
        budget=found.budget,
        iqm=turned(iqm) if lower else iqm,
        band=turned(band) if lower else band,
        by_task=turned(by_task) if table.minimize else by_task,
        runs=jnp.sum(found.valid, axis=1, dtype=jnp.int32),
        algorithms=table.algorithms,
        task_names=table.tasks,
        common=tuple(table.tasks[place] for place in common),
        metric=table.metric,
        minimize=table.minimize,
        scale=scale,
    )


def _scaled(found: Aligned, scale: Scale) -> Float[Array, "algorithm run task point"]:
    """On the scale of the scores; what is infinite is the worst there."""
    if scale.name == "raw":
        return found.value
    low, high = (jnp.asarray(ends, found.value.dtype)[None, None, :, None] for ends in (scale.low, scale.high))
    return (found.value - low) / (high - low)


@partial(jax.jit, static_argnames="reps")
def _over_tasks(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task point"],
    valid: Bool[Array, "algorithm run task point"],
    level: Array,
    reps: int,
) -> Interval:
    """Each algorithm over all tasks, point by point."""
    return jax.lax.map(
        lambda one: stats.bootstrap_interval(key, stats.iqm, one[0], unit="run", level=level, reps=reps, valid=one[1]),
        (x, valid),
    )


@partial(jax.jit, static_argnames="reps")
def _bands(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task point"],
    valid: Bool[Array, "algorithm run task point"],
    level: Array,
    reps: int,
) -> Interval:
    """Each algorithm over all tasks, all points at once."""
    return jax.lax.map(
        lambda one: stats.simultaneous_band(key, one[0], stats.iqm, level=level, reps=reps, valid=one[1]), (x, valid)
    )


@partial(jax.jit, static_argnames="reps")
def _by_task(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task point"],
    valid: Bool[Array, "algorithm run task point"],
    level: Array,
    reps: int,
) -> Interval:
    """Each algorithm on each task, point by point."""
    algorithms, runs, tasks, points = x.shape
    cells, there = (jnp.moveaxis(part, 2, 1).reshape(-1, runs, points) for part in (x, valid))
    found = jax.lax.map(
        lambda one: stats.bootstrap_interval(
            key, pointwise(stats.iqm), one[0], unit="run", level=level, reps=reps, valid=one[1]
        ),
        (cells, there),
    )
    return jax.tree.map(lambda part: part.reshape(algorithms, tasks, *part.shape[1:]), found)
