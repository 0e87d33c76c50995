"""Send the records that are pending in the journals in the foreground, or only show them."""

import os
import time
from pathlib import Path
from typing import NamedTuple

from ..journal import _private, _reader, _spare
from ..journal._reader import Reader
from ..journal._records import ColumnsRecord, PointsRecord
from ..store._failures import UnavailableError
from ..store._store import Store, journal_root, resolve_store
from . import _drainer, _status
from ._drainer import Drainer
from ._settings import settings_for_sending

_POLL_SECONDS = 0.2
"""Each look reads the rest of the journals."""


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

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to send."""
        return not self.records and not self.unreadable


def sync(journal: str | os.PathLike[str] | None = None, *, status: bool = False) -> list[Pending]:
    """Send the records that are pending in the journals to MLflow; the rest of them, store by store.

        left = jv.tracking.sync()
        assert all(one.is_done for one in left), left

    `journal`: the folder of the journals; default JAXVIZ_JOURNAL, else `data/mlflow-journal`. `status`: send nothing,
    only show what is pending. Stores without journals are not listed, so that an empty list means that nothing is
    pending. A journal holds no credentials: they are those of the configured store (MLFLOW_TRACKING_URI) if it is at
    the same address. A store that is not accepting data raises nothing: see `failure` in the result. ValueError
    if `journal` is no folder.
    """
    root = _root(journal)
    found = []
    for folder in _store_folders(root):
        failure = None if status else send(folder)
        found.append(pending(folder)._replace(failure=failure))
    return found


def _root(journal: str | os.PathLike[str] | None) -> Path:
    if journal is None:
        return journal_root()
    if not isinstance(journal, str | os.PathLike):
        raise ValueError(f"`journal` must be a folder of journals, got {type(journal).__name__}")
    if (root := Path(journal).absolute()).exists() and not root.is_dir():
        raise ValueError(f"`journal` must be a folder of journals, got the file {root}")
    return root


def _store_folders(root: Path) -> list[Path]:
    """The folders of all stores under the root of the journals, those with spare journals included."""
    names = {
        path.name
        for place in (root, _spare.root())
        if place is not None and place.is_dir()
        for path in place.iterdir()
        if path.is_dir()
    }
    return [
        root / name for name in sorted(names) if _drainer.journals_of(root / name) or _drainer.damaged_of(root / name)
    ]


def pending(folder: Path) -> Pending:
    """Pending contents of the journals of a store."""
    everything = [Reader(path) for path in _drainer.journals_of(folder)]
    readers = [reader for reader in everything if not reader.unreadable]
    records = [record for reader in readers for record in reader.pending()]
    times = [record.time for record in records if record.time is not None]
    return Pending(
        address=_address(everything),
        records=len(records),
        points=sum(record.count for record in records if isinstance(record, PointsRecord | ColumnsRecord)),
        since=min(times) / 1000 if times else None,
        refused=sum(reader.progress.refused for reader in readers),
        reasons=tuple(dict.fromkeys(refused.why for reader in readers for refused in reader.refused())),
        unreadable=tuple(reader.unreadable for reader in everything if reader.unreadable),
        damaged=tuple(map(str, [*_drainer.damaged_of(folder), *(p for reader in readers for p in reader.damaged)])),
    )


def _address(readers: list[Reader]) -> str:
    return next((reader.opening.store for reader in readers if reader.opening and reader.opening.store), "")


def send(folder: Path) -> str | None:
    """Send everything that is pending for a store; why it could not be sent, or None."""
    _reader.clear_unfinished(folder)
    _private.make_folder(folder, folder.parent)
    address = pending(folder).address
    if not address:
        return None
    configured = resolve_store()
    named = Store(address, "journal")
    store = configured if configured.address == named.address else named
    asked = time.time()
    _drainer.wake(folder)
    while (lock := _drainer.acquire(folder)) is None:  # a drainer works already: it does the same
        if not pending(folder).records:
            return None
        if (status := _status.read(folder)).is_away_since(asked):
            return status.why
        time.sleep(_POLL_SECONDS)
    try:
        return _drain_all(folder, store)
    finally:
        os.close(lock)


def _drain_all(folder: Path, store: Store) -> str | None:
    drainer = Drainer(folder, store.absolute())
    try:
        with settings_for_sending():
            while drainer.once():
                pass
    except UnavailableError as why:
        return str(why)
    return None
