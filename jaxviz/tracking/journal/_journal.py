"""The writing side of the journal: every record is on disk before anybody talks to MLflow.

A journal is a folder that only its user can read; `_format` describes its content. One `write` per record survives any
death of the process; `sync` survives a power loss too.

A full disk raises nothing: records are kept in memory, up to `MOST_HELD` bytes, until there is room again; beyond that,
and at the end, they go to a journal in another place (`_spare`).
"""

import contextlib
import errno
import hashlib
import os
import shutil
import threading
import time
import warnings
from pathlib import Path
from uuid import uuid4

from ..._printable import printable
from . import _format, _spare
from ._backlog import BackedFile, Backlog, Item
from ._folder import JournalFolder, Nowhere
from ._forks import process
from ._records import Kept, Record, kept_files

MOST_HELD = 64 << 20
"""A training's memory is needed for its arrays: a full disk may take as much of it as one segment."""
_RETRY_SECONDS = 1.0
"""A full disk is tried again this seldom: every record that is logged meanwhile would pay for a failing write."""


class Journal:
    """Where one logger writes its records; safe to use from many threads, and after a fork.

    `folder`: of the store's journals. If it cannot be written to, the journal is in a spare place, or in memory until
    one can be, which is said once.
    """

    def __init__(self, folder: Path, experiment: str, store: str) -> None:
        self._mutex = threading.RLock()
        self._backlog = Backlog()
        self._retry_at, self._warned = 0.0, False
        self._open = self._opened(folder, experiment, store)
        self.lost = 0
        """Records that found no place at all."""

    def append(self, record: Record) -> None:
        """Write one record."""
        frame = _format.encode(record)
        self._leave_to_parent()
        with self._mutex:
            self._backlog.claim(kept_files(record))
            self.append_frame(frame)

    def append_frame(self, frame: bytes) -> None:
        """Write one record that is encoded already."""
        if process.id != self._open.process:
            self._leave_to_parent()
        with self._mutex:
            if self._backlog.items:
                self._hold(frame)
                self._write_backlog()
                return
            try:
                self._open.write(frame)
            except OSError as error:
                self._hold(frame, error)

    def keep(self, name: str, content: bytes | Path) -> Kept:
        """Keep a file for its upload under `name`, for the record that comes next.

        A large file of which no copy can be made is uploaded from its own place.
        """
        self._leave_to_parent()
        stem = hashlib.sha256(content if isinstance(content, bytes) else os.fsencode(content)).hexdigest()[:16]
        place = f"{_format.FILES}/{stem}-{uuid4().hex[:8]}/{name}"
        try:
            self._open.write_file(place, content)
        except OSError as error:
            shutil.rmtree((self.path / place).parent, ignore_errors=True)
            if isinstance(content, bytes):
                whole = content
            elif (whole := _read(content)) is None:
                return Kept(path=str(content.resolve()))
            with self._mutex:
                self._hold(BackedFile(place, whole), error)
        return Kept(place)

    @property
    def path(self) -> Path:
        return self._open.path

    @property
    def folder(self) -> Path:
        """Of the journals of its store that are beside it."""
        return self._open.parent

    @property
    def is_own(self) -> bool:
        """Whether this process writes it; a fork does so from its first record on."""
        return os.getpid() == self._open.process

    def sync(self) -> None:
        """Make the records survive a power loss."""
        if not self.is_own:
            return
        with self._mutex:
            self.restore()
            self._write_backlog(now=True)
            self._open.sync()

    def restore(self) -> None:
        """If somebody has removed the journal, write its readable rest into a new one."""
        with self._mutex:
            if self.is_closed or not self.is_own:
                return
            try:
                if not self._open.is_removed:
                    return
                rest, gone = self._open.content(), self.path
            except OSError:  # nobody knows
                return
            self._open.close()
            self._backlog.add_first(rest)
            try:
                self._open = self._open.again()
            except OSError:
                self._move()
                return
            self._write_backlog(now=True)
            said = f"{gone} was removed while it was written: its records are in {self.path}"
            warnings.warn(printable(said), stacklevel=2)

    @property
    def position(self) -> tuple[int, int]:
        """Segment and offset behind the last record."""
        return self._open.position

    @property
    def in_memory(self) -> int:
        """Records and files that the disk had no room for."""
        return len(self._backlog)

    @property
    def is_closed(self) -> bool:
        return self._open.is_closed

    def close(self) -> None:
        """Stop writing, and release the lock."""
        if not self.is_own:
            self._open.close()
            return
        with self._mutex:
            self.sync()
            if self._backlog:
                self._move()
            self._open.close()

    def _leave_to_parent(self) -> None:
        """After a fork: the backlog is the parent's, and so is its lock, once this copy of it is closed."""
        if self.is_own:
            return
        self._mutex = threading.RLock()
        self._backlog = Backlog()
        self._open.close()
        self._open = self._opened(self._open.parent, self._open.experiment, self._open.store)

    def _opened(self, folder: Path, experiment: str, store: str) -> JournalFolder | Nowhere:
        """A new journal in a folder, or where there is room."""
        try:
            return JournalFolder(folder, experiment, store)
        except OSError as error:
            why = f"{folder} cannot be written ({error.strerror})"
        try:
            found = self._spare(folder, experiment, store)
            said = f"the journal is in {found.path}: {why}"
        except OSError:
            self._warned = True
            found, said = Nowhere(folder, experiment, store), f"the journal is in memory until there is room: {why}"
        warnings.warn(printable(said), stacklevel=2)
        return found

    @staticmethod
    def _spare(folder: Path, experiment: str, store: str) -> JournalFolder:
        """A new journal in a spare place. OSError if there is none."""
        failure = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        places = _spare.folders_for(folder)
        while (place := next(places, None)) is not None:
            try:
                return JournalFolder(place, experiment, store)
            except OSError as error:
                failure = error
                with contextlib.suppress(OSError):  # others write there
                    place.parent.rmdir()
        raise failure

    def _hold(self, item: Item, error: OSError | None = None) -> None:
        self._backlog.add(item)
        if error is not None:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
        if error is not None and not self._warned:
            self._warned = True
            said = f"the journal in {self.path} cannot be written ({error.strerror}): records are kept in memory"
            warnings.warn(printable(said), stacklevel=2)
        if self._backlog.bytes > MOST_HELD:
            self._move()

    def _write_backlog(self, *, now: bool = False) -> None:
        if not self._backlog or (not now and time.monotonic() < self._retry_at):
            return
        try:
            if isinstance(self._open, Nowhere):
                self._open = self._open.again()
            while self._backlog:
                self._open.put(self._backlog.first)
                self._backlog.drop_first()
        except OSError:
            self._retry_at = time.monotonic() + _RETRY_SECONDS

    def _move(self) -> None:
        """Write the backlog to a journal among the temporary files."""
        moving, done, about = self._backlog.take(), 0, (self._open.parent, self._open.experiment, self._open.store)
        try:
            spare = self._spare(*about)
            try:
                for item in moving:
                    spare.put(item)
                    done += 1
            finally:
                spare.close()
            said = f"records were moved to {spare.path}: `jaxviz sync --journal {spare.parent.parent}` sends them"
        except OSError as error:
            self.lost += len(moving) - done
            said = (
                f"{self.lost} records are lost: neither {about[0]} nor a spare place can be written ({error.strerror})"
            )
        warnings.warn(printable(said), stacklevel=2)


def _read(path: Path) -> bytes | None:
    """The content of a file, if it can be read and is no more than may be held."""
    try:
        return path.read_bytes() if path.stat().st_size <= MOST_HELD else None
    except OSError:
        return None
