"""The monitor of old Gym: `openaigym.episode_batch.<n>.<id>.stats.json`, lists of the episodes that ended.

Episodes of the type `e` are evaluations, those of `t` training. The task is in the manifest beside it,
`openaigym.manifest.<n>.<id>.manifest.json`.
"""

import json
from pathlib import Path
from typing import Any

from ....host.readers import Array, floats, json_of, text
from ....host.readers._rewards import training_steps
from ..._log import Format, Kind, Log, Series
from .._reading import counted, reader

_REWARDS, _LENGTHS, _TYPES, _TIMES = "episode_rewards", "episode_lengths", "episode_types", "timestamps"
_START, _EVALUATION = "initial_reset_timestamp", "e"
_MOST = 1 << 20
"""Bytes of a manifest, which is a list of videos."""


def looks(head: bytes, path: Path) -> bool:
    """An object of its own names."""
    start = head.lstrip()[:1] == b"{"
    return start and all(f'"{name}"'.encode() in head for name in (_REWARDS, _LENGTHS, _TYPES, _START))


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one file: the steps of evaluations are those of the training before them."""
    found = json_of(text(content))
    values, lengths, times = (_numbers(found, name) for name in (_REWARDS, _LENGTHS, _TIMES))
    types, started = found.get(_TYPES), found.get(_START)
    if not isinstance(types, list) or not len(types) == len(values) == len(lengths) == len(times):
        raise ValueError(f"it has {len(values)} rewards, {len(lengths)} lengths and {len(times)} times of episodes")
    step, own = training_steps(lengths, [one == _EVALUATION for one in types])
    after = times - started if isinstance(started, int | float) else times

    def series(kind: Kind, rows: Array) -> Series:
        return Series(values[rows], step[rows], kind, "environment steps", lengths[rows], after[rows])

    both = {"episode_rewards": series("episodes", own), "eval/episode_rewards": series("evaluations", ~own)}
    kept = {name: one for name, one in both.items() if len(one.values)}
    count = int((~own).sum())
    notes = (f"evaluations: {counted(count, 'episode')} of the type 'e'",) if count else ()
    begun = float(started) if isinstance(started, int | float) else None
    return [Log(kept, _labels(path), started=begun, notes=notes)]


def _numbers(found: Any, name: str) -> Array:
    values = found.get(name) if isinstance(found, dict) else None
    if not isinstance(values, list):
        raise ValueError(f"it has no list {name!r}")
    return floats(values)


def _labels(path: Path) -> dict[str, str]:
    """The task, by the manifest beside the file; none if there is none that can be read."""
    manifest = path.with_name(path.name.replace("episode_batch", "manifest").replace(".stats.", ".manifest."))
    try:
        if manifest == path or manifest.stat().st_size > _MOST:
            return {}
        found = json.loads(manifest.read_bytes())["env_info"]["env_id"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return {}
    return {"task": found} if isinstance(found, str) else {}


FORMAT = Format("Gym monitor", looks, reader(parse))
