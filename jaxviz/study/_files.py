"""Studies as files: the rows column by column, so that their text stays small."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..host import Record, load_records, save_records
from ._manifest import ManifestRow
from ._measures import KINDS, STATES, UNITS
from ._values import Configuration, label

_TEXTS = ("algorithm", "task", "source", "format", "run")
_WORDS: Mapping[str, Sequence[str]] = {"kind": KINDS, "unit": UNITS, "state": STATES}
_COUNTS = ("first_step", "last_step", "entries")
_SCALARS = (type(None), bool, int, float, str)
_MOST = 2**62


def save(
    path: Path, rows: Sequence[ManifestRow], records: Sequence[Record], left_out: Sequence[tuple[str, str]] = ()
) -> Path:
    """Write the rows, the records, and the files that were left out."""
    plain = {name: [getattr(row, name) for row in rows] for name in (*_TEXTS, *_WORDS, *_COUNTS, "seed")}
    sparse = {name: _sparse([getattr(row, name) for row in rows]) for name in ("configuration", "guessed")}
    notes = {str(i): "\n".join(row.notes) for i, row in enumerate(rows) if row.notes}  # they have no ends of lines
    return save_records(path, records, {**plain, **sparse, "notes": notes, "left_out": list(map(list, left_out))})


def _sparse(mappings: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Name → place of the row → value."""
    found: dict[str, dict[str, Any]] = {}
    for i, mapping in enumerate(mappings):
        for name, value in mapping.items():
            found.setdefault(name, {})[str(i)] = value
    return found


def load(path: Path) -> tuple[list[ManifestRow], list[Record], list[tuple[str, str]]]:
    """The rows and the records of a file, and what was left out. ValueError that names the file if it is damaged."""
    records, labels = load_records(path)
    try:
        return _rows(labels, len(records)), records, _left_out(labels.get("left_out", []))
    except ValueError as error:
        raise ValueError(f"{path} is not a study saved by Study.save: {error}") from None


def _left_out(values: Any) -> list[tuple[str, str]]:
    """The files that hold no run, and why."""
    pairs = values if isinstance(values, list) else [values]
    if not all(isinstance(one, list) and len(one) == 2 and all(isinstance(t, str) for t in one) for one in pairs):
        raise ValueError("its 'left_out' is no list of files and reasons")
    return [(label(path), label(why)) for path, why in pairs]


def _rows(labels: Mapping[str, Any], count: int) -> list[ManifestRow]:
    checks: dict[str, Callable[[Any], bool]] = {
        **{name: lambda value: isinstance(value, str) for name in _TEXTS},
        **{name: lambda value, words=words: value is None or value in words for name, words in _WORDS.items()},
        **{name: lambda value: value is None or (type(value) is int and abs(value) < _MOST) for name in _COUNTS},
        "seed": lambda value: isinstance(value, _SCALARS),
    }
    columns = {name: _column(labels.get(name), name, count, right) for name, right in checks.items()}
    configurations = _dense(labels.get("configuration"), "configuration", count, _SCALARS)
    guessed, notes = _dense(labels.get("guessed"), "guessed", count, (str,)), _notes(labels.get("notes"), count)
    return [
        ManifestRow(
            **{name: column[i] for name, column in columns.items()},
            configuration=Configuration(configurations[i]),
            guessed=guessed[i],
            notes=notes[i],
        )
        for i in range(count)
    ]


def _column(values: Any, name: str, count: int, right: Callable[[Any], bool]) -> list[Any]:
    if not isinstance(values, list) or len(values) != count or not all(map(right, values)):
        raise ValueError(f"its column {name!r} is not that of {count} runs")
    return values


def _dense(values: Any, name: str, count: int, kinds: tuple[type, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{} for _ in range(count)]
    if not isinstance(values, dict) or not all(isinstance(own, dict) for own in values.values()):
        raise ValueError(f"its {name!r} is no object of objects")
    for key, own in values.items():
        for i, value in own.items():
            if not isinstance(value, kinds):
                raise ValueError(f"its {name!r} has an odd value of {key[:80]!r}")
            found[_place(i, count)][key] = value
    return found


def _notes(values: Any, count: int) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()] * count
    if not isinstance(values, dict) or not all(isinstance(text, str) for text in values.values()):
        raise ValueError("its 'notes' are no object of texts")
    for i, text in values.items():
        found[_place(i, count)] = tuple(text.split("\n"))
    return found


def _place(text: str, count: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) < count):
        raise ValueError(f"there is no run {text[:80]!r}")
    return int(text)
