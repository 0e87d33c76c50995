"""Lines of cells between commas or tabs -> columns, by NumPy's loader where all are numbers, else by the csv module."""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ._content import decoded, unified

_SHORT = 1000
"""Bytes up to which NumPy's loader takes longer to start than to read."""


class Lines(NamedTuple):
    """The lines of a table, without the one that a crash has cut."""

    body: bytes
    torn: bool
    """Whether the last line had no end, and was left out."""


def ended(body: bytes) -> Lines:
    """The lines that have an end: writers that add a line at a time end each."""
    if not body or body.endswith(b"\n"):
        return Lines(body, False)
    return Lines(body[: body.rfind(b"\n") + 1], bool(body[body.rfind(b"\n") + 1 :].strip()))


def number_rows(body: bytes, columns: int, delimiter: str | None = ",") -> np.ndarray | None:
    """[line, column] float64 where every cell is a number and every line has as many; None where not.

    Exact: the numbers are those of Python's `float`. `delimiter` None is any run of blanks.
    """
    if not body.strip():
        return np.empty((0, columns))
    found = _few(body, delimiter) if len(body) < _SHORT else _loaded(body, delimiter)
    if found is None and (changed := _truths(body)) is not body:
        found = _loaded(changed, delimiter)
    return found if found is not None and found.shape[1] == columns else None


def _few(body: bytes, delimiter: str | None) -> np.ndarray | None:
    """As `_loaded`, without its start: half the time for ten lines."""
    if b"_" in body:  # which Python's `float` leaves out
        return None
    sign = delimiter.encode() if delimiter else None
    rows = [line.split(sign) for line in body.split(b"\n") if line.strip()]
    try:
        return np.array([list(map(float, row)) for row in rows])
    except ValueError:
        return None


def _loaded(body: bytes, delimiter: str | None) -> np.ndarray | None:
    try:
        return np.loadtxt(io.BytesIO(body), delimiter=delimiter, comments=None, ndmin=2)
    except (ValueError, OverflowError):
        return None


def _truths(body: bytes) -> bytes:
    """True and False behind a comma as 1 and 0, where all of them are cells."""
    for word, digit in ((b"True", b"1"), (b"False", b"0")):
        times = body.count(word)
        if times and times == sum(body.count(b"," + word + after) for after in (b",", b"\n", b"\r\n")):
            body = body.replace(word, digit)
    return body


def cell_rows(body: bytes, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Each line that is not empty: its number (from 1) and its cells. ValueError for quotes that are not closed."""
    text = unified(body) if body.count(b"\r") != body.count(b"\r\n") else body
    lines = csv.reader(map(decoded, io.BytesIO(text)), delimiter=delimiter, strict=True)
    try:
        for cells in lines:
            if cells:
                yield lines.line_num, cells
    except csv.Error as error:
        raise ValueError(f"line {lines.line_num}: {error}") from None
