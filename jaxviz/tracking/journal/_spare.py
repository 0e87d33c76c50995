"""The place of journals whose own folder cannot be written: a folder of the user's among the temporary files."""

import os
import tempfile
from pathlib import Path

from . import _private


def root() -> Path | None:
    """The folder of all spare journals; None if it is somebody else's."""
    shared = Path(tempfile.gettempdir()) / f"jaxviz-journal-{os.getuid()}"
    return None if os.path.lexists(shared) and not _private.is_own(shared) else shared


def folder_for(folder: Path) -> Path:
    """Where to write journals of `folder`."""
    return (root() or Path(tempfile.mkdtemp(prefix="jaxviz-journal-"))) / folder.name
