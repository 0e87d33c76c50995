"""A journal's folder on disk, as the one process that writes it has it open."""

import contextlib
import errno
import os
import shutil
import socket
import time
from pathlib import Path
from uuid import uuid4

from . import _format, _frames, _locks, _private
from ._backlog import BackedFile, Item
from ._records import OpenRecord

SEGMENT_BYTES = 64 << 20
"""A segment is removed as a whole once it has been sent: this bounds the space of a long training on the disk."""
_CLOSED = -1
_place, _MARKER = _frames.PLACE.pack, len(_frames.MARKER)


class JournalFolder:
    """A new journal: complete, locked and with its opening record before it has its name. OSError if the disk is full.

    `parent`: the folder of the store's journals. `experiment`, `store`: see `OpenRecord`.
    """

    def __init__(self, parent: Path, experiment: str, store: str) -> None:
        self.parent, self.experiment, self.store = parent, experiment, store
        self.process = os.getpid()
        missing = [one for one in (parent, parent.parent) if not one.exists()]
        name = f"{time.time_ns()}-{self.process}-{uuid4().hex[:6]}"
        self.path = parent / f"{name}{_format.UNFINISHED}"
        self._number, self._offset, self._is_torn = 1, 0, False
        self._before: int | None = None
        self._lock = self._descriptor = _CLOSED
        try:
            _private.make_folder(parent, parent.parent)
            _private.make_folder(self.path)
            lock = _locks.acquire(self.path / _format.LOCK)
            assert lock is not None  # nobody else knows the name
            self._lock = lock
            self._descriptor = self._opened_segment()
            self._append(self._opening())
            with _private.append_to(self.path / _format.OPENING) as file:
                file.write(self._opening())
            self.path = self.path.rename(parent / f"{name}{_format.SUFFIX}")
        except OSError:
            self.close()
            shutil.rmtree(self.path, ignore_errors=True)
            with contextlib.suppress(OSError):  # others write there
                for folder in missing:
                    folder.rmdir()
            raise

    def again(self) -> "JournalFolder":
        """Another new journal beside it, of this process."""
        return JournalFolder(self.parent, self.experiment, self.store)

    def _opened_segment(self) -> int:
        return _private.open_file(_format.segment(self.path, self._number), os.O_RDWR | os.O_APPEND)

    @property
    def position(self) -> tuple[int, int]:
        """Segment and offset behind the last record."""
        return self._number, self._offset

    @property
    def is_closed(self) -> bool:
        return self._lock == _CLOSED

    @property
    def is_removed(self) -> bool:
        """Whether somebody has removed the segment that is written."""
        return not os.fstat(self._descriptor).st_nlink

    def content(self) -> list[bytes]:
        """The frames of the segment that is written, also when it has been removed."""
        return _frames.unplaced(os.pread(self._descriptor, self._offset, 0))

    def write(self, frame: bytes) -> None:
        """Write the whole frame, or nothing: a part of it is taken back. A segment begins with its opening."""
        if self._offset + len(frame) > SEGMENT_BYTES and self._offset > len(frame):
            self._begin_next()
        if self._offset == 0:
            self._append(self._opening())
        self._append(frame)

    def _append(self, frame: bytes) -> None:
        """Every logged number passes here, so nothing is called that need not be."""
        if self._is_torn:
            self._take_back()
        offset = self._offset
        data = _place(_frames.PLACED, self._number, offset) + frame[_MARKER:]
        try:
            written = os.write(self._descriptor, data)
            if written == len(data):
                self._offset = offset + written
                return
        except BaseException:  # nobody knows how much of it
            self._is_torn = True
            raise
        self._is_torn = True
        with contextlib.suppress(OSError):  # then before the next frame
            self._take_back()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _take_back(self) -> None:
        """Cut off the part of a frame that was written."""
        os.ftruncate(self._descriptor, self._offset)
        self._is_torn = False

    def _opening(self) -> bytes:
        record = OpenRecord(
            time=_format.now(),
            version=_format.VERSION,
            pid=self.process,
            host=socket.gethostname(),
            experiment=self.experiment,
            store=self.store,
            before=self._before,
        )
        return _format.encode(record)

    def _begin_next(self) -> None:
        if self._is_torn:
            self._take_back()
        following = _private.open_file(_format.segment(self.path, self._number + 1), os.O_RDWR | os.O_APPEND)
        self.sync()
        full, self._descriptor = self._descriptor, following
        self._before, self._number, self._offset = self._offset, self._number + 1, 0
        with contextlib.suppress(OSError):
            os.close(full)

    def write_file(self, place: str, content: bytes | Path) -> None:
        """Write a file of the journal: bytes, or a copy."""
        path = self.path / place
        _private.make_folder(path.parent, self.path / _format.FILES)
        with os.fdopen(_private.open_file(path, os.O_WRONLY | os.O_TRUNC), "wb") as file:
            if isinstance(content, bytes):
                file.write(content)
                return
            with content.open("rb") as source:
                shutil.copyfileobj(source, file)

    def put(self, item: Item) -> None:
        """Write a frame or a file of the backlog."""
        if isinstance(item, BackedFile):
            self.write_file(item.place, item.content)
        else:
            self.write(item)

    def sync(self) -> None:
        """Make the segment survive a power loss; if the system cannot do it now, it does so later."""
        with contextlib.suppress(OSError):
            getattr(os, "fdatasync", os.fsync)(self._descriptor)

    def close(self) -> None:
        """Stop writing, and release the lock."""
        for descriptor, end in ((self._descriptor, os.close), (self._lock, _locks.release)):
            if descriptor != _CLOSED:
                with contextlib.suppress(OSError):
                    end(descriptor)
        self._descriptor = self._lock = _CLOSED


class Nowhere:
    """A journal without a place, as no disk has room: nothing can be written to it but its successor."""

    path, position, is_removed = Path("nowhere"), (1, 0), False

    def __init__(self, parent: Path, experiment: str, store: str) -> None:
        self.parent, self.experiment, self.store = parent, experiment, store
        self.process = os.getpid()
        self.is_closed = False

    def again(self) -> JournalFolder:
        """A journal in its place. OSError if there is still no room."""
        return JournalFolder(self.parent, self.experiment, self.store)

    def content(self) -> list[bytes]:
        """Nothing."""
        return []

    def write(self, frame: bytes) -> None:
        """OSError, always."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write_file(self, place: str, content: bytes | Path) -> None:
        """OSError, always."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def put(self, item: Item) -> None:
        """OSError, always."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def sync(self) -> None:
        """Nothing is there."""

    def close(self) -> None:
        """Write no more."""
        self.is_closed = True
