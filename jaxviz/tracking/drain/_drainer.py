"""The drainer: sends the journals of one store to MLflow.

It is a process of its own, so that nothing MLflow does costs the training time, and that it can go on when the
training has ended. One drainer works at a time; `jaxviz sync` is the same code in the foreground.
"""

import contextlib
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ..journal import _locks, _private, _reader, _spare
from ..journal._reader import Reader
from ..store._connection import Connection
from ..store._failures import UnavailableError, one_line
from ..store._probe import answers
from ..store._store import Store, load_mlflow
from ._sink import Sink

WINDOW = 8000
"""Points between two acknowledgements: what is sent again, without effect, after a crash.

Where an answer fails it narrows, down to one record, so that a store that loses some of the requests gets on.
"""
_NARROWER = 8
LOCK = "drain.lock"
STATUS = "status.json"
WAKE = "wake"
_LINGER_SECONDS = 10.0
_GIVE_UP_SECONDS = 600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_SHORTEST_POLL, _LONGEST_POLL = 0.02, 0.25
_SYNC_SECONDS = 1.0
_GLANCE_SECONDS = 0.04
_REST_SECONDS = 1.0
"""From one sending to the next, unless somebody waits for it: a request costs the same for ten points as for one."""
_LOCK_TRIES = 20
_ANSWER_SECONDS = 5.0
"""Nobody waits for the drainer: a store may be slower for it than for the training."""
_COLLECT = 50_000, 50, 100
"""MLflow's store makes ten objects of every point, which go without the collector; it took a quarter of the time."""


