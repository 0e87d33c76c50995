"""Each algorithm by itself: over all tasks, and on each."""

import jax
import jax.numpy as jnp

from .._soon_compiled import jit_lightly
from .._types import Array, Bool, Float, Int, PRNGKeyArray
from ..stats.resampling import Interval
from ..stats.resampling._algorithms import AGGREGATES, Replicated, replicated
from ..stats.resampling._differences import spread_of
from ._results import Aggregates, Tasks
from ._settings import ESTIMATORS, Population

TASK_REPS = 2000
"""Replicates of a single task, which no verdict is read off."""
_OF_TASKS = ("mean", "iqm")


@jit_lightly(static_argnames=("population", "reps"))
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
    number, none = jnp.sum(tasks, dtype=jnp.int32), jnp.zeros((), jnp.int32)

    def interval(name: str, estimate: Array, low: Array, high: Array) -> Interval:
        return Interval(estimate, low, high, runs, number, level, none, "scaled", unit, reps, ESTIMATORS[name])

    return Aggregates(**{name: interval(name, *ends) for name, ends in _ends(found, AGGREGATES, level).items()})


def _ends(
    found: Replicated, names: tuple[str, ...], level: Float[Array, ""]
) -> dict[str, tuple[Float[Array, " algorithm"], ...]]:
    """Estimate and bounds of each aggregate: in one loop, so that they are compiled once."""

    def one(place: Int[Array, ""]) -> tuple[Array, Array, Array]:
        spread = spread_of(found, place)
        return spread.estimate, *spread.bounds(jnp.broadcast_to(level, spread.estimate.shape))

    parts = jax.lax.map(one, jnp.arange(len(names), dtype=jnp.int32))
    return {name: tuple(part[i] for part in parts) for i, name in enumerate(names)}


@jit_lightly()
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
        return replicated(key, cell, there, task, population="these tasks", reps=TASK_REPS, names=_OF_TASKS)

    found = jax.vmap(one)(cells, there)
    found = jax.tree.map(lambda leaf: leaf[:, 0], found)

    def interval(name: str, *ends: Array) -> Interval:
        estimate, low, high = (part.reshape(runs.shape) for part in ends)
        one, none = jnp.ones((), jnp.int32), jnp.zeros((), jnp.int32)
        return Interval(estimate, low, high, runs, one, level, none, "scaled", "run", TASK_REPS, ESTIMATORS[name])

    mean, iqm = (interval(name, *ends) for name, ends in _ends(found, _OF_TASKS, level).items())
    return Tasks(mean, iqm, runs, lost)
