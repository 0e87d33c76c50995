"""JAXRL's curves: `<seed>.txt`, `step value` a line, the mean return of an evaluation.

Others write two numbers a line too: of episodes, which count one by one, or of a search, the best value and the mean.
"""

import re
from pathlib import Path

from ....host.readers import Array, counts_up, ended, goes_up, number_rows, text, whole
from ....host.readers._order import is_even
from ..._log import Format, Log, Series, UnreadableError
from .._reading import reader

_NUMBER = rb"[+-]?(?:\d[\d.]*(?:[eE][+-]?\d+)?|nan|inf)"
_LINES = re.compile(rb"(?:[ \t]*" + _NUMBER + rb"[ \t]+" + _NUMBER + rb"[ \t]*\r?\n){1,20}")
_DECIMALS = re.compile(rb"^[ \t]*\d+\.\d*[ \t]", re.MULTILINE)
_COUNTED = (
    "the first column counts one by one, of what it does not say",
    "no name says what one value is: taken as the mean of one update",
)
_WORDS = re.compile(rb"[^\s\d.eE+-]{4}")


def looks(head: bytes, path: Path) -> bool:
    """Lines of two numbers each between blanks, from the first on."""
    start = _LINES.match(head.removeprefix(b"\xef\xbb\xbf"))
    return start is not None and _WORDS.search(head) is None


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one curve. UnreadableError if the first column may be something else than steps."""
    body, torn = ended(text(content))
    rows = number_rows(body, 2, None)
    if rows is None:
        raise ValueError(_damage(body))
    step, values = whole(rows[:, 0]), rows[:, 1]
    if not _are_steps(step, body):
        raise UnreadableError(
            "two columns without names, of which the first holds no steps, whole numbers that rise: "
            "give a table with a line of names"
        )
    notes = ("the last line has no end and was left out",) if torn else ()
    if len(step) > 1 and step[0] in (0, 1) and counts_up(step):
        return [Log({"value": Series(values, step, "updates")}, notes=(*notes, *_COUNTED))]
    return [Log({"evaluations": Series(values, step, "evaluations", "environment steps")}, notes=notes)]


def _are_steps(step: Array, body: bytes) -> bool:
    """Whether numbers count steps: whole, from 0 on and rising, evenly where they are written with decimals, as the
    best values of a search are too."""
    if not len(step):
        return True
    counted = step.dtype.kind == "i" and step.min() >= 0 and bool(goes_up(step))
    return counted and (_DECIMALS.search(body) is None or is_even(step))


def _damage(body: bytes) -> str:
    """Where the first line is that is not of two numbers."""
    lines = [line for line in body.replace(b"\r", b"\n").splitlines() if line.strip()]
    for place, line in enumerate(lines):
        if number_rows(line, 2, None) is None:
            return f"line {place + 1} must be a step and a value; {place} are before it"
    return "its lines must be a step and a value each"


FORMAT = Format("JAXRL curve", looks, reader(parse))
