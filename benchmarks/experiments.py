"""Experiments of algorithms on tasks, drawn from known populations and judged by what `jaxviz.compare` computes.

Many at a time; every method sees the same runs. Seeds are fixed, so the same call gives the same numbers.
"""

import math
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri

from jaxviz.comparison._pairs import _p_values, _share_of_alpha, _verdicts
from jaxviz.comparison._settings import Estimator, Population, Settings, too_few_to_permute
from jaxviz.comparison._task_differences import differences_by_task
from jaxviz.stats.across_runs import holm
from jaxviz.stats.resampling._algorithms import AGGREGATES, Replicated, replicated
from jaxviz.stats.resampling._differences import differences_of

T = TypeVar("T")
ESTIMATORS: tuple[Estimator, ...] = ("iqm", "mean")
PLACES = jnp.asarray([AGGREGATES.index(name) for name in ESTIMATORS])
CHUNK = 250
"""Experiments in a program."""
EXACT_UP_TO = 10_000
"""Relabellings that `compare` enumerates by default."""
TOGETHER = 2_000_000
"""Cells × replicates judged at a time."""
GRID = 1000
"""Quantiles that stand for a population."""


class Shape(NamedTuple):
    """Scores from uniform numbers: those of equal algorithms, those of a better one, and what every second is times."""

    equal: Callable[[jax.Array], jax.Array]
    better: Callable[[jax.Array], jax.Array]
    noisier: float = 1.0

    def draw(self, key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
        """Scores [experiment, algorithm, run, task] of equal algorithms."""
        return self.equal(uniform(key, shape)) * self.spread(shape[1])

    def spread(self, algorithms: int) -> jax.Array:
        """A factor for each algorithm."""
        return jnp.where(jnp.arange(algorithms) % 2 == 1, self.noisier, 1.0)[None, :, None, None]

    def grid(self, better: bool = False) -> jax.Array:
        """Equally likely scores."""
        return (self.better if better else self.equal)((jnp.arange(GRID, dtype=jnp.float32) + 0.5) / GRID)


def uniform(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    return jax.random.uniform(key, shape, minval=1e-6, maxval=1 - 1e-6)


def _camps(share: float, u: jax.Array) -> jax.Array:
    """Two camps, 4 apart, each with sd 0.5: a share of the runs is in the lower one."""
    low = u < share
    within = jnp.where(low, u / share, (u - share) / (1 - share))
    return jnp.where(low, 0.0, 4.0) + 0.5 * ndtri(jnp.clip(within, 1e-6, 1 - 1e-6))


SHAPES = {
    "normal": Shape(ndtri, lambda u: 1 + ndtri(u)),
    "sd 1, 3": Shape(ndtri, lambda u: 1 + ndtri(u), noisier=3.0),
    "log-normal": Shape(lambda u: jnp.exp(ndtri(u)), lambda u: jnp.exp(1 + ndtri(u))),
    "camps": Shape(partial(_camps, 0.5), partial(_camps, 0.1)),
    "0/1": Shape(lambda u: (u < 0.7).astype(u.dtype), lambda u: (u < 0.95).astype(u.dtype)),
}


class Cell(NamedTuple):
    """The size of an experiment."""

    algorithms: int
    runs: int
    tasks: int

    def pairs(self) -> jax.Array:
        """All of them."""
        return jnp.asarray(tuple(combinations(range(self.algorithms), 2)), jnp.int32)

    def settings(self, estimator: Estimator, population: Population, reps: int) -> Settings:
        """What `compare` would choose by default, with other replicates."""
        one = self.tasks == 1
        exact = self.runs if one and math.comb(2 * self.runs, self.runs) <= EXACT_UP_TO else None
        pairs = tuple(combinations(range(self.algorithms), 2))
        few = one and too_few_to_permute(self.runs, len(pairs), 0.05)
        return Settings(estimator, population, "holm", pairs, True, True, exact, few, reps, reps, 0.05)


class Judged(NamedTuple):
    """What is concluded of each pair [experiment, estimator, pair]."""

    verdict: jax.Array
    low: jax.Array
    high: jax.Array
    adjusted_low: jax.Array
    adjusted_high: jax.Array
    adjusted_p: jax.Array


def judged(x: jax.Array, margin: jax.Array, population: Population, reps: int, alpha: float = 0.05) -> Judged:
    """Verdicts of experiments [experiment, algorithm, run, task], each with its own margin; `alpha` over all pairs."""
    parts = [
        _verdicts_of(replicates(x[i : i + CHUNK], population, reps), _p(x[i : i + CHUNK], population, reps),
                     margin[i : i + CHUNK], jnp.asarray(alpha, x.dtype), population)
        for i in range(0, len(x), CHUNK)
    ]  # fmt: skip
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)


@partial(jax.jit, static_argnames=("population", "reps"))
def replicates(x: jax.Array, population: Population, reps: int) -> Replicated:
    there, tasks = jnp.ones(x.shape[1:], bool), jnp.ones(x.shape[3], bool)

    def one(work: tuple[jax.Array, jax.Array]) -> Replicated:
        return replicated(*work, there, tasks, population=population, reps=reps)

    return _over_experiments(one, x, reps)


@partial(jax.jit, static_argnames=("population", "reps"))
def _p(x: jax.Array, population: Population, reps: int) -> jax.Array:
    """[experiment, estimator, pair]"""
    cell, there = Cell(*x.shape[1:]), jnp.ones(x.shape[1:], bool)
    pairs = cell.pairs()

    def one(work: tuple[jax.Array, jax.Array]) -> jax.Array:
        key, x = work
        by_task = differences_by_task(x, there, pairs)
        p = [_p_values(key, x, there, by_task, pairs, cell.settings(name, population, reps)) for name in ESTIMATORS]
        return jnp.stack(p)

    return _over_experiments(one, x, reps)


def _over_experiments(one: Callable[[tuple[jax.Array, jax.Array]], T], x: jax.Array, reps: int) -> T:
    together = max(1, min(len(x), TOGETHER // (x[0].size * reps)))
    return jax.lax.map(one, (jax.random.split(jax.random.key(1), len(x)), x), batch_size=together)


@partial(jax.jit, static_argnames="population")
def _verdicts_of(
    found: Replicated, p: jax.Array, margin: jax.Array, alpha: jax.Array, population: Population
) -> Judged:
    """One program for experiments of any number of runs and tasks."""
    pairs = Cell(found.estimate.shape[1], 1, 1).pairs()
    level = jnp.asarray(0.95, p.dtype)

    def of_pairs(found: Replicated, p: jax.Array, margin: jax.Array) -> Judged:
        differences = differences_of(found, 0, pairs, population)
        own = 1 - alpha * _share_of_alpha(p, "holm", alpha)
        plain, adjusted, short = differences.bounds_at(
            jnp.stack([jnp.broadcast_to(level, own.shape), own, 2 * own - 1])
        )
        adjusted_p = holm(p)
        verdict = _verdicts(adjusted, adjusted_p <= alpha, short, margin)
        return Judged(verdict, plain[0], plain[1], adjusted[0], adjusted[1], adjusted_p)

    def one(work: tuple[Replicated, jax.Array, jax.Array]) -> Judged:
        found, p, margin = work

        def of_estimator(place: jax.Array, p: jax.Array) -> Judged:
            return of_pairs(only(found, place), p, margin)

        return jax.vmap(of_estimator)(PLACES, p)

    return jax.lax.map(one, (found, p, margin), batch_size=50)


def only(found: Replicated, place: jax.Array) -> Replicated:
    """The replicates of one aggregate."""
    return Replicated(found.estimate[:, place, None], found.values[:, place, None], found.freedom, found.ranks)


class Drawn(NamedTuple):
    """Experiments, and what is true of them."""

    x: jax.Array
    """[experiment, algorithm, run, task]"""
    scale: jax.Array
    """[experiment, task], log-normal with sd 0.7"""


def drawn(shape: Shape, cell: Cell, experiments: int, seed: int = 0) -> Drawn:
    """Equal algorithms on tasks of different scales."""
    keys = jax.random.split(jax.random.key(seed))
    scale = jnp.exp(0.7 * jax.random.normal(keys[0], (experiments, cell.tasks)))
    return Drawn(shape.draw(keys[1], (experiments, *cell)) * scale[:, None, None], scale)


def apart(found: Drawn, seed: int = 9) -> jax.Array:
    """The same, with algorithms that suit some tasks more than others, by one scale of the task."""
    x, scale = found
    suits = jax.random.normal(jax.random.key(seed), (*x.shape[:2], 1, x.shape[3]))
    return x + suits * scale[:, None, None]


def without_margin(x: jax.Array) -> jax.Array:
    """No difference is too small to matter."""
    return jnp.full(len(x), jnp.nan, x.dtype)
