"""What the columns of a table of several runs are for, by their names and a sample of the rows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from ...host.readers import Columns, NotNumberError, numbers
from .._names import LABELS, in_order, is_setting, label, meaning, names_metric, normal
from ._phases import are_phases, column_of
from ._series import is_index

_FEW = 100
"""Texts of a column that is a setting; one with more is a comment."""


class Plan(NamedTuple):
    """How the rows become runs."""

    columns: Columns
    labels: dict[str, str]
    """Label → its column."""
    metric: str | None
    phase: str | None
    """Column whose text says what a row is about, as training or evaluation."""
    settings: tuple[str, ...]
    """Columns of the configuration that tell runs apart."""


def plan(names: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> Plan:
    """The plan for a table, of which `rows` are the first. ValueError if returns or steps in them are no numbers."""
    cells = {name: [row[place].strip() for row in rows] for place, name in enumerate(names) if not is_index(name)}
    labels = _labels(cells)
    counted = [name for name in cells if name not in labels.values() and _holds_numbers(name, cells[name])]
    texts = [name for name in cells if name not in labels.values() and name not in counted]
    metric = next((name for name in texts if names_metric(name)), None)
    phase = column_of(name for name in texts if name != metric and are_phases(set(cells[name])))
    keys = [*labels.values(), *filter(None, (metric, phase))]
    settings = [name for name in texts if name not in keys and len(set(cells[name])) <= _FEW]
    settings = [name for name in settings if _is_setting(cells, keys, name)]
    others = [name for name in texts if name not in keys and name not in settings]
    settings += _told_apart_by(cells, [*keys, *settings], counted, others) if cells else []
    kept = tuple(name for name in counted if name not in settings)
    whole = tuple(name for name in in_order(kept, "step") if all(map(str.isdecimal, cells[name])))
    return Plan(
        Columns(tuple(names), (*keys, *settings), kept, delimiter, whole), labels, metric, phase, tuple(settings)
    )


def _labels(names: Iterable[str]) -> dict[str, str]:
    """Label → the column that holds it: of several, that whose name is most common for it."""
    found = {}
    for kind, words in LABELS.items():
        order = words.split()
        columns = [name for name in names if label(name) == kind]
        if columns:
            found[kind] = min(columns, key=lambda name: order.index(normal(name)))
    return found


def _holds_numbers(name: str, cells: Sequence[str]) -> bool:
    """Whether all of a sample are numbers or missing. ValueError for a return or step of which not all are."""
    try:
        return not numbers(cells).missing.all() or not cells
    except NotNumberError as error:
        known = meaning(name)
        if known and known.role in ("return", "success", "step") and error.row:
            raise ValueError(f"line {error.row + 2}, {name!r}: {error}; {error.row} rows are before it") from None
        return False


def _is_setting(cells: dict[str, list[str]], keys: Sequence[str], name: str) -> bool:
    """Whether runs have one text in the column, or a few: another in every row is a date or a comment."""
    there = len(set(_keys(cells, keys)))
    return len(set(_keys(cells, [*keys, name]))) <= max(there, len(cells[name]) // 4)


def _keys(cells: dict[str, list[str]], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The key of each row."""
    return zip(*(cells[name] for name in names), strict=True) if names else iter([()] * len(next(iter(cells.values()))))


_MOST_SETTINGS = 3
_CANDIDATES = 12


def _told_apart_by(
    cells: dict[str, list[str]], keys: Sequence[str], counted: Sequence[str], texts: Sequence[str]
) -> list[str]:
    """The columns without which the steps of a run would come again, as with two learning rates a seed: as few as can
    be, of few values each."""
    steps = in_order(counted, "step")
    if not steps:
        return _told_apart_without_steps(cells, keys, counted)
    if _rise(cells, keys, steps[0]):
        return []
    values = {name: len(set(cells[name])) for name in (*texts, *counted) if meaning(name) is None}
    few = sorted((name for name in values if 1 < values[name] <= _FEW), key=values.__getitem__)[:_CANDIDATES]
    for size in range(1, _MOST_SETTINGS + 1):
        for chosen in combinations(few, size):
            if _rise(cells, [*keys, *chosen], steps[0]):
                return list(chosen)
    return []


def _told_apart_without_steps(cells: dict[str, list[str]], keys: Sequence[str], counted: Sequence[str]) -> list[str]:
    """The columns without which rows of a table of final scores would be entries of one run: those called as settings,
    else those whose few values make a grid, in which the rows of one key do not follow each other."""
    rows = len(next(iter(cells.values()), ()))
    if _one_each(cells, keys, rows):
        return []
    named = [name for name in cells if name not in keys and is_setting(name) and len(set(cells[name])) > 1]
    if named and _one_each(cells, [*keys, *named], rows):
        return named
    if any(before == after for before, after in pairwise(_keys(cells, keys))):
        return []
    values = {name: len(set(cells[name])) for name in counted if meaning(name) is None}
    few = sorted((name for name in values if 1 < values[name] <= rows // 2), key=values.__getitem__)[:_CANDIDATES]
    found = (each for size in range(1, _MOST_SETTINGS + 1) for each in combinations(few, size))
    return list(next((each for each in found if _one_each(cells, [*keys, *each], rows)), ()))


def _one_each(cells: dict[str, list[str]], keys: Sequence[str], rows: int) -> bool:
    """Whether every row has a key of its own."""
    return len(set(_keys(cells, keys))) == rows


def _rise(cells: dict[str, list[str]], keys: Sequence[str], step: str) -> bool:
    """Whether the steps of every key rise."""
    last: dict[tuple[str, ...], float] = {}
    for key, at in zip(_keys(cells, keys), numbers(cells[step]).values.tolist(), strict=True):
        if key in last and not at > last[key]:
            return False
        last[key] = at
    return True
