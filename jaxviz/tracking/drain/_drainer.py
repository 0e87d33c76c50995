"""The drainer: sends the journals of one store to MLflow.

It is a process of its own, so that nothing MLflow does costs the training time, and that it can go on when the
training has ended. One drainer works at a time; `jaxviz sync` is the same code in the foreground.
"""

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ..journal import _aside, _locks, _private, _reader, _spare
from ..journal._reader import Reader
from ..store._connection import Connection
from ..store._deadline import whole_answers_in_time
from ..store._failures import UnavailableError, one_line
from ..store._probe import answers
from ..store._secrets import hidden
from ..store._store import Store, load_mlflow
from . import _doubts, _status
from ._settings import settings_for_sending
from ._sink import Sink

LOCK, WAKE = "drain.lock", "wake"
WINDOW = 8000
"""Points between two acknowledgements: the most that is sent again, without effect, after a crash.

Eight full batches of MLflow's 1000: an acknowledgement costs little beside them, and memory holds many windows."""
_NARROWER = 8
"""How much the window narrows at a failed answer, down to one record: a store that loses some requests
still makes progress. By eight, four failures reach the single record."""
_LINGER_SECONDS = 10.0
"""Loading MLflow takes seconds: a training that starts soon after another finds a drainer that has it."""
_GIVE_UP_SECONDS = 600.0
"""Without a training that writes, a store that stays away this long is left to the next start or `jaxviz sync`."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
"""Between attempts at a store that is away: a server that restarts is met soon, a dead one hardly asked."""
_SHORTEST_POLL, _LONGEST_POLL = 0.02, 0.25
"""Between looks at idle journals: soon after a record, rarely in a quiet training, whose CPU is its own."""
_SYNC_SECONDS = 1.0
_GLANCE_SECONDS = 0.04
"""Between two looks at the wake file: less than anybody who waits for `flush` notices."""
_REST_SECONDS = 1.0
"""From one sending to the next, unless somebody waits for it: a request costs the same for ten points as for one."""
_LOCK_TRIES = 20
"""A process that only asks whether the lock is held, holds it for an instant."""
_ANSWER_SECONDS = 5.0
"""Nobody waits for the drainer: a store may be slower for it than for the training."""


class Drainer:
    """Sends the journals in the folder of a store. The caller holds the folder's lock."""

    def __init__(self, folder: Path, store: Store, beat: Callable[[], None] = lambda: None) -> None:
        self.folder, self.store, self.beat = folder, store, beat
        self._connection: Connection | None = None
        self._journals: dict[Path, tuple[Reader, Sink | None]] = {}
        self._windows: dict[Path, int] = {}
        self._left: set[str] = set()
        self.written = False
        """Whether a living process had a journal open at the last pass."""
        self.expects = False
        """Whether something may still appear in the store that was not answered for."""

    def once(self) -> bool:
        """One pass over the journals, a window of each: whether anything moved.

        `UnavailableError` if the store is accepting data of none of them.
        """
        with whole_answers_in_time(self.store.uri):
            return self._pass()

    def _pass(self) -> bool:
        self.written = self.expects = moved = False
        postponed: UnavailableError | None = None
        for path in self._listed():
            try:
                with _told(path):
                    moved |= self._advance(path)
            except UnavailableError as why:
                self._journals.pop(path, None)
                self._windows[path] = max(1, self._windows.get(path, WINDOW) // _NARROWER)
                postponed = why
                if not answers(self.store.uri, _ANSWER_SECONDS):
                    raise
        if postponed is not None and not moved:
            raise postponed
        if not moved:
            self._look_again()
        return moved

    def _listed(self) -> list[Path]:
        with _told(self.folder):
            return journals_of(self.folder)

    def _advance(self, path: Path) -> bool:
        """Send a window of a journal: whether there was anything to send."""
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
        if sink is None and (records or reader.progress.active or reader.progress.doubts):
            sink = self._open(reader)
            self._journals[path] = reader, sink
        if not records:
            self._finish(reader, sink)
            return False
        assert sink is not None  # there are records
        _status.say(self.folder, "sending")
        sink.apply(records)
        self._windows[path] = min(WINDOW, 2 * window)
        return True

    def _finish(self, reader: Reader, sink: Sink | None) -> None:
        """Remove a journal that has been sent."""
        if sink is not None:
            sink.finish()
        reader.finish()
        del self._journals[reader.path]
        self._windows.pop(reader.path, None)

    def _look_again(self) -> None:
        """Whatever a store made twice long after it was asked is deleted when it is time to."""
        due = _doubts.is_due(self.folder)
        self.expects |= due is not None
        if due:
            _doubts.look_again(self.folder, self._connect())

    def _leave(self, why: str) -> None:
        """A journal of another version stays as it is, and that is said once."""
        if why not in self._left:
            self._left.add(why)
            print(f"jaxviz: left alone: {why}", file=sys.stderr)

    def _open(self, reader: Reader) -> Sink:
        assert reader.opening is not None  # it is readable
        others = partial(self._others_pending, reader.path)
        return Sink(self._connect(), reader, reader.opening.experiment, others)

    def _connect(self) -> Connection:
        if self._connection is None:
            if not answers(self.store.uri, _ANSWER_SECONDS):
                raise UnavailableError("it does not answer")
            load_mlflow(self.store)
            self.beat()  # before it is said: from then on, a training that waits has little patience
            _status.say(self.folder, "sending")
            self._connection = Connection(self.store, self.beat)
        return self._connection

    def _others_pending(self, path: Path) -> bool:
        """Whether any other journal has something to send."""
        return any(_is_pending(Reader(one)) for one in journals_of(self.folder) if one != path)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """A disk that fails is a store that is not accepting data: nothing is removed, and all is tried again."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read or written ({error.strerror or error})") from error


def _is_pending(reader: Reader) -> bool:
    """Whether a journal that this version reads has something to send."""
    return not reader.unreadable and any(True for _ in reader.pending())


def journals_of(folder: Path) -> list[Path]:
    """The journals of a store, oldest first, and those that found no room in its folder."""
    return [path for place in _spare.places(folder) for path in _reader.journals(place)]


def damaged_of(folder: Path) -> list[Path]:
    """The segments of a store's journals that are kept aside, as they have damage."""
    return [path for place in _spare.places(folder) for path in _aside.kept(place)]


def run(folder: Path, store: Store) -> None:
    """Drain in the background until everything is sent and nobody writes, or the store stays away."""
    lock = acquire(folder)
    if lock is None:
        return
    with contextlib.suppress(OSError):
        os.pwrite(lock, f"{os.getpid():<20}".encode(), 0)
    try:
        try:
            _loop(folder, store)
        finally:
            _status.clear(folder)
    finally:
        _locks.release(lock)


def acquire(folder: Path) -> int | None:
    """The lock of a store's drainer; None if another one works."""
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
    _status.say(folder, "starting")
    _reader.clear_unfinished(folder)
    while folder.is_dir():
        wakes, start = _wakes(folder), time.monotonic()
        drainer.beat()
        try:
            moved = drainer.once()
        except UnavailableError as why:
            _status.say(folder, "away", str(why))
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
        _status.say(folder, "idle")
        if drainer.written or drainer.expects:
            active = now
        elif now - active > _LINGER_SECONDS:
            return
        _rest(folder, max(poll, rested - now), wakes)
        poll = min(1.5 * poll, _LONGEST_POLL)


def _touch(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(path)


def _rest(folder: Path, seconds: float, wakes: int) -> None:
    """Sleep, but no longer than until somebody asks for another attempt; `wakes`: when somebody last did."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and _wakes(folder) == wakes:
        time.sleep(min(left, _GLANCE_SECONDS))


def _wait_away(folder: Path, seconds: float) -> None:
    """Rest while the store is away; records of the meantime are synced to disk, as they stay there for longer."""
    end, wakes = time.monotonic() + seconds, _wakes(folder)
    while (left := end - time.monotonic()) > 0 and _wakes(folder) == wakes:
        with contextlib.suppress(OSError):
            for path in journals_of(folder):
                _reader.sync(path)
        _rest(folder, min(left, _SYNC_SECONDS), wakes)


def beat(folder: Path) -> float:
    """When the drainer of a folder last showed that it works, in seconds since the epoch; 0 if there is none."""
    try:
        return (folder / LOCK).stat().st_mtime
    except OSError:
        return 0.0


def wake(folder: Path) -> None:
    """Ask the drainer of a folder to try now."""
    with contextlib.suppress(OSError):
        os.close(_private.open_file(folder / WAKE, os.O_WRONLY))
        os.utime(folder / WAKE)


def _wakes(folder: Path) -> int:
    try:
        return (folder / WAKE).stat().st_mtime_ns
    except OSError:
        return 0


def main() -> None:
    """`python -c "…" FOLDER`, with the store's URI in the environment, where no other user reads it."""
    try:
        with settings_for_sending():
            run(Path(sys.argv[1]), Store(os.environ["JAXVIZ_STORE_URI"], "drainer"))
    except Exception as error:
        trace = hidden("".join(traceback.format_exception(error)))
        print(f"{trace}\njaxviz: the drainer ended: {one_line(error)}", file=sys.stderr)
        sys.exit(1)
