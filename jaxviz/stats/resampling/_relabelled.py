"""Permutation tests of many pairs of algorithms at once, labels being exchanged within each task."""

import math
from functools import partial

import jax
import jax.numpy as jnp

from ... import _masked
from ..._soon_compiled import jit_lightly
from ..._types import Array, Bool, Float, Int, PRNGKeyArray
from .._engine._draws import random_words, replicate_words
from ..one_run._order import quantile
from ._permutation import choice

SUMS_PER_CHUNK = 2**20
"""Sums of tasks in memory at a time (pairs × tasks × relabellings): 4 MiB."""
TIE = 1e-5
"""Distance, and share of it, up to which rounding may part equal statistics."""
Labels = Float[Array, "slot task relabelling"]
"""1 for a run that is labelled as of the first algorithm of a pair, else 0."""


@jit_lightly(static_argnames=("trimmed", "alike", "exact", "reps"))
def relabelled(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    pairs: Int[Array, "pair 2"],
    *,
    trimmed: bool,
    alike: bool,
    exact: int | None,
    reps: int,
) -> Float[Array, " pair"]:
    """Two-sided p of each pair that its runs are exchangeable within tasks.

        T = (1/M) Σ_t (x̄_t − ȳ_t) / √((1/M²) Σ_t (s²ₓ/n + s²_y/m)),  p = (1 + #{|T*| ≥ |T|})/(B + 1)

    `trimmed`: scores beyond the quartiles of all cells of a pair count as these, which is how the mean of the middle
    half moves with a score. Only tasks on which both have a run count. `alike`: all algorithms have as many runs of a
    task, so that one set of labels serves every pair. `exact`: the number of runs of every algorithm, if there is one
    task and all relabellings are to be enumerated; p is then their share. No task with two runs of a side → NaN.
    """
    order = jnp.argsort(~present, axis=1, stable=True)
    x, present = (jnp.take_along_axis(a, order, axis=1) for a in (x, present))
    tables = jax.vmap(partial(_joined, x, present, trimmed))(pairs)
    if exact is not None:
        labels = _every_choice(exact, x.shape[1]).astype(x.dtype)
        return _extreme(*tables, labels, jnp.ones(labels.shape[-1], bool)) / labels.shape[-1]

    def tested(scores: Array, there: Array) -> Float[Array, " pair"]:
        lanes = max(1, min(reps, SUMS_PER_CHUNK // (scores.shape[2] * max(scores.shape[:2]))))
        index = jnp.arange(-(-reps // lanes) * lanes, dtype=jnp.int32).reshape(-1, lanes)
        found = jax.lax.map(lambda b: _extreme(scores, there, _choices(key, b, there[0], x.dtype), b < reps), index)
        return (1 + jnp.sum(found, axis=0)) / (reps + 1)

    if alike:
        return tested(*tables)
    return jax.lax.map(lambda table: tested(table[0][None], table[1][None])[0], tables)


def _joined(
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    trimmed: bool,
    pair: Int[Array, "2"],
) -> tuple[Float[Array, "slot task"], Bool[Array, "slot task"]]:
    """The runs of both algorithms one below the other, about 0 in each task, and on which tasks both have some."""
    both = jnp.all(jnp.any(present[pair], axis=1), axis=0)
    there = (present[pair] & both[None, None]).reshape(-1, x.shape[2])
    scores = _masked.blank(x[pair].reshape(there.shape), there)
    if trimmed:
        low, high = quantile(scores.ravel(), jnp.asarray([0.25, 0.75], x.dtype), valid=there.ravel())
        scores = jnp.clip(scores, low, high)
    middle = _masked.ratio(jnp.sum(_masked.blank(scores, there), axis=0), jnp.sum(there, axis=0).astype(x.dtype))
    scores = _masked.blank(scores - jnp.nan_to_num(middle)[None], there)
    return scores * _masked.inverse(_masked.power_of_two(scores)), there


def _choices(
    key: PRNGKeyArray, b: Int[Array, " relabelling"], there: Bool[Array, "slot task"], dtype: jnp.dtype
) -> Labels:
    """As many of the slots of each task as the first algorithm has, each choice as likely (Knuth's algorithm S)."""
    slots, tasks = there.shape
    words = random_words(replicate_words(key, b), slots, tasks)
    chance = (words >> 8).astype(dtype) * jnp.asarray(2**-24, dtype)
    wanted = jnp.sum(there[: slots // 2], axis=0).astype(dtype)
    left = jnp.cumsum(there[::-1], axis=0)[::-1].astype(dtype)

    def step(wanted: Array, slot: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        chance, left, there = slot
        taken = (there[:, None] & (chance * left[:, None] < wanted)).astype(dtype)
        return wanted - taken, taken

    return jax.lax.scan(step, jnp.broadcast_to(wanted[:, None], chance.shape[1:]), (chance, left, there))[1]


def _every_choice(n: int, runs: int) -> Labels:
    """All ways to label n of 2n runs, of which either algorithm has the first n of `runs` slots."""
    ways = jnp.arange(math.comb(2 * n, n), dtype=jnp.int32)
    taken = jax.vmap(partial(choice, n=2 * n, n_x=n))(ways).T
    slots = jnp.pad(taken.reshape(2, n, -1), ((0, 0), (0, runs - n), (0, 0)))
    return slots.reshape(2 * runs, 1, -1)


def _extreme(
    scores: Float[Array, "pair slot task"],
    there: Bool[Array, "pair slot task"],
    labels: Labels,
    counted: Bool[Array, " relabelling"],
) -> Float[Array, " pair"]:
    """How many of the labels make a statistic as extreme as the labels that the runs have; NaN if that is undefined."""
    own = jnp.arange(scores.shape[1], dtype=jnp.int32) < scores.shape[1] // 2
    own = jnp.broadcast_to(own[:, None, None].astype(scores.dtype), (*scores.shape[1:], 1))
    observed, values = _statistic(scores, there, own), _statistic(scores, there, labels)
    extreme = jnp.sum((values >= observed * (1 - TIE) - TIE) & counted[None], axis=1).astype(scores.dtype)
    return _masked.undefined_unless(~jnp.isnan(observed[:, 0]), extreme)


def _statistic(
    scores: Float[Array, "pair slot task"], there: Bool[Array, "pair slot task"], labels: Labels
) -> Float[Array, "pair relabelling"]:
    """|T| under labels."""
    half = scores.shape[1] // 2
    n, m = (jnp.sum(side, axis=1)[..., None].astype(scores.dtype) for side in (there[:, :half], there[:, half:]))
    squares = scores * scores
    sums, sums_of_squares = (jnp.einsum("pst,stb->ptb", y, labels, precision="highest") for y in (scores, squares))
    others, others_of_squares = (
        jnp.sum(y, axis=1)[..., None] - part for y, part in ((scores, sums), (squares, sums_of_squares))
    )
    errors = _squared_error(sums, sums_of_squares, n) + _squared_error(others, others_of_squares, m)
    difference = jnp.abs(jnp.sum(_masked.blank(_over(sums, n) - _over(others, m), (n > 0) & (m > 0)), axis=1))
    rounding = 16 * jnp.finfo(scores.dtype).eps * jnp.sum(_over(jnp.sum(squares, axis=1)[..., None], n * m), axis=1)
    error = jnp.sqrt(jnp.maximum(jnp.sum(errors, axis=1), rounding))
    repeated = jnp.any((n > 1) | (m > 1), axis=1) & jnp.any((n > 0) & (m > 0), axis=1)
    nothing = (difference == 0) & (error == 0)
    value = jnp.where(nothing, 0, difference / jnp.where(error > 0, error, 1))
    return _masked.undefined_unless(jnp.broadcast_to(repeated, value.shape), value)


def _over(a: Float[Array, "..."], b: Float[Array, "..."]) -> Float[Array, "..."]:
    """a/b, 0 where b is 0."""
    return a / jnp.maximum(b, 1)


def _squared_error(
    sums: Float[Array, "pair task relabelling"], squares: Float[Array, "pair task relabelling"], n: Float[Array, "..."]
) -> Float[Array, "pair task relabelling"]:
    """s²/n of each task."""
    return jnp.maximum(squares - _over(sums * sums, n), 0) / jnp.maximum(n * (n - 1), 1)
