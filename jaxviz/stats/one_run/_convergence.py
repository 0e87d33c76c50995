"""How far a run got and how long it took: levels and areas. Crossings, survival, trends and changes have own files."""

import jax.numpy as jnp

from ... import _levels, _masked, _scans, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._steps import ExactSteps, Steps, StepsLike
from ..._types import Array, ArrayLike, Bool, Float, Int, Mask
from ...host import as_steps
from .._engine._steps import entry_steps


@explained
@computed_in_single()
def area_under_curve(
    x: ArrayLike,
    step: Steps | None = None,
    *,
    horizon: StepsLike | int | None = None,
    valid: Mask | None = None,
) -> Float[Array, ""]:
    """Mean performance over the steps of a curve: the trapezoid area divided by the step span.

    ∫ x ds / (s_last − s_first), straight lines between successive valid entries

    Shapes: [entry] → []. Unit of x, ↑. `step` (integers, ascending; entry index with None); with `horizon`, an integer
    step too, the integral and the span end there. One step only, or a run that ends before the horizon → NaN; NaN
    beyond the horizon is not read.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.area_under_curve(x, np.array([0, 10, 20, 30]))), 3)
    2.667
    """
    whole = valid is None
    x, present = _masked.stream(x, valid)
    step = entry_steps(x, step)
    start, end = _steps.first(step, present), _steps.last(step, present)
    until = end if horizon is None else as_steps(horizon, "horizon")
    step, until = _steps.one_form([step, until])
    cut = None if horizon is None else until
    origin = _masked.origin(x, None if whole else present)  # a constant curve is left as zeros
    x, span = x - origin, jnp.maximum(_steps.since(until, start, x.dtype), 1)
    if whole:
        area = jnp.sum(_trapezoid((step[:-1], x[:-1]), (step[1:], x[1:]), cut, span))
    else:
        _, _, _, area = _scans.ordered_reduce(_merge_areas, _point, (x, step, present), cut, span)
    return _masked.undefined_unless(_steps.less(start, until) & _steps.at_most(until, end), origin + area)


@explained
@computed_in_single()
def final_performance(x: ArrayLike, fraction: ArrayLike = 0.1, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Mean of the last max(1, ⌊fraction·m⌋) valid entries.

    Shapes: [entry] → []. Unit of x, ↑. No valid entry or a valid NaN among them → NaN. fraction must be in (0, 1].
    Source: wookayin/expt's summary. openrlbenchmark takes the last 100 logged values instead.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.final_performance(x, 0.5)), 3)
    3.5
    """
    x, present = _masked.stream(x, valid)
    size, defined = _share(fraction, present, x.dtype)
    if valid is None:
        mean = _masked.mean_of_part(x, jnp.maximum(x.shape[0] - size, 0), jnp.asarray(x.shape[0], jnp.int32))
    else:
        mean = _masked.mean(x, _scans.tail(present, size))
    return _masked.undefined_unless(defined, mean)


@explained
@computed_in_single()
def jumpstart(x: ArrayLike, fraction: ArrayLike = 0.1, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Mean of the first max(1, ⌊fraction·m⌋) valid entries.

    Shapes: [entry] → []. Unit of x, ↑. NaN as in `final_performance`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.jumpstart(x, 0.5)), 3)
    2.0
    """
    x, present = _masked.stream(x, valid)
    size, defined = _share(fraction, present, x.dtype)
    if valid is None:
        mean = _masked.mean_of_part(x, jnp.zeros((), jnp.int32), jnp.minimum(size, x.shape[0]))
    else:
        mean = _masked.mean(x, _scans.head(present, size))
    return _masked.undefined_unless(defined, mean)


def _share(
    fraction: ArrayLike, present: Bool[Array, " entry"], dtype: jnp.dtype
) -> tuple[Int[Array, ""], Bool[Array, ""]]:
    """max(1, ⌊fraction·m⌋), not one less if fraction·m is an integer up to rounding, and whether it is defined."""
    fraction = _levels.level(fraction, dtype, name="fraction", within="(0, 1]")
    exact = fraction * _masked.count(present).astype(dtype)
    size = jnp.floor(exact * (1 + 4 * jnp.finfo(dtype).eps)).astype(jnp.int32)
    return jnp.maximum(size, 1), (fraction > 0) & (fraction <= 1)


Point = tuple[ExactSteps, Float[Array, "*lane"]]
"""Step and value."""
Pieces = tuple[Bool[Array, "*lane"], Point, Point, Float[Array, "*lane"]]


def _point(x: Float[Array, " lane"], step: ExactSteps, present: Bool[Array, " lane"]) -> Pieces:
    """Whether there are points, the first and the last (step, x), and the area between them."""
    return present, (step, x), (step, x), jnp.zeros_like(x)


def _merge_areas(a: Pieces, b: Pieces, until: ExactSteps | None, span: Float[Array, ""]) -> Pieces:
    (any_a, first_a, last_a, area_a), (any_b, first_b, last_b, area_b) = a, b
    between = _masked.blank(_trapezoid(last_a, first_b, until, span), any_a & any_b)
    return any_a | any_b, _chosen(any_a, first_a, first_b), _chosen(any_b, last_b, last_a), area_a + area_b + between


def _chosen(condition: Bool[Array, "*lane"], yes: Point, no: Point) -> Point:
    return _steps.where(condition, yes[0], no[0]), jnp.where(condition, yes[1], no[1])


def _trapezoid(left: Point, right: Point, until: ExactSteps | None, span: Float[Array, ""]) -> Float[Array, "..."]:
    """Area under the straight line between two points (step, x), up to a step (None: all), in shares of `span`."""
    (s, x), (t, y) = left, right
    run = _steps.minus(t, s)
    if until is None:  # nothing is cut: a product instead of two divisions for each entry
        share = x * (0.5 / span) + y * (0.5 / span)
        return jnp.where(_steps.less(s, t), _steps.as_float(run, x.dtype) * share, jnp.zeros_like(x))
    inside = _steps.minus(_steps.clip(until, s, _steps.maximum(s, t)), s)
    width = _steps.as_float(inside, x.dtype)
    share = width / _steps.as_float(_steps.maximum(run, 1), x.dtype)
    height = jnp.where(_steps.equal(inside, run), y, x + share * (y - x))
    return jnp.where(_steps.less(0, inside), width / span * (x / 2 + height / 2), jnp.zeros_like(x))
