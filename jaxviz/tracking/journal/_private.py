"""Files and folders that nobody but their user can read, whatever the umask is."""

import contextlib
import os
from pathlib import Path
from typing import Any

_SMALL = 4096
"""Bytes of a note of progress."""


def make_folder(path: Path, within: Path | None = None) -> None:
    """Make a folder, and those from `within` down to it, private; folders above them are made as usual."""
    top = within or path
    top.parent.mkdir(parents=True, exist_ok=True)
    for folder in [*reversed([one for one in path.parents if one.is_relative_to(top)]), path]:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        folder.chmod(0o700)


def open_file(path: Path, flags: int) -> int:
    """Open a file, and create it if it is missing; its descriptor."""
    made = not path.exists()
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    if made:
        path.chmod(0o600)
    return descriptor


def append_to(path: Path) -> Any:
    """A binary file, open for appending."""
    return os.fdopen(open_file(path, os.O_WRONLY | os.O_APPEND), "ab")


def has_room(folder: Path) -> bool:
    """Whether a small file can be written in a folder."""
    path = folder / f".room-{os.getpid()}"
    try:
        with append_to(path) as file:
            file.write(bytes(_SMALL))
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    return True


def is_own(folder: Path) -> bool:
    """Whether a folder is the user's and no other can write to it; False if it does not exist."""
    try:
        about = folder.lstat()
    except OSError:
        return False
    return about.st_uid == os.getuid() and not about.st_mode & 0o022 and not folder.is_symlink()
