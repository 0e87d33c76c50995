"""Which format a file has, told by its bytes."""

import os
import stat
from pathlib import Path

from ..host import readers
from ._formats import FORMATS
from ._log import Format, UnreadableError


def format_of(path: Path) -> Format | None:
    """The format of a file; None if it is none that is known. `UnreadableError` for what is no file.

    OSError if it cannot be read.
    """
    return recognized(path)[0]


def recognized(path: Path) -> tuple[Format | None, bytes | None]:
    """As `format_of`, and the whole file where it is as short as what was looked at."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise UnreadableError("it is no file")
    head, whole = readers.start(os.fspath(path))
    return told_by(head, path), whole


def told_by(head: bytes, path: Path) -> Format | None:
    """The format of a file that begins like this."""
    return next((one for one in FORMATS if one.looks(head, path)), None)


def is_log(path: Path) -> bool:
    """Whether a file has a format that is known."""
    try:
        return format_of(path) is not None
    except (OSError, ValueError):
        return False
