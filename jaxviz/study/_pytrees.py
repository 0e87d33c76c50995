"""Mappings of TrainingRuns -> rows and records."""

from collections.abc import Iterator, Mapping
from typing import Any

from .._kinds import described
from .._run import TrainingRun
from ..host import Record, records_of
from ._cell import Cell
from ._manifest import ManifestRow
from ._of_rows import completed, in_order

_DOOR = "give what a reader returns, e.g. jv.from_arrays(returns)"
IN_MEMORY = "in memory"


def rows_of(cells: Any) -> tuple[list[ManifestRow], list[Record]]:
    """The rows and records of all runs. TypeError and ValueError name the place in the mapping."""
    if not isinstance(cells, Mapping):
        raise TypeError(
            f"`cells` must be a mapping of algorithms, {{'PPO': {{'CartPole-v1': run}}}}, got {described(cells)}"
        )
    if not cells:
        raise ValueError("`cells` is empty: give at least one algorithm, {'PPO': {'CartPole-v1': run}}")
    rows, records = [], []
    for name, cell, run in _entries(cells):
        for place, record in enumerate(_read(run, name)):
            unit = "environment steps" if any(key.endswith("/step") for key in record.arrays) else None
            row = ManifestRow(
                cell.algorithm, cell.task, cell.configuration, source=IN_MEMORY, format="TrainingRun", unit=unit
            )
            rows.append(completed(row._replace(run=f"{place} {record.digest()}"), record))
            records.append(record)
    return in_order(rows, records)


def _entries(cells: Mapping[Any, Any]) -> Iterator[tuple[str, Cell, Any]]:
    """The place in the mapping, the cell and what stands there."""
    for key, value in cells.items():
        name = f"cells[{key!r}]"
        if isinstance(key, Cell):
            yield name, key, value
        elif not isinstance(key, str):
            raise TypeError(f"`{name}`: the name of an algorithm must be text, or a Cell, got {described(key)}")
        elif not isinstance(value, Mapping):
            yield name, Cell(key), value
        else:
            yield from _of_algorithm(key, value, name)


def _of_algorithm(algorithm: str, tasks: Mapping[Any, Any], name: str) -> Iterator[tuple[str, Cell, Any]]:
    if not tasks:
        raise ValueError(f"`{name}` has no task: give {{'CartPole-v1': run}}")
    for task, run in tasks.items():
        if not isinstance(task, str):
            raise TypeError(f"`{name}`: the name of a task must be text, got {described(task)}")
        yield f"{name}[{task!r}]", Cell(algorithm, task), run


def _read(value: Any, name: str) -> list[Record]:
    runs: list[Any] = list(value) if isinstance(value, list | tuple) and value else [value]
    for run in runs:
        if not isinstance(run, TrainingRun):
            raise TypeError(f"`{name}` must be a TrainingRun [run] or a list of them, got {described(run)}: {_DOOR}")
        if len(run.batch_shape) > 1:
            raise ValueError(
                f"`{name}` has the batch axes {run.batch_shape}, a cell has one axis of runs: give each configuration "
                "its own cell, {jv.Cell('PPO', 'CartPole-v1', {'lr': 3e-4}): run[0], ...}"
            )
    found = [record for run in runs for record in records_of(run)]
    if not found:
        raise ValueError(f"`{name}` has no run: leave it out")
    return found
