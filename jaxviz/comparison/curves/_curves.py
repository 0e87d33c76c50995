"""`compare_curves`: how algorithms learn, side by side."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp

from ... import _levels, stats
from ..._explained import explained
from ..._run import BaseStudy
from ..._types import Array, ArrayLike, Bool, Float, PRNGKeyArray, Shaped
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

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> study = jv.Study({"PPO": {"CartPole-v1": run}, "DQN": {"CartPole-v1": run}})
    >>> curves = jv.compare_curves(study, jax.random.key(0), points=5, reps=100)
    >>> np.asarray(curves.iqm.estimate).round(3)
    array([[ 6.111,  7.4  ,  8.667,  9.9  , 11.   ],
           [ 6.111,  7.4  ,  8.667,  9.9  , 11.   ]], dtype=float32)
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
    iqm = _each(keys[0], x, there, level, reps, _over_tasks)
    band = _each(keys[1], x, there, level, reps, _whole)
    cells, known = (_by_cell(part) for part in ((-1 if table.minimize else 1) * found.value, found.valid))
    by_task = _each(keys[2], cells, known, level, min(reps, TASK_REPS), _on_one_task)
    by_task = jax.tree.map(lambda part: part.reshape(*found.value.shape[::2], *part.shape[1:]), by_task)
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


def _by_cell(a: Shaped[Array, "algorithm run task point"]) -> Shaped[Array, "cell run point"]:
    """The runs of each algorithm on each task."""
    return jnp.moveaxis(a, 2, 1).reshape(-1, a.shape[1], a.shape[3])


def _over_tasks(key: PRNGKeyArray, x: Array, valid: Array, level: Array, reps: int) -> Interval:
    """All tasks together, point by point."""
    return stats.bootstrap_interval(key, stats.iqm, x, unit="run", level=level, reps=reps, valid=valid)


def _whole(key: PRNGKeyArray, x: Array, valid: Array, level: Array, reps: int) -> Interval:
    """All tasks together, all points at once."""
    return stats.simultaneous_band(key, x, stats.iqm, level=level, reps=reps, valid=valid)


def _on_one_task(key: PRNGKeyArray, x: Array, valid: Array, level: Array, reps: int) -> Interval:
    """One task, point by point."""
    return stats.bootstrap_interval(key, pointwise(stats.iqm), x, unit="run", level=level, reps=reps, valid=valid)


@partial(jax.jit, static_argnames=("reps", "interval"))
def _each(
    key: PRNGKeyArray,
    x: Float[Array, "part run *task point"],
    valid: Bool[Array, "part run *task point"],
    level: Array,
    reps: int,
    interval: Callable[[PRNGKeyArray, Array, Array, Array, int], Interval],
) -> Interval:
    """The interval of each algorithm, or of each on each task, one after the other."""
    return jax.lax.map(lambda part: interval(key, part[0], part[1], level, reps), (x, valid))
