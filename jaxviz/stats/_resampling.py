"""Bootstrap intervals with a named resampling unit, of any statistic of one or two samples of runs."""

import functools
from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Num, PRNGKeyArray
from ._bootstrap import Comparison, Difference, OneSample
from ._counts import FOUR_AGGREGATES, four_aggregates, pointwise
from ._distributions import level_z, t_critical
from ._intervals import Interval, corrected_tails, percentile_bounds, studentized_bounds, tails
from ._jackknife import acceleration, jackknife_error
from ._units import Unit, make_sample

Method = Literal["percentile", "basic", "bc", "bca", "studentized", "normal", "t"]
METHODS: tuple[str, ...] = get_args(Method)
Bootstrap = OneSample | Difference | Comparison


def bootstrap_interval(
    key: PRNGKeyArray,
    statistic: Callable[..., ArrayLike],
    *data: Num[Array, "run *rest"],
    unit: Unit,
    method: Method = "percentile",
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid: Bool[Array, "run *rest"] | None = None,
) -> Interval:
    """Bootstrap interval of any statistic of runs.

    TODO
    """
    _check(method, reps)
    sample = make_sample(data, valid, unit)
    if isinstance(statistic, pointwise) and unit != "run":
        raise ValueError(f"`unit` must be 'run' for a statistic at every point of a curve, got {unit!r}")
    return _interval(OneSample(statistic, sample), key, level, method, unit, reps)


def bootstrap_difference(
    key: PRNGKeyArray,
    statistic: Callable[..., ArrayLike],
    x: Num[Array, "run *rest"],
    y: Num[Array, "run *rest"],
    *,
    unit: Unit,
    method: Method = "percentile",
    level: ArrayLike = 0.95,
    reps: int = 2000,
    paired: bool = False,
    valid_x: Bool[Array, "run *rest"] | None = None,
    valid_y: Bool[Array, "run *rest"] | None = None,
) -> Interval:
    """Bootstrap interval of statistic(x) − statistic(y)."""
    _check(method, reps)
    if not paired:
        samples = (make_sample((x,), valid_x, unit), make_sample((y,), valid_y, unit))
        return _interval(Difference(*(OneSample(statistic, s) for s in samples)), key, level, method, unit, reps)
    if jnp.shape(x)[:1] != jnp.shape(y)[:1]:
        raise ValueError(f"paired samples need the same runs, got shapes {jnp.shape(x)} and {jnp.shape(y)}")
    sample = make_sample((x, y), _both(valid_x, valid_y), unit)
    return _interval(OneSample(_PairedDifference(statistic), sample), key, level, method, unit, reps)


def bootstrap_comparison(
    key: PRNGKeyArray,
    statistic: Callable[..., ArrayLike],
    x: Num[Array, "run *rest"],
    y: Num[Array, "run *rest"],
    *,
    unit: Unit,
    method: Method = "percentile",
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid_x: Bool[Array, "run *rest"] | None = None,
    valid_y: Bool[Array, "run *rest"] | None = None,
) -> Interval:
    """Bootstrap interval of statistic(x, y), for example of a probability of improvement."""
    _check(method, reps)
    samples = (make_sample((x,), valid_x, unit), make_sample((y,), valid_y, unit))
    return _interval(Comparison(statistic, *samples), key, level, method, unit, reps)


def aggregate_intervals(
    key: PRNGKeyArray,
    scores: Num[Array, "run task"],
    *,
    reps: int = 50_000,
    level: ArrayLike = 0.95,
    method: Method = "percentile",
    unit: Unit = "cell",
    valid: Bool[Array, "run *task"] | None = None,
) -> dict[str, Interval]:
    """Bootstrap intervals of the four aggregates of rliable."""
    runs, tasks = jnp.shape(scores)
    four = bootstrap_interval(
        key, four_aggregates, scores, unit=unit, method=method, level=level, reps=reps, valid=valid
    )
    return {name: _component(four, k) for k, name in enumerate(FOUR_AGGREGATES)}


