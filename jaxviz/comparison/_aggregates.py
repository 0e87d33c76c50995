"""Each algorithm by itself: over all tasks, and on each."""

from functools import partial

import jax
import jax.numpy as jnp

from .._types import Array, Bool, Float, PRNGKeyArray
from ..stats.resampling import Interval
from ..stats.resampling._algorithms import AGGREGATES, Replicated, replicated
from ..stats.resampling._differences import spread_of
from ._results import Aggregates, Tasks
from ._settings import ESTIMATORS, Population

TASK_REPS = 2000
"""Replicates of a single task, which no verdict is read off."""


@partial(jax.jit, static_argnames=("population", "reps"))
def aggregates(
    found: Replicated,
    present: Bool[Array, "algorithm run task"],
    level: Float[Array, ""],
    population: Population,
    reps: int,
) -> Aggregates:
    """Every aggregate with its scaled bootstrap interval."""
    tasks = jnp.all(jnp.any(present, axis=1), axis=0)
    runs = jnp.max(jnp.sum(present & tasks[None, None], axis=1, dtype=jnp.int32), axis=1)
    unit = "cell" if population == "these tasks" else "task+run"

    def interval(place: int, name: str) -> Interval:
        spread = spread_of(found, place)
        low, high = spread.bounds(jnp.broadcast_to(level, spread.estimate.shape))
        number, none = jnp.sum(tasks, dtype=jnp.int32), jnp.zeros((), jnp.int32)
        return Interval(spread.estimate, low, high, runs, number, level, none, "scaled", unit, reps, ESTIMATORS[name])

    return Aggregates(**{name: interval(place, name) for place, name in enumerate(AGGREGATES)})


@jax.jit
def by_task(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    diverged: Bool[Array, "algorithm run task"],
    level: Float[Array, ""],
) -> Tasks:
    """The aggregates of each algorithm on each task by itself, and its runs."""
    runs, lost = (jnp.sum(flags, axis=1, dtype=jnp.int32) for flags in (present, present & diverged))
    cells = jnp.swapaxes(x, 1, 2).reshape(-1, 1, x.shape[1], 1)
    there = jnp.swapaxes(present, 1, 2).reshape(cells.shape)
    task = jnp.ones(1, bool)

    def one(cell: Array, there: Array) -> Replicated:
        return replicated(key, cell, there, task, population="these tasks", reps=TASK_REPS)

    found = jax.vmap(one)(cells, there)
    found = jax.tree.map(lambda leaf: leaf[:, 0], found)

    def interval(place: int, name: str) -> Interval:
        spread = spread_of(found, place)
        bounds = spread.bounds(jnp.broadcast_to(level, spread.estimate.shape))
        estimate, low, high = (part.reshape(runs.shape) for part in (spread.estimate, *bounds))
        one, none = jnp.ones((), jnp.int32), jnp.zeros((), jnp.int32)
        return Interval(estimate, low, high, runs, one, level, none, "scaled", "run", TASK_REPS, ESTIMATORS[name])

    return Tasks(interval(0, "mean"), interval(2, "iqm"), runs, lost)
