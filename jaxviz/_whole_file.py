"""Files that appear whole or not at all: written under another name beside their own, then renamed."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600
"""The mode of a file that nobody but its user can read."""
SHARED = 0o666
"""The mode of a file that others can read, unless the process's umask forbids it."""


@contextmanager
def whole_file(path: Path, *, mode: int = SHARED) -> Iterator[Path]:
    """An empty file to write in the `with` block; at its end it takes the place of `path`, after an error it is gone.

    Folders are created. Its mode is set when it is made, so that a private file is never readable, not even for a
    moment. (`tempfile.mkstemp` makes private files only; the umask cannot be read without changing it for a moment.)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        if mode == PRIVATE:
            temporary.chmod(mode)  # the umask may have taken the user's own rights
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if str(error.filename) != str(temporary):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None  # nobody knows of the other name
    finally:
        temporary.unlink(missing_ok=True)
