"""Metrics as one JSON object a line, as Dreamer's `metrics.jsonl` and many loggers write them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...host.readers import Records, first_objects, json_lines, text
from .._log import Format, Log
from .._names import is_of_evaluation, meaning
from .._typed import labels_of
from ._phases import column_of, lines_by_phase, series_of_phases
from ._reading import reader
from ._series import Found, series_of

_EVALUATED = "n_eval_episodes"
"""Beside the mean of an evaluation, as in the `results.json` of rl-zoo and of Hugging Face's course."""


def looks(head: bytes, path: Path) -> bool:
    """Lines of objects, of which one has a number under the name of a return, or of steps and one with a fraction."""
    return any(is_of_training(record) for record in first_objects(head.removeprefix(b"\xef\xbb\xbf")))


def is_of_training(record: Mapping[str, Any]) -> bool:
    """Whether it has a number under the name of a return, or of steps and one with a fraction."""
    numbers = {name: value for name, value in _flat(record) if isinstance(value, int | float)}
    roles = {known.role for name in numbers if (known := meaning(name)) is not None}
    return bool(roles & {"return", "success"}) or (
        "step" in roles and any(isinstance(value, float) for value in numbers.values())
    )


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        yield from _flat(value, f"{prefix}{name}/") if isinstance(value, dict) else ((prefix + name, value),)


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one file."""
    body = text(content)
    found = json_lines(body)
    evaluation = is_of_evaluation(path) or _EVALUATED in found.numbers
    series, notes = _by_phase(body, found, evaluation) or series_of(found.numbers, evaluation=evaluation)
    torn = ("the last line is no whole object and was left out",) if found.torn else ()
    return [Log(series, labels_of(dict(found.texts)), notes=(*torn, *notes))]


def _by_phase(body: bytes, found: Records, evaluation: bool) -> Found | None:
    """The series of records of several phases; None if there are none."""
    column = column_of(found.texts)
    whole = body[: body.rstrip().rfind(b"\n") + 1] if found.torn else body
    lines = {} if column is None else lines_by_phase(whole, column)
    if column is None or not lines:
        return None
    phases = {phase: json_lines(part).numbers for phase, part in lines.items() if part.strip()}
    return series_of_phases(column, phases, evaluation=evaluation)


FORMAT = Format("JSON lines", looks, reader(parse), of_folder=True)
