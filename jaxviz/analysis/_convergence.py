"""When a run met its target, and whether it fell back."""

import jax.numpy as jnp

from .. import _steps, stats
from .._shown import Result
from .._steps import ExactSteps
from .._types import ArrayLike
from ..stats.one_run._stability import collapse_of
from ._streams import Stream


class Convergence(Result):
    """When the run met its target, and whether it fell back."""

    crossing: stats.Crossing | None
    """First step (number of the entry, if only the order is known) at which the trailing mean meets the target;
    censored at the last step of the run if it never does."""
    last_step: ExactSteps
    """Last step of the run: how long it was followed; −1 for a run without an entry."""
    collapse: stats.Collapse
    """Whether, when and how deep the trailing mean fell, and whether it came back."""


def convergence(stream: Stream, smooth: Stream, *, target: ArrayLike | None) -> Convergence:
    """Crossing of the target by the trailing mean, and its falls: of streams of which higher is better."""
    last_step = _steps.where(jnp.any(stream.valid), stream.total, -1)
    crossing = None
    if target is not None:
        crossing = stats.first_crossing(smooth.x, target, step=stream.step, valid=smooth.valid)
        crossing = stats.Crossing(_steps.where(crossing.reached, crossing.step, last_step), crossing.reached)
    fall = collapse_of(smooth.x, smooth.valid, stream.step, stream.valid, contiguous=stream.packed)
    return Convergence(crossing, last_step, fall)
