"""Columns of a parquet file, as another process has read them."""

import json
import os
import threading
from pathlib import Path
from typing import IO, Any

import numpy as np

from .._cells import Numbers
from ._child import Child, EndedError

_SECONDS, _BYTES_A_SECOND = 120, 1 << 20
"""The most time for a file of no size, and what is read in a second even on a machine that does much else."""
_lock = threading.Lock()
_children: dict[int, Child] = {}
"""The child of this process, under its id: a process that was forked has none."""


def parquet_columns(path: Path) -> tuple[dict[str, Numbers], list[str]]:
    """The columns of numbers, and the names of the others. ValueError if the file is damaged, or grows a hundredfold.

    Null is missing. Indices that pandas added are left out.
    """
    seconds = _SECONDS + path.stat().st_size / _BYTES_A_SECOND
    with _lock:
        try:
            head, columns = _asked(path, seconds)
        except EndedError as error:
            raise ValueError(f"it is damaged parquet: {error}") from None
        except OSError as error:
            raise ValueError(f"parquet is read by another process, which cannot be started: {error}") from None
    if "error" in head:
        raise ValueError(head["error"])
    return dict(zip(head["names"], columns, strict=True)), head["others"]


def _asked(path: Path, seconds: float) -> tuple[dict[str, Any], list[Numbers]]:
    """What the child says; a new one, if it has ended just now as nobody asked for anything."""
    question = json.dumps(os.path.abspath(path)).encode() + b"\n"
    try:
        return _child().ask(question, seconds, _answer)
    except EndedError as error:
        if error.code:
            raise
    return _child().ask(question, seconds, _answer)


def _child() -> Child:
    child = _children.get(os.getpid())
    if child is not None and not child.has_ended:
        return child
    if child is not None:
        child.end()
    child = _children[os.getpid()] = Child()
    return child


def _answer(pipe: IO[bytes]) -> tuple[dict[str, Any], list[Numbers]]:
    line = pipe.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    head = json.loads(line)
    return head, [_numbers(pipe, head["rows"]) for _ in head.get("names", ())]


def _numbers(pipe: IO[bytes], rows: int) -> Numbers:
    return Numbers(*(np.frombuffer(_read(pipe, rows * kind.itemsize), kind) for kind in map(np.dtype, (float, bool))))


def _read(pipe: IO[bytes], size: int) -> bytearray:
    content = bytearray(pipe.read(size))
    if len(content) < size:
        raise EOFError
    return content
