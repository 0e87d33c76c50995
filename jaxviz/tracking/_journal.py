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
import tempfile
import threading
import time
import warnings
from collections import deque
from pathlib import Path
from typing import Any
from uuid import uuid4

from . import _locks, _record

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
        self._held: deque[bytes] = deque()
        self._held_bytes, self._retry_at, self._warned = 0, 0.0, False
        self.lost = 0
        """Records that found no place at all."""
        self._open()

    def append(self, header: dict[str, Any], blob: bytes = b"") -> None:
        """Write one record."""
        self.append_frame(_record.encode(header, blob))

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
        """Keep a file for its upload under `name`; what an artifact's record says about it.

        A file on disk that no copy can be made of is uploaded from where it is.
        """
        stem = hashlib.sha256(content if isinstance(content, bytes) else os.fsencode(content)).hexdigest()[:16]
        path = self.path / "files" / f"{stem}-{uuid4().hex[:8]}" / name
        try:
            path.parent.mkdir(parents=True, mode=0o700)
            _write_file(path, content)
        except OSError:
            shutil.rmtree(path.parent, ignore_errors=True)
            if isinstance(content, Path):
                return {"path": str(content.resolve())}
            path = Path(tempfile.mkdtemp(prefix="jaxviz-")) / name
            _write_file(path, content)
            return {"path": str(path)}
        return {"file": str(path.relative_to(self.path))}

    def sync(self) -> None:
        """Make what was written survive a power loss."""
        with self._mutex:
            self._write_held(now=True)
            if self._descriptor >= 0:
                _to_disk(self._descriptor)

    @property
    def position(self) -> tuple[int, int]:
        """Segment and offset behind the last record."""
        return self._segment, self._offset

    @property
    def held(self) -> int:
        """Records that wait in memory for room on the disk."""
        return len(self._held)

    def close(self) -> None:
        """Stop writing, and let go of the lock."""
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
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{time.time_ns()}-{self._process}-{uuid4().hex[:6]}"
        making = self._folder / f"{name}.making"
        making.mkdir(mode=0o700)
        lock = _locks.acquire(making / "lock")
        assert lock is not None  # nobody else knows the name
        self._lock = lock
        self.path = making
        self._segment, self._descriptor = 0, -1
        self._next_segment()
        self.path = making.rename(self._folder / f"{name}{SUFFIX}")

    def _leave_to_parent(self) -> None:
        """After a fork: what the parent holds is the parent's, and so is its lock, once this copy of it is closed."""
        self._mutex = threading.RLock()
        self._held.clear()
        self._held_bytes = 0
        self._close_files()
        self._open()

    def _next_segment(self) -> None:
        if self._descriptor >= 0:
            _to_disk(self._descriptor)
            os.close(self._descriptor)
        self._descriptor = -1
        path = self.path / f"{self._segment + 1:06d}.wal"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._segment, self._offset = self._segment + 1, 0
        about = {"version": VERSION, "pid": self._process, "host": socket.gethostname()}
        self._write(_record.encode({"op": "open", "time": time.time_ns() // 10**6, **about, **self._opening}))

    def _write(self, frame: bytes) -> None:
        """The whole frame, or nothing: a part of it is taken back."""
        if self._offset + len(frame) > SEGMENT_BYTES and self._offset > len(frame):
            self._next_segment()
        written = -1
        try:
            written = os.write(self._descriptor, frame)
        finally:
            if written != len(frame):
                os.ftruncate(self._descriptor, self._offset)
        if written != len(frame):
            raise OSError(28, "No space left on device")
        self._offset += written

    def _hold(self, frame: bytes, error: OSError | None = None) -> None:
        self._held.append(frame)
        self._held_bytes += len(frame)
        if error is not None:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
        if error is not None and not self._warned:
            self._warned = True
            warnings.warn(
                f"the journal in {self.path} cannot be written ({error.strerror}): records wait in memory",
                stacklevel=2,
            )
        if self._held_bytes > MOST_HELD:
            self._move()

    def _write_held(self, *, now: bool = False) -> None:
        if not self._held or (not now and time.monotonic() < self._retry_at):
            return
        try:
            while self._held:
                self._write(self._held[0])
                self._held_bytes -= len(self._held.popleft())
        except OSError:
            self._retry_at = time.monotonic() + _RETRY_SECONDS

    def _move(self) -> None:
        """Write what is held to a journal among the temporary files."""
        folder = spare_folder(self._folder)
        try:
            spare = Journal(folder, self._opening)
            while self._held:
                spare._write(self._held[0])
                self._held_bytes -= len(self._held.popleft())
            spare.close()
            said = f"records were moved to {spare.path}: `jaxviz sync --journal {folder.parent}` sends them"
        except OSError as error:
            self.lost += len(self._held)
            said = f"{self.lost} records are lost: neither {self.path} nor {folder} can be written ({error.strerror})"
            self._held.clear()
            self._held_bytes = 0
        warnings.warn(said, stacklevel=2)


def spare_folder(folder: Path) -> Path:
    """Where journals of `folder` go while it cannot be written."""
    return Path(tempfile.gettempdir()) / f"jaxviz-journal-{os.getuid()}" / folder.name


def _to_disk(descriptor: int) -> None:
    """What the system cannot do now is done by it later."""
    with contextlib.suppress(OSError):
        getattr(os, "fdatasync", os.fsync)(descriptor)


def _write_file(path: Path, content: bytes | Path) -> None:
    if isinstance(content, Path):
        shutil.copyfile(content, path)
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
