"""What TensorBoard's page downloads as JSON: `run-<run>-tag-<tag>.json`, `[[wall time, step, value], …]`."""

import re
from pathlib import Path
from typing import Any

from ....host.readers import Numbers, floats, json_of, nothing_like, text
from ..._log import Format, Log
from ..._names import is_of_evaluation
from .._reading import reader
from .._series import series_of
from .tensorboard_csv import named_by

_NUMBER = rb"\s*-?[\d.]+(?:[eE][+-]?\d+)?\s*"
_START = re.compile(rb"\s*\[\s*\[" + _NUMBER + rb",\s*\d+\s*,\s*(?:" + _NUMBER + rb'|"?-?(?:NaN|Infinity)"?)\s*\]')
_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def looks(head: bytes, path: Path) -> bool:
    """A list of three numbers in a list, the second of which is whole."""
    return _START.match(head) is not None


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one scalar of a run, under the tag in the name of the file."""
    rows = json_of(text(content))
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 3:
            raise ValueError(f"entry {at} is no [wall time, step, value]; {at} are before it")
    time, step, values = (floats([_number(row[place]) for row in rows]) for place in range(3))
    tag, labels = named_by(path)
    columns = {"timestamp": time, "step": step, tag: values}
    series, notes = series_of(
        {name: Numbers(x, nothing_like(x)) for name, x in columns.items()}, evaluation=is_of_evaluation(path)
    )
    return [Log(series, labels, notes=tuple(notes))]


def _number(value: Any) -> Any:
    """A number, also one that JSON has no word for, in the word that TensorBoard puts for it."""
    return _WORDS.get(value, value) if isinstance(value, str) else value


FORMAT = Format("TensorBoard list", looks, reader(parse), of_folder=True, of_scalar=True)
