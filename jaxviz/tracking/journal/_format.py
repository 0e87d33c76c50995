"""The journal's format, version 2: a journal on disk is encoded and decoded here alone.

A journal is a folder:

    000001.wal …    segments of frames (`_frames`), one record each, with their places; every segment begins with an
                    `open` record, which also says how long the segment before was
    opening         the `open` record once more, for a journal whose segments are damaged
    files/          contents of artifacts and models that are still to be uploaded
    lock            held by the process that writes
    progress.json   how far it has been sent (`_progress`), and before.json the progress before it
    refused.wal     records that the store refused, each with its reason under `why`; their files are in refused/
    again.wal       the same, on their way into a new segment

The header of a record is JSON: its kind under `op`, and the fields of its class below. Metrics follow it as raw
little-endian numbers. A version covers the kinds, their fields, the layout of the numbers, the frames and the folder.
Readers ignore fields that they do not know and refuse, but keep, records of kinds that they do not know: a new kind or
an optional field needs no new version; another meaning of an existing one does. In version 1 frames had no places.
"""

import dataclasses
import json
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from . import _checks, _frames
from ._records import (
    ColumnsRecord,
    DatasetInfo,
    Kept,
    Known,
    PointsRecord,
    Record,
    RowsRecord,
    UnknownRecord,
)

VERSION = 2
READ_VERSIONS = (1, 2)
"""Versions of journals that are sent; a new one keeps those before it, whose journals may still lie on a disk."""
SUFFIX, UNFINISHED = ".journal", ".making"
LOCK, PROGRESS, REFUSED, AGAIN, OPENING = "lock", "progress.json", "refused.wal", "again.wal", "opening"
FILES, REFUSED_FILES = "files", "refused"
_SEGMENT = ".wal"
_MOST_REASON = 1000
_MOST_ENCODERS = 256
"""Sets of metric names at a time: a training logs a few, and one that makes up names must not fill the memory."""
Encoder = Callable[[int, int, Iterable[float]], bytes]
_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def segment(journal: Path, number: int) -> Path:
    """The file of a segment."""
    return journal / f"{number:06d}{_SEGMENT}"


def segments(journal: Path) -> list[Path]:
    """The segments that there are, oldest first. OSError if nobody can tell: none means that all have been sent."""
    try:
        names = os.listdir(journal)
    except FileNotFoundError:
        return []
    paths = (journal / name for name in names if name.endswith(_SEGMENT))
    return sorted(path for path in paths if path.stem.isdecimal() and path.stem.isascii())


def number_of(file: Path) -> int:
    """The number of a segment; 0 for any other file."""
    return int(file.stem) if file.suffix == _SEGMENT else 0


def size(path: Path) -> int:
    """Bytes of a file; 0 if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def now() -> int:
    """Milliseconds since the epoch, as records have them."""
    return time.time_ns() // 1_000_000


class Entry(NamedTuple):
    """One record and its place in the segment."""

    record: Record
    end: int
    damaged: int
    """Bytes before it that belong to no record."""
    is_misplaced: bool
    """Whether records before it are missing, twice there or in another order."""


class Refused(NamedTuple):
    """A record that the store will never take."""

    record: Record
    why: str


def encode(record: Record) -> bytes:
    """A record as its frame. ValueError if it is larger than a frame may be."""
    return _frames.framed(_to_json(_header(record)).encode(), _blob(record))


def encode_refused(record: Record, why: str) -> bytes:
    """A record that the store refused, with its reason."""
    return _frames.framed(_to_json({**_header(record), "why": why[:_MOST_REASON]}).encode(), _blob(record))


def decode(data: bytes, start: int = 0, segment: int = 0) -> list[Entry]:
    """The whole records in `data`, whose first byte stands at `start` in the segment; see `_frames.parse`."""
    frames = _frames.parse(data, start, segment)
    return [Entry(_record(_read(f.text), f.blob), f.end, f.damaged, f.is_misplaced) for f in frames]


def decode_refused(data: bytes) -> list[Refused]:
    """The records of a file of refused ones."""
    headers = [(_read(frame.text), frame.blob) for frame in _frames.parse(data)]
    return [Refused(_record(header, blob), str(header.get("why", ""))) for header, blob in headers]


def is_whole(data: bytes) -> bool:
    """Whether every byte of a file belongs to a record."""
    frames = _frames.parse(data)
    return (frames[-1].end if frames else 0) == len(data) and not any(frame.damaged for frame in frames)


def torn_end(data: bytes, least: int) -> int:
    """Where a file's last record begins if it is only half there and `least` whole ones are before it; else its end."""
    frames = _frames.parse(data)
    end = frames[-1].end if frames else 0
    return end if len(frames) >= least and _frames.is_begun(data[end:]) else len(data)


