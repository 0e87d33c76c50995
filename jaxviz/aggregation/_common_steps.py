"""Curves of runs that were measured at different steps."""

from dataclasses import replace

import jax
import jax.numpy as jnp

from .. import _steps, stats
from .._run import LossSeries
from .._steps import ExactSteps
from .._types import Array
from ..analysis import Analysis
from ..host import is_traced, to_host


def at_common_steps(analysis: Analysis) -> Analysis:
    """The Analysis with the points of each curve [*batch, run, point] at the same steps in all runs of a configuration.

    Curves whose runs share their steps stay as they are, and so do those of episodes, which `aggregate` lays on a grid.
    """
    curve, evaluation = analysis.curve, analysis.evaluation
    if not analysis.batch_shape:
        return analysis
    if curve.source != "episodes" and curve.step is not None and _differ(curve.step, curve.valid):
        step, value, valid = _joined(curve.step, curve.value, curve.valid)
        curve = replace(curve, step=step, value=value, valid=valid)
    if evaluation is not None and evaluation.step is not None and _differ(evaluation.step, evaluation.count > 0):
        step, mean, valid = _joined(evaluation.step, evaluation.mean, evaluation.count > 0)
        evaluation = replace(evaluation, step=step, mean=mean, count=valid.astype(evaluation.count.dtype))
    return replace(analysis, curve=curve, evaluation=evaluation, losses=_joined_losses(analysis.losses))


def _joined_losses(losses: LossSeries | None) -> LossSeries | None:
    if losses is None or losses.valid is None or losses.step is None or not _differ(losses.step, losses.valid):
        return losses
    joined = {name: _joined(losses.step, x, losses.valid) for name, x in losses.values.items()}
    step, _, valid = next(iter(joined.values()))
    return LossSeries({name: x for name, (_, x, _) in joined.items()}, step, valid)


def _differ(step: ExactSteps, valid: Array) -> bool:
    """Whether valid points have other steps than the first run has there; yes if this process cannot know."""
    leaves = jax.tree.leaves((step, valid))
    if is_traced(leaves) or not all(getattr(leaf, "is_fully_addressable", True) for leaf in leaves):
        return True
    steps, present = to_host((step, valid))
    return bool((present & (steps != steps[..., :1, :])).any())


@jax.jit
def _joined(step: ExactSteps, values: Array, valid: Array) -> tuple[ExactSteps, Array, Array]:
    """Curves at the steps of the run that went furthest, in each configuration: steps, values and mask."""
    fn = _on_common_steps
    for _ in range(values.ndim - 2):
        fn = jax.vmap(fn)
    return fn(step, values, valid)


def _on_common_steps(step: ExactSteps, values: Array, valid: Array) -> tuple[ExactSteps, Array, Array]:
    """The same for the runs of one configuration [run, point].

    Where a run was measured at other steps, it is on the line between its two values, and nowhere outside them. What
    was measured at common steps stays as it is, to the bit.
    """
    if not values.size:
        return step, values, valid
    most = _steps.largest(step, valid)
    furthest = jnp.argmax(jnp.any(_steps.equal(step, most) & valid, axis=1))
    ends = valid[furthest]
    grid = _steps.where(ends, step[furthest], most)
    aligned = stats.align(values, step, grid, valid=valid)
    shared = jnp.all(_steps.equal(step, grid[None]) | ~valid, axis=1)[:, None]
    common = jax.tree.map(lambda x: jnp.broadcast_to(x, values.shape), grid)
    return common, jnp.where(shared, values, aligned.values), jnp.where(shared, valid, aligned.valid & ends[None])
