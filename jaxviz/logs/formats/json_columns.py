"""Series as lists in one JSON object: keras-rl's logs, PyMARL's `info.json`, and what scripts dump by themselves.

    {"episode": [0, 1], "nb_steps": [10, 30], "episode_reward": [10.0, 20.0]}

PyMARL puts the steps of `return_mean` into `return_mean_T`; pandas writes `{"0": 10.0, "1": 20.0}` for a list.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...host.readers import Numbers, are_none, drained, json_of, text
from .._log import Format, Log
from .._names import is_of_evaluation, meaning
from ._reading import counted, reader
from ._series import series_of

_LIST = re.compile(rb'"((?:[^"\\]|\\.){1,200})"\s*:\s*\[\s*(?:[-\d\]]|null|NaN|\{\s*"(?:dtype|py/object|value)")')
_NUMBERED = re.compile(rb'"((?:[^"\\]|\\.){1,200})"\s*:\s*\{\s*"[01]"\s*:\s*(?:[-\d]|null|NaN)')
"""`{"0": 10.0, "1": 20.0}`, as pandas writes a column."""
_LINES = re.compile(rb"\s*\{[^\n]*\}\s*\n\s*\{")
"""An object a line."""
_STEPS = "_T"


def looks(head: bytes, path: Path) -> bool:
    """An object in which a return is a list of numbers, or holds them under their places."""
    if re.match(rb'\s*\{\s*"', head) is None or _LINES.match(head) is not None:
        return False
    named = (name for names in (_LIST, _NUMBERED) for name in names.findall(head))
    return any(_is_return(name.decode(errors="replace")) for name in named)


def _is_return(name: str) -> bool:
    known = meaning(name)
    return known is not None and known.role in ("return", "success")


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one file."""
    found = json_of(text(content))
    del content  # large as it may be, it is no longer needed
    if not isinstance(found, dict):
        raise ValueError("it holds no object")
    lists = {name: values for name, value in found.items() if (values := _numbers(value)) is not None}
    evaluation = is_of_evaluation(path)
    series, notes = {}, []
    for names in _together(lists):
        more = series_of({_plain(name): _column(lists[name]) for name in names}, evaluation=evaluation)
        series |= more.series
        notes += more.notes
    lost = len([name for name, value in found.items() if isinstance(value, list) and name not in lists])
    if lost:
        notes.append(f"{counted(lost, 'list')} of something else than numbers left out")
    return [Log(series, notes=tuple(dict.fromkeys(notes)))]


def _numbers(value: Any) -> list[float | None] | None:
    """The numbers of a list, also as jsonpickle writes those of NumPy, or those under their places; None for anything
    else."""
    if isinstance(value, dict) and value and all(map(str.isdecimal, value)):
        value = [*value.values()]
    if not isinstance(value, list) or not value:
        return None
    objects = any(isinstance(one, Mapping) for one in value)
    plain = [one.get("value") if isinstance(one, Mapping) else one for one in value] if objects else value
    return plain if all(one is None or isinstance(one, int | float) for one in plain) else None


def _together(lists: Mapping[str, list[float | None]]) -> list[list[str]]:
    """The names of lists that are columns of one table: those with steps of their own, else those of one length."""
    own = [name for name in lists if len(lists.get(name + _STEPS, ())) == len(lists[name])]
    found = [[name + _STEPS, name] for name in own]
    taken = {name for pair in found for name in pair}
    by_length: dict[int, list[str]] = {}
    for name in lists:
        if name not in taken:
            by_length.setdefault(len(lists[name]), []).append(name)
    return [*found, *by_length.values()]


def _plain(name: str) -> str:
    return "step" if name.endswith(_STEPS) else name


def _column(values: list[float | None]) -> Numbers:
    missing = are_none(values)
    return Numbers(drained(values), missing)


FORMAT = Format("JSON columns", looks, reader(parse), of_folder=True)
