"""Locks between processes: held as long as their file is open, released by the system however a process ends.

A system or a file system without such locks gets notes: a file beside the lock names the process that has it, and holds
for as long as that process lives. A process of another machine is taken to live.
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

NOTE = ".owner"
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
_WRITING_SECONDS = 5.0
"""A note without content is being written, or found no room."""
_POLL_SECONDS = 0.05
_notes: dict[int, tuple[Path, int]] = {}
"""Descriptor of a lock → its note, and the process that wrote it."""
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
    note, process = _notes.pop(descriptor, (None, 0))
    if note is not None and process == os.getpid():
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)
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
        return _is_noted(path, descriptor)
    return True


def _is_noted(path: Path, descriptor: int) -> bool:
    """Write the note of a lock, unless a living process has."""
    note = path.with_name(path.name + NOTE)
    for _ in range(2):
        with contextlib.suppress(FileExistsError):
            made = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            _notes[descriptor] = note, os.getpid()
            try:
                os.write(made, _identity(os.getpid()).encode())
            finally:
                os.close(made)
            return True
        if _lives(note):
            return False
        note.unlink(missing_ok=True)
    return False


def _lives(note: Path) -> bool:
    """Whether the process that wrote a note lives."""
    try:
        text = note.read_text(errors="replace")
        if not text:
            return time.time() - note.stat().st_mtime < _WRITING_SECONDS
    except FileNotFoundError:
        return False
    process, _, rest = text.partition(" ")
    if not process.isdecimal() or rest.partition(" ")[2] != socket.gethostname():
        return bool(process.isdecimal())
    return _identity(int(process)) == text if _exists(int(process)) else False


def _identity(process: int) -> str:
    """A process for a note: its id, when it started (ids come again), and its machine."""
    started = ""
    with contextlib.suppress(OSError, IndexError):
        started = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    return f"{process} {started or '-'} {socket.gethostname()}"


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
            f"{path.parent} has no file locks ({why}): a file *{NOTE} beside each lock names its process instead; "
            "nothing is lost, but let one machine at a time send its journals",
            stacklevel=2,
        )
