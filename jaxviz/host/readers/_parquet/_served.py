"""The process that reads parquet, by polars."""

import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from .._content import FREE, MOST_GROWTH
from ._limits import limit_memory, limit_time

_INDEX = "__index_level_"
_IDLE_SECONDS = 10.0
_Found = tuple[dict[str, Any], Iterable[np.ndarray]]
"""What is said of a file, and the numbers that follow."""


def serve() -> None:
    """Answer each path on stdin, a line of JSON, with a line of JSON and the columns: values, then what is missing."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    import polars

    for path in _questions(sys.stdin.buffer):
        head, columns = _found(path, polars)
        answers.write(json.dumps(head).encode() + b"\n")
        for column in columns:
            answers.write(column.data)
        answers.flush()


def _questions(pipe: IO[bytes]) -> Iterator[Path]:
    """Paths, until nobody asks for a while."""
    while True:
        idle = threading.Timer(_IDLE_SECONDS, os._exit, (0,))
        idle.start()
        line = pipe.readline()
        idle.cancel()
        if not line:
            return
        yield Path(json.loads(line))


def _found(path: Path, polars: Any) -> _Found:
    errors = (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, OverflowError, MemoryError)
    try:
        return _columns(path, polars)
    except ValueError as error:
        return {"error": str(error)}, ()
    except errors as error:
        return {"error": f"it is damaged parquet: {' '.join(str(error).split())[:200]}"}, ()


def _columns(path: Path, polars: Any) -> _Found:
    size = path.stat().st_size
    limit_memory(size)
    limit_time(size)
    lazy = polars.scan_parquet(path, glob=False)
    schema = lazy.collect_schema()
    numeric = [name for name, kind in schema.items() if kind.is_numeric() or kind == polars.Boolean]
    rows = int(lazy.select(polars.len()).collect().item())
    declared = rows * max(1, len(numeric)) * 8
    _check_size(declared, size)
    limit_memory(size, declared)
    frame = lazy.select(numeric).collect()
    names = [name for name in numeric if not name.startswith(_INDEX)]
    columns = [part for name in names for part in _numbers(frame[name], polars)]
    others = [name for name in schema if name not in numeric]
    return {"rows": frame.height, "names": names, "others": others}, columns


def _check_size(declared: int, size: int) -> None:
    most = max(FREE, MOST_GROWTH * size)
    if declared > most:
        raise ValueError(f"it declares {declared} bytes of numbers, the most for a file of {size} bytes is {most}")


def _numbers(column: Any, polars: Any) -> tuple[np.ndarray, np.ndarray]:
    """[row] values, and [row] whether nothing is there."""
    values = column.cast(polars.Float64)
    missing = values.is_null().to_numpy()
    return np.ascontiguousarray(values.fill_null(np.nan).to_numpy(), float), np.ascontiguousarray(missing, bool)
