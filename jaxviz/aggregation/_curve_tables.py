"""Curves of all runs at common points, as tables [run, point] that `aggregate` reduces."""

from typing import Generic, NamedTuple, TypeVar

import jax.numpy as jnp

from .. import _steps
from .._steps import EntrySteps, ExactSteps
from .._thinning import evenly_spaced
from .._types import Array, Bool, Float, Int
from ..analysis import Analysis
from ._episode_curves import on_common_intervals
from ._ranked import Ranking
from ._settings import Resolution

T = TypeVar("T")


class CurveTable(NamedTuple):
    """Curves of all runs at common points."""

    step: EntrySteps | None
    place: Int[Array, " point"]
    """Position of each point in the curves of the Analysis, from 0."""
    values: Float[Array, "run point"]
    valid: Bool[Array, "run point"]
    ranked: Float[Array, "run point"]
    """The values, with the worst of all in the place of those that diverged runs lost."""


class PerCurve(NamedTuple, Generic[T]):
    """Something for each curve of an Analysis."""

    curve: T
    """The learning curve."""
    losses: dict[str, T]
    policies: dict[str, T]
    """The entropy of the policy over training, and its perplexity."""
    evaluation: T | None


def all_curves(analysis: Analysis, resolution: Resolution, ranking: Ranking) -> PerCurve[CurveTable]:
    """Every curve of an Analysis as a table."""
    losses, course, evaluation = analysis.losses, analysis.policies, analysis.evaluation
    most = resolution.updates
    series = {} if course is None else {"entropy": course.entropy, "perplexity": course.perplexity}
    return PerCurve(
        curve=_of_metric(_learning_curve(analysis, resolution), ranking),
        losses={}
        if losses is None
        else {n: _whole(losses.step, x, most, losses.valid) for n, x in losses.values.items()},
        policies={n: _whole(course.step, x, most) for n, x in series.items() if course is not None and x is not None},
        evaluation=None
        if evaluation is None
        else _of_metric(_thinned(evaluation.step, evaluation.mean, evaluation.count > 0, most), ranking),
    )


def _of_metric(table: CurveTable, ranking: Ranking) -> CurveTable:
    return table._replace(ranked=ranking.ranked(table.values, table.valid, ranking.level))


def _learning_curve(analysis: Analysis, resolution: Resolution) -> CurveTable:
    curve = analysis.curve
    if curve.source != "episodes":
        return _thinned(curve.step, curve.value, curve.valid, resolution.updates)
    means = on_common_intervals(curve, analysis.total_steps, resolution.episodes)
    valid = means.counts > 0
    place = _steps.plain(means.centre) - 1 if curve.step is None else jnp.arange(valid.shape[1], dtype=jnp.int32)
    step = None if curve.step is None else means.centre
    return CurveTable(step, place, means.value, valid, means.value)


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
        return CurveTable(step, jnp.arange(size, dtype=jnp.int32), values, valid, values)
    place = even_places(size, most)
    kept = values[:, place]
    return CurveTable(None if step is None else step[place], place, kept, valid[:, place], kept)
