"""Point aggregates over runs and tasks (google-research/rliable; Agarwal et al. 2021).

Scores are `[run]` (one task), `[run, task]`, or `[run, task, *point]`: every axis after `task` is a batch of points
(times of a curve set), each aggregated on its own. `valid` masks cells; it has the leading axes of the scores, so one
flag per run, per cell or per point are all understood.
"""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Float
from .._engine._sorting import sort
from ..one_run._order import median

CellMask = Bool[ArrayLike, "run *leading"]
"""Which cells of scores or curves exist, from callers: it has some or all of their axes, the leading ones."""


def scores_and_validity(
    scores: ArrayLike, valid: CellMask | None, *, name: str = "scores"
) -> tuple[Float[Array, "run task *point"], Bool[Array, "run task *point"]]:
    """Scores as floating `[run, task, *point]` and a mask of the same shape, invalid cells set to 0."""
    scores = _masked.as_float(scores)
    if scores.ndim == 0:
        raise ValueError(f"`{name}` must be [run], [run, task] or [run, task, *point], got a scalar")
    present = cell_validity(scores, valid)
    scores = _masked.blank(scores, present)
    return (scores[:, None], present[:, None]) if scores.ndim == 1 else (scores, present)


def cell_validity(scores: Float[Array, "run *rest"], valid: CellMask | None) -> Bool[Array, "run *rest"]:
    """`valid` spread over the trailing axes it does not name; None means that every cell is valid."""
    if valid is None:
        return jnp.ones(scores.shape, bool)
    valid = jnp.asarray(valid)
    if valid.dtype != bool:
        raise ValueError(f"`valid` must be boolean, got dtype {valid.dtype}")
    if valid.shape != scores.shape[: valid.ndim]:
        raise ValueError(f"`valid` must have the leading axes of the scores {scores.shape}, got {valid.shape}")
    missing_axes = tuple(range(valid.ndim, scores.ndim))
    return jnp.broadcast_to(jnp.expand_dims(valid, missing_axes), scores.shape)


def per_point(
    kernel: Callable[..., Float[Array, "*value"]],
    scores: ArrayLike,
    valid: CellMask | None,
) -> Float[Array, "*point_and_value"]:
    """`kernel` of one score table (x [run, task], present) at every point of the scores."""
    return _per_point(kernel, *scores_and_validity(scores, valid))


@partial(jax.jit, static_argnums=0)  # the sort inside would otherwise compile anew at every eager call
def _per_point(
    kernel: Callable[..., Float[Array, "*value"]],
    x: Float[Array, "run task *point"],
    present: Bool[Array, "run task *point"],
) -> Float[Array, "*point_and_value"]:
    point = x.shape[2:]
    if not point:
        return kernel(x, present)
    tables = (*x.shape[:2], math.prod(point))
    values = jax.vmap(kernel, in_axes=-1)(x.reshape(tables), present.reshape(tables))
    return values.reshape(point + values.shape[1:])


def task_means(x: Float[Array, "run task"], present: Bool[Array, "run task"]) -> Float[Array, " task"]:
    """Mean of the valid runs of each task; none → NaN."""
    return jax.vmap(_masked.mean, in_axes=1)(x, present)


def _mean_of_task_means(x: Float[Array, "run task"], present: Bool[Array, "run task"]) -> Float[Array, ""]:
    return _masked.mean(task_means(x, present), None)


def _mean_of_whole_tasks(x: Float[Array, "run task"], present: Bool[Array, "run task"]) -> Float[Array, ""]:
    del present  # all are: one sum a task in place of two
    return _masked.mean(jax.vmap(lambda runs: _masked.mean(runs, None), in_axes=1)(x), None)


def _median_of_task_means(x: Float[Array, "run task"], present: Bool[Array, "run task"]) -> Float[Array, ""]:
    return median(task_means(x, present))


