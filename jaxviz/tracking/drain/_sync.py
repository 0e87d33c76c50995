"""Send the records that are pending in the journals in the foreground, or only show them."""

import os
import time
from pathlib import Path
from typing import NamedTuple, Self

from ..._explained import explained
from ..._printable import printable
from ..journal import _locks, _private, _reader, _spare
from ..journal._reader import Reader
from ..journal._records import ColumnsRecord, PointsRecord
from ..store._credentials import withheld_from
from ..store._failures import UnavailableError
from ..store._probe import answers
from ..store._secrets import hidden, without_credentials
from ..store._store import Store, journal_root, resolve_store
from . import _again, _drainer, _status
from ._drainer import Drainer
from ._settings import settings_for_sending

_POLL_SECONDS = 0.2
_ATTEMPTS = 6
"""At a store that answers, but not everything: each narrows what is sent at once."""
_FIRST_PAUSE = 0.2
_ANSWER_SECONDS = 5.0
_STUCK_SECONDS = 300.0
"""Without a sign of a drainer: it was stopped, its disk hangs, or it sends a very large file."""
Ends = dict[Path, tuple[int, int]]
"""Where journals ended at some time: segment and offset."""


class Pending(NamedTuple):
    """Contents of the journals of one store."""

    address: str
    """The store's, without credentials."""
    records: int
    """Records that have not been sent."""
    points: int
    """Points of metrics among them."""
    since: float | None
    """When the oldest of them was written, in seconds since the epoch."""
    refused: int
    """Records that the store refused; they stay in the journals."""
    reasons: tuple[str, ...]
    """Why it refused them, each reason once."""
    unreadable: tuple[str, ...]
    """Journals that another version must send, and why."""
    damaged: tuple[str, ...] = ()
    """Segments with bytes that belong to no record: all others of their records were sent, or will be."""
    failure: str | None = None
    """Why the store was not accepting data when the records were sent; None if it was, or was not asked."""
    sent: int = 0
    """Records that were sent by this call."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to send."""
        return not self.records and not self.unreadable


@explained
def sync(
    journal: str | os.PathLike[str] | None = None, *, status: bool = False, retry_refused: bool = False
) -> list[Pending]:
    """Send the records that are pending in the journals to MLflow; the rest of them, store by store.

        left = jv.tracking.sync()
        assert all(one.is_done for one in left), left

    `journal`: the folder of the journals; default JAXVIZ_JOURNAL, else `data/mlflow-journal`. `status`: send nothing,
    only show what is pending. `retry_refused`: send the records that the store refused again too. Stores without
    journals are not listed, so that an empty list means that nothing is pending. Records that a training writes
    meanwhile do not count. A journal holds no credentials: they are those of the configured store
    (MLFLOW_TRACKING_URI) if it is at the same address; a server at another one is sent nothing while there are any
    (MLFLOW_TRACKING_TOKEN and others), as MLflow's client offers them to every server. A store that is not
    accepting data raises nothing: see `failure` in the result. ValueError if `journal` is no folder, or
    `retry_refused` is asked for together with `status`.
    """
    if status and retry_refused:
        raise ValueError("`retry_refused` sends records, and `status` only shows them: choose one of the two")
    root = _root(journal)
    try:
        folders = _store_folders(root)
    except OSError as error:
        return [_unknown(root, error)]
    return [_tried(folder, status=status, again=retry_refused) for folder in folders]


def _tried(folder: Path, *, status: bool, again: bool) -> Pending:
    try:
        return _synced(folder, status=status, again=again)
    except (OSError, ValueError) as error:  # a journal of anybody may name a store that is none
        return _unknown(folder, error)


def _unknown(folder: Path, error: OSError | ValueError) -> Pending:
    """What is to be said of a folder on a disk that fails."""
    why = f"{folder} cannot be read or written ({getattr(error, 'strerror', None) or error})"
    return Pending("", records=0, points=0, since=None, refused=0, reasons=(), unreadable=(printable(why),))


def _synced(folder: Path, *, status: bool, again: bool) -> Pending:
    if again:
        for path in _drainer.journals_of(folder):
            _again.send_again(path)
    ends = _ends(folder)
    before = pending(folder, ends)
    if status:
        return before
    failure = send(folder, ends)
    left = pending(folder, ends)
    return left._replace(address=left.address or before.address, failure=failure, sent=before.records - left.records)


def _root(journal: str | os.PathLike[str] | None) -> Path:
    if journal is None:
        return journal_root()
    if not isinstance(journal, str | os.PathLike):
        raise ValueError(f"`journal` must be a folder of journals, got {type(journal).__name__}")
    root = Path(journal).absolute()
    if not root.is_dir():
        what = f"the file {root}" if root.exists() else f"{root}, which does not exist"
        raise ValueError(f"`journal` must be a folder of journals, got {what}")
    return root


