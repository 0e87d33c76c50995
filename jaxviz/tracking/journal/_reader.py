"""The reading side of the journal: the records that are pending, that have been sent, and that the store refused."""

import contextlib
import os
import shutil
import time
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from . import _format, _locks, _private
from ._format import Entry, Refused
from ._progress import read_progress, write_progress
from ._records import ColumnsRecord, OpenRecord, PointsRecord, Record, RowsRecord, kept_files

_CHUNK = 1 << 20
"""Bytes read at a time: some thousands of records, so that memory does not grow with the journal."""
_OLD_SECONDS = 60.0
"""A journal takes milliseconds to make: an older one without a lock has lost its process."""
_OTHER_WEIGHT = 50
"""A request that is not of metrics takes a store about as long as this many points of them."""


class Reader:
    """One journal, read from the position of its progress."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.progress = read_progress(path)
        self._reading = self.progress.segment
        self._read: deque[Entry] = deque()
        self._taken: list[Entry] = []
        self._refused: list[bytes] = []

    @property
    def is_written(self) -> bool:
        """Whether a living process may still add to it."""
        return _locks.is_held(self.path / _format.LOCK)

    @cached_property
    def opening(self) -> OpenRecord | None:
        """The record that the journal begins with; None if it cannot be read."""
        for segment in _format.segments(self.path):
            for entry in _entries(segment, 0):
                if isinstance(entry.record, OpenRecord):
                    return entry.record
        return None

    @property
    def unreadable(self) -> str:
        """Why this version must leave it alone; empty if it understands it."""
        if self.opening is None:
            if not any(map(_size, _format.segments(self.path))):
                return ""  # nothing is left of it but its folder
            return f"{self.path}: neither its version nor its experiment can be read (damaged, or of a newer jaxviz)"
        if self.opening.version not in _format.READ_VERSIONS:
            return (
                f"{self.path}: written in journal version {self.opening.version}, this jaxviz reads "
                f"{_format.VERSION}; update jaxviz and run `jaxviz sync`"
            )
        return ""

    def take(self, most: int) -> list[Record]:
        """The next records, about `most` points in all; none if nothing more has been written."""
        if not self._read:
            self._read_on()
        self._taken, points = [], 0
        while self._read and points < most:
            entry = self._read.popleft()
            self._taken.append(entry)
            points += _weight(entry.record)
        return [entry.record for entry in self._taken]

    def _read_on(self) -> None:
        segment, offset = self.progress.position
        entries = _entries(_format.segment(self.path, segment), offset)
        while not entries and _format.segment(self.path, segment + 1).exists():
            self.progress.damaged += _size(_format.segment(self.path, segment)) - offset
            segment, offset = segment + 1, 0
            entries = _entries(_format.segment(self.path, segment), offset)
        self._reading = segment
        self._read.extend(entries)

    def acknowledge(self) -> None:
        """Persist the progress behind the records that were taken, then delete their files."""
        progress, old = self.progress, self.progress.segment
        for entry in self._taken:
            progress.segment, progress.offset = self._reading, entry.end
            if entry.record.time is not None:
                progress.time = entry.record.time
            progress.damaged += entry.damaged
        self._write_refused()
        write_progress(self.path, progress)
        for number in range(old, progress.segment):
            _format.segment(self.path, number).unlink(missing_ok=True)
        for entry in self._taken:
            for file in kept_files(entry.record):
                shutil.rmtree((self.path / file).parent, ignore_errors=True)
        self._taken = []

    def refuse(self, record: Record, why: str) -> None:
        """Keep a record that the store refused, with its reason, once the others that were taken have been sent."""
        self._refused.append(_format.encode_refused(record, why))
        for file in kept_files(record):
            _keep_file(self.path, file)

    def _write_refused(self) -> None:
        if self._refused:
            self.progress.refused += len(self._refused)
            with _private.append_to(self.path / _format.REFUSED) as file:
                file.write(b"".join(self._refused))
        self._refused = []

    def pending(self) -> Iterator[Record]:
        """Every record that has not been sent, but for the openings."""
        segment, offset = self.progress.position
        while True:
            entries = _entries(_format.segment(self.path, segment), offset)
            if entries:
                yield from (entry.record for entry in entries if not isinstance(entry.record, OpenRecord))
                offset = entries[-1].end
            elif _format.segment(self.path, segment + 1).exists():
                segment, offset = segment + 1, 0
            else:
                return

    def refused(self) -> list[Refused]:
        """The records that the store refused."""
        path = self.path / _format.REFUSED
        return _format.decode_refused(path.read_bytes()) if path.exists() else []

    def finish(self) -> None:
        """Remove the journal, unless the store has refused records of it."""
        if not self.progress.refused:
            shutil.rmtree(self.path, ignore_errors=True)


def journals(folder: Path) -> list[Path]:
    """The journals in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix == _format.SUFFIX)


def clear_unfinished(folder: Path) -> None:
    """Remove journals whose process ended while it made them."""
    for path in folder.glob(f"*{_format.UNFINISHED}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _OLD_SECONDS and not _locks.is_held(path / _format.LOCK):
                shutil.rmtree(path, ignore_errors=True)


def sync(path: Path) -> None:
    """Make a journal that another process writes survive a power loss."""
    for segment in _format.segments(path)[-1:]:
        with contextlib.suppress(OSError), segment.open("rb") as file:
            os.fsync(file.fileno())


def _weight(record: Record) -> int:
    """About how much work a record is for a store, in points."""
    return record.count if isinstance(record, PointsRecord | ColumnsRecord | RowsRecord) else _OTHER_WEIGHT


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _entries(path: Path, offset: int) -> list[Entry]:
    """Records from `offset` on: a bounded part of the segment, or all of it if one record or damage is longer."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(_CHUNK)
            return _format.decode(data, offset) or (_format.decode(data + file.read(), offset) if data else [])
    except FileNotFoundError:
        return []


def _keep_file(path: Path, file: str) -> None:
    """A refused record's file stays under the same name when those that were sent are removed."""
    source = path / file
    kept = path / _format.REFUSED_FILES / Path(file).parent.name
    _private.make_folder(kept, path / _format.REFUSED_FILES)
    if source.exists() and not (kept / source.name).exists():
        os.link(source, kept / source.name)
