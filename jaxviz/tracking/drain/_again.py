"""Send again what a store has refused."""

import shutil
from dataclasses import replace
from pathlib import Path

from ..journal import _format
from ..journal._journal import Journal
from ..journal._progress import write_progress
from ..journal._reader import Reader
from ..journal._records import ArtifactRecord, ExportRecord, Kept, LinkRecord, ModelRecord, Record, UnknownRecord

_STAY = LinkRecord | UnknownRecord
"""Records that no store takes: of metrics that were sent without their model, and of kinds that nobody knows."""


def send_again(path: Path) -> int:
    """Make the records that a store refused pending again, in a journal of their own; how many.

    Nothing happens to a journal that is written, or has records that are pending: its end comes first.
    """
    reader = Reader(path)
    refused = [] if reader.unreadable or reader.is_written else reader.refused()
    again = [one.record for one in refused if not isinstance(one.record, _STAY)]
    if not again or reader.opening is None or any(True for _ in reader.pending()):
        return 0
    journal = Journal(path.parent, reader.opening.experiment, reader.opening.store)
    try:
        for record in again:
            journal.append(_with_files_of(journal, path, record))
    finally:
        journal.close()
    _leave(reader, [one for one in refused if isinstance(one.record, _STAY)])
    return len(again)


def _with_files_of(journal: Journal, path: Path, record: Record) -> Record:
    """A record whose files are kept by its new journal."""
    if isinstance(record, ArtifactRecord):
        return replace(record, kept=_copied(journal, path, record.kept))
    if isinstance(record, ModelRecord | ExportRecord):
        return replace(record, files={name: _copied(journal, path, kept) for name, kept in record.files.items()})
    return record


def _copied(journal: Journal, path: Path, kept: Kept) -> Kept:
    if kept.file is None:
        return kept
    place = Path(kept.file)
    source = path / _format.REFUSED_FILES / place.parent.name / place.name
    return journal.keep(place.name, source) if source.is_file() else kept


def _leave(reader: Reader, rest: list[_format.Refused]) -> None:
    """What stays refused in the old journal."""
    reader.progress.refused = len(rest)
    write_progress(reader.path, reader.progress)
    (reader.path / _format.REFUSED).write_bytes(b"".join(_format.encode_refused(*one) for one in rest))
    if not rest:
        shutil.rmtree(reader.path / _format.REFUSED_FILES, ignore_errors=True)
