"""Curves of all runs at common points, as tables [run, point] that `aggregate` reduces."""

from typing import Generic, NamedTuple, TypeVar

import jax.numpy as jnp

from .. import _masked, stats
from .._steps import EntrySteps, ExactSteps, plain
from .._thinning import evenly_spaced
from .._types import Array, Bool, Float, Int
from ..analysis import Analysis, Curve
from ._settings import Resolution

T = TypeVar("T")


class CurveTable(NamedTuple):
    """Curves of all runs at common points."""

    step: EntrySteps | None
    place: Int[Array, " point"]
    """Position of each point in the curves of the Analysis, from 0."""
    values: Float[Array, "run point"]
    valid: Bool[Array, "run point"]


class PerCurve(NamedTuple, Generic[T]):
    """Something for each curve of an Analysis."""

    curve: T
    """The learning curve."""
    losses: dict[str, T]
    policies: dict[str, T]
    """The entropy of the policy over training, and its perplexity."""
    evaluation: T | None


def all_curves(analysis: Analysis, resolution: Resolution) -> PerCurve[CurveTable]:
    """Every curve of an Analysis as a table."""
    curve, losses, course, evaluation = analysis.curve, analysis.losses, analysis.policies, analysis.evaluation
    most = resolution.updates
    series = {} if course is None else {"entropy": course.entropy, "perplexity": course.perplexity}
    return PerCurve(
        curve=_on_grid(curve, resolution.episodes)
        if curve.source == "episodes"
        else _thinned(curve.step, curve.value, curve.valid, most),
        losses={}
        if losses is None
        else {n: _whole(losses.step, x, most, losses.valid) for n, x in losses.values.items()},
        policies={n: _whole(course.step, x, most) for n, x in series.items() if course is not None and x is not None},
        evaluation=None
        if evaluation is None
        else _thinned(evaluation.step, evaluation.mean, evaluation.count > 0, most),
    )


def _whole(step: ExactSteps | None, values: Array, most: int | None, valid: Array | None = None) -> CurveTable:
    """Curves with a value at every point, or at the valid ones."""
    return _thinned(step, values, jnp.ones(values.shape, bool) if valid is None else valid, most)


def even_places(size: int, points: int) -> Int[Array, " point"]:
    """At most `points` evenly spaced places among `size`, with the first and the last."""
    return jnp.asarray(evenly_spaced(size, points), jnp.int32)


def _thinned(step: ExactSteps | None, values: Array, valid: Array, most: int | None) -> CurveTable:
    """Curves that share their points already, thinned to `most` points if they have more."""
    step, size = None if step is None else step[0], values.shape[1]
    if most is None or size <= most:
        return CurveTable(step, jnp.arange(size, dtype=jnp.int32), values, valid)
    place = even_places(size, most)
    return CurveTable(None if step is None else step[place], place, values[:, place], valid[:, place])


def _on_grid(curve: Curve, points: int) -> CurveTable:
    """Curves by episode at common points: evenly spaced steps, or episode indices if steps are unknown."""
    size = curve.value.shape[-1]
    place = even_places(size, points)
    if curve.step is None or size == 0:
        return CurveTable(None, place, curve.value[:, place], curve.valid[:, place])
    steps = plain(curve.step)
    last = jnp.max(_masked.blank(steps, curve.valid, -1))
    count = place.shape[0]
    # Whole steps that end at the last one, without the product of both, which would not fit int32.
    grid = jnp.arange(1, count + 1, dtype=steps.dtype) * (last // count) + last % count
    aligned = stats.align(curve.value, curve.step, grid, valid=curve.valid, interpolation="previous")
    return CurveTable(grid, place, aligned.values, aligned.valid)
