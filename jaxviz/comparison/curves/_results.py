"""`Curves`: how algorithms learn, at the same share of the budget of each task."""

import equinox as eqx

from ..._shown import Result
from ..._types import Array, Float, Int
from ...stats.resampling import Interval
from .._settings import Scale


class Curves(Result):
    """Learning curves of algorithms at equal shares of the budget of each task.

    Higher is better in `iqm` and `band`, unless `minimize` and scores are raw; `by_task` is in units of the metric.
    """

    share: Float[Array, " point"]
    """Share of the budget, from above 0 to 1."""
    budget: Float[Array, " task"]
    """Environment steps of the share 1: what the algorithm with the least went, in its longest run."""
    iqm: Interval
    """IQM over all runs of the common tasks, normalised, with a pointwise interval [algorithm, point]."""
    band: Interval
    """The same with a band that holds the whole curve at once [algorithm, point]."""
    by_task: Interval
    """IQM over runs, not normalised, with a pointwise interval [algorithm, task, point]."""
    runs: Int[Array, "algorithm task point"]
    """Runs with a value there; a run that diverged counts as the worst from then on."""
    algorithms: tuple[str, ...] = eqx.field(static=True)
    task_names: tuple[str, ...] = eqx.field(static=True)
    common: tuple[str, ...] = eqx.field(static=True)
    """The tasks that all algorithms have: `iqm` and `band` are over these."""
    metric: str = eqx.field(static=True)
    minimize: bool = eqx.field(static=True)
    scale: Scale = eqx.field(static=True)
