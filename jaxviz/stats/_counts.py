"""Aggregates of a replicate from how often each run was drawn, without ever building the replicate.

Sorting is done once: the order of the scores does not change with the counts. One table of scores is x [run, task];
counts are [run, replicate] for the unit `run` and [run, task, replicate] for `cell`; replicates lie on vector lanes.
`valid` is None where the table is complete.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Int
from ._across_runs import cell_validity, iqm, iqm_exact, mean, median_of_task_means, optimality_gap

Counts = Int[Array, "run *task replicate"]
Table = Float[Array, "run task"]
Validity = Bool[Array, "run task"] | None
CELLS_PER_STEP = 16


class pointwise(eqx.Module):  # noqa: N801 (used like a function)
    """`statistic` of one task's scores [run], applied at every point of a curve set [run, *point].

    pointwise(iqm)(curves)[t] = iqm(curves[:, t])
    """

    statistic: Callable[..., Any] = eqx.field(static=True)

    def __call__(self, curves: ArrayLike, *, valid: Bool[Array, "run *point"] | None = None) -> Float[Array, "*point"]:
        curves = _masked.as_float(curves)
        points = curves.reshape(curves.shape[0], -1)
        if valid is None:
            values = jax.vmap(self.statistic, in_axes=1)(points)
        else:
            masks = cell_validity(curves, valid).reshape(points.shape)
            values = jax.vmap(lambda x, valid: self.statistic(x, valid=valid), in_axes=1)(points, masks)
        return values.reshape(curves.shape[1:] + values.shape[1:])


def task_sums(y: Table, counts: Counts) -> Float[Array, "task replicate"]:
    """Σ_n c_n·y_n in each task; a run that was not drawn adds nothing even where y is infinite."""
    weight = counts.astype(y.dtype)
    if counts.ndim == 3:
        return jnp.sum(jnp.where(counts > 0, y[:, :, None] * weight, 0), axis=0)
    total = _weighted(jnp.where(jnp.isfinite(y), y, 0), weight)
    for infinity in (jnp.inf, -jnp.inf):
        drawn = _weighted((y == infinity).astype(y.dtype), weight) > 0
        total = total + jnp.where(drawn, infinity, 0)
    return total


def _weighted(y: Table, weight: Float[Array, "run replicate"]) -> Float[Array, "task replicate"]:
    return jnp.einsum("nt,nb->tb", y, weight, precision="highest")


def _task_totals(x: Table, valid: Validity, counts: Counts) -> Float[Array, "task _"]:
    """How many valid draws each task has."""
    if valid is None:
        return jnp.full((x.shape[1], 1), x.shape[0], x.dtype)
    return task_sums(valid.astype(x.dtype), counts)


def _task_means(x: Table, valid: Validity, counts: Counts) -> Float[Array, "task replicate"]:
    """Mean of each task, around its first score so that equal scores give exactly that score."""
    first = x[:1] if valid is None else jax.vmap(_masked.first, in_axes=1)(x, valid)[None]
    first = jnp.where(jnp.isfinite(first), first, 0)
    deviation = x - first if valid is None else _masked.blank(x - first, valid)
    return first.T + _masked.ratio(*jnp.broadcast_arrays(task_sums(deviation, counts), _task_totals(x, valid, counts)))


def _mean(x: Table, valid: Validity, counts: Counts) -> Float[Array, " replicate"]:
    return jnp.mean(_task_means(x, valid, counts), axis=0)


def _median_of_task_means(x: Table, valid: Validity, counts: Counts) -> Float[Array, " replicate"]:
    return jnp.median(_task_means(x, valid, counts), axis=0)


def _optimality_gap(x: Table, valid: Validity, counts: Counts) -> Float[Array, " replicate"]:
    return 1 - _mean(jnp.minimum(x, jnp.ones_like(x)), valid, counts)


def _iqm(x: Table, valid: Validity, counts: Counts) -> Float[Array, " replicate"]:
    return _trimmed(x, valid, counts, exact=False)


def _iqm_exact(x: Table, valid: Validity, counts: Counts) -> Float[Array, " replicate"]:
    return _trimmed(x, valid, counts, exact=True)


def _trimmed(x: Table, valid: Validity, counts: Counts, *, exact: bool) -> Float[Array, " replicate"]:
    """Interquartile mean from cumulative counts of the sorted cells.

    With C_s the number of draws of the s smallest cells, cell s keeps clip(C_s, k, n − k) − clip(C_{s−1}, k, n − k) of
    them.
    """
    totals = _task_totals(x, valid, counts)
    n = jnp.sum(totals, axis=0)
    cut = n / 4 if exact else jnp.floor(n / 4)
    scores, rows = _sorted_cells(x, valid, counts)
    middle = scores[(scores.shape[0] - 1) // 2]
    middle = jnp.where(jnp.isfinite(middle), middle, 0)
    kept = _kept_sum(scores - middle, rows, counts.reshape(-1, counts.shape[-1]), cut, n - cut)
    undefined = jnp.any(totals == 0, axis=0)
    return middle + _masked.ratio(*jnp.broadcast_arrays(kept, jnp.where(undefined, 0, n - 2 * cut)))


def _sorted_cells(x: Table, valid: Validity, counts: Counts) -> tuple[Float[Array, " cell"], Int[Array, " cell"]]:
    """Cells in order with their row in the flattened counts; cells that are not there come last, with row −1."""
    run, task = (jax.lax.broadcasted_iota(jnp.int32, x.shape, axis) for axis in (0, 1))
    row = run if counts.ndim == 2 else run * x.shape[1] + task
    if valid is not None:
        x, row = _masked.blank(x, valid, jnp.inf), jnp.where(valid, row, -1)
    scores, rows = jax.lax.sort((x.ravel(), row.ravel()), num_keys=1)
    absent = rows < 0
    return jnp.where(absent, jnp.zeros_like(scores), scores), rows


def _kept_sum(
    scores: Float[Array, " cell"],
    rows: Int[Array, " cell"],
    counts: Int[Array, "row replicate"],
    low: Float[Array, " _"],
    high: Float[Array, " _"],
) -> Float[Array, " replicate"]:
    """Σ of the draws whose place in the order lies in (low, high], a few cells at a time."""
    padding = -scores.shape[0] % CELLS_PER_STEP
    scores = jnp.pad(scores, (0, padding)).reshape(-1, CELLS_PER_STEP)
    rows = jnp.pad(rows, (0, padding), constant_values=-1).reshape(-1, CELLS_PER_STEP)

    def step(carry, cells):
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


def four_aggregates(scores: ArrayLike, *, valid: Bool[Array, "run *rest"] | None = None) -> Float[Array, "*point 4"]:
    """The four aggregates of rliable side by side: median, IQM, mean, optimality gap."""
    return jnp.stack([statistic(scores, valid=valid) for statistic in FOUR_AGGREGATES.values()], axis=-1)


def _four_aggregates(x: Table, valid: Validity, counts: Counts) -> Float[Array, "4 replicate"]:
    return jnp.stack([FROM_COUNTS[statistic](x, valid, counts) for statistic in FOUR_AGGREGATES.values()])


FOUR_AGGREGATES = {"median": median_of_task_means, "iqm": iqm, "mean": mean, "optimality_gap": optimality_gap}
Evaluate = Callable[[Table, Validity, Counts], Float[Array, "*component replicate"]]
FROM_COUNTS: dict[Callable[..., Any], Evaluate] = {
    mean: _mean,
    median_of_task_means: _median_of_task_means,
    iqm: _iqm,
    iqm_exact: _iqm_exact,
    optimality_gap: _optimality_gap,
    four_aggregates: _four_aggregates,
}


def counted_form(statistic: Callable[..., Any]) -> Evaluate | None:
    """How to evaluate the statistic from counts, if that is known."""
    inner = statistic.statistic if isinstance(statistic, pointwise) else statistic
    return FROM_COUNTS.get(inner)


def score_tables(
    statistic: Callable[..., Any], scores: Float[Array, "run *rest"], valid: Bool[Array, "run *rest"] | None
) -> tuple[Float[Array, "point run task"], Bool[Array, "point run task"] | None]:
    """One table per point: of the only task where the statistic is pointwise or scores are [run]."""
    one_task = isinstance(statistic, pointwise) or scores.ndim == 1
    table = (scores.shape[0], 1 if one_task else scores.shape[1], -1)
    tables = jnp.moveaxis(scores.reshape(table), -1, 0)
    if valid is None:
        return tables, None
    return tables, jnp.moveaxis(cell_validity(scores, valid).reshape(table), -1, 0)


def from_counts(
    evaluate: Evaluate,
    tables: Float[Array, "point run task"],
    valid: Bool[Array, "point run task"] | None,
    counts: Counts,
) -> Float[Array, "replicate component"]:
    """The aggregate at every point; a valid NaN makes its point undefined in every replicate."""

    def at_point(table: tuple[Table, Validity]) -> Float[Array, "*component replicate"]:
        x, present = table
        diverged = jnp.any(jnp.isnan(x) if present is None else jnp.isnan(x) & present)
        x = x if present is None else _masked.blank(x, present)
        return _masked.undefined_unless(~diverged, evaluate(x, present, counts))

    values = jnp.moveaxis(jax.lax.map(at_point, (tables, valid)), -1, 0)
    return values.reshape(values.shape[0], -1)
