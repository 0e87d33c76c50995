"""A mapping of records of training -> TrainingRun."""

from collections.abc import Mapping
from typing import Any

from .._explained import explained
from .._joining import stack_runs
from .._kinds import refusal
from .._run import TrainingRun
from . import _fields
from ._raw import from_arrays

_NAMES: dict[str, tuple[str, ...]] = {
    "returns": ("rewards", "episode_rewards", "returns", "episode_returns"),
    "lengths": ("episode_lengths", "lengths"),
    "step": ("step", "steps"),
    "losses": ("losses",),
    "evaluation_returns": ("eval_rewards", "evaluation_returns"),
    "evaluation_step": ("eval_steps", "evaluation_step"),
    "action_probs": ("action_probs",),
    "action_mean": ("action_mean",),
    "action_log_std": ("action_log_std",),
    "squashed": ("squashed",),
    "observations": ("observations",),
    "policy_step": ("policy_steps", "policy_step"),
    "total_steps": ("total_steps",),
}


@explained
def from_training_data(training_data: Any, *, name: str = "return", minimize: bool = False) -> TrainingRun:
    """A mapping with `rewards` (or `episode_rewards`) and, if known, `episode_lengths`, `step`, `losses`,
    `eval_rewards`, `action_probs` (or `action_mean`, `action_log_std`), `observations`, as a TrainingRun; a TrainingRun
    stays itself.

    Shapes, `name` and `minimize` as in `from_arrays`. Unknown keys are ignored. ValueError if there are no rewards, or
    a TrainingRun, which has its own, is named.
    """
    if isinstance(training_data, list | tuple) and all(isinstance(one, TrainingRun) for one in training_data):
        training_data = stack_runs(training_data)
    if isinstance(training_data, TrainingRun):
        if name != "return" or minimize:
            raise ValueError("`name` and `minimize` are those of the TrainingRun: give them where it is read")
        return training_data
    if not isinstance(training_data, Mapping):
        raise TypeError(refusal("training_data", training_data, "a mapping or a TrainingRun", "records"))
    if any(isinstance(one, TrainingRun) for one in training_data.values()):
        raise TypeError(refusal("training_data", training_data, "a mapping of arrays or a TrainingRun", "records"))
    found = {name: _fields.find(training_data, keys) for name, keys in _NAMES.items()}
    if found["returns"] is None and found["evaluation_returns"] is None:
        raise ValueError(f"`training_data` needs 'rewards'; it has {', '.join(map(repr, training_data)) or 'no keys'}")
    parts = {name: entry[1] for name, entry in found.items() if entry is not None}
    return from_arrays(**parts, name=name, minimize=minimize)
