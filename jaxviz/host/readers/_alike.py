"""Bodies of many small tables with the same columns and as many rows -> one array, in one pass."""

from collections.abc import Sequence

import numpy as np

_FLOAT32_MOST = float(np.finfo(np.float32).max)


def number_tables(bodies: Sequence[bytes], columns: int, delimiter: str) -> np.ndarray | None:
    """[column, file, row] float64 of tables in which every cell is a finite number; None if any is another thing.

    Exact: the numbers are those of Python's `float`.
    """
    whole = b"".join(bodies)
    rows = bodies[0].count(b"\n")
    sign = delimiter.encode()
    if b"_" in whole or not rows or not _is_grid(whole, sign, columns) or any(b.count(b"\n") != rows for b in bodies):
        return None
    try:
        cells = np.array(list(map(float, whole[:-1].replace(b"\n", sign).split(sign))))
    except ValueError:
        return None
    found = np.ascontiguousarray(cells.reshape(len(bodies), rows, columns).transpose(2, 0, 1))
    return found if np.isfinite(found).all() else None


def _is_grid(text: bytes, sign: bytes, columns: int) -> bool:
    """Whether every line has an end and as many cells."""
    letters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    between = np.searchsorted(np.flatnonzero(letters == ord(sign)), ends)
    return text.endswith(b"\n") and bool((np.diff(between, prepend=0) == columns - 1).all())


def rise_from_zero(steps: np.ndarray) -> bool:
    """Whether steps [entry, file] are whole, not negative, and rise in every file."""
    return steps.dtype.kind == "i" and bool((steps[:1] >= 0).all()) and bool((steps[1:] > steps[:-1]).all())


def are_counts(lengths: np.ndarray) -> bool:
    """Whether lengths of episodes can be counted in 32 bits."""
    return bool((lengths >= 0).all()) and bool((lengths < 2**31).all())


def fit_single(values: np.ndarray) -> bool:
    """Whether single precision holds all of these finite values."""
    return bool((np.abs(values) <= _FLOAT32_MOST).all())


def nothing_like(values: np.ndarray) -> np.ndarray:
    """False for each of the values."""
    return np.zeros(values.shape, bool)
