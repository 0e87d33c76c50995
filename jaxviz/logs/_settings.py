"""The configurations of runs -> the hyper-parameters that tell them apart."""

import json
import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

_NONE = re.compile(
    r"(.*[._/\-])?(seeds?|random_seed|rng|uuid|.*dir|.*path|.*folder|.*file|.*filename|host|hostname|node_ip|pid|port"
    r"|device|devices|cuda|gpus?|gpu_id|cwd|argv|git.*|commit|url|wandb.*|_wandb.*|tensorboard_log|checkpoint_.*"
    r"|run_id|run_name|trial_id|exp_id|exp_name|experiment_name|job_id|session_id|start_time|timestamp|datetime)",
    re.IGNORECASE,
)
"""Names of places, machines and runs, wherever they stand in a configuration."""
_NONE_ALONE = re.compile(
    r"name|id|tags?|group|run|time|date|ip|user|username|email|args|command|versions?|python|os|track|capture_video"
    r"|save|save_(model|freq|interval|every|video)|log|log_(interval|freq|every|level)|logger|logging|verbose|job.*|hydra.*"
    r"|notes?|entity|project|project_name|resume.*|checkpoint|render.*|num_workers|workers|progress_bar|trained_agent"
    r"|n_eval_envs|profile",
    re.IGNORECASE,
)
"""Names of the same and of output, where they stand alone: `optimizer.name` is a hyper-parameter."""
_NONE_WHOLE = re.compile(r"(logger|logger_kwargs|wandb|hydra)\..*|.* object at 0x[0-9a-f]+.*|.*<.*>.*", re.IGNORECASE)
"""What is inside of those, and of objects of Python, which have another address in every run."""
_LONGEST = 200


def varying(runs: Sequence[tuple[tuple[str, str], Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Of each run the hyper-parameters in which it differs from others of its algorithm and task.

    A run that does not say one which others do has None there. One without any configuration says nothing of what it
    is like: it does not differ by that.
    """
    names: dict[tuple[str, str], dict[str, set[Hashable]]] = defaultdict(lambda: defaultdict(set))
    counts: dict[tuple[str, str], int] = defaultdict(int)
    stated: dict[tuple[tuple[str, str], str], int] = defaultdict(int)
    kept = [(cell, {n: v for n, v in config.items() if _is_setting(n, v)}) for cell, config in runs]
    for cell, config in kept:
        counts[cell] += bool(config)
        for name, value in config.items():
            names[cell][name].add(_key(value))
            stated[cell, name] += 1
    differ = {
        cell: [name for name, values in found.items() if len(values) > 1 or stated[cell, name] < counts[cell]]
        for cell, found in names.items()
    }
    return [{name: config.get(name) for name in differ.get(cell, ())} for cell, config in kept]


def _is_setting(name: str, value: Any) -> bool:
    """Whether it may be a hyper-parameter: not a label, a place or a long text."""
    if any(known.fullmatch(name) for known in (_NONE, _NONE_ALONE, _NONE_WHOLE)):
        return False
    return not isinstance(value, str) or (len(value) <= _LONGEST and not value.startswith(("/", "<", "./", "~")))


def _key(value: Any) -> Hashable:
    """Equal for equal values, 1 and 1.0 among them."""
    if isinstance(value, bool) or value is None:
        return (str(value),)
    if isinstance(value, int | float | str):
        return value
    return json.dumps(value, sort_keys=True, default=str)
