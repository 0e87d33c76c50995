"""A bounded queue and the thread that empties it: what takes long, hangs or raises there holds nobody up."""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from ._summary import Point

CAPACITY = 256
PATIENCE = 2.0


class Lane:
    """Hands points to `consume`, at most `hz` a second, in order. Of points that come faster only the latest is kept.

    The last point is always handed over, unless `consume` does not come back within `PATIENCE` seconds of closing.
    """

    def __init__(self, name: str, consume: Callable[[Point], None], *, hz: float | None) -> None:
        self.delivered = 0
        self.dropped = 0
        self.failures = 0
        self._name, self._consume = name, consume
        self._pause = 0.0 if hz is None else 1 / hz
        self._waiting: deque[Point] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=f"jaxviz-live-{name}", daemon=True)
        self._thread.start()

    def put(self, point: Point) -> None:
        """Add a point; never waits."""
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
        """Hand over what waits and end the thread; False where it does not end in time."""
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

    def _next(self) -> Point | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def _rest(self) -> None:
        """Keep the rate; closing ends the pause."""
        end = time.monotonic() + self._pause
        with self._changed:
            while not self._closed and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)

    def _fail(self, error: BaseException) -> None:
        self.failures += 1
        if self.failures == 1:
            text = f"jaxviz: the {self._name} failed ({type(error).__name__}: {error}); the training goes on"
            print(text, file=sys.stderr)
