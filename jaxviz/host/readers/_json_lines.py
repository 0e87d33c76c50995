"""A JSON object a line -> columns of numbers. Only the last line may be cut."""

import io
import json
from array import array
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ._cells import Numbers, number
from ._content import decoded

_SCAN = json.JSONDecoder().raw_decode


class Records(NamedTuple):
    """What the lines hold; nested names are joined by `/`."""

    numbers: dict[str, Numbers]
    """Name → [line]; missing where a line does not have it, or has null. Lists are left out."""
    texts: dict[str, str]
    """Name → the first text under it."""
    aside: dict[str, Any]
    """The first value under each of the names that were to be put aside."""
    torn: bool = False


class _Column(NamedTuple):
    lines: array
    values: array


class _Store:
    """The columns, one value behind the other: 16 bytes each, whatever the lines are like."""

    def __init__(self, aside: Collection[str]) -> None:
        self.columns: dict[str, _Column] = {}
        self.found = Records({}, {}, {})
        self.count, self._aside = 0, frozenset(aside)

    def add(self, record: Mapping[str, Any], prefix: str = "") -> None:
        """What one line holds."""
        for name, value in record.items():
            if type(value) is float or type(value) is int:
                self._put(prefix + name, value)
            elif isinstance(value, dict):
                self._add_nested(value, prefix + name)
            elif isinstance(value, str):
                self._add_text(value, prefix + name)
            elif isinstance(value, bool):
                self._put(prefix + name, value)

    def _put(self, name: str, value: float) -> None:
        column = self.columns.get(name)
        if column is None:
            column = self.columns[name] = _Column(array("q"), array("d"))
        column.values.append(value)
        column.lines.append(self.count)

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
        return {name: _whole_column(column, self.count) for name, column in self.columns.items()}


def json_lines(content: bytes, aside: Collection[str] = ()) -> Records:
    """The columns of an object a line. ValueError for a line that is none; it says how many are before it."""
    store, at = _Store(aside), 0
    for place, line in enumerate(io.BytesIO(content), 1):
        at += len(line)
        if not line.strip():
            continue
        record = _object(line)
        if record is None:
            if content[at:].strip() or not store.count:
                raise ValueError(f"line {place} is no JSON object; {store.count} are before it")
            return store.found._replace(numbers=store.numbers(), torn=True)
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


def _whole_column(column: _Column, count: int) -> Numbers:
    values, there = np.full(count, np.nan), np.zeros(count, bool)
    lines = np.frombuffer(column.lines, np.int64)
    values[lines], there[lines] = np.frombuffer(column.values), True
    return Numbers(values, ~there)
