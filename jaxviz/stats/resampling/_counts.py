"""Aggregates of a replicate from how often each run was drawn, without ever building the replicate.

Sorting is done once: the order of the scores does not change with the counts. Counts are [run, replicate] for the unit
`run` and [run, task, replicate] for `cell`, so that replicates lie on vector lanes.
"""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, ArrayLike, Bool, Float, Int
from ..across_runs._scores import (
    CellMask,
    cell_validity,
    iqm,
    iqm_exact,
    mean,
    median_of_task_means,
    optimality_gap,
    per_point,
    task_means,
)
from ..one_run._order import median

Counts = Int[Array, "run *task replicate"]
Evaluate = Callable[["ScoreTable", Counts], Float[Array, "*component replicate"]]
Statistic = Callable[..., ArrayLike]
"""Called with one or more arrays [run, …], and with `valid` if something is masked."""
CELLS_PER_STEP = 16
"""Cells that one step of the scan over sorted cells adds: a step has a fixed cost, and its body grows with them."""


class ScoreTable(eqx.Module):
    """Scores of all runs on all tasks; with a leading axis, one table per point."""

    scores: Float[Array, "*point run task"]
    present: Bool[Array, "*point run task"] | None
    """Which cells exist; None: all of them."""
    order: Int[Array, "*point cell"]
    """Flat index of the smallest, …, largest cell; cells that do not exist count as +inf."""

    @property
    def tasks(self) -> int:
        """Number of tasks."""
        return self.scores.shape[-1]

    def diverged(self) -> Bool[Array, ""]:
        """Whether a score is NaN."""
        return jnp.any(jnp.isnan(self.scores))

    def with_mask(self) -> "ScoreTable":
        """The same table with an explicit mask, for counts that leave units out."""
        present = jnp.ones(self.scores.shape, bool) if self.present is None else self.present
        return ScoreTable(self.scores, present, self.order)


def make_tables(
    statistic: Statistic, scores: Float[Array, "run *rest"], valid: Bool[Array, "run ..."] | None
) -> ScoreTable:
    """One table per point; of one task if the statistic is pointwise or scores are [run]."""
    one_task = isinstance(statistic, pointwise) or scores.ndim == 1
    leading = 1 if one_task else 2
    shape = (scores.shape[0], 1 if one_task else scores.shape[1], math.prod(scores.shape[leading:]))
    present = None
    if valid is not None:
        present = cell_validity(scores, valid)
        scores = _masked.blank(scores, present)
        present = jnp.moveaxis(present.reshape(shape), -1, 0)
    tables = jnp.moveaxis(scores.reshape(shape), -1, 0)
    cells = tables if present is None else _masked.blank(tables, present, jnp.inf)
    cells = cells.reshape(cells.shape[0], -1)
    index = jax.lax.broadcasted_iota(jnp.int32, cells.shape, 1)
    return ScoreTable(tables, present, jax.lax.sort((cells, index), dimension=1, num_keys=1)[1])


