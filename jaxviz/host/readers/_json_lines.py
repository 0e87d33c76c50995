"""A JSON object a line -> columns of numbers. Only the last line may be cut."""

import io
import json
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from ._cells import Numbers, number
from ._content import decoded
from ._json import check_growth
from ._typed_lines import TypedLines, has_msgspec

_SCAN = json.JSONDecoder().raw_decode
_FIRST, _BLOCK = 1 << 15, 1 << 18
"""Bytes by which the names are learnt, and those of the blocks that follow."""
_LARGE = 1 << 18
"""Bytes from which a faster way is worth its start."""
MOST_NAMES = 10_000
"""Columns of one run; names that are others in every line are no columns."""
_MOST_SHAPES = 256
"""Sets of keys that are known at a time: lines of more go key by key."""


class Records(NamedTuple):
    """What the lines hold; nested names are joined by `/`."""

    numbers: dict[str, Numbers]
    """Name → [line]; missing where a line does not have it, or has null. Lists are left out."""
    texts: dict[str, str]
    """Name → the first text under it."""
    aside: dict[str, Any]
    """The first value under each of the names that were to be put aside."""
    torn: bool = False


class _Rows(NamedTuple):
    """Numbers of some lines under the same names."""

    names: tuple[str, ...]
    lines: array
    values: array
    """[line, name], one behind the other: 8 bytes each, whatever the lines are like."""


class _Shape(NamedTuple):
    """Objects with the same keys: those of numbers at once, the others one by one."""

    rows: _Rows
    numbers: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    others: tuple[str, ...]


