"""Curves of all runs at common points, as tables [run, point] that `aggregate` reduces."""

from typing import NamedTuple

import jax.numpy as jnp

from .. import _masked, stats
from .._thinning import evenly_spaced
from .._types import Array, Bool, Float, Int
from ..analysis import Analysis, Curve


class CurveTable(NamedTuple):
    """Curves of all runs at common points."""

    step: Array | None
    index: Array
    values: Float[Array, "run point"]
    valid: Bool[Array, "run point"]


class Points(NamedTuple):
    """How many points the curves of all runs have."""

    episodes: int
    """Of curves by episode, which share none before."""
    updates: int | None
    """Of the others, at most; None: all they have."""


def all_curves(analysis: Analysis, points: Points) -> dict[str, CurveTable]:
    """The learning curve under "curve", each loss under "losses/name", the entropy and perplexity of the policy
    over training under "policies/name", and "evaluation" where there is one.
    """
    curve, most = analysis.curve, points.updates
    if curve.source == "episodes":
        tables = {"curve": _on_grid(curve, points.episodes)}
    else:
        tables = {"curve": _thinned(curve.step, curve.value, curve.valid, most)}
    if (losses := analysis.losses) is not None:
        tables |= {f"losses/{n}": _whole(losses.step, x, most) for n, x in losses.values.items()}
    if (course := analysis.policies) is not None:
        named = {"entropy": course.entropy, "perplexity": course.perplexity}
        tables |= {f"policies/{n}": _whole(course.step, x, most) for n, x in named.items() if x is not None}
    if (evaluation := analysis.evaluation) is not None:
        tables["evaluation"] = _thinned(evaluation.step, evaluation.mean, evaluation.count > 0, most)
    return tables


def _whole(step: Array | None, values: Array, most: int | None) -> CurveTable:
    """Curves with a value at every point."""
    return _thinned(step, values, jnp.ones(values.shape, bool), most)


def spread(size: int, points: int) -> Int[Array, " point"]:
    """At most `points` evenly spaced indices of `size` entries, the first and the last among them."""
    return jnp.asarray(evenly_spaced(size, points), jnp.int32)


def _thinned(step: Array | None, values: Array, valid: Array, most: int | None) -> CurveTable:
    """Curves that share their points already, at most `most` of them."""
    step, size = step if step is None else step[0], values.shape[1]
    if most is None or size <= most:
        return CurveTable(step, jnp.arange(size, dtype=jnp.int32), values, valid)
    index = spread(size, most)
    return CurveTable(step if step is None else step[index], index, values[:, index], valid[:, index])


def _on_grid(curve: Curve, points: int) -> CurveTable:
    """Curves by episode at common points: evenly spaced steps, or episode indices where steps are unknown."""
    size = curve.value.shape[-1]
    index = spread(size, points)
    if curve.step is None or size == 0:
        return CurveTable(None, index, curve.value[:, index], curve.valid[:, index])
    last = jnp.max(_masked.blank(curve.step, curve.valid, -1))
    count = index.shape[0]
    grid = jnp.arange(1, count + 1, dtype=curve.step.dtype) * (last // count) + last % count
    aligned = stats.align(curve.value, curve.step, grid, valid=curve.valid, interpolation="previous")
    return CurveTable(grid, index, aligned.values, aligned.valid)