def _pooled_iqm(x: Float[Array, "run task"], present: Bool[Array, "run task"]) -> Float[Array, ""]:
    cells = sort(_masked.blank(x, present, jnp.inf).ravel())
    n = _masked.count(present)
    middle = _masked.mean_of_part(cells, n // 4, n - n // 4)
    every_task = jnp.all(jnp.any(present, axis=0))
    return _masked.undefined_unless(every_task & ~jnp.any(jnp.isnan(cells)), middle)


def _pooled_iqm_exact(x: Float[Array, "run task"], present: Bool[Array, "run task"]) -> Float[Array, ""]:
    cells = sort(_masked.blank(x, present, jnp.inf).ravel())
    n = _masked.count(present).astype(x.dtype)
    place = jnp.arange(1, cells.size + 1, dtype=x.dtype)
    weight = jnp.maximum(0, jnp.minimum(place, 0.75 * n) - jnp.maximum(place - 1, 0.25 * n))
    origin = _masked.at(cells, _masked.count(present) // 2, jnp.any(present))
    origin = jax.lax.stop_gradient(_masked.blank(origin, jnp.isfinite(origin)))  # equal cells are exactly 0 from it
    middle = origin + _masked.ratio(jnp.sum(jnp.where(weight > 0, weight * (cells - origin), 0)), n / 2)
    every_task = jnp.all(jnp.any(present, axis=0))
    return _masked.undefined_unless(every_task & ~jnp.any(jnp.isnan(cells)), middle)


@explained
@computed_in_single()
def mean(scores: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Mean score: runs within each task first, so that tasks weigh equally.

    mean = (1/M) Σ_t (1/N_t) Σ_n X_{nt}

    Shapes: [run], [run, task] or [run, task, *point] → [*point]. Unit: score; higher is better. A task without a
    valid run → NaN. Source: rliable `aggregate_mean` (equal).

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.mean(scores[:, 0])), 3)
    0.8
    """
    return per_point(_mean_of_whole_tasks if valid is None else _mean_of_task_means, scores, valid)


@explained
@computed_in_single()
def iqm(scores: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Interquartile mean: the mean of the middle half of all valid cells.

    iqm = (1/(n − 2k)) Σ_{i=k+1}^{n−k} x₍ᵢ₎,  k = ⌊n/4⌋

    Shapes: [run], [run, task] or [run, task, *point] → [*point]. Unit: score; higher is better. Cells are pooled, so
    a task with more valid runs weighs more; a task without a valid run → NaN. Source: rliable `aggregate_iqm` (equal).

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.iqm(scores[:, 0])), 3)
    0.8
    """
    return per_point(_pooled_iqm, scores, valid)


@explained
@computed_in_single()
def iqm_exact(scores: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Interquartile mean with fractional weights: exactly half of the cells count, whatever their number.

    iqm = (2/n) Σ_i wᵢ x₍ᵢ₎,  wᵢ = max(0, min(i, ¾n) − max(i − 1, ¼n))

    Shapes: [run], [run, task] or [run, task, *point] → [*point]. Unit: score; higher is better. Equal to `iqm` iff 4
    divides n; a task without a valid run → NaN. rliable has only the integer form.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.iqm_exact(scores[:, 0])), 3)
    0.8
    """
    return per_point(_pooled_iqm_exact, scores, valid)


@explained
@computed_in_single("target")
def optimality_gap(
    scores: ArrayLike, target: ArrayLike = 1.0, *, valid: CellMask | None = None
) -> Float[Array, "*point"]:
    """How far the runs fall short of a target score, on average; exceeding it earns nothing.

    gap = γ − (1/M) Σ_t (1/N_t) Σ_n min(X_{nt}, γ) = (1/M) Σ_t (1/N_t) Σ_n max(γ − X_{nt}, 0),  γ = `target`

    Shapes: [run], [run, task] or [run, task, *point] → [*point]. Unit: score; lower is better. A task without a
    valid run → NaN. Source: rliable `aggregate_optimality_gap` (equal; its `gamma`).

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.optimality_gap(scores[:, 0])), 3)
    0.225
    """
    scores = _masked.as_float(scores)
    return mean(jnp.maximum(jnp.asarray(target, scores.dtype) - scores, 0), valid=valid)


@explained
@computed_in_single()
def median_of_task_means(scores: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Median over tasks of the mean over runs.

    median_t (1/N_t) Σ_n X_{nt}

    Shapes: [run], [run, task] or [run, task, *point] → [*point]. Unit: score; higher is better. A task without a
    valid run → NaN. Source: rliable `aggregate_median` (equal).

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.median_of_task_means(scores)), 3)
    1.65
    """
    return per_point(_median_of_task_means, scores, valid)


@explained
@computed_in_single()
def normalize_scores(x: ArrayLike, low: ArrayLike, high: ArrayLike) -> Float[Array, "run *rest"]:
    """Scores on the scale of two reference scores per task, such as random and human.

    (x − low)/(high − low)

    Shapes: [run], [run, task] or [run, task, *point], `low` and `high` scalar or [task] → as x. 0 at `low`, 1 at
    `high`; ↑ if high > low. high = low → NaN.

    >>> print(stats.normalize_scores(np.array([[0.0, 5.0]]), np.array([0.0, 0.0]), np.array([1.0, 10.0])))
    [[0.  0.5]]
    """
    x = _masked.as_float(x)
    low, high = (_per_task(name, value, x) for name, value in (("low", low), ("high", high)))
    return _masked.ratio(x - low, jnp.broadcast_to(high - low, x.shape))


