"""Tables of several runs, one row a value, in blocks: rows with equal keys are one run, wherever they stand.

Memory is that of the numbers and of a few blocks. Large tables go through polars where it is installed, block by block,
too; cell by cell where it is not, and wherever it refuses one.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import IO, NamedTuple

import numpy as np

from .._cells import Numbers
from ._blocks import Columns, Piece, Pieces, pieces_of
from ._by_cell import by_cell
from ._by_polars import by_polars
from ._equal_ends import count

BLOCK = 12 << 20
"""Bytes of a block: smaller ones are read a little later, larger ones in more memory."""
_AHEAD = 2
"""Blocks that are parsed at once: two cores are busy then, and more blocks take memory."""
LARGE = 16 << 20
"""Bytes from which loading polars (0.4 s) is worth it."""


class Group(NamedTuple):
    """A run."""

    keys: tuple[str, ...]
    columns: dict[str, Numbers]


class Groups(NamedTuple):
    """All runs."""

    groups: list[Group]
    torn: bool
    """Whether the last line was cut, and left out."""


class _Parsed(NamedTuple):
    """A block on its way: what polars found in it, None if it is to be read in another way."""

    body: bytes
    rest: bytes
    found: Pieces | None


def groups(parts: Iterable[bytes], columns: Columns, *, fast: bool = False, line: int = 1) -> Groups:
    """The runs of the rows in blocks of whole lines, of which `line` lines are before. `fast`: by polars.

    ValueError for a row with another number of cells, or text among the numbers; it names the line. Only the last line
    may be cut: one without an end counts if it is whole.
    """
    runs: dict[tuple[str, ...], list[Piece]] = {}
    torn = False
    for body, rest, read in _parsed(parts, columns) if fast else map(_ended, parts):
        found = [*(read or pieces_of(by_cell(body, columns, line))).of]
        line += read.rows if read else count(body, "\n")
        try:
            found += pieces_of(by_cell(rest, columns, line)).of if rest.strip() else []
        except ValueError:
            torn = True
        for key, piece in found:
            runs.setdefault(key, []).append(piece)
    return Groups([Group(key, _joined(runs.pop(key), columns.numbers)) for key in list(runs)], torn)


def _ended(block: bytes) -> _Parsed:
    """The lines with an end, and one without."""
    at = block.rfind(b"\n") + 1
    return _Parsed(block[:at], block[at:], None)


def _parsed(parts: Iterable[bytes], columns: Columns) -> Iterator[_Parsed]:
    """Each block after polars, in their order. Threads read and parse the next ones while the caller looks at this."""
    numbered, lock = enumerate(parts), Lock()

    def parsed() -> tuple[int, _Parsed] | None:
        with lock:
            place, block = next(numbered, (0, None))
        if block is None:
            return None
        found = _ended(block)
        read = by_polars(found.body, columns)
        if read is None and columns.counts:
            read = by_polars(found.body, columns._replace(counts=()))
        return place, found._replace(found=read)

    with ThreadPoolExecutor(_AHEAD) as threads:
        coming = deque(threads.submit(parsed) for _ in range(_AHEAD + 1))
        ready: dict[int, _Parsed] = {}
        at = 0
        while coming:
            done = coming.popleft().result()
            if done is not None:
                coming.append(threads.submit(parsed))
                ready |= [done]
            while at in ready:
                yield ready.pop(at)
                at += 1


def blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Whole lines, about `size` bytes of them at a time. ValueError for bytes of 0 and for longer lines."""
    start = file.tell()
    while True:
        file.seek(start + size)  # to read a block and the rest of its last line at once, without a copy
        rest = len(file.readline(size))
        file.seek(start)
        block = file.read(size + rest)
        if not block:
            return
        start += len(block)
        if rest == size:
            raise ValueError(f"it has a line of more than {size} bytes")
        if b"\0" in block:
            raise ValueError("it holds bytes of 0, which are no text")
        yield block


def _joined(pieces: list[Piece], names: Sequence[str]) -> dict[str, Numbers]:
    return {name: _one([piece[at] for piece in pieces]) for at, name in enumerate(names)}


def _one(parts: list[Numbers]) -> Numbers:
    if len(parts) == 1:
        return parts[0]
    return Numbers(np.concatenate([x.values for x in parts]), np.concatenate([x.missing for x in parts]))
