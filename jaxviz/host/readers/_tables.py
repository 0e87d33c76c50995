"""The body of a table -> named columns of numbers and of text, whichever way is fastest for it."""

import functools
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from ._cells import EXACT, NotNumberError, Numbers, numbers
from ._content import text
from ._delimited import cell_rows, number_rows

_ROWS = 4096
"""Rows whose cells are in memory at a time."""
_MOST_COLUMNS = 10_000
_LISTS = ("(", "[", "{", "tensor(", "array(")
"""Beginnings of cells that hold many values, as Python prints them: not damaged numbers."""
_JITTER = 1.0
"""Seconds by which a clock that was set may go back."""


class Table(NamedTuple):
    """Columns of one table, each under its name."""

    numbers: dict[str, Numbers]
    texts: dict[str, str]
    """Columns in which something is neither a number nor missing: the first such text."""
    repeated: int = 0
    """Rows that repeat the names, as a resumed writer adds them; they are left out."""
    longer: int = 0
    """Rows with cells behind those that have a name."""


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Names as they are; one that comes again gets its place behind it (`value`, `value.1`), as in pandas."""
    seen: dict[str, int] = {}
    found = []
    for cell in cells:
        name = cell.strip()
        times = seen[name] = seen.get(name, -1) + 1
        found.append(f"{name}.{times}" if times else name)
    return tuple(found)


def table(
    body: bytes,
    names: Sequence[str],
    *,
    line: int = 0,
    needed: Collection[str] = (),
    delimiter: str = ",",
    longer: bool = False,
    lists: bool = False,
) -> Table:
    """The columns of the lines of `body`, of which `line` lines are before.

    `needed` columns must be there and hold numbers; with `lists` one that holds lists is text, as others are.
    ValueError for a row with fewer cells than names, or with more (empty ones behind the last do not count) unless
    `longer`; it names the line, and how many rows are before it.
    """
    absent = [name for name in needed if name not in names]
    if absent:
        raise ValueError(f"there is no column {absent[0]!r}; the columns are {', '.join(map(repr, names[:30]))}")
    found = number_rows(body, len(names), delimiter)
    if found is not None:
        return Table({name: Numbers(found[:, at], _none(len(found))) for at, name in enumerate(names)}, {})
    return _exactly(body, line, _Cells(names, needed, lists, delimiter == ","), delimiter, longer)


def _none(rows: int) -> np.ndarray:
    return np.zeros(rows, bool)


class _Cells:
    """Columns that grow by some rows at a time: of the cells no more than these are in memory."""

    def __init__(self, names: Sequence[str], needed: Collection[str], lists: bool, thousands: bool) -> None:
        self.names, self._needed, self._lists, self.count = names, needed, lists, 0
        self._thousands = thousands
        self._pieces: dict[str, list[Numbers]] = {name: [] for name in names}
        self.texts: dict[str, str] = {}

    def add(self, rows: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
        """More rows, and the lines that they are in."""
        for place, name in enumerate(self.names):
            if name not in self.texts:
                self._add(name, [row[place] for row in rows], lines)
        self.count += len(rows)

    def _add(self, name: str, cells: Sequence[str], lines: Sequence[int]) -> None:
        try:
            self._pieces[name].append(numbers(cells))
        except NotNumberError as error:
            if self._thousands and (joined := _without_thousands(cells)) is not None:
                self._add(name, joined, lines)
                return
            is_list = self._lists and cells[error.row].lstrip().startswith(_LISTS)
            if name in self._needed and not is_list:
                place, before = f"line {lines[error.row]}, {name!r}", self.count + error.row
                raise ValueError(f"{place}: {error}; {before} rows are before it") from None
            self.texts[name] = cells[error.row].strip()

    def numbers(self) -> dict[str, Numbers]:
        return {name: _joined(pieces) for name, pieces in self._pieces.items() if name not in self.texts}


_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?\s*")
"""`1,020` in a cell of its own, as a table between commas has it in quotes."""


def _without_thousands(cells: Sequence[str]) -> list[str] | None:
    """Cells without the commas in their numbers; None unless all commas stand before three digits."""
    having = [cell for cell in cells if "," in cell]
    if not having or not all(map(_THOUSANDS.fullmatch, having)):
        return None
    return [cell.replace(",", "") for cell in cells]


def _joined(pieces: Sequence[Numbers]) -> Numbers:
    if not pieces:
        return Numbers(np.empty(0), np.empty(0, bool))
    return Numbers(np.concatenate([x.values for x in pieces]), np.concatenate([x.missing for x in pieces]))


def _exactly(body: bytes, line: int, cells: _Cells, delimiter: str, longer: bool) -> Table:
    """As `table`, cell by cell."""
    names, repeated, longest = cells.names, 0, 0
    rows = cell_rows(body, delimiter)
    while part := list(islice(rows, _ROWS)):
        kept = [(line + at, row) for at, row in part if len(row) != len(names) or not _repeats(row, names)]
        repeated += len(part) - len(kept)
        for place, (at, row) in enumerate(kept):
            if len(row) != len(names) and not _may_differ(row, len(names), longer):
                before = cells.count + place
                raise ValueError(f"line {at} has {len(row)} cells, not {len(names)}; {before} rows are before it")
            longest += any(cell.strip() for cell in row[len(names) :])
        cells.add([row for _, row in kept], [at for at, _ in kept])
    return Table(cells.numbers(), cells.texts, repeated, longest)


def _repeats(row: Sequence[str], names: Sequence[str]) -> bool:
    return row[0].strip() == names[0] and tuple(cell.strip() for cell in row) == tuple(names)


def _may_differ(cells: Sequence[str], count: int, longer: bool) -> bool:
    return len(cells) > count and (longer or not any(cell.strip() for cell in cells[count:]))


def join_columns(parts: Sequence[Mapping[str, Numbers]]) -> dict[str, Numbers]:
    """The columns of tables, one behind the other; what a part does not have is missing in it."""
    if len(parts) == 1:
        return dict(parts[0])
    sizes = [len(next(iter(part.values())).values) for part in parts]
    names = dict.fromkeys(name for part in parts for name in part)
    empty = [Numbers(np.full(size, np.nan), np.ones(size, bool)) for size in sizes]
    each = {name: [part.get(name, other) for part, other in zip(parts, empty, strict=True)] for name in names}
    return {
        name: Numbers(np.concatenate([x.values for x in found]), np.concatenate([x.missing for x in found]))
        for name, found in each.items()
    }


def running_total(lengths: np.ndarray, name: str) -> np.ndarray:
    """[episode] int64: the step at which each ended. ValueError for lengths that are not whole numbers from 0 on."""
    if not lengths.size:
        return np.empty(0, np.int64)
    total = lengths.cumsum()
    if not (lengths.min() >= 0 and total[-1] <= EXACT and (total == np.floor(total)).all()):
        raise ValueError(_no_lengths(lengths, name))
    return total.astype(np.int64)


def _no_lengths(lengths: np.ndarray, name: str) -> str:
    """What is wrong with lengths that have no running total."""
    with np.errstate(invalid="ignore"):
        wrong = ~((lengths >= 0) & (lengths <= EXACT) & (lengths == np.floor(lengths)))
    if not wrong.any():
        return f"{name!r} adds up to {lengths.sum():g} steps, more than 2^53"
    at = int(wrong.argmax())
    what = f"{name!r} of episode {at + 1} is {lengths[at]:g}, not a number of steps"
    return f"{what}; {at} episodes are before it"


def continued(time: np.ndarray) -> tuple[np.ndarray, int]:
    """Seconds [entry] of parts that each began at 0, one behind the other; and how many times they began again.

    A clock that was set goes back by less: up to a second, or to more than half of the time.
    """
    before, after = time[:-1], time[1:]
    if (after >= before).all():
        return time, 0
    again = (after < before - _JITTER) & (after < before / 2)
    if not again.any():
        return time, 0
    shift = np.concatenate(([0.0], np.cumsum(np.where(again, before, 0.0))))
    return time + shift, int(again.sum())


class Header(NamedTuple):
    """The first line of a table."""

    names: tuple[str, ...]
    delimiter: str
    body: bytes
    """What follows it."""
    line: int = 1
    """How many lines are before that."""


def header(content: bytes) -> Header:
    """The names in the first line that is no comment, between tabs, else commas, else semicolons."""
    content, comments = without_comments(content.lstrip(b"\r\n"))
    end = content.find(b"\n") + 1 or len(content)
    return Header(*_first_line(content[:end].removeprefix(b"#")), content[end:], comments + 1)


@functools.lru_cache(256)
def _first_line(line: bytes) -> tuple[tuple[str, ...], str]:
    """The names in it, and what is between them; ten thousand runs have the same."""
    delimiter = next((sign for sign in "\t,;" if sign.encode() in line), ",")
    if line.count(delimiter.encode()) >= _MOST_COLUMNS:
        raise ValueError(f"its first line has more than {_MOST_COLUMNS} cells")
    cells = next((cells for _, cells in cell_rows(line, delimiter)), [])
    return column_names(cells), delimiter


def without_comments(content: bytes) -> tuple[bytes, int]:
    """A table without the lines of `#` before its names, and how many they are.

    Names may stand behind a `#` themselves: then numbers follow.
    """
    comments = 0
    while content.startswith(b"#"):
        following = content[content.find(b"\n") + 1 or len(content) :]
        if not following or _NUMBER_FIRST.match(following):
            break
        content, comments = following, comments + 1
    return content, comments


_NUMBER_FIRST = re.compile(rb'["\s]*[-+]?[.\d]|["\s]*nan', re.IGNORECASE)


def names_of(head: bytes) -> tuple[str, ...]:
    """The names in the first line of a table of several columns; none for another kind of file."""
    if b"\0" in head or head.lstrip()[:1] in (b"{", b"[", b"<"):
        return ()
    line, end, _ = without_comments(head.lstrip(b"\r\n"))[0].partition(b"\n")
    return names_in(line + end)


@functools.lru_cache(256)
def names_in(line: bytes) -> tuple[str, ...]:
    """The names in a line; ten thousand runs have the same."""
    try:
        names = header(text(line)).names
    except ValueError:
        return ()
    return names if len(names) > 1 and not any(map(_is_number, names)) else ()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
