"""Curves of runs, of any lengths and steps, at equal shares of the budgets of their tasks."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ... import _steps, stats
from ..._steps import ExactSteps
from ..._types import Array, Bool, Float
from ...analysis import Analysis, Curve
from ...host import to_host
from ...study import StudyAnalysis
from .._tables import padded


class Aligned(NamedTuple):
    """Runs of algorithms on tasks at common points."""

    value: Float[Array, "algorithm run task point"]
    """−∞, or +∞ if lower is better, from where a run diverged."""
    valid: Bool[Array, "algorithm run task point"]
    budget: Float[Array, " task"]


def aligned(
    analysis: StudyAnalysis, algorithms: Sequence[str], tasks: Sequence[str], points: int, minimize: bool
) -> Aligned:
    """The curves of a study at `points` equal parts of each task's budget."""
    batches = analysis.batches()
    names = [run for batch in batches for run in batch.names]
    totals = [float(x) for batch in batches for x in to_host(_in_floats(batch.results)).tolist()]
    budgets = _budgets(names, totals)
    worst = jnp.inf if minimize else -jnp.inf
    values, valid = [], []
    for batch in batches:
        own = jnp.asarray([1.0 if name is None else budgets[name[1]] for name in batch.names])
        one, there = _batch(batch.results.curve, batch.results.total_steps, batch.results.diverged.returns, own, points)
        values.append(jnp.where(there & ~jnp.isfinite(one), worst, one))
        valid.append(there)
    place = _places(names, algorithms, tasks)
    there = place >= 0
    value = jnp.moveaxis(jnp.concatenate(values)[jnp.maximum(place, 0)], 1, 2)
    known = jnp.moveaxis(jnp.concatenate(valid)[jnp.maximum(place, 0)] & there[..., None], 1, 2)
    return Aligned(value, known, jnp.asarray([budgets[task] for task in tasks]))


def _in_floats(results: Analysis) -> Float[Array, " run"]:
    """The steps that each run went."""
    return _steps.as_float(results.total_steps, results.curve.value.dtype)


_Names = Sequence[tuple[str, str] | None]


def _budgets(names: _Names, totals: Sequence[float]) -> dict[str, float]:
    """Task → steps that every algorithm went in its longest run."""
    longest: dict[tuple[str, str], float] = {}
    for name, total in zip(names, totals, strict=True):
        if name is not None:
            longest[name] = max(total, longest.get(name, 0.0))
    found: dict[str, float] = {}
    for (_, task), total in longest.items():
        found[task] = min(total, found.get(task, total))
    return {task: max(total, 1.0) for task, total in found.items()}


def _places(names: _Names, algorithms: Sequence[str], tasks: Sequence[str]) -> Array:
    """[algorithm, task, run]: which run it is; −1 for none."""
    found: Mapping[tuple[str, str], list[int]] = {(a, t): [] for a in algorithms for t in tasks}
    for place, name in enumerate(names):
        if name is not None:
            found[name].append(place)
    runs = padded(max(map(len, found.values())))
    rows = [[found[a, t] + [-1] * (runs - len(found[a, t])) for t in tasks] for a in algorithms]
    return jnp.asarray(rows, jnp.int32)


@partial(jax.jit, static_argnames="points")
def _batch(
    curve: Curve, total: ExactSteps, diverged: Bool[Array, " run"], budget: Float[Array, " run"], points: int
) -> tuple[Float[Array, "run point"], Bool[Array, "run point"]]:
    """Each run at the points, and where it has a value: as far as it went, and beyond where it diverged."""
    own = curve.order if curve.step is None else curve.step
    dtype = curve.value.dtype
    at = _steps.as_float(own, dtype) / budget[:, None].astype(dtype)
    grid = (jnp.arange(points, dtype=dtype) + 1) / points
    found = stats.align(curve.value, at, grid, hold_last=True, valid=curve.valid)
    last = jnp.max(jnp.where(curve.valid, at, 0), axis=1)
    if curve.intervals is not None:  # whose values stand at their centres, half an interval before the end
        last = last + 0.5 * _steps.as_float(total, dtype) / (curve.intervals.astype(dtype) * budget.astype(dtype))
    gone = grid[None] <= last[:, None] * (1 + jnp.finfo(dtype).eps * 8)
    lost = diverged[:, None] & found.held
    return jnp.where(lost, jnp.nan, found.values), found.valid & (gone | diverged[:, None])
