"""Tables of several runs, one row a value, in blocks: rows with equal keys are one run, wherever they stand.

Memory is that of the numbers and of one block. Large tables go through polars where it is installed, block by block,
too; cell by cell where it is not, and wherever it refuses one.
"""

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import IO, Any, NamedTuple

import numpy as np

from ._cells import NotNumberError, Numbers, numbers
from ._delimited import cell_rows

BLOCK = 2 << 20
"""Bytes of a block: larger ones take more memory and no less time."""
LARGE = 16 << 20
"""Bytes from which loading polars (0.4 s) is worth it."""


class Columns(NamedTuple):
    """How a table of several runs is cut."""

    names: tuple[str, ...]
    """Of all columns."""
    keys: tuple[str, ...]
    """Those that tell its runs apart: text."""
    numbers: tuple[str, ...]
    delimiter: str = ","
    counts: tuple[str, ...] = ()
    """Those of `numbers` that are whole as far as is known: they are read faster."""


class Group(NamedTuple):
    """A run."""

    keys: tuple[str, ...]
    columns: dict[str, Numbers]


class Groups(NamedTuple):
    """All runs."""

    groups: list[Group]
    torn: bool
    """Whether the last line was cut, and left out."""


class _Block(NamedTuple):
    """Rows that are in the file one behind the other, cut where a key changes."""

    starts: np.ndarray
    """[segment]: its first row."""
    keys: list[tuple[str, ...]]
    """[segment]"""
    values: Sequence[np.ndarray]
    """[column][row]"""
    missing: Sequence[np.ndarray | None]
    """[column][row]; None: nothing."""

    @property
    def rows(self) -> int:
        return len(self.values[0]) if self.values else 0


class _Parsed(NamedTuple):
    """A block on its way: what polars found in it, None if it is to be read in another way."""

    body: bytes
    rest: bytes
    found: _Block | None


_Piece = list[Numbers]
"""[column]"""


def groups(parts: Iterable[bytes], columns: Columns, *, fast: bool = False, line: int = 1) -> Groups:
    """The runs of the rows in blocks of whole lines, of which `line` lines are before. `fast`: by polars.

    ValueError for a row with another number of cells, or text among the numbers; it names the line. Only the last line
    may be cut: one without an end counts if it is whole.
    """
    runs: dict[tuple[str, ...], list[_Piece]] = {}
    torn = False
    for body, rest, read in _parsed(parts, columns) if fast else map(_ended, parts):
        if read is None and fast and columns.counts:
            columns = columns._replace(counts=())
            read = _by_polars(body, columns)
        found = [read or _by_cell(body, columns, line)]
        line += read.rows if read else _count(body, "\n")
        try:
            found += [_by_cell(rest, columns, line)] if rest.strip() else []
        except ValueError:
            torn = True
        for key, piece in chain.from_iterable(map(_pieces, found)):
            runs.setdefault(key, []).append(piece)
    return Groups([Group(key, _joined(runs.pop(key), columns.numbers)) for key in list(runs)], torn)


def has_polars() -> bool:
    """Whether large tables can go through polars."""
    return importlib.util.find_spec("polars") is not None


def _ended(block: bytes) -> _Parsed:
    """The lines with an end, and one without."""
    at = block.rfind(b"\n") + 1
    return _Parsed(block[:at], block[at:], None)


def _parsed(parts: Iterable[bytes], columns: Columns) -> Iterator[_Parsed]:
    """Each block after polars, which reads the next one while the caller looks at this one."""

    def ahead() -> _Parsed | None:
        block = next(source, None)
        if block is None:
            return None
        found = _ended(block)
        return found._replace(found=_by_polars(found.body, columns))

    source = iter(parts)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(ahead)
        while (found := coming.result()) is not None:
            coming = thread.submit(ahead)
            yield found


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


def _pieces(block: _Block) -> Iterator[tuple[tuple[str, ...], _Piece]]:
    """The rows of each key, in their order; one piece a key."""
    places: dict[tuple[str, ...], int] = {}
    run = np.array([places.setdefault(key, len(places)) for key in block.keys], np.int64)
    ends = np.append(block.starts[1:], block.rows)
    values, missing = block.values, block.missing
    if len(places) < len(run):
        of_row = np.repeat(run, ends - block.starts)
        order = np.argsort(of_row, kind="stable")
        values, missing = [x[order] for x in values], [None if x is None else x[order] for x in missing]
        ends = np.cumsum(np.bincount(of_row, minlength=len(places)))
    for key, end, start in zip(places, ends, (0, *ends[:-1]), strict=True):
        yield key, [_cut(x, none, slice(start, end)) for x, none in zip(values, missing, strict=True)]


