"""Lists of records in one JSON value, alone or under names, as scripts and Hugging Face's trainers dump them.

[{"episode": 1, "reward": 10.0}, …]                        one run
{"log_history": [{"step": 10, "reward": 0.5}, …], …}       one run: `trainer_state.json` of TRL
{"train": [{…}, …], "eval": [{…}, …]}                      one run, its evaluations apart
{"dqn": [{…}, …], "ppo": {"seed_0": [{…}, …]}}             several runs
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...host.readers import decoded, json_of, json_records, text
from .._config import is_configuration
from .._log import Format, Log, UnreadableError
from .._names import is_of_evaluation, meaning, normal, of_evaluation
from .._typed import flat, labels_of
from ..names._forms import SEED, is_algorithm, is_generic_word, is_task
from ._phases import column_of, objects_by_phase, series_of_phases, unknown_in
from ._reading import counted, reader
from ._series import Found, series_of
from .json_lines import is_of_training

_LIST = re.compile(r"(?:\[|\{\s*\"[01]\"\s*:)\s*(?=\{)")
_LIST_OF_OBJECTS = re.compile(rb"(?:\[|\{\s*\"[01]\"\s*:)\s*\{")
_LINES = re.compile(rb"\s*\{[^\n]*\}\s*\n\s*\{")
"""An object a line."""
_SCAN = json.JSONDecoder().raw_decode
_LOOKED_AT = 16
"""Lists in the head of a file that may be those of records."""
_DEEPEST = 4
_CONFIG = {
    "config",
    "configuration",
    "args",
    "arguments",
    "params",
    "parameters",
    "hyperparameters",
    "hparams",
    "settings",
}
_CONTENT = re.compile(
    r"\w*?(?:history|episodes?|epochs?|iterations?|updates?|steps|records|entries|stats|summary|train(?:ing)?)",
    re.IGNORECASE,
)
"""Names of lists that say only what is in them."""
_NUMBERED = re.compile(r"(?:run|trial|rep|replicate|repetition|worker|fold)?[_\- ]?\d+", re.IGNORECASE)
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def looks(head: bytes, path: Path) -> bool:
    """A list of objects, or an object with one in it, of which the first has what records of a training have."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] not in (b"[", b"{") or path.suffix == ".jsonl" or is_configuration(path):
        return False
    if _LIST_OF_OBJECTS.search(start) is None or _LINES.match(start) is not None:
        return False
    found = decoded(start)
    places = (match.end() for match in _LIST.finditer(found))
    return any(_is_training(found, place) for _, place in zip(range(_LOOKED_AT), places, strict=False))


def _is_training(found: str, place: int) -> bool:
    """Whether the object at a place is whole and a record of a training."""
    try:
        record, _ = _SCAN(found, place)
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and is_of_training(record)


_Path = tuple[str, ...]
"""The names that lead to a list."""
_Lists = dict[_Path, list[Any]]


def parse(content: bytes, path: Path) -> list[Log]:
    """The logs of the runs in one file. UnreadableError for a checkpoint of a run that has a later one."""
    _refuse_earlier(path)
    found = json_of(text(content))
    del content  # large as it may be, it is no longer needed
    lists = dict(_lists(found, ()))
    config = _config(found) if isinstance(found, dict) else {}
    said = labels_of(config | ({n: x for n, x in found.items() if _is_plain(x)} if isinstance(found, dict) else {}))
    runs, notes = _runs(lists)
    evaluation = is_of_evaluation(path)
    logs = []
    for key, own in runs.items():
        series, more = _series(own, evaluation)
        labels = said | _labels(key, several=len(runs) > 1)
        logs.append(Log(series, labels, config, notes=(*notes, *more)))
    return logs


def _refuse_earlier(path: Path) -> None:
    """Trainers write the whole log into each checkpoint, and beside them at the end."""
    own = _CHECKPOINT.fullmatch(path.parent.name)
    if own is None:
        return
    folder = path.parent.parent
    later = [folder / path.name] if (folder / path.name).is_file() else []
    beside = ((one, _CHECKPOINT.fullmatch(one.name)) for one in folder.glob("checkpoint-*"))
    later += [one / path.name for one, match in beside if match and int(match[1]) > int(own[1])]
    for one in later:
        if one.is_file():
            raise UnreadableError(f"a checkpoint of the run whose log is in {one.parent.name}/{one.name}")


def _lists(found: Any, path: _Path) -> Iterator[tuple[_Path, list[Any]]]:
    """The lists of objects in a value, each with the names that lead to it."""
    if isinstance(found, list) and found and isinstance(found[0], dict):
        yield path, found
    elif isinstance(found, dict) and _is_numbered(found):
        yield path, [*found.values()]
    elif isinstance(found, dict) and len(path) < _DEEPEST:
        for name, value in found.items():
            yield from _lists(value, (*path, name)) if normal(name) not in _CONFIG else ()


def _is_numbered(found: Mapping[str, Any]) -> bool:
    """Whether an object holds records under their places."""
    first = next(iter(found.values()), None)
    return isinstance(first, dict) and all(map(str.isdecimal, found)) and _has_return([first])


def _config(found: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration under a name of its own."""
    return next((flat(x) for name, x in found.items() if normal(name) in _CONFIG and isinstance(x, dict)), {})


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _runs(lists: _Lists) -> tuple[dict[_Path, _Lists], list[str]]:
    """Lists by the names that tell runs apart: those of one run are together, unless several that differ in them have
    returns; then lists without any are left out."""
    keys = {path: tuple(name for name in path if not _is_of_content(name)) for path in lists}
    having = {keys[path] for path, records in lists.items() if _has_return(records)}
    if len(having) < 2:
        return {next(iter(having), ()): lists} if lists else {}, []
    runs: dict[_Path, _Lists] = {}
    lost = [path for path in lists if keys[path] not in having]
    for path, records in lists.items():
        if path not in lost:
            runs.setdefault(keys[path], {})[path] = records
    words = ", ".join(repr("/".join(path)) for path in lost[:10])
    return runs, [f"{counted(len(lost), 'list')} of records without a return left out: {words}"] if lost else []


def _is_of_content(name: str) -> bool:
    """Whether a name says what is in a list, not whose it is."""
    if SEED.fullmatch(name) or _NUMBERED.fullmatch(name):
        return False
    return of_evaluation(f"{name}/return") or is_generic_word(name) or _CONTENT.fullmatch(name) is not None


def _has_return(records: list[Any]) -> bool:
    numbers = [name for record in records[:_LOOKED_AT] if isinstance(record, dict) for name in record]
    return any(known.role in ("return", "success") for name in numbers if (known := meaning(name)))


def _labels(key: _Path, *, several: bool) -> dict[str, str]:
    """What the names say of a run. Of several runs, what is no task, seed or number is an algorithm."""
    labels = {"run": "/".join(key)} if several and key else {}
    for name in key:
        if seed := SEED.fullmatch(name):
            labels.setdefault("seed", seed["seed"])
        elif is_task(name):
            labels.setdefault("task", name)
        elif is_algorithm(name) or (several and not _NUMBERED.fullmatch(name)):
            labels.setdefault("algorithm", name)
    return labels


def _series(lists: _Lists, evaluation: bool) -> Found:
    """The series of one run; those of several lists apart, and of records of several phases in one."""
    if len(lists) > 1:
        phases = {"/".join(path): json_records(records).numbers for path, records in lists.items()}
        found = series_of_phases("list", phases, evaluation=evaluation)
        return Found(
            found.series, [f"lists of records are read apart: {', '.join(map(repr, phases))}", *found.notes[1:]]
        )
    ((path, records),) = lists.items()
    name = path[-1] if path else ""
    column = column_of(name for name, value in records[0].items() if isinstance(value, str))
    phases = objects_by_phase(records, column) if column else {}
    own = evaluation or of_evaluation(f"{name}/return")
    if column and phases:
        records.clear()
        numbers = {phase: json_records(part).numbers for phase, part in phases.items()}
        return series_of_phases(column, numbers, evaluation=own)
    return series_of(json_records(records).numbers, evaluation=own, unknown=unknown_in(name, "updates"))


FORMAT = Format("JSON records", looks, reader(parse), of_folder=True)
