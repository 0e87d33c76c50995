"""`RunData`: one run as arrays of NumPy, as readers of logs make it. No JAX is imported."""

from collections.abc import Mapping
from typing import NamedTuple

from ..host.readers import Array


class StreamData(NamedTuple):
    """One stream of returns: of episodes, updates or evaluations."""

    values: Array
    """[entry], of evaluations also [entry, rollout]. NaN is a return that diverged; what is missing is left out."""
    step: Array | None = None
    """[entry]: whole steps that do not fall; None: only the order is known."""
    lengths: Array | None = None
    """Shape of `values`: steps of each episode or rollout."""
    valid: Array | None = None
    """Shape of `values`: which of them there are; None: all."""


class RunData(NamedTuple):
    """One run, without batch axes. At least one of the three streams is there."""

    episodes: StreamData | None = None
    """Single training episodes, in the order in which they ended."""
    updates: StreamData | None = None
    """Means that were recorded once per update, whatever they are means of."""
    evaluation: StreamData | None = None
    losses: Mapping[str, Array] = {}
    """Name → [update]: losses and diagnostics, all at the same updates."""
    loss_step: Array | None = None
    """[update]: the steps of the losses."""
    total_steps: int | None = None
    """Steps that were run; None: up to the last entry."""
    metric: str = "return"
    minimize: bool = False