def _store_folders(root: Path) -> list[Path]:
    """The folders of all stores under the root of the journals, those with spare journals included."""
    names = {
        path.name for place in (root, *_spare.roots()) if place.is_dir() for path in place.iterdir() if path.is_dir()
    }
    return [root / name for name in sorted(names) if _has_journals(root / name)]


def _has_journals(folder: Path) -> bool:
    """Whether there are journals of a store, or may be."""
    try:
        return bool(_drainer.journals_of(folder) or _drainer.damaged_of(folder))
    except OSError:
        return True


def pending(folder: Path, ends: Ends | None = None) -> Pending:
    """Pending contents of the journals of a store, up to `ends` or their ends."""
    everything = [Reader(path) for path in _drainer.journals_of(folder) if ends is None or path in ends]
    readers = [reader for reader in everything if not reader.unreadable]
    counts = [_Count.of(reader, reader.end if ends is None else ends[reader.path]) for reader in readers]
    return Pending(
        address=printable(without_credentials(_address(everything))),
        records=sum(one.records for one in counts),
        points=sum(one.points for one in counts),
        since=min((one.since for one in counts if one.since is not None), default=None),
        refused=sum(max(reader.progress.refused, len(reader.refused())) for reader in readers),
        reasons=tuple(
            dict.fromkeys(printable(hidden(refused.why)) for reader in readers for refused in reader.refused())
        ),
        unreadable=tuple(reader.unreadable for reader in everything if reader.unreadable),
        damaged=tuple(map(str, [*_drainer.damaged_of(folder), *(path for one in counts for path in one.damaged)])),
    )


class _Count(NamedTuple):
    """How much of one journal is pending, and what is damaged."""

    records: int
    points: int
    since: float | None
    damaged: list[Path]

    @classmethod
    def of(cls, reader: Reader, end: tuple[int, int]) -> Self:
        """Read a journal once, holding a part of it at a time."""
        records = points = 0
        since, last, damaged = None, reader.progress.position, dict.fromkeys(reader.progress.broken)
        for part in reader.ahead(end):
            for record in part.records:
                records += 1
                points += record.count if isinstance(record, PointsRecord | ColumnsRecord) else 0
                since = record.time / 1000 if since is None and record.time is not None else since
            damaged |= dict.fromkeys(part.damaged)
            last = part.segment, part.end
        if last < end and not reader.is_written:  # what follows the last record will never be one
            damaged[last[0]] = None
        return cls(records, points, since, reader.present(damaged))


def _ends(folder: Path) -> Ends:
    return {path: Reader(path).end for path in _drainer.journals_of(folder)}


def _is_sent(ends: Ends) -> bool:
    """Whether everything before these ends has been sent. It reads a part of the journals at most."""
    return not any(
        reader.progress.position < end and not reader.unreadable and any(True for _ in reader.pending(end))
        for reader, end in ((Reader(path), end) for path, end in ends.items() if path.exists())
    )


def _address(readers: list[Reader]) -> str:
    return next((reader.opening.store for reader in readers if reader.opening and reader.opening.store), "")


def send(folder: Path, ends: Ends | None = None) -> str | None:
    """Send what is pending for a store, up to `ends` or what is there now; why it could not be sent, or None."""
    _reader.clear_unfinished(folder)
    _private.make_folder(folder, folder.parent)
    ends = _ends(folder) if ends is None else ends
    address = _address([Reader(path) for path in ends])
    if not address:
        return None
    configured = resolve_store()
    named = Store(address, "journal")
    if (why := withheld_from(named, configured)) is not None:
        return why
    store = configured if configured.address == named.address else named
    asked = time.time()
    _drainer.wake(folder)
    while (lock := _drainer.acquire(folder)) is None:  # a drainer works already: it does the same
        if _is_sent(ends):
            return None
        if (why := _hindrance(folder, asked)) is not None:
            return why
        time.sleep(_POLL_SECONDS)
    try:
        return _drain(folder, store, ends)
    finally:
        _locks.release(lock)


def _hindrance(folder: Path, asked: float) -> str | None:
    """Why a drainer that was asked at a time makes no progress: as it says, or as it cannot say on a full disk."""
    if (status := _status.read(folder)).is_away_since(asked):
        return status.why
    if not _private.has_room(folder):
        return f"{folder} cannot be written"
    quiet = time.time() - max(asked, _drainer.beat(folder))
    return f"another process sends it, and made no progress for {quiet:.0f} s" if quiet > _STUCK_SECONDS else None


def _drain(folder: Path, store: Store, ends: Ends) -> str | None:
    """Send until nothing before `ends` is left, or the store fails too often in a row."""
    drainer, failures = Drainer(folder, store.absolute()), 0
    with settings_for_sending():
        while True:
            try:
                if not drainer.once() or (drainer.written and _is_sent(ends)):
                    return None
                failures = 0
            except UnavailableError as why:
                failures += 1
                if failures == _ATTEMPTS or not answers(store.uri, _ANSWER_SECONDS):
                    return str(why)
                time.sleep(_FIRST_PAUSE * failures)
