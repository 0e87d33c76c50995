"""Send again what a store has refused.

The file of refused records gets another name, so that a drainer that works meanwhile begins a new one; they become the
next segment of their journal, whole or not at all, and then the file is removed. After a kill or a full disk between
two of these, the next attempt does it again, without effect on what was sent.
"""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..._whole_file import PRIVATE, whole_file
from ..journal import _aside, _format, _frames, _private
from ..journal._progress import write_progress
from ..journal._reader import Reader
from ..journal._records import LinkRecord, UnknownRecord, kept_files

_STAY = LinkRecord | UnknownRecord
"""Records that no store takes: of metrics that were sent without their model, and of kinds that nobody knows."""


def send_again(path: Path) -> int:
    """Make the records that a store refused pending again; how many. OSError if the disk does not take them.

    Nothing happens to a journal that is written, or has records that are pending: its end comes first.
    """
    reader = Reader(path)
    if reader.unreadable or reader.is_written or reader.opening is None or any(True for _ in reader.pending()):
        return 0
    if all(isinstance(one.record, _STAY) for one in reader.refused()):
        return 0
    taken = path / _format.AGAIN
    if not taken.exists():
        reader.cut_refused()
        (path / _format.REFUSED).rename(taken)
    refused = _format.decode_refused(taken.read_bytes())
    again = [one.record for one in refused if not isinstance(one.record, _STAY)]
    for file in (file for record in again for file in kept_files(record)):
        _put_back(path, file)
    number, _ = reader.end
    opening = replace(reader.opening, before=None)
    _write(path, number + 1, [_format.encode(record) for record in (opening, *again)])
    _stay(reader, [one for one in refused if isinstance(one.record, _STAY)])
    _remove(taken)
    return len(again)


def _put_back(path: Path, file: str) -> None:
    """A refused record's file to where its record says."""
    source, place = path / _format.REFUSED_FILES / Path(*Path(file).parts[1:]), path / file
    _private.make_folder(place.parent, path / _format.FILES)
    with contextlib.suppress(FileExistsError, FileNotFoundError):  # it was put back before, or is nowhere
        os.link(source, place)


def _write(journal: Path, segment: int, frames: Sequence[bytes]) -> None:
    path = _format.segment(journal, segment)
    with whole_file(path, mode=PRIVATE) as temporary, temporary.open("wb") as file:
        for frame in frames:
            file.write(_frames.placed(frame, segment, file.tell()))
        file.flush()
        os.fsync(file.fileno())


def _stay(reader: Reader, stay: Sequence[_format.Refused]) -> None:
    """What no store takes is still refused, once."""
    path = reader.path / _format.REFUSED
    written = _format.decode_refused(path.read_bytes()) if path.exists() else []
    if new := [_format.encode_refused(*one) for one in stay if one not in written]:
        with _private.append_to(path) as file:
            file.write(b"".join(new))
    reader.progress.refused = len(written) + len(new)
    write_progress(reader.path, reader.progress)


def _remove(taken: Path) -> None:
    """Remove a file of refused records; one with damage is kept aside."""
    if _format.is_whole(taken.read_bytes()):
        taken.unlink()
    else:
        _aside.keep(taken)
