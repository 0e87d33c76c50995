"""A bounded queue and the thread that empties it: a consumer that is slow, hangs or raises holds nobody up."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from ._summary import UpdateReport

CAPACITY = 256
"""Points that a lane without a rate keeps."""
PATIENCE = 2.0
"""Seconds to wait at the end for a consumer that hangs: a user is waiting."""


class Lane:
    """Hands points to `consume` in order, at most `hz` a second. Of points that come faster, only the latest is kept.

    The last point is always handed over, unless `consume` does not return within `PATIENCE` seconds of closing.
    """

    def __init__(self, name: str, consume: Callable[[UpdateReport], None], *, hz: float | None) -> None:
        self.delivered = 0
        self.dropped = 0
        self.failures = 0
        self._name, self._consume = name, consume
        self._pause = 0.0 if hz is None else 1 / hz
        self._waiting: deque[UpdateReport] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=f"jaxviz-live-{name}", daemon=True)
        self._thread.start()

    def put(self, point: UpdateReport) -> None:
        """Add a point, without waiting."""
        with self._changed:
            if self._waiting and self._waiting[-1].update == point.update:
                self._waiting[-1] = self._waiting[-1].joined(point)
            else:
                self._waiting.append(point)
            while len(self._waiting) > (1 if self._pause else CAPACITY):
                self._waiting.popleft()
                self.dropped += 1
            self._changed.notify()

    def close(self) -> bool:
        """Hand over the points that are left and end the thread; False if it does not end in time."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(PATIENCE)
        with self._changed:
            self.dropped += len(self._waiting)
            self._waiting.clear()
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (point := self._next()) is not None:
            try:
                self._consume(point)
                self.delivered += 1
            except (Exception, SystemExit) as error:
                self._fail(error)
            self._rest()

    def _next(self) -> UpdateReport | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def _rest(self) -> None:
        """Pause to keep the rate; closing ends the pause."""
        end = time.monotonic() + self._pause
        with self._changed:
            while not self._closed and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)

    def _fail(self, error: BaseException) -> None:
        self.failures += 1
        if self.failures == 1:
            text = f"jaxviz: the {self._name} failed ({type(error).__name__}: {error}); the training goes on"
            print(text, file=sys.stderr)
