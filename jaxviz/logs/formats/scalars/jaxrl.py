"""JAXRL's curves: `<seed>.txt`, `step value` a line, the mean return of an evaluation."""

import re
from pathlib import Path

from ....host.readers import ended, number_rows, text, whole
from ..._log import Format, Log, Series
from .._reading import reader

_NUMBER = rb"[+-]?(?:\d[\d.]*(?:[eE][+-]?\d+)?|nan|inf)"
_LINES = re.compile(rb"(?:[ \t]*" + _NUMBER + rb"[ \t]+" + _NUMBER + rb"[ \t]*\r?\n){1,20}")
_WORDS = re.compile(rb"[^\s\d.eE+-]{4}")


def looks(head: bytes, path: Path) -> bool:
    """Lines of two numbers each between blanks, from the first on."""
    start = _LINES.match(head.removeprefix(b"\xef\xbb\xbf"))
    return start is not None and _WORDS.search(head) is None


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one curve."""
    body, torn = ended(text(content))
    rows = number_rows(body, 2, None)
    if rows is None:
        raise ValueError(_damage(body))
    notes = ("the last line has no end and was left out",) if torn else ()
    return [
        Log({"evaluations": Series(rows[:, 1], whole(rows[:, 0]), "evaluations", "environment steps")}, notes=notes)
    ]


def _damage(body: bytes) -> str:
    """Where the first line is that is not of two numbers."""
    lines = [line for line in body.replace(b"\r", b"\n").splitlines() if line.strip()]
    for place, line in enumerate(lines):
        if number_rows(line, 2, None) is None:
            return f"line {place + 1} must be a step and a value; {place} are before it"
    return "its lines must be a step and a value each"


FORMAT = Format("JAXRL curve", looks, reader(parse))
