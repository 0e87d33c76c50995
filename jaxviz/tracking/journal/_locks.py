"""Locks between processes: held as long as their file is open, released by the system however a process ends.

A system or a file system without such locks gets notes: the file names the process that has the lock, for as long as
that process lives. A process of another machine is taken to live.
"""

import contextlib
import errno
import os
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import _private

try:
    import fcntl
except ImportError:
    fcntl = None

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
_MOST_NOTE = 500
_POLL_SECONDS, _SETTLE_SECONDS = 0.05, 0.01
"""Of two processes that write their notes at once, the later one has the lock."""
_noted: dict[int, int] = {}
"""Descriptors of locks that are notes → the process that wrote it."""
_warned: set[str] = set()


def acquire(path: Path, *, wait: bool = False) -> int | None:
    """An open descriptor that holds the lock, to be released; None if another process holds it and `wait` is False.

    OSError if its file cannot be opened.
    """
    descriptor = _private.open_file(path, os.O_RDWR)
    try:
        while not _is_locked(path, descriptor, wait=wait):
            if not wait:
                os.close(descriptor)
                return None
            time.sleep(_POLL_SECONDS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def release(descriptor: int) -> None:
    """Release a lock; a copy of it after a fork is only closed."""
    if _noted.pop(descriptor, None) == os.getpid():
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
    os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock, or may hold it; False if the file does not exist."""
    try:
        if not os.path.lexists(path):
            return False
        descriptor = acquire(path)
    except OSError:
        return True
    if descriptor is None:
        return True
    release(descriptor)
    return False


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it."""
    descriptor = acquire(path, wait=True)
    try:
        yield
    finally:
        if descriptor is not None:
            release(descriptor)


def _is_locked(path: Path, descriptor: int, *, wait: bool) -> bool:
    try:
        if fcntl is None:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        _warn(path, error)
        return _is_noted(descriptor)
    return True


def _is_noted(descriptor: int) -> bool:
    """Write a note into a lock, unless it has one of a living process."""
    if _lives(_note(descriptor)):
        return False
    own = _identity(os.getpid())
    os.pwrite(descriptor, own.encode(), 0)
    os.ftruncate(descriptor, len(own.encode()))
    time.sleep(_SETTLE_SECONDS)
    if _note(descriptor) != own:
        return False
    _noted[descriptor] = os.getpid()
    return True


def _note(descriptor: int) -> str:
    return os.pread(descriptor, _MOST_NOTE, 0).decode(errors="replace")


def _lives(note: str) -> bool:
    """Whether the process that wrote a note lives."""
    process, *_, machine = [*note.split(), "", ""][:3]
    if not process.isdecimal() or not machine:
        return False
    return machine != socket.gethostname() or (_exists(int(process)) and _identity(int(process)) == note)


def _identity(process: int) -> str:
    """A process for a note: its id, when it started (ids come again), and its machine."""
    started = "-"
    with contextlib.suppress(OSError, IndexError):
        started = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    return f"{process:<20} {started} {socket.gethostname()}"


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True


def _warn(path: Path, error: OSError) -> None:
    why = error.strerror or str(error)
    if why not in _warned:
        _warned.add(why)
        warnings.warn(
            f"{path.parent} has no file locks ({why}): each lock's file names its process instead; "
            "nothing is lost, but let one machine at a time send these journals",
            stacklevel=2,
        )
