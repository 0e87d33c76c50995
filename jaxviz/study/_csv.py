"""A manifest as a table for spreadsheets, and back."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._printable import printable
from .._whole_file import whole_file
from ._manifest import ManifestRow
from ._measures import KINDS, STATES, UNITS
from ._values import Configuration, Value, typed, written

if TYPE_CHECKING:
    from ._manifest import Manifest

_BEFORE = ("source", "run", "algorithm", "task", "seed")
_BEHIND = ("kind", "unit", "first_step", "last_step", "entries", "state", "format", "guessed", "notes")
_CONFIG = "config/"
_NUMBERS = ("first_step", "last_step", "entries")
_CHOICES: Mapping[str, Sequence[str]] = {"kind": KINDS, "unit": UNITS, "state": STATES}
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]")
"""What a spreadsheet runs: a quote before it makes it text."""
_QUOTED = re.compile(r"'+\s*[=+\-@＝＋－＠]")
_MOST = 256 << 20
"""Bytes of a file."""
_BETWEEN_NOTES = " | "
_INSIDE_NOTES = " \\| "
"""How that is written in a note."""
_INDEX = re.compile(r"|Unnamed: \d+|index")
"""The column that pandas puts in front of others."""


def write(path: Path, manifest: "Manifest") -> Path:
    """One line a run."""
    names = sorted({name for row in manifest for name in row.configuration})
    target = io.StringIO()
    lines = csv.writer(target, lineterminator="\r\n")
    lines.writerow([*_BEFORE, *map(_safe, (f"{_CONFIG}{name}" for name in names)), *_BEHIND])
    lines.writerows(_cells(row, names) for row in manifest)
    with whole_file(path) as temporary:
        temporary.write_text(target.getvalue(), encoding="utf-8", newline="")
    return path


def _cells(row: ManifestRow, names: Sequence[str]) -> Iterator[str]:
    yield from (_safe(row.source), _safe(row.run), _safe(row.algorithm), _safe(row.task))
    yield "" if row.seed is None else _of_value(row.seed)
    yield from (_of_value(row.configuration[name]) if name in row.configuration else "" for name in names)
    for column in _BEHIND[:-2]:
        yield "" if getattr(row, column) is None else _of_value(getattr(row, column))
    yield _safe(json.dumps(dict(row.guessed))) if row.guessed else ""
    yield _safe(_BETWEEN_NOTES.join(note.replace(_BETWEEN_NOTES, _INSIDE_NOTES) for note in row.notes))


def _of_value(value: Value) -> str:
    return _safe(value) if isinstance(value, str) else written(value)


def _safe(text: str) -> str:
    """Text that neither a terminal nor a spreadsheet obeys."""
    text = printable(text)
    return f"'{text}" if _FORMULA.match(text) else text


def _plain(cell: str) -> str:
    """The text that `_safe` was given."""
    return cell[1:] if _QUOTED.match(cell) else cell


def read(path: Path) -> list[ManifestRow]:
    """The rows. ValueError with the file's name, the line and the column of what cannot be."""
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"`path`: {path} is no table of comma-separated values: {error}") from None
    header = [_plain(cell.strip()) for cell in lines[0]] if lines else []
    if header and _INDEX.fullmatch(header[0]):
        header, lines = header[1:], [line[1:] for line in lines]
    _check_header(header, path)
    found, seen = list[ManifestRow](), dict[tuple[str, str], int]()
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        row = _row(header, line, f"`path`: {path}, row {number}")
        if row.id in seen:
            raise ValueError(f"`path`: {path}, row {number}: the same source and run as in row {seen[row.id]}")
        seen[row.id] = number
        found.append(row)
    return found


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise ValueError(f"`path`: {path} has more than {_MOST} bytes: it is no manifest")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"`path`: {path} is not UTF-8 text ({error.reason} at byte {error.start}): save it as CSV UTF-8"
        ) from None


def _check_header(header: Sequence[str], path: Path) -> None:
    known = (*_BEFORE, *_BEHIND)
    unknown = [name for name in header if name not in known and not name.startswith(_CONFIG)]
    twice = sorted({name for name in header if header.count(name) > 1})
    missing = [name for name in ("source", "run", "algorithm", "task") if name not in header]
    for names, why in ((unknown, "unknown columns"), (twice, "columns twice"), (missing, "no column")):
        if names:
            listed = ", ".join(repr(printable(name)[:80]) for name in names[:5])
            raise ValueError(
                f"`path`: {path} has {why} {listed}; the columns are {', '.join(known)} and {_CONFIG}… for "
                "hyper-parameters"
            )


def _row(header: Sequence[str], line: Sequence[str], where: str) -> ManifestRow:
    if len(line) > len(header) and any(cell.strip() for cell in line[len(header) :]):
        raise ValueError(f"{where} has {len(line)} cells, the header {len(header)}")
    cells = {name: _plain(cell.strip()) for name, cell in zip(header, line, strict=False)}
    fields: dict[str, Any] = {name: cells.get(name, "") for name in ("source", "run", "algorithm", "task", "format")}
    for name in ("algorithm", "task"):
        if not fields[name]:
            raise ValueError(f"{where}: `{name}` is empty")
    for name, choices in _CHOICES.items():
        fields[name] = _choice(cells.get(name, ""), choices, f"{where}: `{name}`")
    for name in _NUMBERS:
        fields[name] = _number(cells.get(name, ""), f"{where}: `{name}`")
    notes = cells.get("notes", "")
    return ManifestRow(
        **fields,
        seed=typed(cells.get("seed", "")),
        configuration=Configuration(
            {n.removeprefix(_CONFIG): c for n, c in cells.items() if n.startswith(_CONFIG) and c}
        ),
        guessed=_guessed(cells.get("guessed", ""), f"{where}: `guessed`"),
        notes=tuple(note.replace(_INSIDE_NOTES, _BETWEEN_NOTES) for note in notes.split(_BETWEEN_NOTES) if note),
    )


def _choice(cell: str, choices: Sequence[str], where: str) -> Any:
    if cell and cell not in choices:
        raise ValueError(f"{where} must be one of {', '.join(choices)}, or empty; got {cell[:80]!r}")
    return cell or None


def _number(cell: str, where: str) -> int | None:
    value = typed(cell)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1):
        return None if value is None else int(value)
    raise ValueError(f"{where} must be a whole number or empty, got {cell[:80]!r}")


def _guessed(cell: str, where: str) -> dict[str, str]:
    try:
        found = json.loads(cell) if cell else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ValueError(f"{where} must be what it was, or empty; got {cell[:80]!r}")
    return found
