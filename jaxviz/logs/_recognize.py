"""Which format a file has, told by its bytes."""

import stat
from pathlib import Path

from ..host import readers
from ._formats import FORMATS
from ._log import Format, UnreadableError


def format_of(path: Path) -> Format | None:
    """The format of a file; None if it is none that is known. `UnreadableError` for what is no file.

    OSError if it cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnreadableError("it is no file")
    head = readers.head(path)
    return next((one for one in FORMATS if one.looks(head, path)), None)


def is_log(path: Path) -> bool:
    """Whether a file has a format that is known."""
    try:
        return format_of(path) is not None
    except (OSError, ValueError):
        return False
