"""Evaluation rollouts at each evaluation."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._run import TrainingRun
from .._shown import Result
from .._steps import EntrySteps
from .._types import Array, Float, Int
from ._streams import evaluation_stream


class EvaluationStatistics(Result):
    """Evaluation rollouts, reduced over rollouts."""

    step: EntrySteps | None
    mean: Float[Array, " eval"]
    std: Float[Array, " eval"]
    """Spread over rollouts, ddof 1."""
    count: Int[Array, " eval"]
    final: Float[Array, ""]
    """Mean of the evaluations in the last tenth of the training, at least one."""
    best: Float[Array, ""]
    """The best evaluation: the highest mean, or the lowest if lower is better."""


def evaluation_statistics(run: TrainingRun) -> EvaluationStatistics | None:
    """Mean and spread over rollouts at each evaluation."""
    evaluation = run.evaluation
    if evaluation is None:
        return None
    stream = evaluation_stream(run)
    std = jax.vmap(lambda x, v: _masked.std(x, v, ddof=1))(evaluation.returns, evaluation.valid)
    return EvaluationStatistics(
        step=evaluation.step,
        mean=stream.x,
        std=std,
        count=jnp.sum(evaluation.valid, axis=-1, dtype=jnp.int32),
        final=_masked.mean(stream.x, stream.last_tenth()),
        best=(_masked.minimum if run.minimize else _masked.maximum)(stream.x, stream.valid),
    )
