"""Permutation test: how extreme the statistic is among relabelled runs."""

import math
from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Int, Num, PRNGKeyArray, Shaped
from .._engine._draws import Words, random_words, replicate_words
from ..across_runs._scores import CellMask, cell_validity, mean

REPLICATES_AT_ONCE = 256
"""Relabellings under one `vmap`: enough for the vector lanes, few enough that their data stays small."""
Strata = Literal["task"]


class PermutationTest(Result):
    """A permutation test."""

    statistic: Float[Array, ""]
    """T of the data."""
    p_value: Float[Array, ""]
    """Two-sided; never 0."""
    exact: bool = eqx.field(static=True)
    """Every relabelling was enumerated."""
    reps: int = eqx.field(static=True)
    """Number of relabellings, with the observed one if they were enumerated."""


def difference_of_means(
    x: ArrayLike,
    y: ArrayLike,
    *,
    valid_x: CellMask | None = None,
    valid_y: Bool[ArrayLike, "..."] | None = None,
) -> Float[Array, ""]:
    """mean(x) − mean(y), runs within each task first."""
    return mean(x, valid=valid_x) - mean(y, valid=valid_y)


@explained
@computed_in_single(narrow=False)
def permutation_test(
    key: PRNGKeyArray,
    x: Num[ArrayLike, "run_x *rest"],
    y: Num[ArrayLike, "run_y *rest"],
    statistic: Callable[..., Float[Array, ""]] = difference_of_means,
    *,
    reps: int = 10_000,
    strata: Strata | None = None,
    valid_x: Bool[ArrayLike, "run_x ..."] | None = None,
    valid_y: Bool[ArrayLike, "run_y ..."] | None = None,
) -> PermutationTest:
    """Permutation test that runs of X and Y are exchangeable.

    p = (1 + #{|T*| ≥ |T|})/(B + 1), two-sided; values of T that rounding alone tells apart are equal

    Labels are permuted over whole runs, or with strata="task" in each task (axis 1) separately. If all
    C(n_x + n_y, n_x) relabellings are at most `reps` and nothing is masked they are enumerated and p is their share,
    exactly. The difference of means is taken about a common origin, so that an offset of all scores changes nothing.
    Shapes: [run, …], [run, …] → []. `statistic(x, y)` is a number, with masks `statistic(x, y, valid_x=…, valid_y=…)`.
    No run, or T undefined → NaN. p is never 0 (Phipson & Smyth 2010); rl-reliability-metrics and flowersteam's scripts
    omit the +1.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.permutation_test(jax.random.key(0), x, y, reps=100).statistic), 3)
    2.0
    """
    x, y = _masked.as_float(x), _masked.as_float(y)
    if x.ndim == 0 or x.shape[1:] != y.shape[1:]:
        raise ValueError(f"`x` and `y` must be [run, …] with equal trailing axes, got shapes {x.shape} and {y.shape}")
    if strata not in (None, *get_args(Strata)) or (strata and x.ndim < 2):
        raise ValueError(f"`strata` must be None, or 'task' for scores [run, task]; got {strata!r} for {x.shape}")
    if reps < 1:
        raise ValueError(f"`reps` must be at least 1, got {reps}")
    complete = valid_x is None and valid_y is None
    pooled = jnp.concatenate([x, y])
    present = None if complete else jnp.concatenate([cell_validity(x, valid_x), cell_validity(y, valid_y)])
    if not pooled.size:
        return PermutationTest(jnp.full((), jnp.nan, pooled.dtype), jnp.full((), jnp.nan, pooled.dtype), False, 0)
    if statistic is difference_of_means:
        pooled = _about_origin(pooled, present)
    splits = math.comb(pooled.shape[0], x.shape[0])
    one_stratum = strata is None or pooled.shape[1] == 1
    exact = complete and one_stratum and splits <= reps
    observed, extreme = _count_extreme(
        key, pooled, present, statistic, x.shape[0], splits if exact else reps, exact, strata is not None
    )
    share = extreme / splits if exact else (1 + extreme) / (reps + 1)
    return PermutationTest(observed, share, exact, splits if exact else reps)


