"""How far a journal has been sent, as it is persisted beside the journal."""

import contextlib
import errno
import json
import os
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..._whole_file import PRIVATE, whole_file
from ._format import PROGRESS

_BEFORE = "before.json"
_CHECKSUM = "crc32"
_WITHOUT_CHECKSUM = {"segment", "offset", "ids", "active", "time", "refused", "damaged"}
"""The fields of files of before there was one. A file with others has lost its own."""


@dataclass
class Progress:
    """How far a journal has been sent."""

    segment: int = 1
    offset: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    """MLflow's ids of the runs and models that exist in the store, under the keys that the journal calls them by."""
    active: list[str] = field(default_factory=list)
    """Runs that were started and not ended."""
    time: int = 0
    """When the last record was written, in ms."""
    refused: int = 0
    damaged: int = 0
    """Bytes of segments that belong to no record."""
    broken: list[int] = field(default_factory=list)
    """The segments that have them, which are kept."""
    doubts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Creations that the store did not answer, by their keys; see `drain/_doubts`."""

    @property
    def position(self) -> tuple[int, int]:
        """Segment and offset behind the last record that was sent."""
        return self.segment, self.offset


def read_progress(journal: Path, *, strict: bool = False) -> Progress:
    """The progress of a journal; where it is damaged, the one before it, else the start. What follows is then sent
    again, without effect. Fields of later versions are ignored; files of before have no checksum. `strict`: OSError if
    the disk does not give them.
    """
    for name in (PROGRESS, _BEFORE):
        if (found := _checked(read_json(journal / name, strict=strict))) is not None:
            return found
    return Progress()


def is_last(journal: Path) -> bool:
    """Whether the progress that is read is the last that was written, or none was."""
    were_written = (journal / PROGRESS).exists() or (journal / _BEFORE).exists()
    return not were_written or _checked(read_json(journal / PROGRESS)) is not None


def _checked(found: dict[str, Any]) -> Progress | None:
    """A progress that is whole."""
    crc32 = found.pop(_CHECKSUM, None)
    if crc32 != _checksum(found) and (crc32 is not None or found.keys() != _WITHOUT_CHECKSUM):
        return None
    progress = Progress(**{name: found[name] for name in Progress.__dataclass_fields__ if name in found})
    counts = (
        progress.segment,
        progress.offset,
        progress.time,
        progress.refused,
        progress.damaged,
        *_list(progress.broken),
    )
    are_counts = all(type(count) is int and 0 <= count < 2**63 for count in counts)
    are_keys = isinstance(progress.ids, dict) and all(isinstance(one, str) for one in progress.ids.values())
    are_active = all(isinstance(one, str) for one in _list(progress.active))
    are_doubts = isinstance(progress.doubts, dict) and all(map(is_doubt, progress.doubts.values()))
    return progress if are_counts and are_keys and are_active and are_doubts else None


def is_doubt(found: Any) -> bool:
    """Whether this is the note of an unanswered creation."""
    kinds = {"made": str, "time": int, "silent": bool, "asked": int}
    return isinstance(found, dict) and all(type(found.get(name)) is kind for name, kind in kinds.items())


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [None]


def _checksum(content: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def write_progress(journal: Path, progress: Progress) -> None:
    """Persist the progress of a journal, also through a power cut."""
    content = asdict(progress)
    with contextlib.suppress(OSError):  # there is none yet
        (journal / PROGRESS).replace(journal / _BEFORE)
    write_json(journal / PROGRESS, {_CHECKSUM: _checksum(content), **content}, durable=True)


def read_json(path: Path, *, strict: bool = False) -> dict[str, Any]:
    """The object in a JSON file; empty if there is none. `strict`: OSError if the disk does not give it."""
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    except OSError:
        if strict:
            raise
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, content: dict[str, Any], *, durable: bool = False) -> None:
    """Write a JSON file whole or not at all, into a folder that exists. OSError if that cannot be done."""
    if not path.parent.is_dir():  # `whole_file` would make it again for a drainer whose journal was removed
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path.parent)
    with whole_file(path, mode=PRIVATE) as temporary, temporary.open("w") as file:
        json.dump(content, file)
        file.flush()
        if durable:  # a rename alone may survive a power cut that the content does not
            os.fsync(file.fileno())