class pointwise(eqx.Module):  # noqa: N801 (used like a function)
    """`statistic` of one task's scores [run], applied at every point of a curve set [run, *point].

    pointwise(iqm)(curves)[t] = iqm(curves[:, t])
    """

    statistic: Statistic = eqx.field(static=True)

    def __call__(self, curves: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
        curves = _masked.as_float(curves)
        points = curves.reshape(curves.shape[0], -1)
        if valid is None:
            values = jnp.asarray(jax.vmap(self.statistic, in_axes=1)(points))
        else:
            present = cell_validity(curves, valid).reshape(points.shape)
            by_point = jax.vmap(lambda x, present: self.statistic(x, valid=present), in_axes=1)
            values = jnp.asarray(by_point(points, present))
        return values.reshape(curves.shape[1:] + values.shape[1:])


def task_sums(y: Float[Array, "run task"], counts: Counts) -> Float[Array, "task replicate"]:
    """Σ_n c_n·y_n in each task; a run that was not drawn adds nothing, even if y is infinite."""
    if counts.ndim == 3:
        return _sum_over_runs(y, counts)
    weight = counts.astype(y.dtype)
    total = _weighted(jnp.where(jnp.isfinite(y), y, 0), weight)
    for infinity in (jnp.inf, -jnp.inf):
        drawn = _weighted((y == infinity).astype(y.dtype), weight) > 0
        total = total + jnp.where(drawn, infinity, 0)
    return total


def _sum_over_runs(y: Float[Array, "run task"], counts: Counts) -> Float[Array, "task replicate"]:
    """One run after the other: XLA reduces a leading axis slowly, and would count the draws anew for every use."""

    def step(total: Array, run: tuple[Array, Array]) -> tuple[Array, None]:
        score, drawn = run
        return total + jnp.where(drawn > 0, score[:, None] * drawn.astype(y.dtype), 0), None

    return jax.lax.scan(step, jnp.zeros(counts.shape[1:], y.dtype), (y, counts))[0]


def _weighted(y: Float[Array, "run task"], weight: Float[Array, "run replicate"]) -> Float[Array, "task replicate"]:
    return jnp.einsum("nt,nb->tb", y, weight, precision="highest")


def _task_totals(table: ScoreTable, counts: Counts) -> Float[Array, "task _"]:
    """How many valid draws each task has."""
    runs, tasks = table.scores.shape
    if table.present is None:
        return jnp.full((tasks, 1), runs, table.scores.dtype)
    return task_sums(table.present.astype(table.scores.dtype), counts)


def _task_means(table: ScoreTable, counts: Counts) -> Float[Array, "task replicate"]:
    """Mean of each task, around its first score so that equal scores give exactly that score."""
    x = table.scores
    first = x[:1] if table.present is None else jax.vmap(_masked.first, in_axes=1)(x, table.present)[None]
    first = jnp.where(jnp.isfinite(first), first, 0)
    deviation = x - first if table.present is None else _masked.blank(x - first, table.present)
    sums = task_sums(deviation, counts)
    return first.T + _masked.ratio(sums, jnp.broadcast_to(_task_totals(table, counts), sums.shape))


def _mean(table: ScoreTable, counts: Counts) -> Float[Array, " replicate"]:
    return jnp.mean(_task_means(table, counts), axis=0)


def _median_of_task_means(table: ScoreTable, counts: Counts) -> Float[Array, " replicate"]:
    return jax.vmap(median, in_axes=1)(_task_means(table, counts))


def _optimality_gap(table: ScoreTable, counts: Counts) -> Float[Array, " replicate"]:
    return _mean(ScoreTable(jnp.maximum(1 - table.scores, 0), table.present, table.order), counts)


def _iqm(table: ScoreTable, counts: Counts) -> Float[Array, " replicate"]:
    return _trimmed_mean(table, counts, jnp.floor)


def _iqm_exact(table: ScoreTable, counts: Counts) -> Float[Array, " replicate"]:
    return _trimmed_mean(table, counts, lambda cut: cut)


def _trimmed_mean(table: ScoreTable, counts: Counts, rounding: Callable[[Array], Array]) -> Float[Array, " replicate"]:
    """Interquartile mean from cumulative counts of the sorted cells.

    With C_s the number of draws of the s smallest cells, cell s keeps clip(C_s, k, n − k) − clip(C_{s−1}, k, n − k) of
    them, k = n/4 or ⌊n/4⌋.
    """
    totals = _task_totals(table, counts)
    n = jnp.sum(totals, axis=0)
    cut = rounding(n / 4)
    scores = table.scores.ravel()[table.order]
    middle = scores[(scores.shape[0] - 1) // 2]
    middle = jnp.where(jnp.isfinite(middle), middle, 0)
    kept = kept_sum(scores - middle, _rows_in_order(table, counts), counts, cut, n - cut)
    n_kept = jnp.where(jnp.any(totals == 0, axis=0), 0, n - 2 * cut)
    return middle + _masked.ratio(kept, jnp.broadcast_to(n_kept, kept.shape))


def _rows_in_order(table: ScoreTable, counts: Counts) -> Int[Array, " cell"]:
    """Row of the flattened counts that belongs to each cell in order; −1 for cells that do not exist."""
    row = table.order if counts.ndim == 3 else table.order // table.tasks
    return row if table.present is None else jnp.where(table.present.ravel()[table.order], row, -1)


def kept_sum(
    scores: Float[Array, " cell"],
    rows: Int[Array, " cell"],
    counts: Counts,
    low: Float[Array, " _"],
    high: Float[Array, " _"],
) -> Float[Array, " replicate"]:
    """Σ of the draws whose place in the order lies in (low, high], a few cells at a time."""
    counts = counts.reshape(-1, counts.shape[-1])
    size = CELLS_PER_STEP if counts.shape[-1] > 1 else 1  # data themselves are soon done, and a short body compiled
    padding = -scores.shape[0] % size
    scores = jnp.pad(scores, (0, padding)).reshape(-1, size)
    rows = jnp.pad(rows, (0, padding), constant_values=-1).reshape(-1, size)

    def step(carry: tuple[Array, Array], cells: tuple[Array, Array]) -> tuple[tuple[Array, Array], None]:
        reached, total = carry
        for score, row in zip(*cells, strict=True):
            drawn = jnp.where(row >= 0, counts[row].astype(total.dtype), 0)
            kept = jnp.clip(reached + drawn, low, high) - jnp.clip(reached, low, high)
            total = total + jnp.where(kept > 0, kept * score, 0)
            reached = reached + drawn
        return (reached, total), None

    nothing = jnp.zeros(counts.shape[1:], scores.dtype)
    (_, total), _ = jax.lax.scan(step, (nothing, nothing), (scores, rows))
    return total


def four_aggregates(scores: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, "*point 4"]:
    """The four aggregates of rliable side by side: median, IQM, mean, optimality gap."""
    return jnp.stack([statistic(scores, valid=valid) for statistic in FOUR_AGGREGATES.values()], axis=-1)


def _four_aggregates(table: ScoreTable, counts: Counts) -> Float[Array, "4 replicate"]:
    return jnp.stack([FROM_COUNTS[statistic](table, counts) for statistic in FOUR_AGGREGATES.values()])


def means_by_task(scores: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, "*point task"]:
    """Mean over the valid runs of each task."""
    return per_point(task_means, scores, valid)


FOUR_AGGREGATES = {"median": median_of_task_means, "iqm": iqm, "mean": mean, "optimality_gap": optimality_gap}
FROM_COUNTS: dict[Statistic, Evaluate] = {
    mean: _mean,
    median_of_task_means: _median_of_task_means,
    iqm: _iqm,
    iqm_exact: _iqm_exact,
    optimality_gap: _optimality_gap,
    four_aggregates: _four_aggregates,
    means_by_task: _task_means,
}


def moves_with_scores(statistic: Statistic) -> bool:
    """Whether the statistic of x + c is known to be that of x, plus c."""
    inner = statistic.statistic if isinstance(statistic, pointwise) else statistic
    return inner in (mean, median_of_task_means, iqm, iqm_exact, means_by_task)


def counted_form(statistic: Statistic) -> Evaluate | None:
    """The counted form of a statistic; None if there is none."""
    inner = statistic.statistic if isinstance(statistic, pointwise) else statistic
    return FROM_COUNTS.get(inner)


def from_counts(evaluate: Evaluate, tables: ScoreTable, counts: Counts) -> Float[Array, "replicate component"]:
    """The aggregate at every point; a NaN score makes its point undefined in every replicate."""

    def at_point(table: ScoreTable) -> Float[Array, "*component replicate"]:
        return _masked.undefined_unless(~table.diverged(), evaluate(table, counts))

    values = jnp.moveaxis(jax.lax.map(at_point, tables), -1, 0)
    return values.reshape(values.shape[0], -1)
