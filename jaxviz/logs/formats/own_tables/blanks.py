"""Tables whose cells are between blanks, one or more, below a line of names.

episode reward length
1       10.5   20
"""

import re
from pathlib import Path

from ....host.readers import text
from ..._log import Format, Log
from ..._names import meaning
from .. import progress, tidy
from .._reading import reader

_NAMES = re.compile(rb"(?:\xef\xbb\xbf)?#?[ ]*([A-Za-z_][\w./()\-]*(?: +[A-Za-z_][\w./()\-]*)+) *\r?\n")
_NUMBER = rb"[+-]?(?:\d[\d.]*(?:[eE][+-]?\d+)?|\.\d+|nan|inf)"
_ROW = re.compile(rb" *(" + _NUMBER + rb"(?: +" + _NUMBER + rb")+) *\r?\n")
_BLANKS = re.compile(rb"[ ]+")


def looks(head: bytes, path: Path) -> bool:
    """A line of names, of which one is a return's, and below it one of as many numbers."""
    names = _NAMES.match(head)
    row = _ROW.match(head, names.end()) if names else None
    if names is None or row is None or len(names[1].split()) != len(row[1].split()):
        return False
    return any(known.role in ("return", "success") for n in names[1].split() if (known := meaning(n.decode())))


def parse(content: bytes, path: Path) -> list[Log]:
    """The logs of one table, of one run or of several."""
    body = b"\n".join(_BLANKS.sub(b",", line.strip(b" #\r")) for line in text(content).split(b"\n"))
    form = tidy if tidy.looks(body, path) else progress
    return form.parse(body, path)


FORMAT = Format("table between blanks", looks, reader(parse), of_folder=True)
