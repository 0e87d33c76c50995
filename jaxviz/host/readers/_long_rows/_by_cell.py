"""A block of a table of several runs, cell by cell: the exact way."""

from collections.abc import Sequence

import numpy as np

from .._cells import NotNumberError, Numbers, numbers
from .._delimited import cell_rows
from ._blocks import Block, Columns


def by_cell(block: bytes, columns: Columns, line: int) -> Block:
    """Cell by cell: the exact way."""
    rows, lines = [], []
    for at, cells in cell_rows(block, columns.delimiter):
        if len(cells) != len(columns.names):
            raise ValueError(f"line {line + at} has {len(cells)} cells, not {len(columns.names)}")
        rows.append(cells)
        lines.append(line + at)
    place = {name: at for at, name in enumerate(columns.names)}
    found = [_column(rows, name, place[name], lines) for name in columns.numbers]
    keys = [tuple(row[place[name]].strip() for name in columns.keys) for row in rows]
    starts = [at for at, key in enumerate(keys) if at == 0 or key != keys[at - 1]]
    values, missing = [x.values for x in found], [x.missing for x in found]
    return Block(np.array(starts, np.int64), [keys[at] for at in starts], values, missing)


def _column(rows: Sequence[Sequence[str]], name: str, place: int, lines: Sequence[int]) -> Numbers:
    try:
        return numbers([row[place] for row in rows])
    except NotNumberError as error:
        raise ValueError(f"line {lines[error.row]}, {name!r}: {error}") from None