def _per_task(name: str, value: ArrayLike, x: Float[Array, "run *rest"]) -> Float[Array, "..."]:
    value = jnp.asarray(value, x.dtype)
    if value.ndim and value.shape != x.shape[1:2]:
        raise ValueError(f"`{name}` must be a scalar or one per task {x.shape[1:2]}, got shape {value.shape}")
    return jnp.broadcast_to(value.reshape((1, -1) + (1,) * (x.ndim - 2)) if value.ndim else value, x.shape)


@explained
@computed_in_single()
def probability_of_improvement(
    x: ArrayLike,
    y: ArrayLike,
    *,
    valid_x: CellMask | None = None,
    valid_y: CellMask | None = None,
) -> Float[Array, ""]:
    """Probability that a run of X scores higher than a run of Y on the same task, averaged over tasks.

    P(X > Y) = (1/M) Σ_t (1/(N_x N_y)) Σ_{ij} (1[xᵢ > yⱼ] + ½·1[xᵢ = yⱼ])

    Shapes: [run] or [run, task], the numbers of runs may differ → []. Pure number in [0, 1], ↑ for X;
    P(X > Y) + P(Y > X) = 1. A task without a valid run of either, or a NaN score, → NaN. Source: rliable
    `probability_of_improvement` (equal). An interval comes from `bootstrap_comparison`.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.probability_of_improvement(x, y)), 3)
    0.875
    """
    by_task = _improvement_by_task(x, y, valid_x, valid_y)
    return _masked.part_of(jnp.sum(by_task), by_task.shape[0])


@explained
@computed_in_single()
def cliffs_delta(
    x: ArrayLike,
    y: ArrayLike,
    *,
    valid_x: CellMask | None = None,
    valid_y: CellMask | None = None,
) -> Float[Array, "*task"]:
    """Cliff's δ per task: how much more often a run of X beats one of Y than the reverse.

    δ_t = 2·P_t(X > Y) − 1;  P_t itself is the A of Vargha and Delaney (2000)

    Shapes: [run] → [], [run, task] → [task]. Pure number in [−1, 1], ↑ for X. No valid run or a NaN score → NaN.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.cliffs_delta(x, y)), 3)
    0.75
    """
    delta = 2 * _improvement_by_task(x, y, valid_x, valid_y) - 1
    return delta[0] if jnp.ndim(x) == 1 else delta


def _improvement_by_task(
    x: ArrayLike, y: ArrayLike, valid_x: CellMask | None, valid_y: CellMask | None
) -> Float[Array, " task"]:
    x, present_x = scores_and_validity(x, valid_x, name="x")
    y, present_y = scores_and_validity(y, valid_y, name="y")
    if x.ndim != 2 or x.shape[1:] != y.shape[1:]:
        raise ValueError(f"`x` and `y` must be [run] or [run, task] with the same tasks, got {x.shape} and {y.shape}")
    return jax.vmap(improvement, in_axes=1)(x, y, present_x, present_y)


def improvement(
    x: Float[Array, " run_x"],
    y: Float[Array, " run_y"],
    present_x: Bool[Array, " run_x"],
    present_y: Bool[Array, " run_y"],
) -> Float[Array, ""]:
    """Share of pairs of valid runs in which x wins, ties one half; no pair or a valid NaN → NaN."""
    pairs = _masked.count(present_x).astype(x.dtype) * _masked.count(present_y).astype(x.dtype)
    return _masked.part_of(wins(x, y, present_x, present_y), pairs)


def wins(
    x: Float[Array, " run_x"],
    y: Float[Array, " run_y"],
    present_x: Bool[Array, " run_x"],
    present_y: Bool[Array, " run_y"],
) -> Float[Array, ""]:
    """Pairs of valid runs in which x wins, ties one half: counted in halves, so exact; no pair or a valid NaN → NaN."""
    pair = present_x[:, None] & present_y[None, :]
    halves = (x[:, None] > y[None, :]).astype(jnp.int32) + (x[:, None] >= y[None, :]).astype(jnp.int32)
    diverged = jnp.any(present_x & jnp.isnan(x)) | jnp.any(present_y & jnp.isnan(y))
    won = jnp.sum(_masked.blank(halves, pair), dtype=jnp.int32).astype(x.dtype) / 2
    return _masked.undefined_unless(~diverged & jnp.any(present_x) & jnp.any(present_y), won)