def _cut(values: np.ndarray, missing: np.ndarray | None, rows: slice) -> Numbers:
    """A copy of some rows, so that the block can be forgotten."""
    part = values[rows].astype(float)
    return Numbers(part, np.zeros(len(part), bool) if missing is None else missing[rows].copy())


def _joined(pieces: list[_Piece], names: Sequence[str]) -> dict[str, Numbers]:
    return {name: _one([piece[at] for piece in pieces]) for at, name in enumerate(names)}


def _one(parts: list[Numbers]) -> Numbers:
    if len(parts) == 1:
        return parts[0]
    return Numbers(np.concatenate([x.values for x in parts]), np.concatenate([x.missing for x in parts]))


def _by_cell(block: bytes, columns: Columns, line: int) -> _Block:
    """Cell by cell: the exact way."""
    rows, lines = [], []
    for at, cells in cell_rows(block, columns.delimiter):
        if len(cells) != len(columns.names):
            raise ValueError(f"line {line + at} has {len(cells)} cells, not {len(columns.names)}")
        rows.append(cells)
        lines.append(line + at)
    place = {name: at for at, name in enumerate(columns.names)}
    found = [_column(rows, name, place[name], lines) for name in columns.numbers]
    keys = [tuple(row[place[name]].strip() for name in columns.keys) for row in rows]
    starts = [at for at, key in enumerate(keys) if at == 0 or key != keys[at - 1]]
    values, missing = [x.values for x in found], [x.missing for x in found]
    return _Block(np.array(starts, np.int64), [keys[at] for at in starts], values, missing)


def _column(rows: Sequence[Sequence[str]], name: str, place: int, lines: Sequence[int]) -> Numbers:
    try:
        return numbers([row[place] for row in rows])
    except NotNumberError as error:
        raise ValueError(f"line {lines[error.row]}, {name!r}: {error}") from None


def _count(block: bytes, sign: str) -> int:
    """As `block.count`, four times as fast where there are many."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord(sign)))


def _may_be_short(frame: Any, columns: Columns) -> bool:
    """Whether rows may lack cells: the last one is missing somewhere, or not looked at."""
    last = columns.names[-1]
    return last not in frame.columns or frame[last].null_count() > 0


def _by_polars(block: bytes, columns: Columns) -> _Block | None:
    """By polars; None where it refuses the block, or would read something else than `_by_cell`."""
    import polars as pl

    if b'"' in block:
        return None
    kinds = dict.fromkeys(columns.names, pl.String) | dict.fromkeys(columns.numbers, pl.Float64)
    kinds |= dict.fromkeys(columns.counts, pl.Int64)
    wanted = [place for place, name in enumerate(columns.names) if name in {*columns.keys, *columns.numbers}]
    try:
        frame = pl.read_csv(
            block, has_header=False, schema=kinds, columns=wanted, separator=columns.delimiter, quote_char=None
        )
    except (pl.exceptions.PolarsError, TypeError):
        return None
    if _may_be_short(frame, columns) and _count(block, columns.delimiter) != len(frame) * (len(columns.names) - 1):
        return None  # it fills short rows, and takes an empty line for one
    keys = [frame[name] for name in columns.keys]
    if any(key.null_count() for key in keys):
        return None
    change = np.zeros(len(frame), bool)
    change[:1] = True
    for key in keys:
        change[1:] |= (key[1:] != key[:-1]).to_numpy()
    starts = np.flatnonzero(change)
    texts = [[cell.strip() for cell in key.gather(starts).to_list()] for key in keys]
    cells = [frame[name] for name in columns.numbers]
    return _Block(
        starts,
        list(zip(*texts, strict=True)) if texts else [()],
        [cell.to_numpy() for cell in cells],
        [cell.is_null().to_numpy() if cell.null_count() else None for cell in cells],
    )
