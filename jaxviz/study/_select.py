"""Rows that are chosen, corrected or merged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ._manifest import Manifest, ManifestRow
from ._values import Configuration, Value, rank, typed

_CORRECTED = ("algorithm", "task", "configuration", "seed", "kind", "unit", "state")


def axes(rows: Sequence[ManifestRow]) -> dict[str, tuple[Value, ...]]:
    """Hyper-parameter → its values; those that differ, or that some runs are without, come first."""
    values: dict[str, dict[Any, Value]] = {}
    counts: dict[str, int] = {}
    for row in rows:
        for name, value in row.configuration.items():
            values.setdefault(name, {})[rank(value)] = value
            counts[name] = counts.get(name, 0) + 1
    found = {name: tuple(own[key] for key in sorted(own)) for name, own in values.items()}
    return dict(sorted(found.items(), key=lambda item: (len(item[1]) == 1 and counts[item[0]] == len(rows), item[0])))


class Wanted(NamedTuple):
    """Values of one name, of which a run must have one."""

    name: str
    values: Any
    """One value or several."""
    own: Sequence[Value]
    """[run]: the value of each; None where it has none."""


def of_columns(rows: Sequence[ManifestRow], columns: Mapping[str, Any]) -> list[Wanted]:
    """What is wanted of columns of the manifest; None: anything."""
    asked = {name: values for name, values in columns.items() if values is not None}
    return [Wanted(name, values, [typed(getattr(row, name)) for row in rows]) for name, values in asked.items()]


def of_configurations(rows: Sequence[ManifestRow], configuration: Mapping[str, Any]) -> list[Wanted]:
    """What is wanted of hyper-parameters. ValueError for one that there is not."""
    known = axes(rows)
    for name in configuration:
        if name not in known:
            raise ValueError(f"`{name}` is no hyper-parameter of the study; there are {_listed(known)}")
    return [
        Wanted(name, values, [row.configuration.get(name) for row in rows]) for name, values in configuration.items()
    ]


def selected(count: int, wanted: Sequence[Wanted]) -> list[int]:
    """The places of the runs that have all that is wanted. ValueError if there are none."""
    keep = list(range(count))
    for one in wanted:
        keys, own = {rank(typed(value)) for value in _several(one.values)}, list(map(rank, one.own))
        if not keys & set(own):
            there = _listed(dict.fromkeys(map(str, one.own)))
            raise ValueError(f"`{one.name}`: no run has {one.values!r}; there are {there}")
        keep = [i for i in keep if own[i] in keys]
    if not keep:
        raise ValueError(f"no run has all of {', '.join(f'`{one.name}`={one.values!r}' for one in wanted)}")
    return keep


def _several(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, Iterable) and not isinstance(wanted, str) else [wanted]


def _listed(names: Iterable[str], most: int = 30) -> str:
    shown = list(names)
    return (", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")) or "none"


def corrected(rows: Sequence[ManifestRow], manifest: Manifest) -> tuple[list[int], list[ManifestRow]]:
    """The places of the rows that the manifest has, and their new rows."""
    if not isinstance(manifest, Manifest):
        raise TypeError(f"`manifest` must be a Manifest, got {type(manifest).__name__}: give Manifest.from_csv(path)")
    given: dict[tuple[str, str], ManifestRow] = {}
    for row in manifest:
        if row.id in given:
            raise ValueError(f"`manifest` has two rows of the source {row.source!r}, run {row.run!r}")
        given[row.id] = row
    own = {row.id for row in rows}
    given = {_id_of(row, own): row for row in given.values()}
    unknown = [row for key, row in given.items() if key not in own]
    if unknown:
        where = [f"{row.source!r}, run {row.run!r}" for row in unknown]
        raise ValueError(f"`manifest` has rows of no run of the study: {_listed(where, 5)}")
    keep = [i for i, row in enumerate(rows) if row.id in given]
    if not keep:
        raise ValueError("`manifest` has no row: nothing would be left")
    return keep, [_with(rows[i], given[rows[i].id]) for i in keep]


def _id_of(row: ManifestRow, own: set[tuple[str, str]]) -> tuple[str, str]:
    """The id of a row, also where pandas has written the run 1 as 1.0."""
    whole = (row.source, row.run.removesuffix(".0"))
    return whole if row.id not in own and whole in own else row.id


def _with(row: ManifestRow, given: ManifestRow) -> ManifestRow:
    """The row with the names of another; what was changed is not guessed any more."""
    given = given._replace(kind=given.kind or row.kind, state=given.state or row.state)
    changed = {name for name in _CORRECTED if getattr(row, name) != getattr(given, name)}
    guessed = {column: why for column, why in row.guessed.items() if column not in changed}
    return row._replace(**{name: getattr(given, name) for name in _CORRECTED}, guessed=guessed)


def without(rows: Sequence[ManifestRow], names: Sequence[str]) -> list[ManifestRow]:
    """The rows without some hyper-parameters."""
    known = axes(rows)
    for name in names:
        if name not in known:
            raise ValueError(f"`names`: {name!r} is no hyper-parameter of the study; there are {_listed(known)}")
    return [
        row._replace(configuration=Configuration({k: v for k, v in row.configuration.items() if k not in names}))
        for row in rows
    ]
