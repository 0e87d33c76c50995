"""Exported functions that are still being traced while their models are in the journal already."""

import time
import warnings
from concurrent.futures import Future
from threading import Thread

from ..journal import _format
from ..journal._records import ExportRecord
from ..models import _files
from ..store._failures import one_line
from ._recorder import Recorder


class Exports:
    """The functions of one run's models, each written behind its model as soon as it is ready."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._coming: list[Thread] = []
        self._failed: list[str] = []
        self._is_closed = False

    def __bool__(self) -> bool:
        """Whether any may be still to come."""
        return bool(self._coming)

    def follow(self, exported: Future[bytes], model: str, title: str) -> None:
        """Write the function of a model when it is ready; `title` names it in a warning if it cannot be exported."""
        thread = Thread(target=lambda: self._write(exported, model, title), name="jaxviz export")
        thread.start()
        self._coming = [one for one in self._coming if one.is_alive()] + [thread]

    def _write(self, exported: Future[bytes], model: str, title: str) -> None:
        if (error := exported.exception()) is not None:  # waits for it
            why = f"{type(error).__name__}: {one_line(str(error))}"
            self._failed.append(f"the function of {title} cannot be exported ({why})")
            return
        if self._is_closed:
            return
        recorder = self._recorder
        contents = _files.exported_files(exported.result())
        files = {name: recorder.journal.keep(name, content) for name, content in contents.items()}
        recorder.write(ExportRecord(run=recorder.run, time=_format.now(), model=model, files=files))

    def wait(self, timeout: float) -> None:
        """Wait for the functions, within bounds, and warn of those that cannot be exported."""
        end = time.monotonic() + timeout
        while self._coming and time.monotonic() < end:
            self._coming[0].join(end - time.monotonic())
            self._coming = [thread for thread in self._coming if thread.is_alive()]
        while self._failed:
            warnings.warn(self._failed.pop(0), stacklevel=4)

    def close(self, timeout: float) -> None:
        """Write no more: the journal is about to be closed. Functions that are not ready are left out."""
        if self._coming:
            message = f"{len(self._coming)} exported functions were not ready in {timeout} s: their models stay without"
            warnings.warn(message, stacklevel=4)
            self._coming, self._is_closed = [], True
