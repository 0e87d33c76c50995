"""The reading side of the journal: what waits, what has been sent, and what the store refused."""

import contextlib
import json
import os
import shutil
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from . import _journal, _locks, _private, _record
from ._record import Record

_CHUNK = 1 << 20
_OLD_SECONDS = 60.0


@dataclass
class Progress:
    """How far a journal has been sent."""

    segment: int = 1
    offset: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    """MLflow's ids of the runs and models that exist in the store, under the keys that the journal calls them by."""
    active: list[str] = field(default_factory=list)
    """Runs that were started and not ended."""
    time: int = 0
    """When the last record was written, in ms."""
    refused: int = 0
    damaged: int = 0


class Reader:
    """One journal, read from where its progress says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.progress = read_progress(path)
        self._reading = self.progress.segment
        self._read: deque[Record] = deque()
        self._taken: list[Record] = []
        self._refused: list[bytes] = []

    @property
    def is_written(self) -> bool:
        """Whether a living process may still add to it."""
        return _locks.is_held(self.path / "lock")

    @cached_property
    def opening(self) -> dict[str, Any]:
        """What a journal says about itself; empty where that cannot be read."""
        with contextlib.suppress(ValueError, AttributeError):  # checked bytes that are no header as this version has it
            for segment in _segments(self.path):
                for record in _read_records(segment, 0):
                    if record.header.get("op") == "open":
                        return record.header
        return {}

    @property
    def unreadable(self) -> str:
        """Why this version must leave it alone; empty where it understands it."""
        if not self.opening and not any(map(_size, _segments(self.path))):
            return ""  # nothing is left of it but its folder
        if not self.opening:
            return f"{self.path}: neither its version nor its experiment can be read (damaged, or of a newer jaxviz)"
        version = self.opening.get("version")
        if version not in _journal.READ_VERSIONS:
            return (
                f"{self.path}: written in journal version {version}, this jaxviz reads {_journal.VERSION}; "
                "update jaxviz and run `jaxviz sync`"
            )
        return ""

    def take(self, most: int) -> list[Record]:
        """The next records, about `most` points in all; none where nothing more has been written."""
        if not self._read:
            self._read_on()
        self._taken, points = [], 0
        while self._read and points < most:
            record = self._read.popleft()
            self._taken.append(record)
            points += weight(record.header)
        return self._taken

    def _read_on(self) -> None:
        segment, offset = self.progress.segment, self.progress.offset
        records = _read_records(_segment(self.path, segment), offset)
        while not records and _segment(self.path, segment + 1).exists():
            self.progress.damaged += _size(_segment(self.path, segment)) - offset
            segment, offset = segment + 1, 0
            records = _read_records(_segment(self.path, segment), offset)
        self._reading = segment
        self._read.extend(records)

    def acknowledge(self) -> None:
        """What was taken has been sent: note it, then let its files go."""
        progress, old = self.progress, self.progress.segment
        for record in self._taken:
            progress.segment, progress.offset = self._reading, record.end
            progress.time = record.header.get("time", progress.time)
            progress.damaged += record.damaged
        self._write_refused()
        write_json(self.path / "progress.json", asdict(progress))
        for number in range(old, progress.segment):
            _segment(self.path, number).unlink(missing_ok=True)
        for record in self._taken:
            for file in _record.files(record.header):
                shutil.rmtree((self.path / file).parent, ignore_errors=True)
        self._taken = []

    def give_back(self) -> None:
        """What was taken could not be sent: take it again."""
        self._read.clear()
        self._taken, self._refused = [], []

    def refuse(self, header: dict[str, Any], blob: bytes, why: str) -> None:
        """Keep what the store will not take, with its reason, once the rest of what was taken has been sent."""
        self._refused.append(_record.encode({**header, "why": why[:1000]}, blob))
        for file in _record.files(header):
            _keep_file(self.path, file)

    def _write_refused(self) -> None:
        if self._refused:
            self.progress.refused += len(self._refused)
            with _private.append_to(self.path / "refused.wal") as file:
                file.write(b"".join(self._refused))
        self._refused = []

    def waiting(self) -> Iterator[Record]:
        """Every record that has not been sent."""
        segment, offset = self.progress.segment, self.progress.offset
        while True:
            records = _read_records(_segment(self.path, segment), offset)
            if records:
                yield from records
                offset = records[-1].end
            elif _segment(self.path, segment + 1).exists():
                segment, offset = segment + 1, 0
            else:
                return

    def refused(self) -> list[Record]:
        """What the store would not take."""
        path = self.path / "refused.wal"
        return _record.parse(path.read_bytes()) if path.exists() else []

    def finish(self) -> None:
        """Remove the journal; what was refused stays."""
        if not self.progress.refused:
            shutil.rmtree(self.path, ignore_errors=True)


def journals(folder: Path) -> list[Path]:
    """The journals in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix == _journal.SUFFIX)


def clear_unfinished(folder: Path) -> None:
    """Remove journals whose process ended while it made them."""
    for path in folder.glob("*.making"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _OLD_SECONDS and not _locks.is_held(path / "lock"):
                shutil.rmtree(path, ignore_errors=True)


def read_progress(path: Path) -> Progress:
    """The progress of a journal; its start where nothing has been sent."""
    found = read_json(path / "progress.json")
    return Progress(**{name: found[name] for name in Progress.__dataclass_fields__ if name in found})


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file; empty where there is none."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}


def weight(header: dict[str, Any]) -> int:
    """About how much work a record is, in points."""
    if header["op"] == "columns":
        return header["n"] * len(header["names"])
    return len(header["names"]) if header["op"] == "points" else 50


def sync(path: Path) -> None:
    """Make what a journal's process wrote survive a power loss."""
    for segment in _segments(path)[-1:]:
        with contextlib.suppress(OSError), segment.open("rb") as file:
            os.fsync(file.fileno())


def _segments(path: Path) -> list[Path]:
    return sorted(path.glob("[0-9]*.wal"))


def _segment(path: Path, number: int) -> Path:
    return path / f"{number:06d}.wal"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _read_records(path: Path, offset: int) -> list[Record]:
    """Records from `offset` on: a bounded part of the segment, or all of it where one record or damage is longer."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(_CHUNK)
            return _record.parse(data, offset) or (_record.parse(data + file.read(), offset) if data else [])
    except FileNotFoundError:
        return []


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    temporary = path.with_suffix(".part")
    with os.fdopen(_private.open_file(temporary, os.O_WRONLY | os.O_TRUNC), "w") as file:
        file.write(json.dumps(content))
    temporary.replace(path)


def _keep_file(path: Path, file: str) -> None:
    """A refused record's file stays under the same name when those that were sent are removed."""
    source = path / file
    kept = path / "refused" / Path(file).parent.name
    _private.make_folder(kept, path / "refused")
    if source.exists() and not (kept / source.name).exists():
        os.link(source, kept / source.name)
