"""Replicates of the aggregates of several algorithms on common tasks, all drawn from one key.

Unlike a bootstrap of one sample, a task without runs is left out and not undefined, and all algorithms see the tasks
that were drawn.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._soon_compiled import jit_lightly
from ..._types import Array, Bool, Float, Int, PRNGKeyArray
from .._engine._draws import Words, count_ranks, draw_ranks, replicate_words
from .._engine._intervals import stretched
from ..one_run._order import median
from ._counts import kept_sum
from ._replicates import COUNTS_PER_CHUNK

Population = Literal["these tasks", "tasks like these"]
"""What is concluded about: only runs are drawn anew, or tasks too."""
AGGREGATES = ("mean", "median", "iqm", "optimality_gap")
"""The order of the aggregates."""


class Replicated(eqx.Module):
    """Aggregates of algorithms and their replicates, whose deviations are inflated by √(n/(n − 1))."""

    estimate: Float[Array, "algorithm aggregate"]
    values: Float[Array, "algorithm aggregate replicate"]
    freedom: Float[Array, " algorithm"]
    """ν: Σ (n − 1) over the tasks, or tasks − 1 if tasks are drawn."""
    ranks: Float[Array, "algorithm rank"]
    """Probability of each rank by the mean of a task, averaged over tasks; 1 = highest."""


class _Draws(eqx.Module):
    """How often each run was drawn at each position: at that of its own task, or where its task was drawn."""

    counts: Int[Array, "run position replicate"]
    place: Int[Array, "position replicate"] | None
    """The task of each position; None: its own."""
    used: Float[Array, "position _"]
    """1 for a position with runs, else 0."""

    def at(self, y: Float[Array, " task"]) -> Float[Array, "position _"]:
        """A number of each task at every position."""
        return y[:, None] if self.place is None else y[self.place]


@jit_lightly(static_argnames=("population", "reps", "names"))
def replicated(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    tasks: Bool[Array, " task"],
    *,
    population: Population,
    reps: int,
    names: tuple[str, ...] = AGGREGATES,
) -> Replicated:
    """Replicates of the named aggregates over those of the tasks of which every algorithm has a run."""
    order = jnp.argsort(~present, axis=1, stable=True)
    x, present = (jnp.take_along_axis(a, order, axis=1) for a in (x, present))
    tasks = tasks & jnp.all(jnp.any(present, axis=1), axis=0)
    present = present & tasks[None, None]
    x = _masked.blank(x, present)
    keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(x.shape[0] + 1))
    chunks = -(-reps * x.size // COUNTS_PER_CHUNK)
    lanes = -(-reps // chunks)

    def chunk(b: Int[Array, " lane"]) -> tuple[Array, Array]:
        place = None if population == "these tasks" else _drawn_tasks(replicate_words(keys[0], b), tasks)

        def one(key: PRNGKeyArray, x: Array, present: Array) -> tuple[Array, Array]:
            return _aggregates(_draw(replicate_words(key, b), present, place, tasks), x, present, names)

        values, means = jax.vmap(one)(keys[1:], x, present)
        return values, _rank_shares(means, (b < reps)[None] & _used(place, tasks))

    values, ranks = jax.lax.map(chunk, jnp.arange(chunks * lanes, dtype=jnp.int32).reshape(chunks, lanes))
    values = jnp.moveaxis(values, 0, 2).reshape(*values.shape[1:3], -1)[..., :reps]
    estimate = jax.vmap(partial(aggregates_once, names=names), in_axes=(0, 0, None))(x, present, tasks)
    inflation, freedom = _inflation(present, tasks, population, x.dtype)
    ranks = jnp.sum(ranks, axis=0) / (reps * jnp.sum(tasks)).astype(x.dtype)
    return Replicated(estimate, stretched(values, estimate[..., None], inflation[:, None, None]), freedom, ranks)


def _inflation(
    present: Bool[Array, "algorithm run task"], tasks: Bool[Array, " task"], population: Population, dtype: jnp.dtype
) -> tuple[Float[Array, " algorithm"], Float[Array, " algorithm"]]:
    """√(n/(n − 1)), n the mean number of units of a stratum, and ν."""
    strata = jnp.sum(tasks).astype(dtype)
    if population == "these tasks":
        freedom = jnp.sum(jnp.maximum(jnp.sum(present, axis=1, dtype=jnp.int32) - 1, 0), axis=1).astype(dtype)
    else:
        freedom, strata = jnp.full(present.shape[0], strata - 1), jnp.ones((), dtype)
    return jnp.sqrt(_masked.ratio(freedom + strata, freedom)), freedom


def _used(place: Int[Array, "position replicate"] | None, tasks: Bool[Array, " task"]) -> Bool[Array, "position _"]:
    """Which positions have a task."""
    if place is None:
        return tasks[:, None]
    return jax.lax.broadcasted_iota(jnp.int32, (tasks.shape[0], 1), 0) < _masked.count(tasks)


def _drawn_tasks(words: Words, tasks: Bool[Array, " task"]) -> Int[Array, "position replicate"]:
    """A task for each position."""
    among = jnp.argsort(~tasks, stable=True)
    return among[draw_ranks(words, tasks.shape[0], _masked.count(tasks)[None, None])[:, 0]]


def _draw(
    words: Words,
    present: Bool[Array, "run task"],
    place: Int[Array, "position replicate"] | None,
    tasks: Bool[Array, " task"],
) -> _Draws:
    n, used = jnp.sum(present, axis=0, dtype=jnp.int32), _used(place, tasks)
    live = n[:, None] if place is None else jnp.where(used, n[place], 0)
    counts = count_ranks(draw_ranks(words, present.shape[0], live, first_stream=1), live)
    return _Draws(counts, place, used.astype(jnp.float32))


def aggregates_once(
    x: Float[Array, "run task"],
    present: Bool[Array, "run task"],
    tasks: Bool[Array, " task"],
    names: tuple[str, ...] = AGGREGATES,
) -> Float[Array, " aggregate"]:
    """The named aggregates of the data themselves, over some tasks."""
    present = present & tasks[None]
    every = _Draws(present.astype(jnp.int32)[..., None], None, tasks[:, None].astype(x.dtype))
    return _aggregates(every, _masked.blank(x, present), present, names)[0][:, 0]


def _aggregates(
    draws: _Draws, x: Float[Array, "run task"], present: Bool[Array, "run task"], names: tuple[str, ...]
) -> tuple[Float[Array, "aggregate replicate"], Float[Array, "position replicate"]]:
    """The named aggregates, and the mean at each position."""
    means, used = _means(draws, x, present), draws.used.astype(x.dtype)
    at_all = jnp.broadcast_to(used > 0, means.shape)

    def mean(means: Float[Array, "position replicate"]) -> Float[Array, " replicate"]:
        return _masked.ratio(jnp.sum(_masked.blank(means, at_all), axis=0), jnp.sum(used))

    made: dict[str, Callable[[], Float[Array, " replicate"]]] = {
        "mean": lambda: mean(means),
        "median": lambda: jax.vmap(lambda m, there: median(m, valid=there), in_axes=1)(means, at_all),
        "iqm": lambda: _iqm(draws, x, present),
        "optimality_gap": lambda: mean(_means(draws, _masked.blank(jnp.maximum(1 - x, 0), present), present)),
    }
    return jnp.stack([made[name]() for name in names]), means


def _means(
    draws: _Draws, x: Float[Array, "run task"], present: Bool[Array, "run task"]
) -> Float[Array, "position replicate"]:
    """Mean of the drawn runs of each position, about a run of its task: equal scores give exactly that score."""
    first = jax.vmap(_masked.first, in_axes=1)(x, present)

    def step(total: Array, run: tuple[Array, Array]) -> tuple[Array, None]:
        score, drawn = run
        return total + jnp.where(drawn > 0, draws.at(score) * drawn.astype(x.dtype), 0), None

    deviation = _masked.blank(x - first[None], present)
    sums = jax.lax.scan(step, jnp.zeros(draws.counts.shape[1:], x.dtype), (deviation, draws.counts))[0]
    n = draws.at(jnp.sum(present, axis=0).astype(x.dtype))
    return draws.at(first) + _masked.ratio(sums, jnp.broadcast_to(n, sums.shape))


def _iqm(draws: _Draws, x: Float[Array, "run task"], present: Bool[Array, "run task"]) -> Float[Array, " replicate"]:
    """Mean of the middle half of all drawn cells, ⌊n/4⌋ cut off at either end."""
    cells = _masked.blank(x, present, jnp.inf).ravel()
    order = jnp.argsort(cells)
    there = present.ravel()[order]
    scores = _masked.blank(x.ravel()[order], there)
    middle = scores[_masked.count(present) // 2]
    n = jnp.sum(draws.at(jnp.sum(present, axis=0).astype(x.dtype)) * draws.used.astype(x.dtype), axis=0)
    cut = jnp.floor(n / 4)
    kept = kept_sum(scores - middle, jnp.where(there, order, -1), _by_task(draws), cut, n - cut)
    return middle + _masked.ratio(kept, jnp.broadcast_to(n - 2 * cut, kept.shape))


def _by_task(draws: _Draws) -> Int[Array, "run task replicate"]:
    """How often each run of each task was drawn at all positions together."""
    if draws.place is None:
        return draws.counts
    task = jax.lax.broadcasted_iota(jnp.int32, draws.counts.shape[1:], 0)

    def add(total: Array, position: tuple[Array, Array]) -> tuple[Array, None]:
        counts, place = position
        return total + jnp.where(task == place[None], counts[:, None].astype(jnp.int32), 0), None

    start = jnp.zeros(draws.counts.shape, jnp.int32)
    return jax.lax.scan(add, start, (jnp.moveaxis(draws.counts, 1, 0), draws.place))[0]


def _rank_shares(
    means: Float[Array, "algorithm position replicate"], counted: Bool[Array, "position replicate"]
) -> Float[Array, "algorithm rank"]:
    """1/e on each of the e ranks that an algorithm shares with its equals, over all counted positions."""
    better = jnp.sum(means[None] > means[:, None], axis=1, dtype=jnp.int32)
    equals = jnp.maximum(jnp.sum(means[None] == means[:, None], axis=1, dtype=jnp.int32), 1)

    def share(rank: Int[Array, ""]) -> Float[Array, " algorithm"]:
        among = (rank >= better) & (rank < better + equals) & counted[None]
        return jnp.sum(jnp.where(among, 1 / equals.astype(means.dtype), 0), axis=(1, 2))

    return jax.vmap(share, out_axes=1)(jnp.arange(means.shape[0], dtype=jnp.int32))
