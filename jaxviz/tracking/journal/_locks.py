"""Locks between processes: held as long as their file is open, released by the system however a process ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import _private

try:
    import fcntl
except ImportError:  # no flock on this system: one process at a time is then the user's care
    fcntl = None


def acquire(path: Path, *, wait: bool = False) -> int | None:
    """An open descriptor that holds the lock; None if another process holds it and `wait` is False."""
    descriptor = _private.open_file(path, os.O_RDWR)
    if fcntl is None:
        return descriptor
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock; False if the file does not exist."""
    if not path.exists():
        return False
    descriptor = acquire(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it."""
    descriptor = acquire(path, wait=True)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
