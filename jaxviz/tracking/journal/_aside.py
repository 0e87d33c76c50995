"""Segments with damage, kept after everything whole in them has been sent: `damaged/<journal>/` beside the journals."""

import contextlib
from pathlib import Path

from . import _private

FOLDER = "damaged"


def keep(segment: Path) -> None:
    """Move a segment of a journal aside. OSError if that cannot be done."""
    kept = segment.parent.parent / FOLDER / segment.parent.stem
    _private.make_folder(kept, kept.parent)
    segment.replace(kept / segment.name)


def kept(journals: Path) -> list[Path]:
    """The segments that were kept aside of the journals in a folder."""
    with contextlib.suppress(OSError):
        return sorted(path for path in (journals / FOLDER).glob("*/*.wal") if path.is_file())
    return []
