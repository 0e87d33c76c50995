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

_SCAN = json.JSONDecoder().raw_decode
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
            rows = self._single[name] = _Rows((name,), array("q"), array("d"))
        rows.values.append(value)
        rows.lines.append(self.count)

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


def json_lines(content: bytes, aside: Collection[str] = ()) -> Records:
    """The columns of an object a line. ValueError for a line that is none; it says how many are before it."""
    store, repeated, at = _Store(aside), _Repeated(), 0
    for place, line in enumerate(io.BytesIO(content), 1):
        at += len(line)
        if not line.strip():
            continue
        record = _object(repeated.cut(line))
        if record is None:
            if content[at:].strip() or not store.count:
                raise ValueError(f"line {place} is no JSON object; {store.count} are before it")
            return store.found._replace(numbers=store.numbers(), torn=True)
        store.add(record)
        if not store.count:
            repeated.learn(line, store.found.aside)
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
