"""Scores of Dreamer's repositories, `.json[.gz]`: a list of `{task, method, seed, xs, ys}`, one for each run."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...host.readers import drained, finite, json_of, text, whole
from .._log import Format, Log, Series
from ._reading import counted, reader

_START = re.compile(rb'\s*\[\s*\{\s*"(?:task|method|seed|xs|ys)"\s*:')
_LABELS = {"task": "task", "method": "algorithm", "seed": "seed"}


def looks(head: bytes, path: Path) -> bool:
    """A list of objects with these names."""
    return _START.match(head) is not None and b'"xs"' in head and b'"method"' in head


def parse(content: bytes, path: Path) -> list[Log]:
    """The runs of one file. ValueError names the entry that is none, and how many are before it."""
    found = json_of(text(content))
    del content  # large as it may be, it is no longer needed
    return [_log(entry, place) for place, entry in enumerate(found)]


def _log(entry: Any, place: int) -> Log:
    where = f"entry {place} ({place} are before it)"
    if not isinstance(entry, Mapping) or not all(isinstance(entry.get(name), list) for name in ("xs", "ys")):
        raise ValueError(f"{where} has no lists 'xs' and 'ys'")
    try:
        steps, values = drained(entry["xs"]), drained(entry["ys"])
        if len(steps) != len(values):
            raise ValueError(f"there are {len(steps)} steps and {len(values)} scores")
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    there = finite(steps) & (values == values)
    lost = len(values) - int(there.sum())
    notes = [f"{counted(lost, 'score')} without an episode (null or NaN) left out"] * bool(lost)
    if lost:
        steps, values = steps[there], values[there]
    series = Series(values, whole(steps), "updates")
    return Log({"score": series}, _labels(entry), notes=(*notes, "scores are taken as means of training episodes"))


def _labels(entry: Mapping[str, Any]) -> dict[str, str]:
    """Task, algorithm and seed, which is a number or text."""
    named = {label: entry.get(name) for name, label in _LABELS.items()}
    return {label: str(value) for label, value in named.items() if isinstance(value, str | int)}


FORMAT = Format("Dreamer scores", looks, reader(parse))
