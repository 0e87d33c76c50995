"""HARL: `progress.txt`, environment steps, the mean return of an evaluation and, of StarCraft, how many were won.

    3200,2.500000
    6400,4.000000

There are no names in it. `config.json` beside it has the algorithm, the task and the seed.
"""

import re
from pathlib import Path

from ....host.readers import ended, table, text
from ..._log import Format, Log
from .._reading import reader
from .._series import series_of
from ..progress import table_notes

_LINE = re.compile(rb"\d+(?:,[+-]?(?:\d[\d.]*(?:[eE][+-]?\d+)?|nan|inf)){1,2}\r?\n")
_NAMES = ("env_steps", "eval/mean_return", "eval/win_rate")


def looks(head: bytes, path: Path) -> bool:
    """From the first line on whole steps and one or two values, in a file of its name."""
    return path.name == "progress.txt" and _LINE.match(head) is not None


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one run."""
    body, torn = ended(text(content))
    names = _NAMES[: body[: body.find(b"\n")].count(b",") + 1]
    found = table(body, names, needed=names)
    series, notes = series_of(found.numbers, evaluation=True)
    return [Log(series, notes=(*table_notes(found, torn), *notes))]


FORMAT = Format("HARL progress", looks, reader(parse), of_folder=True)
