"""How runs are aggregated: the statistic over runs, the interval around it, the points of curves."""

from typing import Literal, NamedTuple, Protocol, get_args

import jax.numpy as jnp

from .. import stats
from .._types import Array, ArrayLike, Bool, Float
from ..stats.resampling._bootstrap import Method

Statistic = Literal["iqm", "mean", "median"]


class OverRuns(Protocol):
    """A statistic over the leading axis of [run, 1, point]: one task, aggregated at each point."""

    def __call__(
        self, scores: ArrayLike, /, *, valid: Bool[Array, "run task point"] | None = None
    ) -> Float[Array, " point"]: ...


def _median_over_runs(scores: ArrayLike, /, *, valid: Bool[Array, "run task point"] | None = None) -> Array:
    """`stats.quantile_band` needs no axis of tasks."""
    mask = None if valid is None else valid[:, 0]
    return stats.quantile_band(jnp.asarray(scores)[:, 0], (0.5,), valid=mask)[0]


STATISTICS: dict[Statistic, OverRuns] = {"iqm": stats.iqm, "mean": stats.mean, "median": _median_over_runs}
assert tuple(STATISTICS) == get_args(Statistic)


class Resolution(NamedTuple):
    """How many points the curves over runs have."""

    episodes: int
    """Of curves by episode, which share no points of their own."""
    updates: int | None
    """Of all other curves, at most; None: every point they have."""


class Settings(NamedTuple):
    """How runs are aggregated. All but `level` are static: other settings compile again."""

    level: Array
    statistic: Statistic
    method: Method
    reps: int
    resolution: Resolution
