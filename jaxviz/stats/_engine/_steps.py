"""The environment steps of a stream's entries."""

from ..._steps import EntrySteps, Steps, indices
from ..._types import Array, Float
from ...host import as_steps


def entry_steps(x: Float[Array, " entry"], step: Steps | None) -> EntrySteps:
    """The exact steps of a stream, of any integer or floating dtype; None means the entry index."""
    if step is None:
        return indices(x.shape[0])
    step = as_steps(step, "step")
    if step.shape != x.shape:
        raise ValueError(f"`step` must have the shape of the data {x.shape}, got {step.shape}")
    return step
