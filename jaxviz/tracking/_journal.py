"""A durable record of what was logged: JSON lines on disk, written before anything is sent.

Every record can be applied twice without harm, so a journal is replayed from its start. A file that a living process
writes is locked; a torn last line (the process died) is ignored.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

VERSION = 1


class Journal:
    """One run's journal in `folder`: `<key>.jsonl`, with staged files beside it in `<key>/`."""

    def __init__(self, folder: Path, store_uri: str, experiment: str) -> None:
        self.key = uuid4().hex
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{self.key}.jsonl"
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        _lock(self._file)
        self.append({"op": "open", "version": VERSION, "store": store_uri, "experiment": experiment})

    def append(self, record: dict[str, Any]) -> None:
        """Write one record; a single write, so that records never interleave."""
        os.write(self._file, json.dumps(record).encode() + b"\n")

    def stage(self, name: str) -> Path:
        """A path for a file that waits to be uploaded as artifact `name`."""
        path = self.path.with_suffix("") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def close(self, *, delivered: bool) -> None:
        """Stop writing; a journal whose records have all been delivered is removed."""
        if self._file < 0:
            return
        if delivered:
            remove(self.path)
        os.close(self._file)
        self._file = -1


def remove(path: Path) -> None:
    """Delete a journal and its staged files."""
    shutil.rmtree(path.with_suffix(""), ignore_errors=True)
    path.unlink(missing_ok=True)


def waiting(folder: Path) -> list[Path]:
    """Journals in `folder` that no living process writes, oldest first."""
    if not folder.is_dir():
        return []
    paths = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    return [path for path in paths if not _is_locked(path)]


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a journal up to a torn end."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                return


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_locked(path: Path) -> bool:
    try:
        import fcntl
    except ImportError:
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
