"""The writing side of the journal: every record is on disk before anybody talks to MLflow.

A journal is a folder, private to the user: numbered segments of records, `files/` with what waits to be uploaded, and
a lock that its process holds while it writes. One `write` per record survives any death of the process; `sync`
survives a power loss too.

A disk that is full raises nothing: records wait in memory, up to `MOST_HELD` bytes, until there is room again; beyond
that, and at the end, they go to a journal in the system's folder for temporary files.
"""

import contextlib
import hashlib
import os
import shutil
import socket
import threading
import time
import warnings
from pathlib import Path
from typing import Any
from uuid import uuid4

from . import _locks, _private, _record, _spare
from ._held import File, Held, Item

VERSION = 1
READ_VERSIONS = (1,)
"""Versions of journals that are sent; a new one keeps those before it, whose journals may still wait on a disk."""
SUFFIX = ".journal"
SEGMENT_BYTES = 64 << 20
MOST_HELD = 64 << 20
_RETRY_SECONDS = 1.0


class Journal:
    """Where one logger writes its records; safe to use from many threads, and after a fork."""

    def __init__(self, folder: Path, opening: dict[str, Any]) -> None:
        self._folder, self._opening = folder, opening
        self._mutex = threading.RLock()
        self._held = Held()
        self._retry_at, self._warned = 0.0, False
        self.lost = 0
        """Records that found no place at all."""
        self._open()

    def append(self, header: dict[str, Any], blob: bytes = b"") -> None:
        """Write one record."""
        frame = _record.encode(header, blob)
        self._leave_to_parent()
        with self._mutex:
            self._held.claim(header)
            self.append_frame(frame)

    def append_frame(self, frame: bytes) -> None:
        """Write one record that is encoded already."""
        if os.getpid() != self._process:
            self._leave_to_parent()
        with self._mutex:
            if self._held:
                self._hold(frame)
                self._write_held()
                return
            try:
                self._write(frame)
            except OSError as error:
                self._hold(frame, error)

    def keep(self, name: str, content: bytes | Path) -> dict[str, Any]:
        """Keep a file for its upload under `name`; what the record that comes next says about it.

        A large file on disk that no copy can be made of is uploaded from where it is.
        """
        self._leave_to_parent()
        stem = hashlib.sha256(content if isinstance(content, bytes) else os.fsencode(content)).hexdigest()[:16]
        place = f"files/{stem}-{uuid4().hex[:8]}/{name}"
        try:
            _write_file(self.path, place, content)
        except OSError as error:
            shutil.rmtree((self.path / place).parent, ignore_errors=True)
            if isinstance(content, bytes):
                whole = content
            elif (whole := _read(content)) is None:
                return {"path": str(content.resolve())}
            with self._mutex:
                self._hold(File(place, whole), error)
        return {"file": place}

    @property
    def is_own(self) -> bool:
        """Whether this process writes it; a fork does so from its first record on."""
        return os.getpid() == self._process

    def sync(self) -> None:
        """Make what was written survive a power loss."""
        if not self.is_own:
            return
        with self._mutex:
            self.restore()
            self._write_held(now=True)
            if self._descriptor >= 0:
                _to_disk(self._descriptor)

    def restore(self) -> None:
        """Where somebody has removed the journal, write what can still be read of it into a new one."""
        with self._mutex:
            if self.is_closed or not self.is_own or os.fstat(self._descriptor).st_nlink:
                return
            rest, gone = os.pread(self._descriptor, self._offset, 0), self.path
            self._close_files()
            self._held.add_first(rest)
            try:
                self._open()
            except OSError:
                self._move()
                return
            self._write_held(now=True)
            warnings.warn(f"{gone} was removed while it was written: what it held is in {self.path}", stacklevel=2)

    @property
    def position(self) -> tuple[int, int]:
        """Segment and offset behind the last record."""
        return self._segment, self._offset

    @property
    def held(self) -> int:
        """Records and files that wait in memory for room on the disk."""
        return len(self._held)

    @property
    def is_closed(self) -> bool:
        return self._lock < 0

    def close(self) -> None:
        """Stop writing, and let go of the lock."""
        if not self.is_own:
            self._close_files()
            return
        with self._mutex:
            self.sync()
            if self._held:
                self._move()
            self._close_files()

    def _close_files(self) -> None:
        for descriptor in (self._descriptor, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._lock = -1

    def _open(self) -> None:
        """A new journal: complete, locked and with its opening record before it has its name."""
        self._process = os.getpid()
        _private.make_folder(self._folder, self._folder.parent)
        name = f"{time.time_ns()}-{self._process}-{uuid4().hex[:6]}"
        making = self._folder / f"{name}.making"
        _private.make_folder(making)
        lock = _locks.acquire(making / "lock")
        assert lock is not None  # nobody else knows the name
        self._lock = lock
        self.path = making
        self._segment, self._descriptor = 0, -1
        try:
            self._next_segment()
            self._write(b"")
            self.path = making.rename(self._folder / f"{name}{SUFFIX}")
        except OSError:
            self._close_files()
            shutil.rmtree(making, ignore_errors=True)
            raise

    def _leave_to_parent(self) -> None:
        """After a fork: what the parent holds is the parent's, and so is its lock, once this copy of it is closed."""
        if self.is_own:
            return
        self._mutex = threading.RLock()
        self._held = Held()
        self._close_files()
        self._open()

    def _next_segment(self) -> None:
        descriptor = _private.open_file(self.path / f"{self._segment + 1:06d}.wal", os.O_RDWR | os.O_APPEND)
        if self._descriptor >= 0:
            _to_disk(self._descriptor)
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._segment, self._offset = self._segment + 1, 0

    def _write(self, frame: bytes) -> None:
        """The whole frame, or nothing: a part of it is taken back. A segment begins with its opening."""
        if self._offset + len(frame) > SEGMENT_BYTES and self._offset > len(frame):
            self._next_segment()
        if self._offset == 0:
            about = {"version": VERSION, "pid": self._process, "host": socket.gethostname()}
            frame = _record.encode({"op": "open", "time": time.time_ns() // 10**6, **about, **self._opening}) + frame
        written = -1
        try:
            written = os.write(self._descriptor, frame)
        finally:
            if written != len(frame):
                os.ftruncate(self._descriptor, self._offset)
        if written != len(frame):
            raise OSError(28, "No space left on device")
        self._offset += written

    def _hold(self, item: Item, error: OSError | None = None) -> None:
        self._held.add(item)
        if error is not None:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
        if error is not None and not self._warned:
            self._warned = True
            warnings.warn(
                f"the journal in {self.path} cannot be written ({error.strerror}): records wait in memory",
                stacklevel=2,
            )
        if self._held.bytes > MOST_HELD:
            self._move()

    def _write_held(self, *, now: bool = False) -> None:
        if not self._held or (not now and time.monotonic() < self._retry_at):
            return
        try:
            while self._held:
                self._put(self._held.first)
                self._held.drop_first()
        except OSError:
            self._retry_at = time.monotonic() + _RETRY_SECONDS

    def _put(self, item: Item) -> None:
        if isinstance(item, File):
            _write_file(self.path, item.place, item.content)
        else:
            self._write(item)

    def _move(self) -> None:
        """Write what is held to a journal among the temporary files."""
        moving, done, folder = self._held.take(), 0, _spare.folder_for(self._folder)
        try:
            spare = Journal(folder, self._opening)
            try:
                for item in moving:
                    spare._put(item)
                    done += 1
            finally:
                spare._close_files()
            said = f"records were moved to {spare.path}: `jaxviz sync --journal {folder.parent}` sends them"
        except OSError as error:
            self.lost += len(moving) - done
            said = f"{self.lost} records are lost: neither {self.path} nor {folder} can be written ({error.strerror})"
        warnings.warn(said, stacklevel=2)


def _to_disk(descriptor: int) -> None:
    """What the system cannot do now is done by it later."""
    with contextlib.suppress(OSError):
        getattr(os, "fdatasync", os.fsync)(descriptor)


def _read(path: Path) -> bytes | None:
    """What a file holds, where it can be read and is no more than may be held."""
    try:
        return path.read_bytes() if path.stat().st_size <= MOST_HELD else None
    except OSError:
        return None


def _write_file(journal: Path, place: str, content: bytes | Path) -> None:
    path = journal / place
    _private.make_folder(path.parent, journal / "files")
    with os.fdopen(_private.open_file(path, os.O_WRONLY | os.O_TRUNC), "wb") as file:
        if isinstance(content, bytes):
            file.write(content)
            return
        with content.open("rb") as source:
            shutil.copyfileobj(source, file)
