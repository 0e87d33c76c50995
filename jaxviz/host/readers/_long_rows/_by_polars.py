"""A block of a table of several runs by polars, where it reads what the exact way does."""

import importlib.util
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ._blocks import Block, Columns, Pieces, pieces_of
from ._equal_ends import Segments, count, segments


def has_polars() -> bool:
    """Whether large tables can go through polars."""
    return importlib.util.find_spec("polars") is not None


def by_polars(block: bytes, columns: Columns) -> Pieces | None:
    """By polars; None where it refuses the block, or would read something else than `by_cell`."""
    if b'"' in block or (b"\r" in block and count(block, "\r") != block.count(b"\r\n")):
        return None
    found = _segments_at_an_end(block, columns)
    frame = _frame(block, columns, () if found else columns.keys)
    if frame is None:
        return None
    if found and found.rows != len(frame):
        found, frame = None, _frame(block, columns, columns.keys)
    if found is None and frame is not None:
        found = _segments(frame, columns.keys)
    if found is None or frame is None:
        return None
    cells = [frame[name] for name in columns.numbers]
    missing = [cell.is_null().to_numpy() if cell.null_count() else None for cell in cells]
    return pieces_of(Block(found.starts, found.keys, [cell.to_numpy() for cell in cells], missing))


def _segments_at_an_end(block: bytes, columns: Columns) -> Segments | None:
    """Where the keys change, if they are the first or the last columns and change rarely."""
    many = len(columns.keys)
    for last in (False, True):
        names = columns.names[-many:] if last else columns.names[:many]
        if many and set(names) == set(columns.keys):
            found = segments(block, many, columns.delimiter, last=last)
            order = [names.index(name) for name in columns.keys]
            return found and found._replace(keys=[tuple(cells[at] for at in order) for cells in found.keys])
    return None


def _frame(block: bytes, columns: Columns, keys: Sequence[str]) -> Any:
    """Its numbers and these keys; None where polars refuses it, or rows have another number of cells.

    Polars fills rows that are short, takes an empty line for one, and overlooks that one is long where it leaves
    columns out: they are read as well where a row may be short.
    """
    for wanted in ({*keys, *columns.numbers, columns.names[-1]}, set(columns.names)):
        frame = _read(block, columns, wanted)
        if frame is None or count(block, columns.delimiter) != len(frame) * (len(columns.names) - 1):
            return None
        if len(wanted) == len(columns.names) or not frame[columns.names[-1]].null_count():
            return frame
    return None


def _read(block: bytes, columns: Columns, wanted: Collection[str]) -> Any:
    """Some columns by polars; None where it refuses the block."""
    import polars as pl

    kinds = dict.fromkeys(columns.names, pl.String) | dict.fromkeys(columns.numbers, pl.Float64)
    kinds |= dict.fromkeys(columns.counts, pl.Int64)
    places = [place for place, name in enumerate(columns.names) if name in wanted]
    try:
        return pl.read_csv(
            block, has_header=False, schema=kinds, columns=places, separator=columns.delimiter, quote_char=None
        )
    except (pl.exceptions.PolarsError, TypeError):
        return None


def _segments(frame: Any, names: Sequence[str]) -> Segments | None:
    """Where keys change; None if one is missing somewhere."""
    keys = [frame[name] for name in names]
    if any(key.null_count() for key in keys):
        return None
    change = np.zeros(len(frame), bool)
    change[:1] = True
    for key in keys:
        change[1:] |= (key[1:] != key[:-1]).to_numpy()
    starts = np.flatnonzero(change)
    texts = [[cell.strip() for cell in key.gather(starts).to_list()] for key in keys]
    return Segments(starts, list(zip(*texts, strict=True)) if texts else [()], len(frame))
