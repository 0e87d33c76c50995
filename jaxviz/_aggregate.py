"""`aggregate`: an Analysis reduced over its runs, with intervals, and `Aggregate`, its result."""

from functools import partial
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from . import _groups, _masked
from ._analysis import Analysis
from ._types import Array, Bool, Float, Int, PRNGKeyArray, PyTree
from .stats import _across_runs, _convergence, _order, _resampling
from .stats._resampling import Interval

Statistic = Literal["iqm", "mean", "median"]
QUANTILE_LEVELS: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)


class CurveAggregate(eqx.Module):
    """A curve over runs: at each point the estimate with its interval, the spread, and how many runs are behind it."""

    step: Int[Array, " point"] | None
    """Environment steps; None: only the order is known."""
    interval: Interval
    """Estimate, low and high [point]."""
    mean: Float[Array, " point"]
    std: Float[Array, " point"]
    """Over runs, ddof 1."""
    quantiles: Float[Array, "quantile point"]
    """At `QUANTILE_LEVELS`, over runs."""
    count: Int[Array, " point"]
    """Runs with a value at the point."""


class CrossingAggregate(eqx.Module):
    """When the runs met the target; runs that never did are censored, not dropped."""

    fraction_reached: Interval
    """Share of runs that did, Wilson score interval."""
    restricted_mean: Interval
    """Mean steps to the target within the common budget; runs that never get there count the budget, ↓."""
    median: Float[Array, ""]
    """Kaplan-Meier median; NaN where fewer than half got there."""


class Aggregate(eqx.Module):
    """An Analysis over its runs: in each group an `Interval` stands where the Analysis has one number per run."""

    curve: CurveAggregate
    losses: dict[str, CurveAggregate] | None
    evaluation: CurveAggregate | None
    windows: dict[str, CurveAggregate] | None
    """Trailing means by episode index, for each window."""
    episodes: _groups.EpisodeStatistics | None
    performance: _groups.Performance | None
    stability: _groups.Stability | None
    entropy: _groups.PolicyEntropy | None
    crossing: CrossingAggregate | None
    extra: dict[str, PyTree] | None
    target: Float[Array, ""] | None
    runs: Int[Array, ""]
    """Number of runs N."""
    diverged: Int[Array, ""]
    """Number of runs with values that are not finite."""
    statistic: str = eqx.field(static=True)
    """"iqm", "mean" or "median": what the estimates are."""
    estimand: str = eqx.field(static=True)
    source: str = eqx.field(static=True)
    window: int = eqx.field(static=True)
