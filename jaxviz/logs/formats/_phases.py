"""Records of training and of evaluation in one file, told apart by a text in each of them: `phase`, `mode`, `type`.

Read as one series they would be mixed, and at equal steps the later one would stand for both.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...host.readers import Numbers, cell_rows, first_objects
from .._log import Kind, Series
from .._names import meaning, normal, of_evaluation
from ._series import Found, series_of

_COLUMNS = {
    *("phase", "mode", "split", "stage", "type", "kind", "event", "record", "record_type", "log_type", "entry_type"),
    *("_type", "category", "source_type"),
}
_TRAINING = {
    *("train", "training", "rollout", "rollouts", "explore", "exploration", "collect", "collection", "learn"),
    *("learner", "update", "updates"),
}
_EPISODES = {"episode", "episodes", "ep", "episode_end", "end_of_episode"}
_KINDS: dict[str, Kind] = {**dict.fromkeys(_TRAINING, "updates"), **dict.fromkeys(_EPISODES, "episodes")}
"""Phases → what a return in them is whose name does not say it."""
_MOST = 16
"""Phases of a file; a text with more is none."""


def column_of(texts: Iterable[str]) -> str | None:
    """The column of text that may say what each record is about."""
    return next((name for name in texts if normal(name) in _COLUMNS), None)


def are_phases(texts: Collection[str]) -> bool:
    """Whether the texts of a column are of several phases, of which one at least is known."""
    return 1 < len(texts) <= _MOST and any(_is_evaluation(text) or normal(text) in _KINDS for text in texts)


def _is_evaluation(phase: str) -> bool:
    return of_evaluation(f"{phase}/return")


def lines_by_phase(content: bytes, name: str) -> dict[str, bytes]:
    """JSON lines by the text under a name; none if it says neither phases nor what else its lines are about."""
    said = re.compile(rb'"' + re.escape(name).encode() + rb'"\s*:\s*"([^"\\]{0,100})"')
    found: dict[str, list[bytes]] = {}
    for line in io.BytesIO(content):
        match = said.search(line)
        found.setdefault(match[1].decode(errors="replace") if match else "", []).append(line)
    if not are_phases(found) and not _are_apart([lines[0] for lines in found.values()]):
        return {}
    return {phase: b"".join(lines) for phase, lines in found.items()}


def _are_apart(lines: Sequence[bytes]) -> bool:
    """Whether a line of each kind has other numbers than those of the other kinds, but for steps and times."""
    if not 1 < len(lines) <= _MOST:
        return False
    names = [name for line in lines for record in first_objects(line, 1) for name in _measured(record)]
    return len(names) == len(set(names))


def _measured(record: Mapping[str, object]) -> Iterator[str]:
    """The names of numbers in a record, but for those of steps and times."""
    for name, value in record.items():
        known = meaning(name)
        if isinstance(value, int | float) and (known is None or known.role in ("return", "success", "length")):
            yield name


def objects_by_phase(objects: Iterable[Any], name: str) -> dict[str, list[Any]]:
    """Objects by the text under a name; none if it says no phases."""
    found: dict[str, list[Any]] = {}
    for one in objects:
        text = one.get(name) if isinstance(one, dict) else None
        found.setdefault(text[:100] if isinstance(text, str) else "", []).append(one)
    return found if are_phases(found) else {}


def rows_by_phase(body: bytes, place: int, delimiter: str) -> dict[str, bytes]:
    """Rows of a table by the text in a column; none if it says no phases."""
    found: dict[str, list[list[str]]] = {}
    for _, cells in cell_rows(body, delimiter):
        found.setdefault(cells[place].strip() if place < len(cells) else "", []).append(cells)
    return {phase: _written(rows, delimiter) for phase, rows in found.items()} if are_phases(found) else {}


def _written(rows: list[list[str]], delimiter: str) -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()


def unknown_in(phase: str, otherwise: Kind) -> Kind:
    """What a return is in a phase if its name does not say it."""
    return _KINDS.get(normal(phase), otherwise)


def series_of_phases(
    column: str, phases: Mapping[str, Mapping[str, Numbers]], *, evaluation: bool = False, unknown: Kind = "updates"
) -> Found:
    """As `series_of`, of each phase by itself. A name that comes in several phases gets theirs before it."""
    found = {
        phase: series_of(
            columns,
            evaluation=evaluation or _is_evaluation(phase),
            unknown=unknown_in(phase, unknown),
        )
        for phase, columns in phases.items()
    }
    times = Counter(name for one in found.values() for name in one.series)
    series: dict[str, Series] = {}
    for phase, one in found.items():
        series |= {f"{phase}/{name}" if phase and times[name] > 1 else name: x for name, x in one.series.items()}
    words = ", ".join(repr(phase) for phase in phases if phase)
    notes = [
        f"{column!r} says what each record is about: {words}",
        *(note for one in found.values() for note in one.notes),
    ]
    return Found(series, list(dict.fromkeys(notes)))
