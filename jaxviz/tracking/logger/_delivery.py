"""Wait, within bounds, until the store has everything in the journal."""

import warnings
from pathlib import Path

from ..drain._courier import Courier
from ..journal._journal import Journal
from ..journal._progress import read_progress


class Delivery:
    """How far a journal has been sent, and waiting for it."""

    def __init__(self, journal: Journal, courier: Courier) -> None:
        self._journal, self._courier = journal, courier
        self._refused = 0
        self._ids: dict[str, str] = {}
        """The ids that were known when the journal was closed: it is removed when all of it is sent."""

    def wait(self, timeout: float) -> bool:
        """Wait until the store has everything; whether it has."""
        journal = self._journal
        if not journal.is_own:
            return True
        journal.sync()
        path, position = journal.path, journal.position
        if journal.in_memory:  # a full disk: nobody knows when it has room again
            return False
        sent = self._courier.wait(lambda: _is_sent(path, position), timeout)
        self._warn_refused(path)
        return sent

    def id_of(self, key: str, timeout: float) -> str | None:
        """MLflow's id of a run or model; None if the store does not tell it in time, or has refused it."""
        if key in self._ids:
            return self._ids[key]
        self._journal.restore()
        path, position = self._journal.path, self._journal.position
        self._courier.wait(lambda: key in read_progress(path).ids or _is_sent(path, position), timeout)
        return read_progress(path).ids.get(key)

    def known(self, key: str) -> str | None:
        """MLflow's id of a run or model, if it was known when the journal was closed."""
        return self._ids.get(key)

    def close(self) -> None:
        """Close the journal: the rest of it is sent in the background, or later."""
        self._ids = read_progress(self._journal.path).ids
        self._journal.close()

    def _warn_refused(self, path: Path) -> None:
        refused = read_progress(path).refused
        if refused > self._refused:
            self._refused = refused
            warnings.warn(f"MLflow refused {refused} records: they are kept in {path} with its reasons", stacklevel=5)


def _is_sent(path: Path, position: tuple[int, int]) -> bool:
    """Whether a journal has been sent that far; one that is closed is removed when all of it is sent."""
    return read_progress(path).position >= position or not path.exists()
