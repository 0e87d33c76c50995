"""Records that a store refused: the file that keeps them, each with its reason, and their own files beside it."""

import os
from pathlib import Path

from . import _format, _private
from ._format import Refused
from ._progress import Progress
from ._records import Record, kept_files

_NAMES = (_format.REFUSED, _format.AGAIN)


class Refusals:
    """Those of one journal, as its reader adds to them.

    `is_noted`: whether everything that is not in the progress is still in the segments: its note was not damaged.
    """

    def __init__(self, journal: Path, progress: Progress, is_noted: bool) -> None:
        self._journal, self._progress, self._is_noted = journal, progress, is_noted
        self._new: list[bytes] = []
        self._is_known = False
        """Whether this reader knows what is in the file."""

    def add(self, record: Record, why: str) -> None:
        """Keep a record and its files with the next `write`."""
        self._new.append(_format.encode_refused(record, why))
        for file in kept_files(record):
            _keep_file(self._journal, file)

    def write(self) -> None:
        """Keep what was added, once: an attempt before may have written it and then not its progress."""
        if self._new:
            self._append()
        self._new = []

    def _append(self) -> None:
        path, written = self._journal / _format.REFUSED, []
        if not self._is_known:
            self.cut()
            written = [_format.encode_refused(*one) for one in _in_file(path)]
        new = [one for one in self._new if one not in written]
        with _private.append_to(path) as file:
            file.write(b"".join(new))
            file.flush()
            os.fsync(file.fileno())  # the progress that follows is on the disk too
        self._progress.refused = len(new) + (self._progress.refused if self._is_known else len(written))
        self._is_known = True

    def cut(self) -> None:
        """Take back the half of a record that a kill or a full disk left in the file.

        All that were acknowledged must be whole before it: then it was never acknowledged, so that it was sent later
        or is pending. Anything else is damage, which stays.
        """
        path = self._journal / _format.REFUSED
        data = path.read_bytes() if self._is_noted and path.exists() else b""
        end = _format.torn_end(data, self._progress.refused)
        if end < len(data):
            os.truncate(path, end)


def kept_in(journal: Path) -> list[Refused]:
    """The records that the store refused."""
    return [one for name in _NAMES for one in _in_file(journal / name)]


def are_kept(journal: Path) -> bool:
    """Whether a journal has records that the store refused."""
    return any(_format.size(journal / name) for name in _NAMES)


def _in_file(path: Path) -> list[Refused]:
    return _format.decode_refused(path.read_bytes()) if path.exists() else []


def _keep_file(journal: Path, file: str) -> None:
    """A refused record's file stays under the same name when those that were sent are removed."""
    source = journal / file
    kept = journal / _format.REFUSED_FILES / Path(file).parent.name
    _private.make_folder(kept, journal / _format.REFUSED_FILES)
    if source.exists() and not (kept / source.name).exists():
        os.link(source, kept / source.name)
