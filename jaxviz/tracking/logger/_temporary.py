"""Files that are made among the temporary ones and handed to the journal."""

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path


def in_folder(what: str, log: Callable[[Path], None]) -> None:
    """Call `log` with an empty folder. If there is no room for what it writes, that is said, and it is left out."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            log(Path(folder))
    except OSError as error:
        why = error.strerror or str(error)
        warnings.warn(f"{what} is not logged: the folder for temporary files cannot be written ({why})", stacklevel=4)
