"""Evaluation rollouts at each evaluation."""

import equinox as eqx
import jax

from .. import _masked
from .._run import Evaluation
from .._steps import EntrySteps
from .._types import Array, Float, Int
from ._curve import evaluation_curve


class EvaluationStatistics(eqx.Module):
    """Evaluation rollouts, reduced over rollouts."""

    step: EntrySteps | None
    mean: Float[Array, " eval"]
    std: Float[Array, " eval"]
    """Spread over rollouts, ddof 1."""
    count: Int[Array, " eval"]
    final: Float[Array, ""]
    """Mean of the last evaluation."""
    best: Float[Array, ""]


def evaluation_statistics(evaluation: Evaluation | None) -> EvaluationStatistics | None:
    """Mean and spread over rollouts at each evaluation."""
    if evaluation is None:
        return None
    curve = evaluation_curve(evaluation)
    std = jax.vmap(lambda x, v: _masked.std(x, v, ddof=1))(evaluation.returns, evaluation.valid)
    return EvaluationStatistics(
        step=evaluation.step,
        mean=curve.value,
        std=std,
        count=curve.count,
        final=_masked.last(curve.value, curve.valid),
        best=_masked.maximum(curve.value, curve.valid),
    )
