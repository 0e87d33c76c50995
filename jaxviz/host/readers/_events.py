"""TensorBoard's event files -> one array a tag.

Most events of a training differ in wall time, step and value alone. So records of one length become a byte matrix,
rows that agree everywhere else are one template, which is parsed once, and their numbers are columns of the matrix.
"""

import math
from collections import defaultdict
from typing import BinaryIO, NamedTuple

import numpy as np

from ._array import Array
from ._event_layout import Layout, event_layout
from ._records import Chunk, Damage, whole_records

_ROUNDS = 16
"""Layouts of one length and chunk that are looked for in matrices; what is left after them is read row by row."""
_WIDEST = 4096
"""Longer records are seldom alike."""
_MULTIPLIER = 0x9E3779B97F4A7C15


class Points(NamedTuple):
    """The scalars of a tag, in the order of the file."""

    step: Array
    """[entry] int64."""
    time: Array
    """[entry]: seconds since `Events.started`."""
    values: Array
    """[entry] float64."""


class Events(NamedTuple):
    """What an event file holds."""

    scalars: dict[str, Points]
    texts: dict[str, str]
    """Tag → its first text."""
    hparams: list[bytes]
    """Contents of the plugin for hyper-parameters."""
    others: set[str]
    """Tags of images, histograms and the like."""
    started: float | None
    """Unix time of the first record; None, and 0 for the times, if that has none."""
    damage: Damage
    unreadable: int
    """Records whose checksum holds, but which are no events."""


class _Found:
    """What has been found so far: of each tag, arrays of (record, step, time, value)."""

    def __init__(self) -> None:
        self.parts: dict[str, list[tuple[Array, ...]]] = defaultdict(list)
        self.texts: dict[str, str] = {}
        self.hparams: list[bytes] = []
        self.others: set[str] = set()
        self.any = False
        self.started: float | None = None
        self.unreadable = 0


def read_events(file: BinaryIO) -> Events:
    """Every scalar of an event file, and what there is beside them.

    A number of one entry is a scalar, whether it is a `simple_value` or a tensor. Records that are damaged are skipped
    (`damage` says which); nothing after them is lost.
    """
    found, damage = _Found(), Damage()
    with np.errstate(all="ignore"):  # signalling NaNs, hashes that wrap, times that somebody made up
        for chunk in whole_records(file, damage):
            _read_chunk(chunk, found)
        scalars = {tag: _joined(found.parts.pop(tag), found.started or 0.0) for tag in list(found.parts)}
    rest = found.texts, found.hparams, found.others, found.started, damage, found.unreadable
    return Events(scalars, *rest)


def _read_chunk(chunk: Chunk, found: _Found) -> None:
    """Add what a chunk holds to what has been found."""
    order = np.argsort(chunk.lengths, kind="stable")
    lengths, first = np.unique(chunk.lengths[order], return_index=True)
    for length, records in zip(lengths.tolist(), np.split(order, first[1:]), strict=True):
        if length:
            starts = chunk.starts[np.sort(records)]
            _read_rows(_rows(chunk.data, starts, length), chunk.base + starts, found)
    if not found.any:
        found.any, found.started = True, _time_of(chunk)


def _time_of(chunk: Chunk) -> float | None:
    """When the first record was written."""
    start, length = int(chunk.starts[0]), int(chunk.lengths[0])
    record = chunk.data[start : start + length]
    time = record[1:9] if record[:1] == b"\x09" else b""
    value = float(np.frombuffer(time, "<f8")[0]) if len(time) == 8 else math.nan
    return value if math.isfinite(value) else None


def _rows(data: bytes, starts: Array, length: int) -> Array:
    """Records of one length, [record, byte] uint8."""
    return np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), length)[starts]


def _read_rows(rows: Array, places: Array, found: _Found) -> None:
    """Add the records of one length, template by template."""
    for _ in range(_ROUNDS if rows.shape[1] <= _WIDEST else 0):
        if not rows.shape[0]:
            return
        rest = _read_alike(rows, places, found)
        rows, places = rows[rest], places[rest]
    for row, place in zip(rows, places, strict=True):
        _read_template(row[None], place[None], _layout(row), found)


