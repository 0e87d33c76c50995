"""Rows that are one behind the other in a file, and what each run has of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .._cells import Numbers


class Columns(NamedTuple):
    """How a table of several runs is cut."""

    names: tuple[str, ...]
    """Of all columns."""
    keys: tuple[str, ...]
    """Those that tell its runs apart: text."""
    numbers: tuple[str, ...]
    delimiter: str = ","
    counts: tuple[str, ...] = ()
    """Those of `numbers` that are whole as far as is known: they are read faster."""


class Block(NamedTuple):
    """Rows that are in the file one behind the other, cut where a key changes."""

    starts: np.ndarray
    """[segment]: its first row."""
    keys: list[tuple[str, ...]]
    """[segment]"""
    values: Sequence[np.ndarray]
    """[column][row]"""
    missing: Sequence[np.ndarray | None]
    """[column][row]; None: nothing."""

    @property
    def rows(self) -> int:
        return len(self.values[0]) if self.values else 0


Piece = list[Numbers]
"""[column]"""


class Pieces(NamedTuple):
    """The rows of each key in a block."""

    rows: int
    of: list[tuple[tuple[str, ...], Piece]]


def pieces_of(block: Block) -> Pieces:
    """The rows of each key, in their order; one piece a key."""
    places: dict[tuple[str, ...], int] = {}
    run = np.array([places.setdefault(key, len(places)) for key in block.keys], np.int64)
    ends = np.append(block.starts[1:], block.rows)
    values, missing = block.values, block.missing
    if len(places) < len(run):
        of_row = np.repeat(run, ends - block.starts)
        order = np.argsort(of_row, kind="stable")
        values, missing = [x[order] for x in values], [None if x is None else x[order] for x in missing]
        ends = np.cumsum(np.bincount(of_row, minlength=len(places)))
    rows = [slice(start, end) for start, end in zip((0, *ends[:-1]), ends, strict=True)]
    cut = [[_cut(x, none, part) for x, none in zip(values, missing, strict=True)] for part in rows]
    return Pieces(block.rows, list(zip(places, cut, strict=True)))


def _cut(values: np.ndarray, missing: np.ndarray | None, rows: slice) -> Numbers:
    """A copy of some rows, so that the block can be forgotten."""
    part = values[rows].astype(float)
    return Numbers(part, np.zeros(len(part), bool) if missing is None else missing[rows].copy())
