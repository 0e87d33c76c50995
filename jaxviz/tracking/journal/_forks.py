"""What a fork changes: locks between threads are free, as the thread that held one does not exist in the child, and the
process is another one.
"""

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


class _Process:
    """This process. Every logged number asks which one it is, and the system takes long to answer."""

    def __init__(self) -> None:
        self._renew()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self.id = os.getpid()


process = _Process()