def _read_alike(rows: Array, places: Array, found: _Found) -> Array:
    """Add all records whose parts lie where those of the first one lie; which others are left, [record] bool."""
    layout = _layout(rows[0])
    rest = np.ones(rows.shape[0], bool)
    if layout is None:
        _read_template(rows[:1], places[:1], None, found)
        rest[0] = False
        return rest
    kept = _constant(layout, rows.shape[1])
    alike = np.flatnonzero(_equal_heads(rows, kept, layout))
    fixed = rows[alike] & kept
    for members in _templates(fixed):
        own = _layout(rows[alike[members[0]]])
        if own is not None and (_constant(own, rows.shape[1]) == kept).all():
            chosen = alike[members[(fixed[members] == fixed[members[0]]).all(1)]]
            _read_template(rows[chosen], places[chosen], own, found)
            rest[chosen] = False
    return rest


def _equal_heads(rows: Array, kept: Array, layout: Layout) -> Array:
    """Rows that are like the first up to the end of their step, which tells how long that is, [record] bool."""
    end = max(layout.step[1], 0 if layout.time is None else layout.time + 8) + 1
    heads = rows[:, :end] & kept[:end]
    return (heads == heads[0]).all(1)


def _layout(row: Array) -> Layout | None:
    try:
        return event_layout(row.tobytes())
    except ValueError:
        return None


def _constant(layout: Layout, length: int) -> Array:
    """Which bits are equal in all records of a template, [byte] uint8: not time, values and the digits of the step."""
    kept = np.full(length, 0xFF, np.uint8)
    if layout.time is not None:
        kept[layout.time : layout.time + 8] = 0
    kept[slice(*layout.step)] = 0x80
    for scalar in layout.scalars:
        if scalar.dtype:
            kept[scalar.start : scalar.start + int(scalar.dtype[2])] = 0
    return kept


def _templates(fixed: Array) -> list[Array]:
    """Rows that are probably equal, by a hash of 64 bits: a list of indices, in order."""
    count, width = fixed.shape
    words = np.zeros((count, -(-width // 8) * 8), np.uint8)
    words[:, :width] = fixed
    hashes = np.zeros(count, np.uint64)
    for word in words.view("<u8").T:
        hashes = (hashes ^ word) * np.uint64(_MULTIPLIER)
        hashes ^= hashes >> np.uint64(29)
    order = np.argsort(hashes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(hashes[order])) + 1)


def _read_template(rows: Array, places: Array, layout: Layout | None, found: _Found) -> None:
    """Add records that differ in time, step and values alone."""
    if layout is None:
        found.unreadable += len(rows)
        return
    step, time = _steps(rows, layout), _times(rows, layout)
    for scalar in layout.scalars:
        values = _column(rows, scalar.start, scalar.dtype) if scalar.dtype else np.full(len(rows), scalar.constant)
        found.parts[scalar.tag].append((places, step, time, values))
    for tag, text in layout.texts:
        found.texts.setdefault(tag, text)
    found.hparams.extend(layout.hparams)
    found.others.update(layout.others)


def _times(rows: Array, layout: Layout) -> Array:
    return _column(rows, layout.time, "<f8") if layout.time is not None else np.full(len(rows), np.nan)


def _steps(rows: Array, layout: Layout) -> Array:
    """The varints of a template, [record] int64."""
    steps = np.zeros(len(rows), np.uint64)
    for i, column in enumerate(range(*layout.step)):
        steps |= (rows[:, column] & 0x7F).astype(np.uint64) << np.uint64(7 * i)
    return steps.view(np.int64)


def _column(rows: Array, start: int, dtype: str) -> Array:
    """The numbers that begin at a byte of each row, [record] float64."""
    return np.ascontiguousarray(rows[:, start : start + int(dtype[2])]).view(dtype)[:, 0].astype(np.float64)


def _joined(parts: list[tuple[Array, ...]], started: float) -> Points:
    """All parts of a tag, in the order of the file."""
    places, step, time, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(places, kind="stable")
    return Points(step[order], time[order] - started, values[order])