def _component(interval: Interval, k: int) -> Interval:
    vector = interval.estimate.shape
    return jax.tree.map(lambda leaf: leaf[k] if leaf.shape == vector else leaf, interval)


def _check(method: str, reps: int) -> None:
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {', '.join(METHODS)}; got {method!r}")
    if reps < 1:
        raise ValueError(f"`reps` must be at least 1, got {reps}")


def _both(a: Bool[Array, "..."] | None, b: Bool[Array, "..."] | None) -> Bool[Array, "..."] | None:
    """Pairs of which both sides are there."""
    masks = [jnp.asarray(mask) for mask in (a, b) if mask is not None]
    return functools.reduce(jnp.logical_and, masks) if masks else None


class _PairedDifference(eqx.Module):
    statistic: Callable[..., ArrayLike] = eqx.field(static=True)

    def __call__(self, x: Array, y: Array, **masks: Bool[Array, "..."]) -> Float[Array, "*component"]:
        return _masked.as_float(self.statistic(x, **masks)) - _masked.as_float(self.statistic(y, **masks))


@partial(jax.jit, static_argnames=("method", "unit", "reps"))
def _interval(
    bootstrap: Bootstrap, key: PRNGKeyArray, level: ArrayLike, method: Method, unit: str, reps: int
) -> Interval:
    estimate, size = bootstrap.estimate(), bootstrap.size()
    theta = estimate.ravel()
    left_out = jnp.zeros((), jnp.int32)
    if method == "t":
        low, high = _t_bounds(bootstrap, theta, size.runs, level)
    elif method == "studentized":
        low, high, left_out = _studentized(bootstrap, key, theta, level, reps)
    else:
        low, high = _bounds(bootstrap, key, theta, level, method, reps)
    repeated = jnp.broadcast_to(size.repeats >= 2, estimate.shape)
    return Interval(
        estimate=estimate,
        low=_masked.undefined_unless(repeated, low.reshape(estimate.shape)),
        high=_masked.undefined_unless(repeated, high.reshape(estimate.shape)),
        n=size.runs,
        n_tasks=jnp.asarray(size.tasks, jnp.int32),
        level=jnp.asarray(level, estimate.dtype),
        left_out=left_out.reshape(estimate.shape) if left_out.ndim else left_out,
        method=method,
        unit=unit,
        reps=0 if method == "t" else reps,
    )


def _bounds(bootstrap: Bootstrap, key: PRNGKeyArray, theta, level: ArrayLike, method: Method, reps: int):
    values = bootstrap.replicates(key, reps)
    if method == "normal":
        reach = level_z(level, theta.dtype) * jax.vmap(_masked.std, in_axes=(1, None, None))(
            values, jnp.ones(reps, bool), 1
        )
        return theta - reach, theta + reach
    low, high = tails(level, theta.dtype)
    if method in ("bc", "bca"):
        bend = acceleration(bootstrap.left_out()) if method == "bca" else jnp.zeros_like(theta)
        low, high = corrected_tails(theta, values, bend, level)
    low, high = percentile_bounds(values, low, high)
    if method == "basic":
        low, high = 2 * theta - high, 2 * theta - low
    same = jnp.min(values, axis=0) == jnp.max(values, axis=0)
    return jnp.where(same, theta, low), jnp.where(same, theta, high)


def _studentized(bootstrap, key, theta, level, reps):
    values, errors = bootstrap.replicates_with_errors(key, reps)
    low, high, left_out = studentized_bounds(theta, jackknife_error(bootstrap.left_out()), values, errors, level)
    same = jnp.min(values, axis=0) == jnp.max(values, axis=0)
    return jnp.where(same, theta, low), jnp.where(same, theta, high), left_out


def _t_bounds(bootstrap, theta, runs, level):
    alpha = 1 - jnp.asarray(level, theta.dtype)
    critical = jnp.vectorize(partial(t_critical, alpha))(jnp.maximum(runs - 1, 1).astype(theta.dtype))
    reach = jnp.broadcast_to(critical.ravel(), theta.shape) * jackknife_error(bootstrap.left_out())
    return theta - reach, theta + reach
