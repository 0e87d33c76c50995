"""W&B's own file of a run, `run-<id>.wandb`, which offline and online runs leave: history and configuration.

LevelDB's framing around `Record {history = 2, config = 5, run = 17}`:

    History:   item = 1 {key = 1, nested_key = 2, value_json = 16}, repeated; step = 2 {num = 1}
    Run:       run_id = 1; config = 4; display_name = 8; starting_step = 14; start_time = 17 {seconds = 1, nanos = 2};
               resumed = 18
    Config:    update = 1 {key = 1, nested_key = 2, value_json = 16}, repeated
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ....host.readers import (
    MOST_NAMES,
    Field,
    Losses,
    SparseColumns,
    check_names,
    content,
    fields,
    json_of,
    leveldb_records,
    number_of,
    text_of,
)
from ..._log import Format, Log, UnreadableError
from ..._typed import flat, labels_of
from .._reading import counted, guarded
from ._columns import history_series, numbers_in

_IDENT = b":W&B"
_HEADER = 7
_HISTORY, _CONFIG, _RUN = 2, 5, 17


class _Run:
    """What the records told so far."""

    def __init__(self) -> None:
        self.columns = SparseColumns()
        self.labels: dict[str, str] = {}
        self.config: dict[str, Any] = {}
        self.started: float | None = None
        self.resumed = False
        self.unreadable = 0


def looks(head: bytes, path: Path) -> bool:
    """W&B's mark, its magic number and version."""
    return head.startswith(_IDENT + b"\xe1\xbe")


def read(path: Path) -> list[Log]:
    """The run, or the part of a resumed run, in one file. `UnreadableError` if it logged nothing."""
    return guarded(lambda: parse(content(path), path), path)


def parse(data: bytes, path: Path) -> list[Log]:
    """As `read`, from its bytes."""
    run, losses = _Run(), Losses()
    for record in leveldb_records(data, _HEADER, losses):
        try:
            _add(record, run)
        except (ValueError, OverflowError, RecursionError):
            run.unreadable += 1
    if not run.columns and not run.config:
        raise UnreadableError("it holds neither history nor configuration: the run logged nothing, or all is damaged")
    series, notes = history_series(run.columns, run.started)
    config = flat({name: value for name, value in run.config.items() if not name.startswith("_wandb")})
    labels = labels_of(config) | run.labels
    part = "resumed" if run.resumed else "whole"
    return [Log(series, labels, config, run.started, part, (*_notes(run, losses), *notes))]


def _add(record: bytes, run: _Run) -> None:
    """Add what a record tells."""
    for field in fields(record):
        if field.wire == 2 and field.number == _HISTORY:
            _add_history(record, field, run)
        elif field.wire == 2 and field.number == _CONFIG:
            _add_config(record, field, run)
        elif field.wire == 2 and field.number == _RUN:
            _add_run(record, field, run)


def _add_history(record: bytes, history: Field, run: _Run) -> None:
    """One row."""
    row: dict[str, float] = {}
    for part in fields(record, history.start, history.end):
        if (part.number, part.wire) == (1, 2):
            names, value = _item(record, part)
            for name, number in numbers_in(".".join(names), value):
                row[name] = number
            if len(row) > MOST_NAMES:
                raise ValueError("it has too many names")
        elif (part.number, part.wire) == (2, 2):
            for number in fields(record, part.start, part.end):
                if (number.number, number.wire) == (1, 0):
                    row.setdefault("_step", float(number_of(record, number)))
    for name, number in row.items():
        run.columns.put(name, number)
    run.columns.end_row()


def _item(record: bytes, item: Field) -> tuple[list[str], Any]:
    """The name, which may be nested, and the value of an item. ValueError if that is no JSON."""
    names, nested, value = [], [], None
    for number, wire, start, end in fields(record, item.start, item.end):
        if wire != 2:
            continue
        if number == 16:
            value = json_of(record[start:end])
        elif number in (1, 2):
            (names if number == 1 else nested).append(record[start:end].decode(errors="replace"))
    return nested or names, value


def _add_config(record: bytes, config: Field, run: _Run) -> None:
    """Updates of the configuration."""
    for part in fields(record, config.start, config.end):
        if (part.number, part.wire) == (1, 2):
            check_names(record[part.start : part.end], MOST_NAMES)
            names, value = _item(record, part)
            run.config[".".join(names)] = value
            if len(run.config) > MOST_NAMES:
                raise ValueError("the configuration has too many names")


def _add_run(record: bytes, field: Field, run: _Run) -> None:
    """The run's id, configuration and beginning."""
    for part in fields(record, field.start, field.end):
        match part.number, part.wire:
            case 1, 2:
                run.labels["run"] = text_of(record, part)
            case 4, 2:
                _add_config(record, part, run)
            case 8, 2:
                run.labels["name"] = text_of(record, part)
            case 14, 0:
                run.resumed |= number_of(record, part) > 0
            case 17, 2:
                run.started = _time(record, part)
            case 18, 0:
                run.resumed |= number_of(record, part) > 0


def _time(record: bytes, stamp: Field) -> float:
    """Unix time of a `google.protobuf.Timestamp`."""
    parts = {part.number: number_of(record, part) for part in fields(record, stamp.start, stamp.end) if part.wire == 0}
    return parts.get(1, 0) + parts.get(2, 0) / 1e9


def _notes(run: _Run, losses: Losses) -> Iterator[str]:
    """What was left out."""
    if losses.places:
        shown = ", ".join(map(str, losses.places[:5])) + (", …" if len(losses.places) > 5 else "")
        places = f"{counted(len(losses.places), 'place')} (byte {shown})"
        yield f"{places} did not meet the checksum: the records there were left out"
    if losses.torn is not None:
        yield f"the last record, at byte {losses.torn}, is cut off: left out"
    if run.unreadable:
        yield f"{counted(run.unreadable, 'record')} could not be understood: left out"


FORMAT = Format("W&B run", looks, read)
