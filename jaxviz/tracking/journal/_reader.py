"""The reading side of the journal: the records that are pending, that have been sent, and that the store refused."""

import contextlib
import os
import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from . import _aside, _format, _locks, _refusals, _walk
from ._format import Entry, Refused
from ._progress import Progress, is_last, read_progress, write_progress
from ._records import ColumnsRecord, OpenRecord, PointsRecord, Record, RowsRecord, kept_files
from ._refusals import Refusals

_OLD_SECONDS = 60.0
"""A journal takes milliseconds to make: an older one without a lock has lost its process."""
_OTHER_WEIGHT = 50
"""A request that is not of metrics takes a store about as long as this many points of them."""


class Reader:
    """One journal, read from the position of its progress."""

    def __init__(self, path: Path) -> None:
        self.path = path
        noted = read_progress(path, strict=True)
        is_noted, first = _format.segment(path, noted.segment).exists(), noted.segment
        self.progress = _existing(path, noted)
        if self.progress.segment > first and is_last(path):  # we did not remove those before it
            self._note_damage(self.progress.segment, 1)
        self._check_place()
        self._reading = self.progress.segment
        self._read: deque[Entry] = deque()
        self._taken: list[Entry] = []
        self._refusals = Refusals(path, self.progress, is_noted)

    @property
    def is_written(self) -> bool:
        """Whether a living process may still add to it."""
        return _locks.is_held(self.path / _format.LOCK)

    @property
    def end(self) -> tuple[int, int]:
        """Segment and offset behind everything that has been written by now."""
        last = _format.segments(self.path)[-1:]
        return (_format.number_of(last[0]), _format.size(last[0])) if last else self.progress.position

    @cached_property
    def opening(self) -> OpenRecord | None:
        """The record that the journal begins with; None if it cannot be read."""
        for file in (*_format.segments(self.path), self.path / _format.OPENING):
            for entry in _walk.read(file, 0):
                if isinstance(entry.record, OpenRecord):
                    return entry.record
        return None

    @property
    def unreadable(self) -> str:
        """Why this version must leave it alone; empty if it understands it."""
        if self._link is not None:
            return f"{self._link} is a link, which no journal has: what it leads to may be anybody's"
        if self.opening is None:
            if not any(map(_format.size, _format.segments(self.path))):
                return ""  # nothing is left of it but its folder
            return (
                f"{self.path}: neither its version nor its experiment can be read (damaged, or of a newer jaxviz); "
                f"if it is damaged, copy `{_format.OPENING}` of another journal of its experiment into it"
            )
        if self.opening.version not in _format.READ_VERSIONS:
            return (
                f"{self.path}: written in journal version {repr(self.opening.version)[:40]}, this jaxviz reads "
                f"{' and '.join(map(str, _format.READ_VERSIONS))}; update jaxviz and run `jaxviz sync`"
            )
        return ""

    @cached_property
    def _link(self) -> Path | None:
        """A link in the journal; it writes none."""
        files = self.path / _format.FILES
        for folder in (self.path, files, *_entries_of(files)):
            if folder.is_symlink():
                return folder
            for path in _entries_of(folder):
                if path.is_symlink():
                    return path
        return None

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
        found = _walk.part(self.path, *self.progress.position)
        self._note_all(found)
        self._reading = found.segment
        self._read.extend(found.entries)

    def _check_place(self) -> None:
        """Where no record can begin, the segment is another one, or something is missing from it: it is sent again."""
        segment, offset = self.progress.position
        if segment not in self.progress.broken and not _walk.continues(_format.segment(self.path, segment), offset):
            self._note_damage(segment, 1)
            self.progress.offset = 0

    def _note_all(self, found: _walk.Part) -> None:
        for segment, size in found.broken.items():
            self._note_damage(segment, size)

    def _note_damage(self, segment: int, size: int) -> None:
        """Bytes of a segment belong to no record: it is kept."""
        if size > 0:
            self.progress.damaged += size
            if segment not in self.progress.broken:
                self.progress.broken.append(segment)

    def acknowledge(self) -> None:
        """Persist the progress behind the records that were taken, then delete their files."""
        progress, old = self.progress, self.progress.segment
        for entry in self._taken:
            progress.segment, progress.offset = self._reading, entry.end
            if entry.record.time is not None:
                progress.time = entry.record.time
            self._note_damage(self._reading, _walk.damage(entry))
        self._refusals.write()
        write_progress(self.path, progress)
        for segment in _format.segments(self.path):
            if old <= _format.number_of(segment) < progress.segment:
                self._remove(segment)
        for entry in self._taken:
            for file in kept_files(entry.record):
                shutil.rmtree((self.path / file).parent, ignore_errors=True)
        self._taken = []

    def _remove(self, segment: Path) -> None:
        """Remove a segment that was sent; one with damage is kept aside."""
        if _format.number_of(segment) in self.progress.broken:
            with contextlib.suppress(OSError):  # then it stays where it is
                _aside.keep(segment)
        else:
            segment.unlink(missing_ok=True)

    def refuse(self, record: Record, why: str) -> None:
        """Keep a record that the store refused, with its reason, once the others that were taken have been sent."""
        self._refusals.add(record, why)

    def cut_refused(self) -> None:
        """Take back the half of a refused record that was never acknowledged; see `Refusals`."""
        self._refusals.cut()

    def pending(self, until: tuple[int, int] | None = None) -> Iterator[Record]:
        """Every record that has not been sent, but for the openings; up to a segment and offset, or the end."""
        for part in self.ahead(until):
            yield from part.records

    def ahead(self, until: tuple[int, int] | None = None) -> Iterator[_walk.Part]:
        """The parts that have not been sent, up to a segment and offset, or the end; the last may have no record."""
        found = _walk.Part(*self.progress.position, entries=[], broken={})
        while until is None or (found.segment, found.end) < until:
            found = _walk.part(self.path, found.segment, found.end)
            yield found._replace(entries=[e for e in found.entries if until is None or (found.segment, e.end) <= until])
            if not found.entries:
                return

    def refused(self) -> list[Refused]:
        """The records that the store refused."""
        return _refusals.kept_in(self.path)

    def finish(self) -> None:
        """Remove the journal, unless the store has refused records of it; what has damage in it is kept aside."""
        rest = _walk.part(self.path, *self.progress.position)
        if rest.entries:  # nobody has read it
            return
        known = list(self.progress.broken)
        self._note_all(rest)
        self._note_damage(rest.segment, _format.size(_format.segment(self.path, rest.segment)) - rest.offset)
        if self.progress.refused and self.progress.broken != known:
            write_progress(self.path, self.progress)
        self.cut_refused()
        if self.progress.refused or _refusals.are_kept(self.path):
            return
        for segment in self.damaged:
            self._remove(segment)
        if not self.damaged:
            self._remove_folder()

    def _remove_folder(self) -> None:
        """Under another name first: a part of a journal would be sent again, without its end."""
        gone = self.path.with_suffix(_format.UNFINISHED)
        with contextlib.suppress(OSError):  # then another pass does it
            shutil.rmtree(self.path.rename(gone), ignore_errors=True)

    @property
    def damaged(self) -> list[Path]:
        """Segments with damage that are still in the journal: one is found when it is sent."""
        return self.present(self.progress.broken)

    def present(self, numbers: Iterable[int]) -> list[Path]:
        """The segments of these numbers that there are."""
        return [segment for number in numbers if (segment := _format.segment(self.path, number)).exists()]


def journals(folder: Path) -> list[Path]:
    """The journals in a folder, oldest first. OSError if nobody can tell."""
    return sorted(path for path in _entries_of(folder) if path.suffix == _format.SUFFIX and path.is_dir())


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


def _existing(path: Path, progress: Progress) -> Progress:
    """The progress at a place that there is: of one that is damaged nothing is believed that would skip a segment."""
    if not _refusals.are_kept(path):
        progress.refused = 0
    numbers = [_format.number_of(segment) for segment in _format.segments(path)]
    if not numbers:
        return progress
    if progress.segment not in numbers:
        later = [number for number in numbers if number > progress.segment]
        progress.segment, progress.offset = (later or numbers)[0], 0
    elif progress.offset > _format.size(_format.segment(path, progress.segment)):
        progress.offset = 0
    return progress


def _entries_of(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _weight(record: Record) -> int:
    """About how much work a record is for a store, in points."""
    return record.count if isinstance(record, PointsRecord | ColumnsRecord | RowsRecord) else _OTHER_WEIGHT