@lru_cache(maxsize=_MOST_ENCODERS)
def points_encoder(run: str, names: tuple[str, ...]) -> Encoder:
    """A function of time, step and values that encodes a PointsRecord of these names, as `encode` would.

    A training loop writes nothing else, and JSON's encoder takes longest: the shared part of the records is made once.
    """
    start, middle = f'{{"op":"points","run":{_to_json(run)},"time":', f',"names":{_to_json(names)},"step":'
    head = "%d".join(part.replace("%", "%%") for part in (start, middle, "}")).encode()
    pack, envelope, checksum = struct.Struct(f"<{len(names)}d").pack, _frames.ENVELOPE.pack, zlib.crc32
    marker = _frames.MARKER
    _frames.check_size(len(head) + 8 * len(names))

    def encoded(time: int, step: int, values: Iterable[float]) -> bytes:
        text = head % (time, step)
        body = text + pack(*values)
        return envelope(marker, len(body), checksum(body, len(text)), len(text)) + body

    return encoded


_IN_BLOB = ("numbers", "content")
_INLINE = ("kept", "about")
"""Fields whose own fields stand in the header beside the others."""
_OMITTED = ("time", "model", "dataset", "experiment", "file", "path", "before")
"""Fields that a header does not have if they are None; all others are null."""


def _header(record: Record) -> Mapping[str, Any]:
    return record.header if isinstance(record, UnknownRecord) else {"op": record.op, **_plain(record)}


def _plain(value: Any) -> Any:
    """A field as JSON has it."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if not dataclasses.is_dataclass(value):
        return value
    found: dict[str, Any] = {}
    for name in (one.name for one in dataclasses.fields(value) if one.name not in _IN_BLOB):
        plain = _plain(getattr(value, name))
        if name in _INLINE:
            found |= plain
        elif plain is not None or name not in _OMITTED:
            found[name] = plain
    return found


def _blob(record: Record) -> bytes:
    if isinstance(record, PointsRecord | RowsRecord):
        return struct.pack(f"<{len(record.numbers)}d", *record.numbers)
    if isinstance(record, ColumnsRecord):
        return record.content
    return record.blob if isinstance(record, UnknownRecord) else b""


def _read(text: bytes) -> dict[str, Any]:
    """A header; anything else is kept as one that nobody knows."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        header = text.decode(errors="replace")
    return header if isinstance(header, dict) else {"header": header}


def _record(header: dict[str, Any], blob: bytes) -> Record:
    """The record of a header and its numbers. One that is not as it should be is kept as one that nobody knows."""
    kind = _KINDS.get(header["op"]) if isinstance(header.get("op"), str) else None
    if kind is None:
        return UnknownRecord(header, blob)
    try:
        taken = {name: header[name] for name in _TAKEN[kind.op] if name in header}
        _checks.check(taken)
        return kind(**taken, **{name: read(header, blob) for name, read in _MADE[kind.op]})
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, struct.error) as error:
        return UnknownRecord(header, blob, f"{error}"[:_MOST_REASON] or "its fields do not fit")


def _numbers(header: dict[str, Any], blob: bytes) -> tuple[float, ...]:
    if len(blob) != 8 * len(header["names"]):
        raise ValueError(f"{len(blob)} bytes are not a number for each of {len(header['names'])} names")
    return struct.unpack(f"<{len(header['names'])}d", blob)


def _content(header: dict[str, Any], blob: bytes) -> bytes:
    if len(blob) != header["n"] * (8 + len(header["names"]) * struct.calcsize(header["dtype"])):
        raise ValueError(f"{len(blob)} bytes are not {header['n']} points of {len(header['names'])} names")
    return blob


def _kept(header: dict[str, Any], _: bytes = b"") -> Kept:
    _checks.check({name: header[name] for name in ("file", "path") if name in header})
    return Kept(header.get("file"), header.get("path"))


def _files(header: dict[str, Any], _: bytes) -> dict[str, Kept]:
    for name in header["files"]:
        if not _checks.is_file_name(name):
            raise ValueError(f"`files` must name files, got {name[:80]!r}")
    return {name: _kept(one) for name, one in header["files"].items()}


def _about(header: dict[str, Any], _: bytes = b"") -> DatasetInfo:
    found = {one.name: header[one.name] for one in dataclasses.fields(DatasetInfo)}
    if not all(isinstance(one, str) for one in found.values()):
        raise ValueError("a dataset is described by texts")
    return DatasetInfo(**found)


def _dataset(header: dict[str, Any], _: bytes) -> DatasetInfo | None:
    return _about(header["dataset"]) if header.get("dataset") is not None else None


_READERS: dict[str, Callable[[dict[str, Any], bytes], Any]] = {
    "numbers": _numbers,
    "content": _content,
    "kept": _kept,
    "files": _files,
    "about": _about,
    "dataset": _dataset,
}
"""Fields that are not as JSON has them."""
_KINDS: dict[str, type[Known]] = {kind.op: kind for kind in get_args(Known)}
_NAMES = {op: [one.name for one in dataclasses.fields(kind)] for op, kind in _KINDS.items()}
_MADE = {op: [(name, _READERS[name]) for name in names if name in _READERS] for op, names in _NAMES.items()}
_TAKEN = {op: [name for name in names if name not in _READERS] for op, names in _NAMES.items()}
