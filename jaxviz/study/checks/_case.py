"""What the doctor looks at."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from ...host import Record, total_of
from .._cell import Cell
from .._cells import Group
from .._manifest import ManifestRow
from .._measures import UNKNOWN
from .._values import typed

Key = TypeVar("Key", bound=Hashable)
_ASKED = {
    "total_timesteps", "n_timesteps", "num_timesteps", "max_timesteps", "total_steps", "total_env_steps",
    "num_env_steps", "max_env_steps", "timesteps",
}  # fmt: skip
"""Hyper-parameters that say how many steps a training was asked for."""


class Case(NamedTuple):
    """A study with what is expected of it."""

    groups: Sequence[Group]
    rows: Sequence[ManifestRow]
    records: Sequence[Record]
    cells: Sequence[Cell]
    """[run]: the cell of each."""
    ends: Sequence[int | None]
    """[run]: steps that were run, as far as is known."""
    wanted: Sequence[int | None]
    """[run]: steps that should have been: the caller's word, what it was asked for, or the most of its kind."""
    seeds: int

    def by(self, key: Callable[[int], Key]) -> dict[Key, list[int]]:
        """The places of the runs by a key, in the order of the first of each."""
        found: dict[Key, list[int]] = defaultdict(list)
        for i in range(len(self.rows)):
            found[key(i)].append(i)
        return found

    def by_task(self) -> dict[str, list[int]]:
        """The places of the runs of each task that is known."""
        found = self.by(lambda i: self.rows[i].task)
        return {task: places for task, places in found.items() if task != UNKNOWN}

    def cells_of(self, places: Iterable[int]) -> tuple[Cell, ...]:
        """The cells that runs are in, each once."""
        return tuple(dict.fromkeys(self.cells[i] for i in places))

    def runs_of(self, places: Iterable[int]) -> tuple[str, ...]:
        """The runs in words."""
        return tuple(str(self.rows[i]) for i in places)


def case_of(
    groups: Sequence[Group], rows: Sequence[ManifestRow], records: Sequence[Record], seeds: int, budget: int | None
) -> Case:
    """The case of a study."""
    cells = {i: group.cell for group in groups for i in group.places}
    ends = [_end(row, record) for row, record in zip(rows, records, strict=True)]
    longest: dict[tuple[str, str, str | None], int] = {}
    kinds = [(row.algorithm, row.task, row.unit) for row in rows]
    for kind, end in zip(kinds, ends, strict=True):
        longest[kind] = max(longest.get(kind, 0), end or 0)
    wanted = [budget or asked(row) or longest[kind] or None for row, kind in zip(rows, kinds, strict=True)]
    return Case(groups, rows, records, [cells[i] for i in range(len(rows))], ends, wanted, seeds)


def _end(row: ManifestRow, record: Record) -> int | None:
    total = total_of(record.arrays) if row.last_step is not None else None
    return row.last_step if total is None or row.last_step is None else max(int(total), row.last_step)


def asked(row: ManifestRow) -> int | None:
    """The environment steps that a run was asked for, by its hyper-parameters."""
    if row.unit not in (None, "environment steps"):
        return None
    for name, value in row.configuration.items():
        steps = typed(value)
        if name.rpartition("/")[2].lower() in _ASKED and isinstance(steps, int | float) and steps > 0:
            return int(steps) if steps == steps // 1 else None
    return None


def many(count: int, noun: str) -> str:
    """ "1 run", "1,000 runs"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
