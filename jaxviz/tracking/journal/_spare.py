"""Places of journals whose own folder cannot be written: folders among the temporary files, or in the cache.

Each is tried, as one may be full too; and all are looked in, as another process may find room in another one.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import _private

_TEMPORARY = ("TMPDIR", "TEMP", "TMP")
_SHARED = ("/tmp", "/var/tmp", "/usr/tmp", "~/.cache")


def roots() -> list[Path]:
    """The folders of all spare journals that there are, or may be; none that is somebody else's."""
    found = (base / f"jaxviz-journal-{os.getuid()}" for base in _bases())
    return [root for root in found if _private.is_own(root) or not os.path.lexists(root)]


def folders_for(folder: Path) -> Iterator[Path]:
    """Where to write journals of `folder`, the best place first; the last one is found by its name alone."""
    own = [root / folder.name for root in roots()]
    yield from (one for one in own if one != folder and one.parent.parent.is_dir())
    yield Path(tempfile.mkdtemp(prefix="jaxviz-journal-")) / folder.name


def places(folder: Path) -> list[Path]:
    """A folder of journals, and those that took what it had no room for."""
    return list(dict.fromkeys([folder, *(root / folder.name for root in roots())]))


def _bases() -> list[Path]:
    """Folders for temporary files that this process or another one may have chosen."""
    named = [tempfile.tempdir, *map(os.environ.get, _TEMPORARY), *map(os.path.expanduser, _SHARED)]
    return list(dict.fromkeys(Path(str(name)) for name in named if name and Path(str(name)).is_absolute()))
