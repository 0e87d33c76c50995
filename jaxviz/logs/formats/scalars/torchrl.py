"""TorchRL's CSV logger: `<experiment>/scalars/<name>.csv`, `step,value` a line and no header; a step may be `None`."""

import re
from pathlib import Path

from ....host.readers import ended, table, text
from ..._log import Format, Log
from ..._names import is_of_evaluation
from .._reading import reader
from .._series import series_of

_LINE = re.compile(rb"(?:None|\d+(?:\.0*)?),(?:[+-]?(?:\d[\d.]*(?:[eE][+-]?\d+)?|nan|inf)|True|False)\r?\n")
_STEP = "env_step"


def looks(head: bytes, path: Path) -> bool:
    """From the first line on a step and a value, and no more."""
    return _LINE.match(head) is not None and path.name.lower().split(".", 1)[-1].startswith("csv")


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one scalar, whose name is that of its file."""
    body, torn = ended(text(content))
    name = path.name.split(".csv")[0]
    found = table(body, ("step", name), needed=("step", name))
    counted = not found.numbers["step"].missing.all()
    columns = found.numbers if counted else {name: found.numbers[name]}
    series, notes = series_of(columns, evaluation=is_of_evaluation(path))
    torn_note = ("the last line has no end and was left out",) if torn else ()
    return [Log(series, notes=(*torn_note, *notes))]


FORMAT = Format("TorchRL scalar", looks, reader(parse), of_folder=True, of_scalar=True)
