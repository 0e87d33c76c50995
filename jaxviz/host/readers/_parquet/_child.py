"""A process that reads files of anybody: damage may end it, or fill its memory, but not the caller's.

It is started at the first file, answers one question after the other, and ends when nobody has asked for a while.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

_START = """
import sys
sys.path.insert(0, sys.argv[1])
from jaxviz.host.readers._parquet._served import serve
serve()
"""
_ROOT = Path(__file__).resolve().parents[4]
Answer = TypeVar("Answer")


class EndedError(Exception):
    """The process has ended without an answer; `code` is 0 if it had been idle."""

    def __init__(self, code: int) -> None:
        super().__init__(_reason(code))
        self.code = code


class Child:
    """A process for questions. OSError if none can be started."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-c", _START, str(_ROOT)]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere)
        assert self._process.stdin is not None  # it is a pipe
        assert self._process.stdout is not None
        self._pipes = self._process.stdin, self._process.stdout
        self._owner = os.getpid()
        atexit.register(self.end)

    @property
    def has_ended(self) -> bool:
        """Whether it answers no more."""
        return self._process.poll() is not None

    def ask(self, question: bytes, seconds: float, answer: Callable[[IO[bytes]], Answer]) -> Answer:
        """What `answer` reads of the pipe; EOFError from it, or the end of the time, is an `EndedError`."""
        given, told = self._pipes
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            given.write(question)
            given.flush()
            return answer(told)
        except (OSError, EOFError):
            raise EndedError(self.end()) from None
        except BaseException:  # nobody will read the rest of the answer
            self.end()
            raise
        finally:
            timer.cancel()

    def end(self) -> int:
        """End it; its exit code."""
        if self._owner != os.getpid():  # it is that of the process this one was forked from
            return 0
        atexit.unregister(self.end)
        self._process.kill()
        code = self._process.wait()
        for pipe in self._pipes:
            with contextlib.suppress(OSError):  # a question that nobody has read
                pipe.close()
        return code


def _reason(code: int) -> str:
    try:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        how = f"signal {-code}"
    return f"it ended the process that read it ({how})"
