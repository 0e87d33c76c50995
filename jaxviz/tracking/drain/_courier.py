"""The training's side of the drainer: start it, wait for it within bounds, and warn once if something is wrong."""

import atexit
import contextlib
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..._printable import printable
from ..journal import _locks, _private
from ..store._probe import answers
from ..store._store import Store
from . import _drainer, _status
from ._status import Status

PATIENCE_SECONDS = 0.5
"""How long a training waits, in all, for a server that makes no progress."""
_LOOK_SECONDS = 1.0
"""A look reads a file: once a second costs a training nothing."""
_POLL_SECONDS = 0.02
_STUCK_SECONDS = 30.0
"""A request that takes three times its time limit: its answer drips, or its file is very large."""
_RESTART_SECONDS = 5.0
"""A drainer that ends at once, as without MLflow, is not started again and again."""
_MOST_STARTS = 2
"""Drainers started in one wait: one that ends at once twice will do so again."""
_LOG_BYTES = 1 << 20
"""Size at which the drainer's log begins anew: hundreds of tracebacks, and nothing on any disk."""
_START = """
import sys
installed = (i for i, path in enumerate(sys.path) if path.endswith("-packages"))
sys.path.insert(next(installed, len(sys.path)), sys.argv.pop(1))  # this jaxviz, but nothing before Python's own
from jaxviz.tracking.drain._drainer import main
main()
"""
_children: list[tuple[Path, subprocess.Popen[bytes]]] = []
"""Drainers that this process has started, with the folder of their journals."""


class Courier:
    """One logger's view of the drainer of its store."""

    def __init__(self, store: Store, folder: Path, *, quiet: bool) -> None:
        self.store, self.folder, self._quiet = store, folder, quiet
        self._patience = PATIENCE_SECONDS
        self._is_full = False
        self._warned, self._started_at = False, -_RESTART_SECONDS
        self.look_at = 0.0
        """When to `look` again, by the monotonic clock."""

    def start(self) -> None:
        """Start the drainer, unless one works for the store."""
        if self._is_working():
            return
        self._started_at = time.monotonic()
        with contextlib.suppress(OSError), _open_log(self._made_folder() / "drain.log") as log:
            _status.clear(self.folder)  # of one that was killed
            child = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, str(Path(__file__).resolve().parents[2]), str(self.folder)],
                env={**os.environ, "JAXVIZ_STORE_URI": self.store.uri},
                cwd=None if _has_current_folder() else self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            _children.append((self.folder, child))

    def look(self) -> None:
        """Check the drainer, at most once a second: warn if the store is away, start a drainer that is gone."""
        if time.monotonic() < self.look_at:
            return
        self.look_at = time.monotonic() + _LOOK_SECONDS
        status = self._read_status()
        is_old = status.state == "sending" and time.time() - self._beat() / 1e9 > _STUCK_SECONDS
        if is_old and self._is_working():
            self._warn("a request has not been answered for half a minute")
        if time.monotonic() > self._started_at + _RESTART_SECONDS:
            self.start()

    def wait(self, done: Callable[[], bool], timeout: float) -> bool:
        """Wait until `done`. Gives up at the timeout, or if the store is away or makes no progress.

        All waits together give a store elsewhere half a second to show progress; one on this machine's disk, and the
        drainer while it starts, have the timeout.
        """
        if done():
            return True
        if not self._answers() or (self._is_full and self._finds_no_room()):
            return False
        asked = time.time()
        _drainer.wake(self._made_folder())
        end, starts = time.monotonic() + timeout, 0
        beat, alive = self._beat(), time.monotonic()
        look = alive + self._patience / 2
        while not done():
            status, now = self._read_status(), time.monotonic()
            if (new := self._beat()) != beat:  # read after the state, which is noted after the beat
                beat, alive = new, now
            if status.is_away_since(asked) or now > end:
                return False
            if now > look:
                look = now + PATIENCE_SECONDS
                if self._finds_no_room():
                    return False
            if not self.store.is_local and status.state not in (None, "starting") and now - alive > self._patience:
                self._patience = 0.0
                return False
            if not self._is_working():
                if starts == _MOST_STARTS:
                    return False
                starts += 1
                self.start()
            time.sleep(_POLL_SECONDS)
        self._patience = PATIENCE_SECONDS
        self._read_status()
        return True

    def _answers(self) -> bool:
        """Whether the store answers; asked only while there is patience left."""
        if self.store.is_local:
            return True
        start = time.monotonic()
        if self._patience > 0 and answers(self.store.uri, self._patience):
            return True
        self._patience -= time.monotonic() - start
        self._warn("it does not answer")
        return False

    def _finds_no_room(self) -> bool:
        """Whether the drainer can persist nothing, which it cannot tell either, or a store on this machine cannot."""
        places = [self.folder, *filter(None, [self.store.folder])]
        full = next((place for place in places if not _private.has_room(place)), None)
        self._is_full = full is not None
        if full is not None:
            self._warn(f"{full} cannot be written")
        return self._is_full

    def _read_status(self) -> Status:
        status = _status.read(self.folder)
        if status.state == "away":
            self._warn(status.why)
        elif status.state == "idle":
            self._say_caught_up()
        return status

    def _warn(self, why: str) -> None:
        if self._warned:
            return
        self._warned = True
        said = (
            f"MLflow at {self.store.address} is not accepting data ({why}): everything is kept in {self.folder} "
            "and sent when it answers, or by `jaxviz sync`"
        )
        warnings.warn(printable(said), stacklevel=2)

    def _say_caught_up(self) -> None:
        if self._warned and not self._quiet:
            said = f"MLflow at {self.store.address} answers again: everything kept has been sent"
            print(printable(said), file=sys.stderr)
        self._warned, self._patience = False, PATIENCE_SECONDS

    def _made_folder(self) -> Path:
        """The folder of the journals, made if it is missing."""
        with contextlib.suppress(OSError):
            _private.make_folder(self.folder, self.folder.parent)
        return self.folder

    def _is_working(self) -> bool:
        """Whether a drainer starts or works."""
        _children[:] = [(folder, child) for folder, child in _children if child.poll() is None]
        own = any(folder == self.folder for folder, _ in _children)
        return own or _locks.is_held(self.folder / _drainer.LOCK)

    def _beat(self) -> int:
        try:
            return (self.folder / _drainer.LOCK).stat().st_mtime_ns
        except OSError:
            return 0


@atexit.register
def _let_go() -> None:
    """Drainers outlive this process on purpose, and after a fork they are the parent's: nobody need warn of them."""
    for _, child in _children:
        child.returncode = 0
    _children.clear()


os.register_at_fork(after_in_child=_let_go)


def _has_current_folder() -> bool:
    try:
        return bool(os.getcwd())
    except OSError:  # it was deleted: MLflow does not load in such a place
        return False


def _open_log(path: Path) -> Any:
    """The drainer's own output, private and bounded."""
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.unlink()
    return _private.append_to(path)
