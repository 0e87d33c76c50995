"""`jaxviz sync`: what waits in the journals, and sending it in the foreground."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..journal import _private, _reader, _spare
from ..journal._reader import Reader
from ..store._failures import UnavailableError
from ..store._store import Store, resolve_store
from . import _drainer
from ._drainer import Drainer

_POLL_SECONDS = 0.2


class Waiting(NamedTuple):
    """What the journals of one store hold."""

    address: str
    records: int
    points: int
    since: float | None
    """When the oldest of them was written, in seconds since the epoch."""
    refused: int
    reasons: tuple[str, ...]
    """Why the store refused what it refused, each reason once."""
    unreadable: tuple[str, ...]
    """Journals that another version must send, and why."""


def store_folders(root: Path) -> list[Path]:
    """The folders of all stores under the root of the journals, those with spare journals included."""
    names = {
        path.name
        for place in (root, _spare.root())
        if place is not None and place.is_dir()
        for path in place.iterdir()
        if path.is_dir()
    }
    return [root / name for name in sorted(names) if _drainer.journals_of(root / name)]


def waiting(folder: Path) -> Waiting:
    """What the journals of a store still hold."""
    everything = [Reader(path) for path in _drainer.journals_of(folder)]
    readers = [reader for reader in everything if not reader.unreadable]
    records = [record for reader in readers for record in _to_send(reader)]
    times = [record.header["time"] for record in records if "time" in record.header]
    reasons = dict.fromkeys(record.header.get("why", "") for reader in readers for record in reader.refused())
    return Waiting(
        address=_address(everything),
        records=len(records),
        points=sum(_reader.weight(r.header) for r in records if r.header["op"] in ("points", "columns")),
        since=min(times) / 1000 if times else None,
        refused=sum(reader.progress.refused for reader in readers),
        reasons=tuple(reasons),
        unreadable=tuple(reader.unreadable for reader in everything if reader.unreadable),
    )


def _to_send(reader: Reader) -> Iterator[_reader.Record]:
    return (record for record in reader.waiting() if record.header["op"] != "open")


def _address(readers: list[Reader]) -> str:
    return next((address for reader in readers if (address := reader.opening.get("store"))), "")


def send(folder: Path) -> str | None:
    """Send everything that waits for a store; why it could not be sent, or None.

    The address in a journal has no credentials: where the configured store is at that address, its URI is used.
    """
    _reader.clear_unfinished(folder)
    _private.make_folder(folder, folder.parent)
    address = waiting(folder).address
    if not address:
        return None
    configured = resolve_store()
    store = configured if configured.address == address else Store(address, "journal")
    asked = time.time()
    _drainer.wake(folder)
    while (lock := _drainer.acquire(folder)) is None:  # a drainer works already: it does the same
        if not waiting(folder).records:
            return None
        if (status := _reader.read_json(folder / _drainer.STATUS)).get("state") == "away" and status["time"] > asked:
            return str(status["why"])
        time.sleep(_POLL_SECONDS)
    try:
        return _drain_all(folder, store)
    finally:
        os.close(lock)


def _drain_all(folder: Path, store: Store) -> str | None:
    _drainer.configure()
    drainer = Drainer(folder, store.absolute())
    try:
        while drainer.once():
            pass
    except UnavailableError as why:
        return str(why)
    return None
