"""What a number of a log is: the kinds of returns, the units of steps, the states of runs. No JAX is imported."""

import re
from typing import Literal, get_args

Kind = Literal["episodes", "updates", "evaluations", "trailing mean", "held value", "running maximum"]
"""What one value of a return is: that of a single training episode, the mean of the episodes of an update, that of an
evaluation, a mean over episodes of earlier updates too, the last value seen, the best one so far."""
Unit = Literal["environment steps", "frames", "updates", "iterations", "episodes"]
"""What a step counts."""
State = Literal["whole", "short", "diverged", "empty"]
"""How a run ended: as it should, before it should, with returns that are not finite, without any entry."""
UNKNOWN = "unknown"
"""The name of an algorithm or a task that no file says: runs of it have nothing in common."""
KINDS: tuple[Kind, ...] = get_args(Kind)
UNITS: tuple[Unit, ...] = get_args(Unit)
STATES: tuple[State, ...] = get_args(State)
_FALLS = re.compile(r"(?<![a-z])(loss(es)?|costs?|errors?|regret|nll|mse|rmse|mae|perplexity)(?![a-z])", re.IGNORECASE)


def sounds_lower(metric: str) -> bool:
    """Whether lower is better by the name of a metric: "train/loss", "td_error", "regret"."""
    return bool(_FALLS.search(metric.replace("_", " ")))
