"""Where journals go while their own folder takes none: a folder of the user's among the temporary files."""

import os
import tempfile
from pathlib import Path

from . import _private


def root() -> Path | None:
    """The folder of all spare journals; None where it is somebody else's."""
    shared = Path(tempfile.gettempdir()) / f"jaxviz-journal-{os.getuid()}"
    return None if os.path.lexists(shared) and not _private.is_own(shared) else shared


def folder_for(folder: Path) -> Path:
    """Where to write journals of `folder`."""
    return (root() or Path(tempfile.mkdtemp(prefix="jaxviz-journal-"))) / folder.name