class Drainer:
    """Sends what waits in the folder of a store. The caller holds the folder's lock."""

    def __init__(self, folder: Path, store: Store, beat: Callable[[], None] = lambda: None) -> None:
        self.folder, self.store, self.beat = folder, store, beat
        self._connection: Connection | None = None
        self._journals: dict[Path, tuple[Reader, Sink | None]] = {}
        self._windows: dict[Path, int] = {}
        self._left: set[str] = set()
        self.written = False
        """Whether a living process had a journal open at the last pass."""

    def once(self) -> bool:
        """One pass over the journals, a window of each: whether anything moved. `UnavailableError` where all wait."""
        self.written = moved = False
        postponed: UnavailableError | None = None
        for path in journals_of(self.folder):
            try:
                moved |= self._advance(path)
            except UnavailableError as why:
                self._journals.pop(path, None)
                self._windows[path] = max(1, self._windows.get(path, WINDOW) // _NARROWER)
                postponed = why
                if not answers(self.store.uri, _ANSWER_SECONDS):
                    raise
        if postponed is not None and not moved:
            raise postponed
        return moved

    def _advance(self, path: Path) -> bool:
        reader, sink = self._journals.setdefault(path, (Reader(path), None))
        written = reader.is_written
        if reader.unreadable:
            self._leave(reader.unreadable)
            return False
        window = self._windows.get(path, WINDOW)
        records = reader.take(window)
        self.written |= written
        if written and not records:
            return False
        if sink is None and (records or reader.progress.active):
            sink = self._open(reader)
            sink.others_wait = lambda: any(_has_records(one) for one in journals_of(self.folder) if one != path)
            self._journals[path] = reader, sink
        if sink is not None:
            say(self.folder, "sending")
            if records:
                sink.apply(records)
            else:
                sink.end_killed()
            _note(reader)
            sink.unsure = False
            self._windows[path] = min(WINDOW, 2 * window)
        if not records:
            reader.finish()
            del self._journals[path]
            self._windows.pop(path, None)
        return bool(records)

    def _leave(self, why: str) -> None:
        """A journal of another version stays as it is, and that is said once."""
        if why not in self._left:
            self._left.add(why)
            print(f"jaxviz: left alone: {why}", file=sys.stderr)

    def _open(self, reader: Reader) -> Sink:
        if self._connection is None:
            if not answers(self.store.uri, _ANSWER_SECONDS):
                raise UnavailableError("it does not answer")
            load_mlflow(self.store)
            self.beat()  # before it is said: from then on, who waits has little patience
            say(self.folder, "sending")
            self._connection = Connection(self.store, self.beat)
        return Sink(self._connection, reader, reader.opening["experiment"])


def _has_records(path: Path) -> bool:
    """Whether a journal that this version reads has something to send."""
    reader = Reader(path)
    return not reader.unreadable and any(record.header["op"] != "open" for record in reader.waiting())


def _note(reader: Reader) -> None:
    """Note what has been sent. Where the disk takes no note it will be sent again, without effect."""
    try:
        reader.acknowledge()
    except OSError as error:
        raise UnavailableError(f"the progress in {reader.path} cannot be noted ({error.strerror})") from error


def journals_of(folder: Path) -> list[Path]:
    """The journals of a store, oldest first, and those that found no room in its folder."""
    spare = _spare.root()
    places = [folder] if spare is None else [folder, spare / folder.name]
    return [path for place in places for path in _reader.journals(place)]


def run(folder: Path, store: Store) -> None:
    """Drain in the background until everything is sent and nobody writes, or the store stays away."""
    lock = acquire(folder)
    if lock is None:
        return
    with contextlib.suppress(OSError):
        os.pwrite(lock, f"{os.getpid():<20}".encode(), 0)
    try:
        _loop(folder, store)
    finally:
        with contextlib.suppress(OSError):
            (folder / STATUS).unlink()
        os.close(lock)


def acquire(folder: Path) -> int | None:
    """The lock of a store's drainer; None where another one works. Whoever asks about the lock holds it briefly."""
    for _ in range(_LOCK_TRIES):
        lock = _locks.acquire(folder / LOCK)
        if lock is not None:
            return lock
        time.sleep(_SHORTEST_POLL)
    return None


def _loop(folder: Path, store: Store) -> None:
    drainer = Drainer(folder, store, lambda: _touch(folder / LOCK))
    pause, poll, rested = _FIRST_PAUSE, _SHORTEST_POLL, 0.0
    active = failing = time.monotonic()
    say(folder, "starting")
    while folder.is_dir():
        wakes, start = _wakes(folder), time.monotonic()
        drainer.beat()
        try:
            moved = drainer.once()
        except UnavailableError as why:
            say(folder, "away", str(why))
            if not drainer.written and time.monotonic() - failing > _GIVE_UP_SECONDS:
                return
            _wait_away(folder, pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            continue
        now = time.monotonic()
        pause, failing = _FIRST_PAUSE, now
        if moved:
            poll, active, rested = _SHORTEST_POLL, now, start + _REST_SECONDS
            continue
        say(folder, "idle")
        if drainer.written:
            active = now
        elif now - active > _LINGER_SECONDS:
            return
        _rest(folder, max(poll, rested - now), wakes)
        poll = min(1.5 * poll, _LONGEST_POLL)


_said: dict[Path, str] = {}


def say(folder: Path, state: str, why: str = "") -> None:
    """Note how it goes, for whoever waits: what has changed, and every failed attempt."""
    if _said.get(folder) != state or state == "away":
        _said[folder] = state
        with contextlib.suppress(OSError):
            _reader.write_json(folder / STATUS, {"state": state, "why": why, "time": time.time()})


def _touch(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(path)


def _rest(folder: Path, seconds: float, wakes: int) -> None:
    """Sleep, but no longer than until somebody asks for another attempt; `wakes`: when somebody last did."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and _wakes(folder) == wakes:
        time.sleep(min(left, _GLANCE_SECONDS))


def _wait_away(folder: Path, seconds: float) -> None:
    """Rest while the store is away; what is written meanwhile is synced to disk, as it stays there for longer."""
    end, wakes = time.monotonic() + seconds, _wakes(folder)
    while (left := end - time.monotonic()) > 0 and _wakes(folder) == wakes:
        for path in journals_of(folder):
            _reader.sync(path)
        _rest(folder, min(left, _SYNC_SECONDS), wakes)


def wake(folder: Path) -> None:
    """Ask the drainer of a folder to try now."""
    with contextlib.suppress(OSError):
        os.close(_private.open_file(folder / WAKE, os.O_WRONLY))
        os.utime(folder / WAKE)


def _wakes(folder: Path) -> int:
    try:
        return (folder / WAKE).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def configure() -> None:
    """Settings for this process, which does nothing but send."""
    gc.set_threshold(*_COLLECT)
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"  # the drainer itself tries again
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")


def main() -> None:
    """`python -c "…" FOLDER`, with the store's URI in the environment, where no other user reads it."""
    configure()
    try:
        run(Path(sys.argv[1]), Store(os.environ["JAXVIZ_STORE_URI"], "drainer"))
    except Exception as error:
        print(f"jaxviz: the drainer ended: {one_line(error)}", file=sys.stderr)
        raise
