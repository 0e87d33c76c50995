"""One bootstrap for everything that is aggregated, and one for each row of plain numbers."""

from collections.abc import Sequence
from dataclasses import replace

import jax
import jax.numpy as jnp

from .. import stats
from .._types import Array, ArrayLike, Bool, Float, PRNGKeyArray
from ..stats import Interval
from ..stats.resampling._bootstrap import components
from ._settings import STATISTICS, Settings, Statistic

ESTIMATORS: dict[Statistic, str] = {"iqm": "IQM", "mean": "mean", "median": "median"}


def bootstrap(
    tables: Sequence[tuple[Float[Array, "run _"], Bool[Array, "run _"]]], key: PRNGKeyArray, settings: Settings
) -> list[Interval]:
    """One interval per table [run, point], all from the same draws of runs: one bootstrap, compiled once."""
    values, valid = (jnp.concatenate(parts, axis=1) for parts in zip(*tables, strict=True))
    if settings.statistic == "mean":  # a run that is the worst of all has a rank, and no mean
        values = jnp.where(jnp.isinf(values), jnp.nan, values)
    whole = stats.bootstrap_interval(
        key,
        STATISTICS[settings.statistic],
        values[:, None],
        unit="run",
        method=settings.method,
        level=settings.level,
        reps=settings.reps,
        valid=valid[:, None],
    )
    whole = replace(whole, estimator=ESTIMATORS[settings.statistic])
    intervals, start = [], 0
    for table, _ in tables:
        intervals.append(components(whole, slice(start, start + table.shape[1])))
        start += table.shape[1]
    return intervals


def iqm_of_rows(
    values: Float[Array, "configuration run"],
    key: PRNGKeyArray,
    *,
    level: ArrayLike = 0.95,
    valid: Bool[Array, "configuration run"],
) -> list[Interval]:
    """The IQM of each row, scores without an Analysis, with its run-level bootstrap interval.

    Row by row, so that another number of rows compiles nothing.
    """
    keys = jax.random.split(key, values.shape[0])
    return [_iqm(*row, level) for row in zip(keys, values, valid, strict=True)]


@jax.jit
def _iqm(key: PRNGKeyArray, scores: Array, valid: Array, level: ArrayLike) -> Interval:
    return stats.bootstrap_interval(key, stats.iqm, scores, unit="run", level=level, valid=valid)
