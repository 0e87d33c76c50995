"""Cells of text -> numbers: exact, with rules of our own for what is missing, true, false, and not a number."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

EXACT = 2**53
"""The largest number up to which float64 holds every whole one."""
_MISSING = frozenset(("", "None", "none", "null", "NULL", "Null", "NA", "N/A", "n/a", "<NA>", "-"))
_TRUTH = {"True": 1.0, "true": 1.0, "TRUE": 1.0, "False": 0.0, "false": 0.0, "FALSE": 0.0}
_NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)
"""Python's `float` takes `1_000` and digits of other scripts too."""


class Numbers(NamedTuple):
    """A column of numbers."""

    values: np.ndarray
    """[row] float64; NaN is a NaN of the file, and stands where something is missing."""
    missing: np.ndarray
    """[row] bool: nothing in the cell, or a word for nothing (`None`, `null`, `NA`)."""


class NotNumberError(ValueError):
    """A cell that is neither a number nor missing."""

    def __init__(self, row: int, cell: str) -> None:
        super().__init__(f"{cell[:60]!r} is no number")
        self.row = row


def number(cell: str) -> float | None:
    """The number in a cell, None if it is missing; True and False are 1 and 0. ValueError for any other text."""
    cell = cell.strip()
    if _NUMBER.fullmatch(cell):
        return float(cell)
    if cell in _MISSING:
        return None
    if cell in _TRUTH:
        return _TRUTH[cell]
    raise ValueError(f"{cell[:60]!r} is no number")


def numbers(cells: Sequence[str]) -> Numbers:
    """The numbers of a column. NotNumberError tells the row of the first cell that holds something else."""
    found = _at_once(cells)
    return _one_by_one(cells) if found is None else found


def _at_once(cells: Sequence[str]) -> Numbers | None:
    """The numbers where Python's `float` takes every cell that is not empty; None where one may be something else."""
    joined = "".join(cells)
    if not joined.isascii() or "_" in joined:
        return None
    blank = "" in cells
    try:
        values = np.array([cell or "nan" for cell in cells] if blank else cells, float)
    except ValueError:
        return None
    return Numbers(values, np.array([not cell for cell in cells], bool) if blank else np.zeros(len(cells), bool))


def _one_by_one(cells: Sequence[str]) -> Numbers:
    values, missing = np.full(len(cells), np.nan), np.zeros(len(cells), bool)
    for row, cell in enumerate(cells):
        try:
            found = number(cell)
        except ValueError:
            raise NotNumberError(row, cell) from None
        if found is None:
            missing[row] = True
        else:
            values[row] = found
    return Numbers(values, missing)


def whole(values: np.ndarray) -> np.ndarray:
    """Finite steps [entry] as int64 where all are whole, else as they are. ValueError above 2⁵³."""
    if values.size and max(values.max(), -values.min()) > EXACT:
        raise ValueError(f"a step of {values[np.abs(values).argmax()]:.0f} is more than 2^53")
    counted = values.astype(np.int64)
    return counted if (counted == values).all() else values


def finite(values: np.ndarray) -> np.ndarray:
    """[row] bool: neither NaN nor infinite."""
    return np.isfinite(values)


def leading(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """[row] bool: the NaN among those `there` that come before the first number."""
    odd = np.isnan(values)
    if not odd.any():
        return odd
    numbers = there & ~odd
    first = int(numbers.argmax()) if numbers.any() else len(values)
    return there & (np.arange(len(values)) < first)


def counts_up(values: np.ndarray) -> bool:
    """Whether each number is one more than the number before it."""
    return len(values) > 1 and bool((np.diff(values) == 1).all())


def goes_up(values: np.ndarray) -> np.ndarray:
    """[…] bool, of numbers [entry …]: whether they may count steps. Some differ, and hardly any is less than the one
    before it, as at a restart; steps of one update, or lengths of episodes, stay or go up and down.
    """
    before, after = values[:-1], values[1:]
    falls = (after < before).sum(axis=0)
    return (falls <= max(1, len(values) // 10)) & ((after != before).any(axis=0) | (len(values) < 2))


def are_lengths(values: np.ndarray) -> bool:
    """Whether numbers may be lengths of episodes: whole ones from 1 on."""
    return bool(np.isfinite(values).all() and (values >= 1).all() and (values == np.rint(values)).all())


def floats(values: Iterable[Any]) -> np.ndarray:
    """[entry] float64 of numbers out of JSON; null is NaN. ValueError for anything else."""
    found = values if isinstance(values, list) else list(values)
    if any(value is not None and not isinstance(value, int | float) for value in found):
        wrong = next(value for value in found if value is not None and not isinstance(value, int | float))
        raise ValueError(f"{str(wrong)[:60]!r} is no number")
    return np.array(found, float)  # None is NaN


def drained(values: list[Any]) -> np.ndarray:
    """As `floats`; a long list is emptied on the way, as both at once may be more than there is memory for."""
    if len(values) <= _PIECE:
        return floats(values)
    found = np.empty(len(values))
    while values:
        at = max(0, len(values) - _PIECE)
        found[at : len(values)] = floats(values[at:])
        del values[at:]
    return found


_PIECE = 1 << 16
"""Numbers of a list that are turned into an array at a time."""


def are_none(values: Collection[Any]) -> np.ndarray:
    """[entry] bool: which are null in JSON."""
    return np.fromiter((value is None for value in values), bool, len(values))


def counting(count: int, every: int) -> np.ndarray:
    """0, every, 2 every, … int64."""
    return np.arange(count, dtype=np.int64) * every
