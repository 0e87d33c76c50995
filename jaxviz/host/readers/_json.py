"""JSON of anybody -> objects of Python, unless these would take far more memory than the file, and arrays."""

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ._array import Array
from ._cells import drained, floats
from ._content import FREE

_MOST_GROWTH = 10
_DICT, _FULLER, _LIST, _TEXT, _NUMBER, _LONG = 64, 120, 56, 50, 32, 8
"""Bytes of an empty mapping, what the first name adds, of an empty list, of a short text and of a number, which are at
most so many for each that it is written with: those that are written with one or two digits are made once."""
_FEW, _NAME = 5, 72
"""Names that a mapping holds without more, and the bytes that each further one adds: while a table of names grows, the
smaller one is there as well."""
_LONG_ROW = re.compile(rb"\[[\d\s.eE+\-,NaInfity]{1048576,}\]")
"""A list of numbers that is longer than a MiB."""
_PIECE = 1 << 18
"""Bytes of such a list that are objects of Python at a time."""


def json_of(content: bytes) -> Any:
    """What a file holds. ValueError if it is no JSON, or so many small objects that it would need more than ten times
    its size, and 64 MiB, of memory."""
    check_growth(content)
    return json.loads(content)


def check_names(content: bytes, most: int) -> None:
    """ValueError if the objects in some JSON have more names than that, before they are made."""
    if content.count(b'":') - content.count(b'\\":') > most:
        raise ValueError(f"it has more than {most} entries")


def check_growth(content: bytes) -> None:
    """ValueError if the objects in some JSON would need more than ten times its size, and 64 MiB."""
    if len(content) * _DICT < FREE:
        return
    mappings, empty = content.count(b"{"), content.count(b"{}")
    needed = _DICT * mappings + _FULLER * (mappings - empty) + _LIST * content.count(b"[")
    needed += _NAME * max(0, content.count(b'":') - _FEW * mappings)
    needed += _TEXT * content.count(b'"') // 2 + min(_NUMBER * content.count(b","), _LONG * len(content))
    if needed > max(FREE, _MOST_GROWTH * len(content)):
        raise ValueError(
            f"it is made of so many small objects that it needs about {needed // len(content)} times its size of memory"
        )


def json_with_rows(content: bytes) -> Any:
    """As `json_of`, but a list of numbers that is longer than a MiB is an array [entry]: a fifth of the memory."""
    mark, rows = secrets.token_hex(8), list[Array]()
    try:
        short = b"".join(_without_rows(content, mark, rows))
        if rows:
            check_growth(short)
            return json.loads(short, object_hook=lambda found: rows[found[mark]] if mark in found else found)
    except ValueError:  # numbers in a text, or damage, of which `json_of` says where it is
        rows.clear()
    return json_of(content)


def _without_rows(content: bytes, mark: str, rows: list[Array]) -> Iterator[bytes]:
    """The content with `{mark: place}` for each long list of numbers, which is put into `rows`."""
    at = 0
    for found in _LONG_ROW.finditer(content):
        yield content[at : found.start()] + f'{{"{mark}":{len(rows)}}}'.encode()
        rows.append(_row(content, found.start() + 1, found.end() - 1))
        at = found.end()
    if rows:
        yield content[at:]


def _row(content: bytes, start: int, end: int) -> Array:
    """The numbers between two places. ValueError if there is anything else."""
    found, count = np.empty(content.count(b",", start, end) + 1), 0
    while start < end:
        comma = content.find(b",", start + _PIECE, end)
        stop = end if comma < 0 else comma
        piece = floats(json.loads(b"[%b]" % content[start:stop]))
        found[count : count + len(piece)] = piece
        count, start = count + len(piece), stop + 1
    if count != len(found):
        raise ValueError("a comma has no number behind it")
    return found


def grid(rows: Sequence[list[Any] | Array]) -> tuple[Array, bool]:
    """Rows of numbers as [entry, rollout], or [entry] if each has one; and whether they had one length.

    Where lengths differ, the mean of each row stands for it: [entry]. Long rows are emptied.
    """
    lists = [row if isinstance(row, np.ndarray) else drained(row) for row in rows]
    if len({len(row) for row in lists}) > 1:
        with np.errstate(all="ignore"):
            return np.array([row.sum() / np.float64(len(row)) for row in lists]), False
    stacked = lists[0][None] if len(lists) == 1 else np.stack(lists) if lists else np.zeros((0, 1))
    return (stacked[:, 0] if stacked.shape[1] == 1 else stacked), True
