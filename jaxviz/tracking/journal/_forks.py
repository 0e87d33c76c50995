"""Locks between threads that a fork leaves free: the thread that held one does not exist in the child."""

import os
import threading


class ForkedLock:
    """A lock of a module, which lives as long as the process; for `with`."""

    def __init__(self) -> None:
        self._renew()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