class _Store:
    """The columns of the lines so far."""

    def __init__(self, aside: Collection[str]) -> None:
        self.found = Records({}, {}, {})
        self.count, self._aside = 0, frozenset(aside)
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._single: dict[str, _Rows] = {}

    def add(self, record: Mapping[str, Any], prefix: str = "") -> None:
        """What one line holds."""
        if len(record) > MOST_NAMES:
            raise ValueError(f"an object has more than {MOST_NAMES:,} names; {self.count} are before it")
        key = (prefix, *record)
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) == _MOST_SHAPES:
                self._add_each(record, record, prefix)
                return
            shape = self._shapes[key] = _shape(record, prefix)
        rows, size = shape.rows, len(shape.rows.values)
        try:
            rows.values.extend(shape.numbers(record))
        except TypeError:  # null, or text, where there was a number
            del rows.values[size:]
            self._add_each(record, record, prefix)
            return
        rows.lines.append(self.count)
        self._add_each(shape.others, record, prefix)

    def _add_each(self, names: Collection[str], record: Mapping[str, Any], prefix: str) -> None:
        for name in names:
            value = record[name]
            if isinstance(value, int | float):
                self._put(prefix + name, value)
            elif isinstance(value, dict):
                self._add_nested(value, prefix + name)
            elif isinstance(value, str):
                self._add_text(value, prefix + name)

    def _put(self, name: str, value: float) -> None:
        rows = self._single.get(name)
        if rows is None:
            if len(self._single) == MOST_NAMES:
                raise ValueError(f"there are more than {MOST_NAMES:,} names; {self.count} objects are before that")
            rows = self._single[name] = _Rows((name,), array("q"), array("d"))
        rows.values.append(value)
        rows.lines.append(self.count)

    def add_columns(self, count: int, columns: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
        """What `count` lines hold: the lines that have a name, counted from the first, and its values."""
        for name, (lines, values) in columns.items():
            rows = self._single.setdefault(name, _Rows((name,), array("q"), array("d")))
            rows.lines.frombytes((lines + self.count).tobytes())
            rows.values.frombytes(values.tobytes())
        self.count += count

    def _add_nested(self, value: dict[str, Any], name: str) -> None:
        if name in self._aside:
            self.found.aside.setdefault(name, value)
        else:
            self.add(value, f"{name}/")

    def _add_text(self, value: str, name: str) -> None:
        """Words for numbers (`"NaN"`) are numbers."""
        try:
            found = number(value)
        except ValueError:
            self.found.texts.setdefault(name, value)
        else:
            if found is not None:
                self._put(name, found)

    def numbers(self) -> dict[str, Numbers]:
        """Every column, in the order of its first value."""
        parts = [*(shape.rows for shape in self._shapes.values()), *self._single.values()]
        found: dict[str, Numbers] = {}
        for rows in sorted((rows for rows in parts if rows.values), key=lambda rows: rows.lines[0]):
            lines = np.frombuffer(rows.lines, np.int64)
            values = np.frombuffer(rows.values).reshape(len(lines), len(rows.names))
            for place, name in enumerate(rows.names):
                column = found.setdefault(name, Numbers(np.full(self.count, np.nan), np.ones(self.count, bool)))
                column.values[lines], column.missing[lines] = values[:, place], False
        return found


def _shape(record: Mapping[str, Any], prefix: str) -> _Shape:
    names = tuple(name for name, value in record.items() if type(value) in (int, float, bool))
    others = tuple(name for name in record if name not in names)
    rows = _Rows(tuple(prefix + name for name in names), array("q"), array("d"))
    if len(names) > 1:
        return _Shape(rows, itemgetter(*names), others)
    return _Shape(rows, lambda record: tuple(record[name] for name in names), others)


class _Repeated:
    """Objects put aside that are the same text in every line, as RLlib's configuration is: they are read once."""

    def __init__(self) -> None:
        self._texts: dict[bytes, bytes] = {}

    def learn(self, line: bytes, aside: Mapping[str, Any]) -> None:
        """Remember how the objects are written in this line."""
        for name, value in aside.items() if line.isascii() else ():
            mark = json.dumps(name).encode() + b": "
            start = line.find(mark) + len(mark)
            found, end = _SCAN(line.decode(), start) if line.count(mark) == 1 else (None, 0)
            if found == value:
                self._texts[mark] = line[start:end]

    def cut(self, line: bytes) -> bytes:
        """The line without them."""
        for mark, text in self._texts.items():
            start = line.find(mark) + len(mark)
            if line.startswith(text, start) and line.find(mark, start) < 0:
                line = line[:start] + b"null" + line[start + len(text) :]
        return line


class _Lines:
    """Lines on their way into the store, block by block."""

    def __init__(self, content: bytes, aside: Collection[str]) -> None:
        self._content, self._store, self._repeated = content, _Store(aside), _Repeated()
        self._typed = TypedLines(aside) if len(content) > _LARGE and has_msgspec() else None
        self._place = self._at = 0

    def read(self) -> Records:
        """All of them."""
        size, torn = _FIRST, False
        while self._at < len(self._content) and not torn:
            end = self._content.find(b"\n", self._at + size) + 1 or len(self._content)
            block = self._content[self._at : end]
            torn = not self._add_typed(block) and not self._add(block)
            size = _BLOCK
        return self._store.found._replace(numbers=self._store.numbers(), torn=torn)

    def _add_typed(self, block: bytes) -> bool:
        """Whether a block could be read at once."""
        found = self._typed.read(block) if self._typed is not None and self._typed.works else None
        if found is None:
            return False
        self._store.add_columns(found.lines, found.numbers)
        self._place += found.lines
        self._at += len(block)
        return True

    def _add(self, block: bytes) -> bool:
        """Add line by line; whether the last one is whole."""
        for line in io.BytesIO(block):
            self._place += 1
            self._at += len(line)
            if not line.strip():
                continue
            check_growth(line)
            record = _object(self._repeated.cut(line))
            if record is None:
                if self._content[self._at :].strip() or not self._store.count:
                    raise ValueError(f"line {self._place} is no JSON object; {self._store.count} are before it")
                return False
            self._add_record(record, line)
        return True

    def _add_record(self, record: dict[str, Any], line: bytes) -> None:
        self._store.add(record)
        if not self._store.count:
            self._repeated.learn(line, self._store.found.aside)
        self._store.count += 1
        if self._typed is not None and self._typed.works:
            self._typed.learn(record)


def json_lines(content: bytes, aside: Collection[str] = ()) -> Records:
    """The columns of an object a line. ValueError for a line that is none; it says how many are before it."""
    return _Lines(content, aside).read()


def json_records(records: list[Any]) -> Records:
    """As `json_lines`, of objects that are known already; the list is emptied on the way. ValueError for another entry,
    which says its place."""
    store = _Store(())
    records.reverse()
    while records:
        record = records.pop()
        if not isinstance(record, dict):
            raise ValueError(f"entry {store.count} is no object; {store.count} are before it")
        store.add(record)
        store.count += 1
    return store.found._replace(numbers=store.numbers())


def first_objects(content: bytes, most: int = 50) -> Iterator[dict[str, Any]]:
    """The objects of the first lines, as long as they are whole."""
    for _, line in zip(range(most), io.BytesIO(content), strict=False):
        record = _object(line)
        if record is None:
            return
        yield record


def _object(line: bytes) -> dict[str, Any] | None:
    """The one object of a line; None if it is something else, or nested too deep."""
    text = decoded(line).strip()
    try:
        record, end = _SCAN(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and end == len(text) else None
