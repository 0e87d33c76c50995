"""Plain numbers of runs, a row per configuration, over the runs: `aggregate` for scores without an Analysis."""

import jax

from .. import stats
from .._types import Array, ArrayLike, Bool, Float, PRNGKeyArray
from ..stats import Interval


def iqm_of_rows(
    values: Float[Array, "configuration run"],
    key: PRNGKeyArray,
    *,
    level: ArrayLike = 0.95,
    valid: Bool[Array, "configuration run"],
) -> list[Interval]:
    """The IQM of each row with its run-level bootstrap interval.

    Row by row, so that another number of rows compiles nothing.
    """
    keys = jax.random.split(key, values.shape[0])
    return [_iqm(*row, level) for row in zip(keys, values, valid, strict=True)]


@jax.jit
def _iqm(key: PRNGKeyArray, scores: Array, valid: Array, level: ArrayLike) -> Interval:
    return stats.bootstrap_interval(key, stats.iqm, scores, unit="run", level=level, valid=valid)
