"""Records on their way to the store: journalled first, sent at once where the store answers, kept where it does not."""

import sys
import time
import warnings
from collections import deque
from pathlib import Path
from typing import Any

from . import _journal
from ._journal import Journal
from ._sink import Sink
from ._store import Store, answers

_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
_REFUSED = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST", "RESOURCE_DOES_NOT_EXIST", "INVALID_STATE")


def failures() -> tuple[type[Exception], ...]:
    """What MLflow, its transport and its database raise."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, OSError, SQLAlchemyError


class Delivery:
    """One journal and the sink it drains into. A failing store never raises: one warning, and the data is kept."""

    def __init__(self, store: Store, experiment: str, folder: Path, *, quiet: bool = False) -> None:
        self.store, self._experiment, self._quiet = store, experiment, quiet
        self.journal = Journal(folder, store.uri, experiment)
        self.sink: Sink | None = None
        self._waiting: deque[dict[str, Any]] = deque()
        self._pause, self._not_before, self._warned = _FIRST_PAUSE, 0.0, False
        self._refused = 0

    def send(self, record: dict[str, Any]) -> None:
        """Journal a record and deliver what is waiting."""
        self.journal.append(record)
        self._waiting.append(record)
        self.flush()

    def flush(self, *, now: bool = False) -> bool:
        """Deliver what is waiting, unless the store failed a moment ago; True where nothing is left."""
        if not self._waiting:
            return True
        if not now and time.monotonic() < self._not_before:
            return False
        if self.store.is_server and not answers(self.store.uri):
            self._keep("it does not answer")
            return False
        try:
            self._drain()
        except failures() as error:
            self._keep(str(error).splitlines()[0])
            return False
        self._caught_up()
        return True

    def _drain(self) -> None:
        if self.sink is None:
            self.sink = Sink(self.store, self._experiment)
        while self._waiting:
            record = self._waiting[0]
            try:
                self.sink.apply(record)
            except failures() as error:
                if getattr(error, "error_code", "") not in _REFUSED:
                    raise
                self._refuse(record, error)
            self._waiting.popleft()

    def _refuse(self, record: dict[str, Any], error: Exception) -> None:
        """What the store will never take stays in the journal; the rest goes on."""
        self._refused += 1
        warnings.warn(
            f"MLflow refused {record['op']!r}: {str(error).splitlines()[0]}; it is kept in {self.journal.path}",
            stacklevel=2,
        )

    def _keep(self, why: str) -> None:
        self._not_before = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"MLflow at {self.store.uri} takes nothing now ({why}); everything is kept in {self.journal.path} "
                "and sent when it answers",
                stacklevel=2,
            )

    def _caught_up(self) -> None:
        if self._warned and not self._quiet:
            print(f"MLflow at {self.store.uri} answers again: everything kept has been sent", file=sys.stderr)
        self._warned, self._pause = False, _FIRST_PAUSE

    def close(self) -> None:
        """A last attempt; what is left stays in the journal for the next start."""
        delivered = self.flush(now=True)
        self.journal.close(delivered=delivered and not self._refused)


def deliver_left_behind(store: Store, folder: Path) -> int:
    """Send the journals of earlier processes that ended before their store had everything; the number sent."""
    sent = 0
    for path in _journal.waiting(folder):
        records = list(_journal.read(path))
        if not records or records[0].get("store") != store.uri or records[0].get("version") != _journal.VERSION:
            continue
        try:
            _replay(Sink(store, records[0]["experiment"]), records)
        except failures():
            return sent  # the store fails again: the journal stays where it is
        _journal.remove(path)
        sent += 1
    return sent


def _replay(sink: Sink, records: list[dict[str, Any]]) -> None:
    """Apply a journal from its start; runs it never ended are marked as killed."""
    for record in records:
        sink.apply(record)
    ended = {record["run"] for record in records if record["op"] == "end"}
    for record in records:
        if record["op"] == "start" and record["run"] not in ended:
            sink.apply({"op": "end", "run": record["run"], "status": "KILLED", "time": int(time.time() * 1000)})
