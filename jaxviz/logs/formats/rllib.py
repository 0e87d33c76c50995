"""RLlib: `progress.csv` and `result.json` (an object a line), one row a training iteration.

Old names (`episode_reward_mean`, `timesteps_total`) and new ones (`env_runners/episode_return_mean`,
`num_env_steps_sampled_lifetime`). Returns are means over the last episodes; `nan` says that none had ended.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...host.readers import Numbers, Table, ended, first_objects, header, json_lines, names_of, table, text
from .._log import Format, Log
from .._names import in_order
from .._typed import flat, labels_of, whole
from ._reading import reader
from ._series import series_of
from .progress import table_notes

_OWN = "training_iteration"
_BESIDE = {"timesteps_total", "time_this_iter_s", "iterations_since_restore", "num_env_steps_sampled_lifetime"}
_CONFIG = "config/"
_MOST_CONFIG = 1 << 20
"""Bytes of a configuration in a cell."""


def looks(head: bytes, path: Path) -> bool:
    """The columns or keys that every result of RLlib has."""
    if head.lstrip()[:1] == b"{":
        return _is_result(head)
    names = set(names_of(head))
    return _OWN in names and bool(_BESIDE & names)


def _is_result(head: bytes) -> bool:
    first = next(first_objects(head, 1), None)
    if first is None:  # a line longer than the head
        return b"\n" not in head and all(f'"{name}"'.encode() in head for name in (_OWN, "timesteps_total"))
    return _OWN in first and bool(_BESIDE & set(first))


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of a table or of lines of results."""
    body = text(content)
    return _parse_results(body) if body.lstrip()[:1] == b"{" else _parse_table(body)


def _parse_table(content: bytes) -> list[Log]:
    body, torn = ended(content)
    first = header(body)
    needed = [*in_order(first.names, "return"), _OWN]
    found = table(first.body, first.names, line=first.line, needed=needed, delimiter=first.delimiter, longer=True)
    config = _literal(found.texts.get("config", ""))
    return [_log(found.numbers, found.texts, config, table_notes(found, torn))]


def _parse_results(content: bytes) -> list[Log]:
    found = json_lines(content, aside=("config",))
    torn = Table({}, {})
    config = found.aside.get("config", {})
    return [_log(found.numbers, found.texts, config, table_notes(torn, found.torn))]


def _log(numbers: dict[str, Numbers], texts: dict[str, str], config: Any, notes: Iterator[str]) -> Log:
    columns = {name: column for name, column in numbers.items() if not name.startswith(_CONFIG)}
    series, more = series_of(columns)
    named = flat(config) if isinstance(config, dict) else _in_columns(numbers, texts)
    run = texts.get("trial_id") or texts.get("experiment_id")
    labels = labels_of(named) | ({"run": run} if run else {})
    return Log(series, labels, named, notes=(*notes, *more))


def _in_columns(numbers: dict[str, Numbers], texts: dict[str, str]) -> dict[str, Any]:
    """The configuration that newer tables have in columns called `config/…`: what is in the first row."""
    first = {name: whole(float(x.values[0])) for name, x in numbers.items() if len(x.values) and not x.missing[0]}
    found = {name: value for name, value in (first | texts).items() if name.startswith(_CONFIG)}
    return flat({name.removeprefix(_CONFIG): value for name, value in found.items()})


def _literal(cell: str) -> Any:
    """The value of a cell that holds Python's words for it; None for what is none (`<function …>`)."""
    try:
        return ast.literal_eval(cell) if len(cell) <= _MOST_CONFIG else None
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


FORMAT = Format("RLlib results", looks, reader(parse), of_folder=True)
