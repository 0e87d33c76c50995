"""Where the cells at one end of each line change, told without cutting lines: in tables whose runs are one behind the
other they change rarely, and counting a text in bytes costs a third of making cells of it."""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

MOST = 100
"""Changes in a block up to which searching for them costs less than cutting its lines."""
_PART = 1 << 18
"""Bytes that are compared at once: what is compared stays in the processor's cache."""


class Segments(NamedTuple):
    """Lines one behind the other whose cells at one end are equal."""

    starts: np.ndarray
    """[segment]: its first row."""
    keys: list[tuple[str, ...]]
    """[segment]: its cells."""
    rows: int
    """Of all segments: where the block has more lines than these, others stand between them."""


def segments(block: bytes, cells: int, delimiter: str, *, last: bool) -> Segments | None:
    """Segments of lines whose first (or last) `cells` cells are equal; they hold if `rows` is all lines of the block.
    None: too many segments, or cells that are no ASCII."""
    starts, keys = [0], list[tuple[str, ...]]()
    at = 0
    while at < len(block):
        mark = _mark(block, at, cells, delimiter.encode(), last=last) if len(keys) < MOST else None
        if mark is None:
            return None
        end = _end(block, at, mark, last=last)
        lines = block.count(mark, at, end) + (not last)
        found = mark.decode().strip("\r\n").split(delimiter)
        keys.append(tuple(cell.strip() for cell in (found[1:] if last else found[:-1])))
        starts.append(starts[-1] + lines)
        at = end
    return Segments(np.array(starts[:-1], np.int64), keys, starts[-1])


def count(block: bytes, sign: str) -> int:
    """As `block.count`, several times as fast where there are many."""
    signs = np.frombuffer(block, np.uint8)
    parts = (signs[at : at + _PART] for at in range(0, len(signs), _PART))
    return sum(int(np.count_nonzero(part == ord(sign))) for part in parts)


def _mark(block: bytes, at: int, cells: int, delimiter: bytes, *, last: bool) -> bytes | None:
    """What this line and all with the same cells have: the cells, and the border of lines beside them."""
    line = block[at : block.find(b"\n", at) + 1]
    parts = line.rsplit(delimiter, cells) if last else line.split(delimiter, cells)
    if len(parts) <= cells or not line.isascii():
        return None
    return delimiter + delimiter.join(parts[1:]) if last else b"\n" + delimiter.join(parts[:cells]) + delimiter


def _end(block: bytes, at: int, mark: bytes, *, last: bool) -> int:
    """Behind the last line with the mark, where all that have it follow each other."""

    def differs(place: int) -> bool:
        border = block.find(b"\n", place)
        return not (block.endswith(mark, at, border + 1) if last else block.startswith(mark, border))

    found = at + bisect_left(range(at, len(block)), True, key=differs)
    return found if last else block.find(b"\n", found) + 1
