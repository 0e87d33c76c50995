"""Flags of valid data that is not finite."""

import jax.numpy as jnp

from .._run import TrainingRun
from .._shown import Result
from .._types import Array, Bool, Float
from ._streams import Stream


class Diverged(Result):
    """Whether valid data holds NaN or infinity."""

    returns: Bool[Array, ""]
    """Of the raw stream: episodes, or updates or evaluations of a run without episodes."""
    evaluation: Bool[Array, ""] | None
    losses: dict[str, Bool[Array, ""]] | None


def diverged(run: TrainingRun, stream: Stream) -> Diverged:
    """The flags of one run."""
    evaluation, losses = run.evaluation, run.losses
    return Diverged(
        returns=_any_not_finite(stream.x, stream.valid),
        evaluation=None if evaluation is None else _any_not_finite(evaluation.returns, evaluation.valid),
        losses=None if losses is None else {n: _any_not_finite(x, losses.valid) for n, x in losses.values.items()},
    )


def _any_not_finite(x: Float[Array, "..."], valid: Bool[Array, "..."] | None) -> Bool[Array, ""]:
    return jnp.any(~jnp.isfinite(x) if valid is None else valid & ~jnp.isfinite(x))
