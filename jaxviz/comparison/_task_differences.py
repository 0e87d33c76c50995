"""Differences of algorithms on single tasks."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Int
from ..stats.resampling import Interval
from ._results import Comparison, Tasks


def task_differences(comparison: Comparison, first: int, second: int) -> Interval:
    """Mean of `first` less mean of `second` on each task [task], with the intervals of both squared and added.

    d − √((x̄ − l_x)² + (u_y − ȳ)²),  d + √((u_x − x̄)² + (ȳ − l_y)²),  d = x̄ − ȳ

    At the level of the comparison for each task by itself, not adjusted for their number. NaN where one has no run, or
    an interval is undefined. n is that of the one with fewer runs. Source: Newcombe 1998; Zou and Donner 2008.
    """
    return _differences(comparison.tasks, first, second)


@jax.jit
def _differences(tasks: Tasks, first: ArrayLike, second: ArrayLike) -> Interval:
    ends = jnp.stack([tasks.mean.estimate, tasks.mean.low, tasks.mean.high])
    x, y = ends[:, first], ends[:, second]
    difference = x[0] - y[0]
    return Interval(
        estimate=difference,
        low=difference - jnp.hypot(x[0] - x[1], y[2] - y[0]),
        high=difference + jnp.hypot(x[2] - x[0], y[0] - y[1]),
        n=jnp.minimum(tasks.runs[first], tasks.runs[second]),
        n_tasks=tasks.mean.n_tasks,
        level=tasks.mean.level,
        left_out=tasks.mean.left_out,
        method="square-and-add",
        unit=tasks.mean.unit,
        reps=tasks.mean.reps,
        estimator="difference in mean",
    )


@jax.jit
def differences_by_task(
    x: Float[Array, "algorithm run task"], present: Bool[Array, "algorithm run task"], pairs: Int[Array, "pair 2"]
) -> Float[Array, "pair task"]:
    """Mean over the runs of the first of each pair less that of the second; NaN where one has no run."""
    means = jax.vmap(jax.vmap(_masked.mean, in_axes=1))(x, present)
    return means[pairs[:, 0]] - means[pairs[:, 1]]
