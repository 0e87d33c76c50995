"""A run from its start to its end."""

import atexit
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..._printable import printable
from .._names import EXPERIMENT_KEY
from ..drain._courier import Courier
from ..journal._journal import Journal
from ..store._pages import run_page
from ..store._store import Store, journal_root
from ._delivery import Delivery
from ._exports import Exports
from ._recorder import Recorder

DRAIN_SECONDS = 60.0
_unfinished: "set[Session]" = set()
"""A run lasts until it is ended, or Python is, even if nobody holds its logger any more."""


class Session:
    """One run and its children: opened with a journal and a drainer of its own, and closed with them."""

    def __init__(
        self,
        store: Store,
        experiment: str,
        name: str | None,
        tags: Mapping[str, str],
        *,
        quiet: bool,
        journals: Path | None = None,
    ) -> None:
        """`journals`: the folder of all journals."""
        self.store, self.experiment = store.absolute(), experiment
        journals = journal_root() if journals is None else journals
        journal = Journal(journals / store.folder_name, experiment, store.address)
        courier = Courier(self.store, journal.folder, quiet=quiet)
        courier.start()
        self.process, self._quiet = os.getpid(), quiet
        self.recorder = Recorder(journal, courier, name, tags)
        self.exports = Exports(self.recorder)
        self._delivery = Delivery(journal, courier)
        _unfinished.add(self)

    @property
    def run(self) -> str:
        """The journal's key of the run."""
        return self.recorder.run

    def flush(self, timeout: float = DRAIN_SECONDS) -> bool:
        """Wait, within bounds, until the store has everything; whether it has."""
        self.exports.wait(timeout)
        return self._delivery.wait(timeout)

    def id_of(self, key: str, timeout: float = DRAIN_SECONDS) -> str | None:
        """MLflow's id of a run or model; None if the store does not tell it in time, or has refused it."""
        if self.exports:  # a model is whole with its function
            self.flush(timeout)
        return self._delivery.id_of(key, timeout)

    def finish(self, status: str, timeout: float = DRAIN_SECONDS) -> bool:
        """End the run, wait as `flush` does, and write no more: the rest is sent in the background, or later."""
        _unfinished.discard(self)
        self.exports.wait(timeout)
        self.exports.close(timeout)
        if os.getpid() == self.process:  # a copy after a fork is not its run's end
            self.recorder.end(self.run, status)
        sent = self.flush(timeout)
        self._delivery.close()
        if sent and not self._quiet:
            self._say_where()
        return sent

    def _say_where(self) -> None:
        """Print the address of the run's page, if the store has one."""
        run, experiment = (self._delivery.known(key) for key in (self.run, EXPERIMENT_KEY))
        page = run_page(self.store, experiment, run) if run and experiment else None
        if page is not None:
            print(printable(f"jaxviz logged the run: {page}"), file=sys.stderr)


@atexit.register
def _end_all() -> None:
    """Runs that are still active when Python ends: failed if an exception ended it."""
    failed = getattr(sys, "last_value", None) is not None
    for session in list(_unfinished):
        if session.process == os.getpid():
            session.finish("FAILED" if failed else "FINISHED")
