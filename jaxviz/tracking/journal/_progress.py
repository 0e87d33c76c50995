"""How far a journal has been sent, as it is persisted beside the journal."""

import errno
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..._whole_file import PRIVATE, whole_file
from ._format import PROGRESS


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

    @property
    def position(self) -> tuple[int, int]:
        """Segment and offset behind the last record that was sent."""
        return self.segment, self.offset


def read_progress(journal: Path) -> Progress:
    """The progress of a journal; its start if nothing has been sent. Fields of later versions are ignored."""
    found = read_json(journal / PROGRESS)
    return Progress(**{name: found[name] for name in Progress.__dataclass_fields__ if name in found})


def write_progress(journal: Path, progress: Progress) -> None:
    """Persist the progress of a journal."""
    write_json(journal / PROGRESS, asdict(progress))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file; empty if there is none."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all, into a folder that exists. OSError if that cannot be done."""
    if not path.parent.is_dir():  # `whole_file` would make it again for a drainer whose journal was removed
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path.parent)
    with whole_file(path, mode=PRIVATE) as temporary:
        temporary.write_text(json.dumps(content))
