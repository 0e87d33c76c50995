"""One logger's journal and drainer: what is written, when it is waited for, and how it ends."""

import atexit
import os
import struct
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

from ...host import scalars
from .. import _values
from ..drain._courier import Courier
from ..journal import _reader, _record, _spare
from ..journal._journal import Journal
from ..models._layout import EXPORTED
from ..store._failures import one_line
from ..store._store import Store, journal_root

DRAIN_SECONDS = 60.0
_COLUMN_POINTS = 8192
_MOST_ENCODERS = 256
_FLOAT = frozenset({float})
_NARROW = ("float32", "float16", "bfloat16")
_unfinished: "set[Session]" = set()
"""A run lasts until it is ended, or Python is, even where nobody holds its logger any more."""


class Session:
    """A run from its start to its end, and its child runs: what is written goes to one journal."""

    def __init__(
        self, store: Store, experiment: str, name: str | None, tags: Mapping[str, str], *, quiet: bool
    ) -> None:
        self.experiment = experiment
        folder = journal_root() / store.folder_name
        opening = {"experiment": experiment, "store": store.address}
        try:
            self.journal = Journal(folder, opening)
        except OSError as error:
            folder = _spare.folder_for(folder)
            warnings.warn(f"the journal is in {folder}: {journal_root()} cannot be written ({error})", stacklevel=4)
            self.journal = Journal(folder, opening)
        self.courier = Courier(store.absolute(), folder, quiet=quiet)
        self.courier.start()
        self.process = os.getpid()
        self._refused = self._linked = 0
        self._ids: dict[str, str] = {}
        self._plain: dict[tuple[str, ...], _record.Encoder] = {}
        self._coming: list[Thread] = []
        self._failed: list[str] = []
        self._gave_up = False
        self.run = self.start(name, tags)
        _unfinished.add(self)

    def start(self, name: str | None, tags: Mapping[str, str], *, parent: str | None = None) -> str:
        """Start a run; the key that records call it by."""
        key = uuid4().hex
        self.write("start", key, name=name, tags=dict(tags), parent=parent)
        return key

    def end(self, key: str, status: str) -> None:
        """End a run."""
        self.write("end", key, status=status, child=key != self.run)

    def finish(self, status: str, timeout: float = DRAIN_SECONDS) -> bool:
        """End the run, wait as `flush` does, and write no more: what is left is sent in the background, or later."""
        _unfinished.discard(self)
        self._await_exports(timeout)
        if self._coming:
            message = f"{len(self._coming)} exported functions were not ready in {timeout} s: their models stay without"
            warnings.warn(message, stacklevel=3)
            self._coming, self._gave_up = [], True
        if os.getpid() == self.process:  # a copy after a fork is not its run's end
            self.end(self.run, status)
        sent = self.flush(timeout)
        self._ids = _reader.read_progress(self.journal.path).ids
        self.journal.close()
        return sent

    def write(self, op: str, run: str, blob: bytes = b"", **fields: Any) -> None:
        """Journal a record of now."""
        self.journal.append({"op": op, "run": run, "time": now(), **fields}, blob)
        self.courier.look()

    def points(self, run: str, values: Mapping[str, float], step: int, **links: Any) -> None:
        """Metrics at one step; `model` (its key or id) and `dataset` say what they were measured on."""
        if not links:
            self.journal.append_frame(_record.points_encoder(run, tuple(values))(now(), step, values.values()))
            self.courier.look()
            return
        # MLflow tells the metrics of a model apart by name, step and time, whatever their dataset
        links["time"] = self._linked = max(now(), self._linked + 1)
        blob = struct.pack(f"<{len(values)}d", *values.values())
        self.write("points", run, blob, names=list(values), step=step, **links)

    def plain_points(self, metrics: Any, step: Any) -> bool:
        """Numbers under texts at one step of the run; False, and nothing written, where there is anything else.

        Behind a training step caches are cold, and what a call costs is what it touches: hence no function too many.
        """
        if type(metrics) is not dict or type(step) is not int:
            return False
        names, values = tuple(metrics), metrics.values()
        encode = self._plain.get(names) or self._plain_encoder(names)
        plain = values if _FLOAT.issuperset(map(type, values)) else scalars(values)
        if encode is None or plain is None or abs(step) > _values.MAX_STEP:
            return False
        self.journal.append_frame(encode(time.time_ns() // 1_000_000, step, plain))
        if time.monotonic() >= self.courier.look_at:
            self.courier.look()
        return True

    def _plain_encoder(self, names: tuple[Any, ...]) -> _record.Encoder | None:
        """What encodes points under these names; None where they are no texts, or two would be the same key."""
        keys = _values.plain_keys(names)
        if keys is None:
            return None
        if len(self._plain) >= _MOST_ENCODERS:
            self._plain.clear()
        self._plain[names] = encoder = _record.points_encoder(self.run, keys)
        return encoder

    def columns(self, run: str, steps: Any, columns: Mapping[str, Any]) -> None:
        """Metrics at the same steps, as NumPy arrays [point]; in records of bounded size."""
        narrow = all(values.dtype.name in _NARROW for values in columns.values())
        wanted, names = "<f4" if narrow else "<f8", list(columns)
        for part in _spans(len(steps), _COLUMN_POINTS):
            at = steps[part].astype("<i8").tobytes()
            for some in _spans(len(names), max(1, _COLUMN_POINTS // (len(at) // 8))):
                values = b"".join(columns[name][part].astype(wanted).tobytes() for name in names[some])
                header = {"names": names[some], "n": len(at) // 8, "dtype": "f" if narrow else "d"}
                self.write("columns", run, at + values, **header)

    def artifact(self, run: str, name: str, content: bytes | Path, folder: str = "") -> None:
        """A file among the run's artifacts."""
        self.write("artifact", run, folder=folder, **self.journal.keep(name, content))

    def follow(self, exported: Future[bytes], model: str, title: str) -> None:
        """Write an exported function behind its model, as soon as it is there."""

        def write() -> None:
            if (error := exported.exception()) is not None:  # waits for it
                why = f"{type(error).__name__}: {one_line(str(error))}"
                self._failed.append(f"the function of {title} cannot be exported ({why})")
                return
            if self._gave_up:  # the journal is closed
                return
            files = {EXPORTED: self.journal.keep(EXPORTED, exported.result())}
            self.write("export", self.run, model=model, files=files)

        thread = Thread(target=write, name="jaxviz export")
        thread.start()
        self._coming = [one for one in self._coming if one.is_alive()] + [thread]

    def flush(self, timeout: float = DRAIN_SECONDS) -> bool:
        """Wait, within bounds, until the store has everything; whether it has."""
        self._await_exports(timeout)
        if not self.journal.is_own:
            return True
        self.journal.sync()
        path, position = self.journal.path, self.journal.position
        sent = self.courier.wait(lambda: not self.journal.held and _is_sent(path, position), timeout)
        self._warn_refused(path)
        return sent

    def id_of(self, key: str, timeout: float) -> str | None:
        """MLflow's id of a run or model; None where the store does not say it in time, or has refused it."""
        if self._coming:  # a model is whole with its function
            self.flush(timeout)
        if key in self._ids:
            return self._ids[key]
        self.journal.restore()
        path, position = self.journal.path, self.journal.position
        self.courier.wait(lambda: key in _reader.read_progress(path).ids or _is_sent(path, position), timeout)
        return _reader.read_progress(path).ids.get(key)

    def _await_exports(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        while self._coming and time.monotonic() < end:
            self._coming[0].join(end - time.monotonic())
            self._coming = [thread for thread in self._coming if thread.is_alive()]
        while self._failed:
            warnings.warn(self._failed.pop(0), stacklevel=4)

    def _warn_refused(self, path: Path) -> None:
        refused = _reader.read_progress(path).refused
        if refused > self._refused:
            self._refused = refused
            warnings.warn(f"MLflow refused {refused} records: they are kept in {path} with its reasons", stacklevel=4)


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def _is_sent(path: Path, position: tuple[int, int]) -> bool:
    """Whether a journal has been sent that far; one that is closed goes when all of it is sent."""
    progress = _reader.read_progress(path)
    return (progress.segment, progress.offset) >= position or not path.exists()


def _spans(size: int, most: int) -> Iterator[slice]:
    return (slice(start, min(start + most, size)) for start in range(0, size, most))


@atexit.register
def _end_all() -> None:
    """Runs that are still active when Python ends: failed where an exception ended it."""
    failed = getattr(sys, "last_value", None) is not None
    for session in list(_unfinished):
        if session.process == os.getpid():
            session.finish("FAILED" if failed else "FINISHED")
