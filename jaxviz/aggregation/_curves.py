"""Curves over runs."""

import jax.numpy as jnp

from .. import _masked, stats
from .._shown import Result
from .._steps import EntrySteps
from .._types import Array, Float, Int, PRNGKeyArray
from ..analysis import Curve
from ..stats import Interval
from ._curve_tables import CurveTable
from ._settings import Settings


class CurveAggregate(Result):
    """A curve over runs: at each point the estimate with its interval, the spread, and the number of runs behind it."""

    step: EntrySteps | None
    """Environment steps; None: only the order is known."""
    index: Int[Array, " point"]
    """Position of each point in the curves it was made from, from 0."""
    interval: Interval
    """Estimate, low and high [point]."""
    mean: Float[Array, " point"]
    std: Float[Array, " point"]
    """Over runs, ddof 1."""
    quantiles: Float[Array, "quantile point"]
    """At `QUANTILE_LEVELS`, over runs; one that diverged is the worst of all."""
    count: Int[Array, " point"]
    """Runs with a value at the point."""


def summarize(table: CurveTable, interval: Interval) -> CurveAggregate:
    """Interval and spread of curves that share their points."""
    values, valid = table.values, table.valid
    return CurveAggregate(
        step=table.step,
        index=table.place,
        interval=interval,
        mean=stats.mean_over_runs(values, valid=valid),
        std=stats.std_over_runs(values, valid=valid),
        quantiles=stats.quantile_band(table.ranked, valid=valid),
        count=stats.count_over_runs(valid),
    )


def pooled_interval(curve: Curve, place: Int[Array, " point"], key: PRNGKeyArray, settings: Settings) -> Interval:
    """The pooled return at each `place` with a run-level interval: every episode of the drawn runs counts once."""
    value, valid = curve.value[:, place], curve.valid[:, place]
    weight = curve.count[:, place].astype(value.dtype)
    return stats.bootstrap_interval(
        key,
        _pooled,
        _masked.blank(value, valid) * weight,
        weight,
        unit="run",
        method=settings.method,
        level=settings.level,
        reps=settings.reps,
        valid=valid,
    )


def _pooled(total: Array, count: Array, *, valid: Array) -> Float[Array, " point"]:
    """Σ total / Σ count over the valid runs: every episode counts once."""
    valid = valid.reshape(total.shape)
    return _masked.ratio(jnp.sum(_masked.blank(total, valid), axis=0), jnp.sum(_masked.blank(count, valid), axis=0))