@partial(jax.jit, static_argnums=(3, 4, 5, 6, 7))
def _count_extreme(
    key: PRNGKeyArray,
    pooled: Num[Array, "run *rest"],
    present: Bool[Array, "run *rest"] | None,
    statistic: Callable[..., Float[Array, ""]],
    n_x: int,
    reps: int,
    exact: bool,
    by_task: bool,
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """T of the data, and how many relabellings are at least as extreme; NaN if one is undefined."""

    def apply(order: Int[Array, "run *task"] | None) -> Float[Array, ""]:
        rows = pooled if order is None else take(pooled, order)
        if present is None:
            return _masked.as_float(statistic(rows[:n_x], rows[n_x:]))
        kept = present if order is None else take(present, order)
        return _masked.as_float(statistic(rows[:n_x], rows[n_x:], valid_x=kept[:n_x], valid_y=kept[n_x:]))

    axes = 2 if by_task else 1
    live = jnp.ones(pooled.shape[:axes], bool)
    if present is not None:
        live = jnp.any(present.reshape(*live.shape, -1), axis=-1)

    def relabelled(b: Int[Array, ""]) -> Float[Array, ""]:
        return apply(_split(b, pooled.shape[0], n_x) if exact else _shuffled(replicate_words(key, b), live))

    observed, slack = apply(None), _rounding(pooled, present)
    values = jax.lax.map(relabelled, jnp.arange(reps, dtype=jnp.int32), batch_size=min(reps, REPLICATES_AT_ONCE))
    extreme = jnp.sum(jnp.abs(values) >= jnp.abs(observed) - slack, dtype=jnp.int32).astype(observed.dtype)
    undefined = jnp.isnan(observed) | jnp.any(jnp.isnan(values))
    return observed, _masked.undefined_unless(~undefined, extreme)


@jax.jit
def _about_origin(
    pooled: Float[Array, "run *rest"], present: Bool[Array, "run *rest"] | None
) -> Float[Array, "run *rest"]:
    """Distances of all runs from the middle one of three of them, in every task: differences of means stay, without
    what offsets round. One run alone may be an outlier."""
    there = jnp.ones(pooled.shape, bool) if present is None else present
    return pooled - _masked.origins(pooled, there)[None]


def _rounding(pooled: Float[Array, "run *rest"], present: Bool[Array, "run *rest"] | None) -> Float[Array, ""]:
    """What rounding may make of a statistic of n runs: 8 + √n units of the largest score."""
    there = jnp.isfinite(pooled) if present is None else present & jnp.isfinite(pooled)
    largest = jnp.max(jnp.abs(_masked.blank(pooled, there)), initial=0)
    return (8 + math.sqrt(pooled.shape[0])) * jnp.finfo(pooled.dtype).eps * largest


def take(x: Shaped[Array, "run *rest"], order: Int[Array, "run ..."]) -> Shaped[Array, "run *rest"]:
    """Rows in another order, the same for all tasks or one order per task."""
    if order.ndim == 1:
        return x[order]
    return jnp.take_along_axis(x, order.reshape(order.shape + (1,) * (x.ndim - 2)), axis=0)


def _shuffled(words: Words, live: Bool[Array, "run *task"]) -> Int[Array, "run *task"]:
    """A random order of the live rows of each column among their own places; other rows stay."""
    columns = live.reshape(live.shape[0], -1)
    chance = random_words(words, *columns.shape)
    row = jax.lax.broadcasted_iota(jnp.int32, columns.shape, 0)
    drawn = jax.lax.sort((~columns, chance, row), dimension=0, num_keys=2)[2]
    rank = jnp.cumsum(columns, axis=0, dtype=jnp.int32) - 1
    return jnp.where(columns, jnp.take_along_axis(drawn, rank, axis=0), row).reshape(live.shape)


def _split(b: Int[Array, ""], n: int, n_x: int) -> Int[Array, " run"]:
    """Rows of the b-th way to choose n_x of n, chosen rows first."""
    return jnp.argsort(~choice(b, n, n_x), stable=True)


def choice(b: Int[Array, ""], n: int, n_x: int) -> Bool[Array, " run"]:
    """The b-th way to choose n_x of n: digits of b in the combinatorial number system.

    A loop: unrolled, it took minutes to compile for 61 runs.
    """
    most = 2**31 - 1  # only ever compared with numbers of ways that are smaller
    ways = jnp.asarray(
        [[0, *(min(math.comb(n - 1 - row, k), most) for k in range(n_x))] for row in range(n)], jnp.int32
    )

    def choose(state: tuple[Array, Array], ways: Int[Array, " wanted"]) -> tuple[tuple[Array, Array], Array]:
        left, wanted = state
        chosen = left < ways[wanted]
        return (jnp.where(chosen, left, left - ways[wanted]), wanted - chosen.astype(jnp.int32)), chosen

    _, chosen = jax.lax.scan(choose, (b, jnp.asarray(n_x, jnp.int32)), ways.reshape(n, n_x + 1))
    return chosen
