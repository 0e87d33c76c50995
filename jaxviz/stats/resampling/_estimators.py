"""What a statistic is called."""

import functools

import equinox as eqx

from ... import _masked
from ..._types import Array, Bool, Float
from .._engine._intervals import minus
from ..across_runs._scores import iqm, iqm_exact, mean, median_of_task_means, optimality_gap
from ._counts import Statistic, four_aggregates, means_by_task, pointwise


class PairedDifference(eqx.Module):
    """statistic(x) − statistic(y) of runs that belong together."""

    statistic: Statistic = eqx.field(static=True)

    def __call__(self, x: Array, y: Array, **masks: Bool[Array, "..."]) -> Float[Array, "*component"]:
        return minus(*(_masked.as_float(self.statistic(side, **masks)) for side in (x, y)))


NAMES: dict[Statistic, str] = {
    mean: "mean",
    iqm: "IQM",
    iqm_exact: "IQM with fractional weights",
    median_of_task_means: "median of task means",
    optimality_gap: "optimality gap",
    means_by_task: "mean of each task",
    four_aggregates: "four aggregates",
}


def estimator_of(statistic: Statistic) -> str:
    """The name of a statistic in words; of a function that nobody knows, its own."""
    if isinstance(statistic, pointwise):
        return estimator_of(statistic.statistic)
    if isinstance(statistic, functools.partial):
        return estimator_of(statistic.func)
    if isinstance(statistic, PairedDifference):
        return difference_in(estimator_of(statistic.statistic))
    own = getattr(statistic, "__name__", type(statistic).__name__)
    words = own.replace("_", " ").strip()
    return NAMES.get(statistic, "statistic" if "<" in words else words)


def difference_in(estimator: str) -> str:
    """The name of a difference of two estimates."""
    return f"difference in {estimator}"
