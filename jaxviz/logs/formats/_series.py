"""From the columns of a table to series: which one counts steps, what the values are, and what is missing."""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from ...host.readers import Array, Numbers, are_lengths, finite, goes_up, leading, whole
from ...host.readers._order import rises
from ...host.readers._rewards import adds_up, counts_nearly
from .._log import Kind, Series, Unit
from .._names import in_order, meaning, of_evaluation, plain_returns
from .._per_step import folded
from ._reading import counted

_NO_STEPS = "no column counts steps: only the order is known"
_MEANS = ("trailing mean", "updates")
_MEAN = re.compile("mean|avg|average|median", re.IGNORECASE)


class Found(NamedTuple):
    """The series of one run, and what was guessed or left out."""

    series: dict[str, Series]
    notes: list[str]


class _Axis(NamedTuple):
    name: str | None = None
    steps: Array | None = None
    """[row]; anything where the table has no step."""
    known: Array | None = None
    """[row] bool: where it has one; None: everywhere."""
    unit: Unit | None = None
    lengths: Array | None = None
    """[row]: the lengths of episodes, where the steps are their sum."""


def series_of(columns: Mapping[str, Numbers], *, evaluation: bool = False, unknown: Kind = "updates") -> Found:
    """One series for each column, against the column of steps if there is one.

    `evaluation`: the file is about evaluations. `unknown`: what returns are whose name does not say it.
    """
    rows = _rows_of(columns, evaluation, unknown)
    columns, axis, unknown, notes, time = rows.columns, rows.axis, rows.unknown, rows.notes, _clock(rows.columns)
    series, returns = {}, plain_returns(columns)
    for name, column in columns.items():
        if name == axis.name or is_index(name):
            continue
        kind, guessed = _kind(name, evaluation, unknown, returns)
        if guessed and kind == "episodes" and _MEAN.search(name):
            kind = "updates"
        there = _rows(name, column, axis, kind, notes)
        if not there.any() and len(there):
            continue
        if guessed and not rows.summed:
            notes.append(f"{name!r} does not say what one value is: taken as {_WORDS[kind]}")
        kept = slice(None) if there.all() else there
        series[name] = Series(
            column.values[kept],
            None if axis.steps is None else axis.steps[kept],
            kind,
            axis.unit,
            _lengths(name, columns, kept, axis) if kind else None,
            None if time is None else time[kept],
        )
    if any(x.kind == "episodes" and x.step is None and x.lengths is not None for x in series.values()):
        notes[notes.index(_NO_STEPS)] = "no column counts steps: the lengths of the episodes do"
    return Found(series, notes)


class _RowsOf(NamedTuple):
    """What the rows of a table are."""

    columns: Mapping[str, Numbers]
    axis: _Axis
    unknown: Kind
    """What returns are whose name does not say it."""
    notes: list[str]
    summed: bool = False
    """Whether they were of single steps."""


def _rows_of(columns: Mapping[str, Numbers], evaluation: bool, unknown: Kind) -> _RowsOf:
    """Whether the rows are of single steps, which become episodes, of episodes, or of anything else."""
    of_steps = folded(columns)
    columns, notes = of_steps or (columns, [])
    axis = _with_unit(columns, _axis(columns), of_steps is not None)
    notes += [] if axis.name is not None else [_NO_STEPS]
    if evaluation or (unknown not in ("updates", "episodes") and not of_steps):
        return _RowsOf(columns, axis, unknown, notes, of_steps is not None)
    single = _episode_axis(columns, axis)
    if single is not None and single.lengths is not None:
        notes.append(f"{single.name!r} is the length of each episode: its sum counts steps")
    alone = axis.name is None and bool(_own_lengths(columns))
    kind: Kind = "episodes" if of_steps or single is not None or alone else unknown
    return _RowsOf(columns, single or axis, kind, notes, of_steps is not None)


def _with_unit(columns: Mapping[str, Numbers], axis: _Axis, of_steps: bool) -> _Axis:
    """The axis with the unit of its steps where they are single ones, or sums of lengths of episodes."""
    sums = are_sums(columns, axis.name) if axis.unit is None else None
    known = axis.unit is None and (of_steps or (sums is not None and bool(sums.all())))
    return axis._replace(unit="environment steps") if known else axis


