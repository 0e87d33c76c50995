"""Rows and data of single runs -> rows that are complete, and records, in one order."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypedDict

from ..host import Record, Summary, Words, as_total, loss_arrays, stream_arrays
from ._cells import kind_of
from ._data import RunData
from ._manifest import ManifestRow, cleaned, order
from ._measures import State

_STREAMS = ("episodes", "updates", "evaluation")


def read_rows(rows: Sequence[ManifestRow], data: Sequence[RunData]) -> tuple[list[ManifestRow], list[Record]]:
    """The rows with what the data says of them, and the records of the data."""
    for name, kind, given in (("rows", ManifestRow, rows), ("data", RunData, data)):
        if not isinstance(given, list | tuple) or not all(isinstance(one, kind) for one in given):
            raise TypeError(f"`{name}` must be a list of {kind.__name__}s, got {type(given).__name__}")
    if len(rows) != len(data):
        raise ValueError(f"`rows` and `data` must be of the same runs, got {len(rows)} rows and {len(data)} data")
    records = [_record(one, row, i) for i, (row, one) in enumerate(zip(rows, data, strict=True))]
    return [completed(row, record) for row, record in zip(rows, records, strict=True)], records


def record_of(data: RunData) -> Record:
    """The arrays of one run, checked. ValueError that names the field that cannot be."""
    arrays: dict[str, Any] = {}
    for part in _STREAMS:
        stream = getattr(data, part)
        if stream is not None:
            arrays |= stream_arrays(part, stream.values, stream.step, stream.lengths, stream.valid)
    if not arrays:
        raise ValueError("it has no returns: give `episodes`, `updates` or `evaluation`")
    arrays |= loss_arrays(data.losses, data.loss_step)
    total = as_total(data.total_steps, arrays)
    return Record(
        arrays if total is None else {**arrays, "total_steps": total},
        Words(data.metric, data.minimize, means=data.updates is not None),
    )


def _record(data: RunData, row: ManifestRow, place: int) -> Record:
    try:
        return record_of(data)
    except ValueError as error:
        raise ValueError(f"`data[{place}]`, {row}: {error}") from None


def completed(row: ManifestRow, record: Record) -> ManifestRow:
    """The row, clean, with what only the data knows."""
    return summed_up(cleaned(row), record, record.summary())


def summed_up(row: ManifestRow, record: Record, found: Summary) -> ManifestRow:
    """The row with what the summary of its record says."""
    return row._replace(kind=row.kind or kind_of(record), **said_by(found, row.state))


def said_by(found: Summary, state: State | None = None) -> "Said":
    """What the summary of a record says of its row; `state` is what is known already."""
    state = "empty" if not found.entries else "diverged" if found.diverged else state or "whole"
    return {"first_step": found.first_step, "last_step": found.last_step, "entries": found.entries, "state": state}


class Said(TypedDict, total=False):
    """Fields of a row."""

    first_step: int | None
    last_step: int | None
    entries: int
    state: State


def in_order(rows: Sequence[ManifestRow], records: Sequence[Record]) -> tuple[list[ManifestRow], list[Record]]:
    """Both in the order of the rows, whatever it was; two runs of one name have other names then."""
    twice = {name for name, n in Counter(row.id for row in rows).items() if n > 1}
    keys = [(order(row), record.digest() if row.id in twice else "") for row, record in zip(rows, records, strict=True)]
    places = sorted(range(len(rows)), key=keys.__getitem__)
    return _told_apart([rows[i] for i in places]), [records[i] for i in places]


def _told_apart(rows: list[ManifestRow]) -> list[ManifestRow]:
    """The rows with a number behind the `run` of each but the first of one name."""
    seen: set[tuple[str, str]] = set()
    for i, row in enumerate(rows):
        number, found = 1, row
        while found.id in seen:
            number += 1
            found = row._replace(run=f"{row.run} ({number})".strip())
        seen.add(found.id)
        rows[i] = found
    return rows
