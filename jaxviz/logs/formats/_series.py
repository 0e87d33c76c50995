"""From the columns of a table to series: which one counts steps, what the values are, and what is missing."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ...host.readers import Array, Numbers, finite, leading, whole
from .._log import Kind, Series, Unit
from .._names import in_order, meaning, of_evaluation
from ._reading import counted

_MEANS = ("trailing mean", "updates")


class Found(NamedTuple):
    """The series of one run, and what was guessed or left out."""

    series: dict[str, Series]
    notes: list[str]


class _Axis(NamedTuple):
    name: str | None
    values: Array | None
    """[row]; NaN where the table has no step."""
    unit: Unit | None


def series_of(columns: Mapping[str, Numbers], *, evaluation: bool = False, unknown: Kind = "updates") -> Found:
    """One series for each column, against the column of steps if there is one.

    `evaluation`: the file is about evaluations. `unknown`: what returns are whose name does not say it.
    """
    axis, time = _axis(columns), _clock(columns)
    notes = [] if axis.name is not None else ["no column counts steps: only the order is known"]
    series = {}
    for name, column in columns.items():
        if name == axis.name or is_index(name):
            continue
        kind, guessed = _kind(name, evaluation, unknown)
        there = ~column.missing
        if kind in _MEANS:
            early = leading(column.values, there)
            if early.any():
                notes.append(
                    f"{name!r}: {counted(int(early.sum()), 'value')} of nan of before an episode ended were left out"
                )
                there &= ~early
        if axis.values is not None:
            lost = there & ~finite(axis.values)
            if lost.any():
                notes.append(f"{name!r}: {counted(int(lost.sum()), 'value')} without a step were left out")
                there &= ~lost
        if not there.any() and len(there):
            continue
        if guessed:
            notes.append(f"{name!r} does not say what one value is: taken as {_WORDS[kind]}")
        series[name] = Series(
            column.values[there],
            None if axis.values is None else whole(axis.values[there]),
            kind,
            axis.unit,
            _lengths(name, columns, there) if kind else None,
            None if time is None else time[there],
        )
    return Found(series, notes)


_WORDS: dict[Kind | None, str] = {
    "updates": "the mean of one update",
    "evaluations": "an evaluation",
    "episodes": "a single episode",
}


def is_index(name: str) -> bool:
    """Whether a column is the index that pandas writes without a name."""
    return not name.strip() or name.startswith("Unnamed:")


def _axis(columns: Mapping[str, Numbers]) -> _Axis:
    """The column of steps that is to be preferred, of those that are nowhere missing; else of those that are there."""
    steps = in_order(columns, "step")
    full = [name for name in steps if finite(columns[name].values).all()]
    some = [name for name in steps if finite(columns[name].values).any()]
    name = next(iter((*full, *some, *steps)), None)
    if name is None:
        return _Axis(None, None, None)
    known = meaning(name)
    return _Axis(name, columns[name].values, known.unit if known else None)


def _clock(columns: Mapping[str, Numbers]) -> Array | None:
    """Unix time, where a column has it in every row."""
    clocks: Iterable[str] = in_order(columns, "clock")
    return next((columns[name].values for name in clocks if finite(columns[name].values).all()), None)


def _kind(name: str, evaluation: bool, unknown: Kind) -> tuple[Kind | None, bool]:
    """What one value is, and whether that was guessed."""
    known = meaning(name)
    if known is None or known.role not in ("return", "success"):
        return None, False
    if evaluation and known.kind != "running maximum":
        return "evaluations", False
    return (unknown, True) if known.kind is None and known.role == "return" else (known.kind, False)


def _lengths(name: str, columns: Mapping[str, Numbers], there: Array) -> Array | None:
    """The lengths beside a return: those of evaluations for evaluations, and of the same folder if it has one."""
    folder = name.rpartition("/")[0]
    like = [other for other in in_order(columns, "length") if of_evaluation(other) == of_evaluation(name)]
    near = [other for other in like if other.rpartition("/")[0] == folder]
    chosen = next(iter((*near, *like)), None)
    return None if chosen is None else columns[chosen].values[there]
