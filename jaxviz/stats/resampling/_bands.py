"""Bands that hold a whole curve."""

from functools import partial

import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._types import ArrayLike, Num, PRNGKeyArray
from .._engine._distributions import level_z
from .._engine._intervals import Interval
from ..across_runs._scores import CellMask, mean
from ..one_run._order import quantile
from ._counts import Statistic, pointwise
from ._replicates import OneSample
from ._units import make_sample


def simultaneous_band(
    key: PRNGKeyArray,
    curves: Num[ArrayLike, "run ..."],
    statistic: Statistic = mean,
    *,
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid: CellMask | None = None,
) -> Interval:
    """A band that holds the whole curve at once with the given confidence (sup-t), runs being resampled whole.

    θ̂(t) ± c·se(t),  se(t) = sd_b θ*_b(t),  c = Q_level over b of max_t |θ*_b(t) − θ̂(t)|/se(t)

    Shapes: [run, time], `statistic` of one time's runs [run] → []; or [run, task, time], `statistic` of [run, task,
    time] → [time]. → [time]. Never narrower than the pointwise normal band. Times with se = 0 or n(t) < 2 are left out
    of the maximum; there the band is the estimate, or NaN. Source: Montiel Olea & Plagborg-Møller 2019. Pointwise
    intervals joined to a band hold the curve much less often than they say.
    """
    curves = _masked.as_float(curves)
    if curves.ndim < 2:
        raise ValueError(f"`curves` must be [run, time] or [run, task, time], got shape {curves.shape}")
    if reps < 2:
        raise ValueError(f"`reps` must be at least 2, got {reps}")
    _levels.check(level)
    at_points = pointwise(statistic) if curves.ndim == 2 else statistic
    return _band(OneSample(at_points, make_sample((curves,), valid, "run")), key, level, reps)


@partial(jax.jit, static_argnames="reps")
def _band(bootstrap: OneSample, key: PRNGKeyArray, level: ArrayLike, reps: int) -> Interval:
    estimate, size = bootstrap.estimate(), bootstrap.size()
    theta = estimate.ravel()
    values = bootstrap.replicates(key, reps)
    error = jax.vmap(lambda column: _masked.std(column, jnp.ones(reps, bool), 1), in_axes=1)(values)
    repeated = jnp.broadcast_to(size.repeats >= 2, estimate.shape).ravel()
    usable = repeated & (error > 0)
    level = _levels.level(level, theta.dtype)
    distance = jnp.abs(values - theta[None]) / jnp.where(usable, error, 1)[None]
    farthest = jnp.max(_masked.blank(distance, jnp.broadcast_to(usable[None], distance.shape)), axis=1)
    reach = jnp.maximum(quantile(farthest, level), level_z(level, theta.dtype)) * error
    return Interval(
        estimate=estimate,
        low=_masked.undefined_unless(repeated, theta - reach).reshape(estimate.shape),
        high=_masked.undefined_unless(repeated, theta + reach).reshape(estimate.shape),
        n=size.runs,
        n_tasks=jnp.asarray(size.tasks, jnp.int32),
        level=level,
        left_out=jnp.zeros((), jnp.int32),
        method="simultaneous",
        unit="run",
        reps=reps,
    )
