"""Files and folders that nobody but their user can read, whatever the umask is."""

import os
from pathlib import Path
from typing import Any


def make_folder(path: Path, within: Path | None = None) -> None:
    """A folder and those from `within` down to it, where they are missing; what is above them is made as usual."""
    top = within or path
    top.parent.mkdir(parents=True, exist_ok=True)
    for folder in [*reversed([one for one in path.parents if one.is_relative_to(top)]), path]:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        folder.chmod(0o700)


def open_file(path: Path, flags: int) -> int:
    """A descriptor of a file that is made where it is missing."""
    made = not path.exists()
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    if made:
        path.chmod(0o600)
    return descriptor


def append_to(path: Path) -> Any:
    """A binary file to write behind what is there."""
    return os.fdopen(open_file(path, os.O_WRONLY | os.O_APPEND), "ab")


def is_own(folder: Path) -> bool:
    """Whether a folder is the user's and no other can write to it; False where there is none."""
    try:
        about = folder.lstat()
    except OSError:
        return False
    return about.st_uid == os.getuid() and not about.st_mode & 0o022 and not folder.is_symlink()
