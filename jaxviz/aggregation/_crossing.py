"""When runs met their target, over runs."""

from .. import _steps, stats
from .._shown import Result
from .._types import Array, Float, PRNGKeyArray
from ..analysis import Convergence
from ..stats import Interval


class ReachedAggregate(Result):
    """A `Crossing` over runs of which only the share is kept: the time it took them is censored, and has no mean."""

    reached: Interval
    """Share of runs that met the level."""


class CrossingAggregate(Result):
    """When the runs met the target; runs that never did are censored, not dropped."""

    fraction_reached: Interval
    """Share of runs that met it, Wilson score interval."""
    restricted_mean: Interval
    """Mean steps to the target within the common budget, ↓; a run that never meets it counts as the whole budget.

    Its interval (Dirichlet weights) reaches up to the budget if hardly any run met it.
    """
    median: Float[Array, ""]
    """Kaplan-Meier median of the steps to the target; NaN if fewer than half of the runs met it. A point
    estimate without an interval: report `restricted_mean`, which has one."""


def crossing(convergence: Convergence | None, key: PRNGKeyArray, level: Array, reps: int) -> CrossingAggregate | None:
    """Crossings with censoring, up to the budget that every run had; None without a target."""
    if convergence is None or convergence.crossing is None:
        return None
    time, reached = convergence.crossing.step, convergence.crossing.reached
    followed = _steps.at_most(0, convergence.last_step)
    horizon = _steps.smallest(convergence.last_step, followed)
    return CrossingAggregate(
        fraction_reached=stats.fraction_of_runs(reached, level=level),
        restricted_mean=stats.restricted_mean_interval(
            key, time, reached, horizon, level=level, reps=reps, valid=followed
        ),
        median=stats.median_crossing(time, reached, valid=followed),
    )
