"""From a parse step, a pure function of bytes, to a reader of a path whose errors name the file."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..._printable import printable
from ...host.readers import content
from .._log import Log, UnreadableError

Parse = Callable[[bytes, Path], list[Log]]
"""Bytes of a file and its path, which is looked at for names only, → its logs."""
_DAMAGE = (ValueError, OverflowError, RecursionError, MemoryError)


def reader(parse: Parse) -> "WholeFiles":
    """The reader of a format whose files are read whole."""
    return WholeFiles(parse)


class WholeFiles(NamedTuple):
    """A reader of files that are read whole."""

    parse: Parse

    def __call__(self, path: Path) -> list[Log]:
        """The logs of a file."""
        return parsed(self.parse, lambda: content(path), path)

    def of(self, content: bytes, path: Path) -> list[Log]:
        """The logs of a file whose bytes, unpacked, are known."""
        return parsed(self.parse, lambda: content, path)


def parsed(parse: Parse, content: Callable[[], bytes], path: Path) -> list[Log]:
    """`parse(content(), path)`. ValueError (`UnreadableError` stays one) that names the file for all that is wrong."""
    return guarded(lambda: parse(content(), path), path)


def guarded(work: Callable[[], list[Log]], path: Path) -> list[Log]:
    """`work()`. ValueError (`UnreadableError` stays one) that names the file for all that is wrong with it."""
    try:
        return work()
    except UnreadableError as error:
        raise UnreadableError(f"{printable(str(path))}: {error}") from None
    except _DAMAGE as error:
        raise ValueError(f"{printable(str(path))}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return printable((str(error).strip() or type(error).__name__).splitlines()[0][:500])


def counted(count: int, noun: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
