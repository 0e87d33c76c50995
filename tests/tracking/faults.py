"""A file system whose k-th operation fails, or is the last one before a kill: for Python's own calls of this thread."""

import errno
import fcntl
import io
import os
import signal
import threading
from contextlib import ExitStack, contextmanager
from unittest import mock

ERRORS = {"no space": errno.ENOSPC, "permission": errno.EACCES, "broken": errno.EIO, "interrupted": errno.EINTR}
"""One operation fails, and the next one works."""
WAYS = (*ERRORS, "half", "full", "kill", "torn")
"""Also: half of a write, then no space; no space from there on; a kill before it; half of a write, then a kill."""
_CALLS = ("mkdir", "rmdir", "unlink", "remove", "rename", "replace", "link", "chmod", "ftruncate", "utime", "listdir")
_SYNCS = ("fsync", "fdatasync")
_TAKES_SPACE = ("write", "mkdir", "link", "create")


class KilledError(BaseException):
    """The process ends here: nothing that follows reaches a disk."""


class Faults:
    """Counts the operations, and makes one fail; `names` has all of them."""

    def __init__(self, at=None, way=None):
        self.at, self.way = at, way
        self.names = []
        self.is_killed = self.is_short = False
        self._thread = threading.get_ident()

    def __call__(self, name):
        """Before an operation: whether only half of it is done."""
        if threading.get_ident() != self._thread:
            return False
        number = len(self.names)
        self.names.append(name)
        if self.is_killed:
            raise KilledError
        takes_space = name.startswith(_TAKES_SPACE)
        if self.is_short and takes_space:
            self.is_short = False
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.at is None or number < self.at:
            return False
        if self.way == "full" and takes_space:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if number != self.at:
            return False
        if self.way in ERRORS:
            raise OSError(ERRORS[self.way], os.strerror(ERRORS[self.way]))
        if self.way == "kill -9":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.way == "kill":
            self._kill()
        self.is_short = self.way in ("half", "torn") and name == "write"
        return self.is_short

    def written(self, data, write):
        """A write, or half of it."""
        if not self("write"):
            return write(data)
        done = write(data[: len(data) // 2])
        if self.way == "torn":
            self._kill()
        return done

    def _kill(self):
        self.is_killed = True
        raise KilledError


@contextmanager
def failing(at=None, way=None):
    """Operation `at` fails in a way; the Faults that count them."""
    faults = Faults(at, way)
    with ExitStack() as stack:

        def patch(owner, name, made):
            stack.enter_context(mock.patch.object(owner, name, made(getattr(owner, name))))

        for name in (*_CALLS, "scandir"):
            patch(os, name, lambda real, name=name: _before(faults, name, real))
        for name in _SYNCS:
            patch(os, name, lambda _, name=name: _before(faults, name, lambda *_: None))
        patch(fcntl, "flock", lambda real: _before(faults, "flock", real))
        patch(os, "write", lambda real: _written(faults, real))
        patch(os, "pwrite", lambda real: _before(faults, "write at", real))
        patch(os, "open", lambda real: _opened(faults, real))
        patch(io, "open", lambda real: _file(faults, real))
        yield faults


def _before(faults, name, real):
    def call(*args, **options):
        faults(name)
        return real(*args, **options)

    return call


def _written(faults, real):
    def write(descriptor, data):
        return faults.written(data, lambda part: real(descriptor, part))

    return write


def _opened(faults, real):
    def open_(path, flags, mode=0o777, *, dir_fd=None):
        creates = flags & os.O_CREAT and not os.path.lexists(path)
        faults("create" if creates else "open")
        return real(path, flags, mode, dir_fd=dir_fd)

    return open_


class _CountedIO(io.FileIO):
    """A file whose reads and writes are counted."""

    faults: Faults

    def write(self, data):
        return self.faults.written(bytes(data), super().write)

    def readinto(self, buffer):
        self.faults("read")
        return super().readinto(buffer)

    def readall(self):
        self.faults("read")
        return super().readall()


def _file(faults, real):
    def open_(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        if threading.get_ident() != faults._thread or opener is not None:
            return real(file, mode, buffering, encoding, errors, newline, closefd, opener)
        if not isinstance(file, int):
            creates = set(mode) & set("wax") and not os.path.lexists(file)
            faults("create" if creates else "open")
        raw = _CountedIO(file, mode.replace("b", "").replace("t", ""), closefd)
        raw.faults = faults
        if buffering == 0:
            return raw
        kind = io.BufferedRandom if "+" in mode else io.BufferedReader if mode.startswith("r") else io.BufferedWriter
        return kind(raw) if "b" in mode else io.TextIOWrapper(kind(raw), encoding, errors, newline)

    return open_