def _rows(name: str, column: Numbers, axis: _Axis, kind: Kind | None, notes: list[str]) -> Array:
    """[row] bool: those with a value and a step. The mean of no episodes, nan before one has ended, is no value."""
    there = ~column.missing
    if kind in _MEANS:
        early = leading(column.values, there)
        if early.any():
            what = f"{counted(int(early.sum()), 'value')} of nan of before an episode ended"
            notes.append(f"{name!r}: {what} left out")
            there &= ~early
    if axis.known is not None:
        lost = there & ~axis.known
        if lost.any():
            notes.append(f"{name!r}: {counted(int(lost.sum()), 'value')} without a step left out")
            there &= axis.known
    return there


_WORDS: dict[Kind | None, str] = {
    "updates": "the mean of one update",
    "evaluations": "an evaluation",
    "episodes": "a single episode",
}


def is_index(name: str) -> bool:
    """Whether a column is the index that pandas writes without a name."""
    return not name.strip() or name.startswith("Unnamed:")


def _axis(columns: Mapping[str, Numbers]) -> _Axis:
    """The column of steps that is to be preferred, of those that are nowhere missing and count up; else of those that
    are nowhere missing, else of those that are there."""
    steps = {name: finite(columns[name].values) for name in in_order(columns, "step")}
    steps = {name: there for name, there in steps.items() if there.any() or not there.size}
    whole_ones = [name for name, there in steps.items() if there.all()]
    counting = [name for name in whole_ones if goes_up(columns[name].values).all()]
    name = next(iter((*counting, *whole_ones, *steps)), None)
    if name is None:
        return _Axis()
    there = steps[name]
    meant = meaning(name)
    values = columns[name].values
    if there.all():
        return _Axis(name, whole(values), None, meant.unit if meant else None)
    counted = whole(values[there])
    filled = values.copy()
    filled[~there] = 0
    return _Axis(name, filled.astype(counted.dtype), there, meant.unit if meant else None)


def _episode_axis(columns: Mapping[str, Numbers], axis: _Axis) -> _Axis | None:
    """The steps of a table with a row an episode, as scripts write it (`episode,reward,steps`); None for other tables.

    A column of steps that rises counts them; one that does not holds the length of each episode, as `length` does.
    """
    names = [name for name in in_order(columns, "step") if (known := meaning(name)) and known.unit == "episodes"]
    if not any(counts_nearly(columns[name].values) for name in names):
        return None
    others = [name for name in in_order(columns, "step") if name not in names and not of_evaluation(name)]
    if others and rises(columns[others[0]].values):
        return axis
    lengths = next(
        (name for name in (*others, *in_order(columns, "length")) if are_lengths(columns[name].values)), None
    )
    if lengths is None:
        return axis
    values = columns[lengths].values
    return _Axis(lengths, whole(values.cumsum()), None, "environment steps", values)


def _own_lengths(columns: Mapping[str, Numbers]) -> list[str]:
    """The columns that hold the length of an episode in each row, and no mean of several."""
    lengths = [name for name in in_order(columns, "length") if not _MEAN.search(name) and not of_evaluation(name)]
    return [name for name in lengths if are_lengths(columns[name].values)]


def are_sums(columns: Mapping[str, Numbers], step: str | None) -> Array | None:
    """[…] bool, of columns [entry …]: whether steps are sums of the lengths of episodes beside them; None: there are
    none."""
    lengths = next(
        (name for name in in_order(columns, "length") if not (_MEAN.search(name) or of_evaluation(name))), None
    )
    return None if step is None or lengths is None else adds_up(columns[step].values, columns[lengths].values)


def _clock(columns: Mapping[str, Numbers]) -> Array | None:
    """Unix time, where a column has it in every row."""
    clocks = in_order(columns, "clock")
    return next((columns[name].values for name in clocks if finite(columns[name].values).all()), None)


def _kind(name: str, evaluation: bool, unknown: Kind, returns: Collection[str]) -> tuple[Kind | None, bool]:
    """What one value is, and whether that was guessed."""
    known = meaning(name)
    if known is None or known.role not in ("return", "success") or (known.role == "return" and name not in returns):
        return None, False
    if evaluation and known.kind != "running maximum":
        return "evaluations", False
    return (unknown, True) if known.kind is None and known.role == "return" else (known.kind, False)


def _lengths(name: str, columns: Mapping[str, Numbers], there: Array | slice, axis: _Axis) -> Array | None:
    """The lengths beside a return: those of evaluations for evaluations, and of the same folder if it has one."""
    if axis.lengths is not None:
        return axis.lengths[there]
    folder = name.rpartition("/")[0]
    like = [other for other in in_order(columns, "length") if of_evaluation(other) == of_evaluation(name)]
    near = [other for other in like if other.rpartition("/")[0] == folder]
    chosen = next(iter((*near, *like)), None)
    return None if chosen is None else columns[chosen].values[there]
