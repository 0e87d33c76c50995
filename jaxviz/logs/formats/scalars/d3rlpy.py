"""d3rlpy's logger: `environment.csv` (evaluations), `loss.csv` and others, `epoch,step,value` a line and no header."""

import re
from pathlib import Path

from ....host.readers import ended, table, text
from ..._log import Format, Log
from .._reading import reader
from .._series import series_of

_LINE = re.compile(rb"\d+,\d+,[+-]?(?:\d[\d.]*(?:[eE][+-]?\d+)?|nan|inf)\r?\n")
_EVALUATIONS = "environment"


def looks(head: bytes, path: Path) -> bool:
    """From the first line on two counts and a value, and no more."""
    return _LINE.match(head) is not None and path.name.lower().split(".", 1)[-1].startswith("csv")


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one scalar, whose name is that of its file. The steps are updates: the data are fixed."""
    body, torn = ended(text(content))
    name = path.name.split(".csv")[0]
    shown = "evaluation/return" if name == _EVALUATIONS else name
    found = table(body, ("epoch", "gradient_steps", shown), needed=("epoch", "gradient_steps", shown))
    series, notes = series_of({key: found.numbers[key] for key in ("gradient_steps", shown)})
    torn_note = ("the last line has no end and was left out",) if torn else ()
    return [Log(series, notes=(*torn_note, *notes))]


FORMAT = Format("d3rlpy scalar", looks, reader(parse), of_folder=True, of_scalar=True)
