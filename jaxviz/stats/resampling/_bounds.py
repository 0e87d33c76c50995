"""From a bootstrap to an Interval: one function a family of methods."""

from functools import partial

import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._types import Array, ArrayLike, Int, PRNGKeyArray
from .._engine._distributions import level_z, t_by_freedom
from .._engine._intervals import (
    Components,
    Interval,
    Method,
    Replicates,
    Unit,
    corrected_tails,
    hall_bounds,
    percentile_bounds,
    stretched,
    studentized_bounds,
    tails,
)
from ._jackknife import acceleration, jackknife_error, jackknife_freedom
from ._replicates import Comparison, Difference, OneSample

Bootstrap = OneSample | Difference | Comparison
Bounds = tuple[Components, Components]
FORMULAS: tuple[Method, ...] = ("t", "hall")
"""Methods that resample nothing."""


@partial(jax.jit, static_argnames=("method", "unit", "reps"))
def interval_of(
    bootstrap: Bootstrap, key: PRNGKeyArray, level: ArrayLike, method: Method, unit: Unit, reps: int
) -> Interval:
    """The interval of every component; NaN bounds where nothing is repeated, or where one replicate says nothing."""
    estimate, size = bootstrap.estimate(), bootstrap.size()
    theta, level = estimate.ravel(), _levels.level(level, estimate.dtype)
    left_out = jnp.zeros((), jnp.int32)
    if method in FORMULAS:
        low, high = _from_influences(bootstrap, theta, level, method)
    elif method == "studentized":
        low, high, left_out = _studentized(bootstrap, key, theta, level, reps)
    else:
        low, high = _from_replicates(bootstrap, key, theta, level, method, reps)
    repeated = (size.repeats >= 2) & (method in FORMULAS or reps >= 2) & ~jnp.isnan(level)
    defined = jnp.broadcast_to(repeated, estimate.shape)
    return Interval(
        estimate=estimate,
        low=_masked.undefined_unless(defined, low.reshape(estimate.shape)),
        high=_masked.undefined_unless(defined, high.reshape(estimate.shape)),
        n=size.runs,
        n_tasks=jnp.asarray(size.tasks, jnp.int32),
        level=level,
        left_out=left_out.reshape(estimate.shape) if left_out.ndim else left_out,
        method=method,
        unit=unit,
        reps=0 if method in FORMULAS else reps,
        estimator=bootstrap.estimator,
    )


def _from_replicates(
    bootstrap: Bootstrap, key: PRNGKeyArray, theta: Components, level: ArrayLike, method: Method, reps: int
) -> Bounds:
    if method == "scaled":
        return _scaled(bootstrap, key, theta, level, reps)
    values = bootstrap.replicates(key, reps)
    if method == "normal":
        error = jax.vmap(lambda column: _masked.std(column, jnp.ones(reps, bool), 1), in_axes=1)(values)
        reach = level_z(level, theta.dtype) * error
        return theta - reach, theta + reach
    low, high = tails(level, theta.dtype)
    if method in ("bc", "bca"):
        bend = acceleration(bootstrap.centred().left_out()) if method == "bca" else jnp.zeros_like(theta)
        low, high = corrected_tails(theta, values, bend, level)
    low, high = percentile_bounds(values, low, high)
    if method == "basic":
        low, high = (jnp.where(jnp.isinf(theta), theta, 2 * theta - bound) for bound in (high, low))
    return _unless_all_equal(values, theta, low, high)


def _scaled(bootstrap: Bootstrap, key: PRNGKeyArray, theta: Components, level: ArrayLike, reps: int) -> Bounds:
    values, stretch = bootstrap.replicates_to_stretch(key, reps)
    freedom = stretch.freedom.ravel() if stretch.freedom.ndim else stretch.freedom[None]
    reach = t_by_freedom(1 - jnp.asarray(level, theta.dtype), freedom, stretch.most)
    factor = stretch.inflation.ravel() * reach / level_z(level, theta.dtype)
    low, high = (stretched(bound, theta, factor) for bound in percentile_bounds(values, *tails(level, theta.dtype)))
    return _unless_all_equal(values, theta, low, high)


def _studentized(
    bootstrap: Bootstrap, key: PRNGKeyArray, theta: Components, level: ArrayLike, reps: int
) -> tuple[Components, Components, Int[Array, " component"]]:
    near = bootstrap.centred()
    values, errors = near.replicates_with_errors(key, reps)
    error, centre = jackknife_error(near.left_out()), near.estimate().ravel()
    low, high, left_out = studentized_bounds(centre, error, values, errors, level)
    low, high = _unless_all_equal(values, centre, low, high)
    return theta + (low - centre), theta + (high - centre), left_out


def _unless_all_equal(values: Replicates, theta: Components, low: Components, high: Components) -> Bounds:
    """The bounds, or the estimate itself if all replicates are equal."""
    same = jnp.min(values, axis=0) == jnp.max(values, axis=0)
    return jnp.where(same, theta, low), jnp.where(same, theta, high)


def _from_influences(bootstrap: Bootstrap, theta: Components, level: ArrayLike, method: Method) -> Bounds:
    groups = bootstrap.centred().left_out()
    error, freedom = jackknife_error(groups), jackknife_freedom(groups)
    reach = t_by_freedom(1 - jnp.asarray(level, theta.dtype), freedom, freedom.size)
    bend = acceleration(groups) if method == "hall" else jnp.zeros_like(theta)
    return hall_bounds(theta, error, bend, reach)
