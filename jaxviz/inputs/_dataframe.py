"""pandas and polars tables -> TrainingRun."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, get_args

from .._explained import explained
from .._run import TrainingRun
from ..host import LongTable, RunColumns, frame_columns, listing, repeated_steps, tidy_table, wide_table
from ._tables import LOSS, Rows, pack_returns, run_of

Names = Hashable | Iterable[Hashable]


@explained
def from_dataframe(
    frame: Any,
    *,
    returns: Names,
    run: Names | None = None,
    step: Names | None = None,
    lengths: Names | None = None,
    losses: Names | Mapping[str, Names] | None = None,
    rows: Rows | None = None,
    name: str = "return",
    minimize: bool = False,
) -> TrainingRun:
    """A pandas or polars DataFrame (also a pyarrow Table) as a TrainingRun; every other argument names columns.

    Tidy, one row per entry of a run: `returns` is one column, `run` the column that tells the runs apart, or several,
    each of which becomes a batch axis (``run=["lr", "seed"]``); values in the order in which they appear. Combinations
    that do not occur are runs without entries. Without `run` all rows are one run.
    Wide, one column per run: `returns` is a list of columns; `step`, `lengths` and each of `losses` one column for
    all, or as many.
    `step`: environment steps; entries are put in its order. `losses`: one column, several, or a mapping name → column.
    `rows` says what a row is: an "episode" that ended (the default beside `lengths`), an "update" or other point of a
    curve at which `returns` is a mean (the default otherwise), or an "evaluation".
    Missing values (NaN of pandas, null of polars) are missing, not diverged: a row without return has no entry, a row
    without one of the losses none in the losses. Runs may have different lengths.
    `name`, `minimize`: what the returns are, and whether lower is better.
    ValueError lists the columns there are if one is not; it refuses steps that one run has twice.

    >>> import pandas, jaxviz as jv
    >>> frame = pandas.DataFrame({"seed": [0, 0, 1], "steps": [10, 20, 10], "score": [1.0, 2.0, 3.0]})
    >>> jv.from_dataframe(frame, returns="score", step="steps", run="seed").batch_shape
    (2,)
    """
    columns = frame_columns(frame)
    kind = _kind_of_rows(rows, lengths)
    named = {"returns": returns, "step": step, "lengths": lengths, **_named_losses(losses, columns)}
    table = _table(frame, columns, {role: names for role, names in named.items() if names is not None}, run)
    packed = pack_returns(table)
    _check_steps(packed, kind, run)
    return run_of(table, packed, kind, name=name, minimize=minimize)


def _kind_of_rows(rows: Rows | None, lengths: Names | None) -> Rows:
    if rows not in (None, *get_args(Rows)):
        raise ValueError(f'`rows` must say what a row is, "episode", "update" or "evaluation"; got {rows!r}')
    if rows not in (None, "episode") and lengths is not None:
        raise ValueError('`lengths` are of episodes: leave them out, or say rows="episode"')
    return rows or ("update" if lengths is None else "episode")


def _named_losses(losses: Names | Mapping[str, Names] | None, columns: list[Hashable]) -> dict[str, Names]:
    """Role → column: the losses under their own names, apart from the other roles."""
    if losses is None:
        return {}
    if not isinstance(losses, Mapping):
        losses = {str(column): column for column in _listed(losses, columns)}
    if not losses:
        raise ValueError("`losses` is empty: name at least one column, or None")
    return {f"{LOSS}{loss}": names for loss, names in losses.items()}


def _listed(names: Names, columns: list[Hashable]) -> list[Hashable]:
    """One name, or an iterable of names, as a list."""
    return list(names) if isinstance(names, Iterable) and not _is_one(names, columns) else [names]


def _is_one(names: Names, columns: list[Hashable]) -> bool:
    """Whether it is one name. A tuple may be that of a nested column."""
    if isinstance(names, tuple):
        return names in columns
    return isinstance(names, str) or not isinstance(names, Iterable)


def _table(frame: Any, columns: list[Hashable], named: dict[str, Names], run: Names | None) -> LongTable:
    listed = {role: _listed(names, columns) for role, names in named.items()}
    if run is None and not _is_one(named["returns"], columns):
        if not listed["returns"]:
            raise ValueError(f"`returns` names no column; the columns are {listing(columns)}")
        return wide_table(frame, listed, len(listed["returns"]))
    for role, names in listed.items():
        if len(names) != 1:
            raise ValueError(
                f"`{role}` names {len(names)} columns: a tidy table has one, and a column `run`; a wide one has a list "
                "of `returns`, one run each, and no `run`"
            )
    tidy = {role: names[0] for role, names in listed.items()}
    return tidy_table(frame, tidy, [] if run is None else _listed(run, columns))


def _check_steps(packed: RunColumns, kind: Rows, run: Names | None) -> None:
    """Episodes of parallel environments end at one step; a curve has one value there, unless runs were mixed."""
    if kind == "episode" or "step" not in packed.values or (twice := repeated_steps(packed)) is None:
        return
    step, times = twice
    told = (
        "`run` does not tell all runs apart" if run is not None else "name the column that tells runs apart with run="
    )
    raise ValueError(f'one run has step {step:g} {times} times: {told}; if the rows are episodes, say rows="episode"')
