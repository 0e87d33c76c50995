"""Curves of all runs at common points, as tables [run, point] that `aggregate` reduces."""

from typing import NamedTuple

import jax.numpy as jnp

from . import _masked, _results
from ._analysis import Analysis
from ._types import Array, Bool, Float, Int
from .stats import _align


class CurveTable(NamedTuple):
    """Curves of all runs at common points."""

    step: Array | None
    index: Array
    values: Float[Array, "run point"]
    valid: Bool[Array, "run point"]


def all_curves(analysis: Analysis, points: int) -> dict[str, CurveTable]:
    """The learning curve under "curve", each loss under "losses/name", and "evaluation" where there is one."""
    return {"curve": _curve_table(analysis.curve, points), **_loss_tables(analysis), **_evaluation_tables(analysis)}


def spread(size: int, points: int) -> Int[Array, " point"]:
    """At most `points` evenly spaced indices of `size` entries, the first and the last among them."""
    return jnp.linspace(0, max(size - 1, 0), min(points, size)).astype(jnp.int32)


def _table(step: Array | None, values: Array, valid: Array) -> CurveTable:
    """Curves that share their points already."""
    step = step if step is None else step[0]
    return CurveTable(step, jnp.arange(values.shape[1], dtype=jnp.int32), values, valid)


def _curve_table(curve: _results.Curve, points: int) -> CurveTable:
    return _on_grid(curve, points) if curve.source == "episodes" else _table(curve.step, curve.value, curve.valid)


def _loss_tables(analysis: Analysis) -> dict[str, CurveTable]:
    losses = analysis.losses
    if losses is None:
        return {}
    return {f"losses/{n}": _table(losses.step, x, jnp.ones(x.shape, bool)) for n, x in losses.values.items()}


def _evaluation_tables(analysis: Analysis) -> dict[str, CurveTable]:
    evaluation = analysis.evaluation
    if evaluation is None:
        return {}
    return {"evaluation": _table(evaluation.step, evaluation.mean, evaluation.count > 0)}


def _on_grid(curve: _results.Curve, points: int) -> CurveTable:
    """Curves by episode at common points: evenly spaced steps, or episode indices where steps are unknown."""
    size = curve.value.shape[-1]
    index = spread(size, points)
    if curve.step is None or size == 0:
        return CurveTable(None, index, curve.value[:, index], curve.valid[:, index])
    last = jnp.max(_masked.blank(curve.step, curve.valid, -1))
    count = index.shape[0]
    grid = jnp.arange(1, count + 1, dtype=curve.step.dtype) * (last // count) + last % count
    aligned = _align.align(curve.value, curve.step, grid, valid=curve.valid, interpolation="previous")
    return CurveTable(grid, index, aligned.values, aligned.valid)
