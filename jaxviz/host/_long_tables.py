"""Rows of tables -> runs: one array per column [*batch, entry], packed and ordered."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ._frames import NUMBERS, Column, number_column, row_groups


class LongTable(NamedTuple):
    """Columns of numbers whose rows belong to runs."""

    columns: dict[str, Column]
    """By role: returns, step, lengths, losses/…"""
    run: np.ndarray
    """[row]: the place of the row's run in the flattened batch."""
    batch: tuple[int, ...]


class RunColumns(NamedTuple):
    """Columns by run."""

    values: dict[str, np.ndarray]
    """[*batch, entry] each."""
    valid: np.ndarray
    """[*batch, entry]: the first entries of each run."""


def tidy_table(frame: Any, columns: Mapping[str, Hashable], run: Sequence[Hashable]) -> LongTable:
    """A table with one row per entry of a run; the columns `run` tell the runs apart, each of them a batch axis.

    Without `run` all rows are one run, without batch axes.
    """
    read = {role: number_column(frame, name, role) for role, name in columns.items()}
    rows = next(iter(read.values())).missing.size
    if not run:
        return LongTable(read, np.zeros(rows, int), ())
    places, batch = row_groups(frame, run, "run")
    run_of_row = np.asarray(np.ravel_multi_index(places.T, batch)) if rows else np.zeros(0, int)
    return LongTable(read, run_of_row, batch)


def wide_table(frame: Any, columns: Mapping[str, Sequence[Hashable]], runs: int) -> LongTable:
    """A table with one column per run: each role has that many columns, or one for all of them."""
    read = {role: _stacked(frame, names, runs, role) for role, names in columns.items()}
    rows = next(iter(read.values())).missing.size
    return LongTable(read, np.repeat(np.arange(runs), rows // runs), (runs,))


def _stacked(frame: Any, names: Sequence[Hashable], runs: int, role: str) -> Column:
    if len(names) not in (1, runs):
        raise ValueError(f"`{role}` must name one column, or one for each of the {runs} runs, got {len(names)}")
    read = [number_column(frame, name, role) for name in names] * (runs if len(names) == 1 else 1)
    return Column(*(np.concatenate(part) for part in zip(*read, strict=True)))


def pack_runs(table: LongTable, roles: Sequence[str], *, whole: Sequence[str] = ()) -> RunColumns:
    """The columns `roles` of the rows in which none of them is missing, by run, in the order of `step` if it is there.

    ValueError if a column of `whole` is missing where the others are not.
    """
    present = np.logical_and.reduce([~table.columns[role].missing for role in roles])
    for role in whole:
        gaps = int((present & table.columns[role].missing).sum())
        if gaps:
            raise ValueError(f"`{role}` is missing in {gaps} rows that have {' and '.join(roles)}")
    rows = np.flatnonzero(present)
    if "step" in table.columns:
        rows = rows[np.argsort(table.columns["step"].values[rows], kind="stable")]
    rows = rows[np.argsort(table.run[rows], kind="stable")]
    return _by_run(table, rows, [*roles, *whole])


def _by_run(table: LongTable, rows: np.ndarray, roles: Sequence[str]) -> RunColumns:
    """`rows`, ordered by run, as one padded line per run."""
    runs = int(np.prod(table.batch))
    count = np.bincount(table.run[rows], minlength=runs)
    place = np.arange(rows.size) - np.repeat(np.cumsum(count) - count, count)
    shape = (runs, int(count.max(initial=0)))
    values = {}
    for role in roles:
        column = table.columns[role].values
        padded = np.zeros(shape, column.dtype)
        padded[table.run[rows], place] = column[rows]
        values[role] = padded.reshape(*table.batch, shape[1])
    valid = np.arange(shape[1]) < count[:, None]
    return RunColumns(values, valid.reshape(*table.batch, shape[1]))


def repeated_steps(packed: RunColumns) -> tuple[float, int] | None:
    """A step that one run has more than once, with how often; None if there is none."""
    step, valid = packed.values["step"], packed.valid
    twice = (step[..., 1:] == step[..., :-1]) & valid[..., 1:]
    if not twice.any():
        return None
    value = step[..., 1:][twice][0]
    most = ((step == value) & valid).sum(-1).max()
    return value.item(), int(most)


def rows_table(rows: Sequence[Mapping[str, Any]], run: Sequence[int], batch: tuple[int, ...]) -> LongTable:
    """Records as a table: one number under each name, missing where a record lacks it."""
    roles = dict.fromkeys(role for row in rows for role in row)
    columns = {role: _recorded([row.get(role) for row in rows], role) for role in roles}
    return LongTable(columns, np.array(run, int), batch)


def _recorded(values: Sequence[Any], role: str) -> Column:
    missing = np.array([value is None for value in values])
    try:
        numbers = np.array([0 if value is None else np.asarray(value).item() for value in values])
    except ValueError:
        raise ValueError(f"`{role}` must be one number in every record") from None
    if numbers.dtype.kind not in NUMBERS:
        raise ValueError(f"`{role}` must be a number in every record, got {numbers.dtype}")
    return Column(numbers, missing)
