"""Metrics as one JSON object a line, as Dreamer's `metrics.jsonl` and many loggers write them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...host.readers import first_objects, json_lines, text
from .._log import Format, Log
from .._names import is_of_evaluation, meaning
from .._typed import labels_of
from ._reading import reader
from ._series import series_of


def looks(head: bytes, path: Path) -> bool:
    """Lines of objects, of which one has a number under the name of a return."""
    return any(_has_return(record) for record in first_objects(head.removeprefix(b"\xef\xbb\xbf")))


def _has_return(record: Mapping[str, Any]) -> bool:
    return any(
        isinstance(value, int | float) and (known := meaning(name)) is not None and known.role in ("return", "success")
        for name, value in _flat(record)
    )


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        yield from _flat(value, f"{prefix}{name}/") if isinstance(value, dict) else ((prefix + name, value),)


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one file."""
    found = json_lines(text(content))
    series, notes = series_of(found.numbers, evaluation=is_of_evaluation(path))
    torn = ("the last line is no whole object and was left out",) if found.torn else ()
    return [Log(series, labels_of(dict(found.texts)), notes=(*torn, *notes))]


FORMAT = Format("JSON lines", looks, reader(parse), of_folder=True)
