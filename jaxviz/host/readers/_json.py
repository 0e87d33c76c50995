"""JSON of anybody -> objects of Python, unless these would take far more memory than the file, and arrays."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._array import Array
from ._cells import drained
from ._content import FREE

_MOST_GROWTH = 10
_DICT, _FULLER, _LIST, _TEXT, _NUMBER, _LONG = 64, 120, 56, 50, 32, 8
"""Bytes of an empty mapping, what the first name adds, of an empty list, of a short text and of a number, which are at
most so many for each that it is written with: those that are written with one or two digits are made once."""
_FEW, _NAME = 5, 72
"""Names that a mapping holds without more, and the bytes that each further one adds: while a table of names grows, the
smaller one is there as well."""


def json_of(content: bytes) -> Any:
    """What a file holds. ValueError if it is no JSON, or so many small objects that it would need more than ten times
    its size, and 64 MiB, of memory."""
    check_growth(content)
    return json.loads(content)


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


def grid(rows: Sequence[list[Any]]) -> tuple[Array, bool]:
    """Rows of numbers as [entry, rollout], or [entry] if each has one; and whether they had one length.

    Where lengths differ, the mean of each row stands for it: [entry]. Long rows are emptied.
    """
    lists = [drained(row) for row in rows]
    if len({len(row) for row in lists}) > 1:
        with np.errstate(all="ignore"):
            return np.array([row.sum() / np.float64(len(row)) for row in lists]), False
    stacked = lists[0][None] if len(lists) == 1 else np.stack(lists) if lists else np.zeros((0, 1))
    return (stacked[:, 0] if stacked.shape[1] == 1 else stacked), True
