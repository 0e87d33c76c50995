"""Runs with their rows -> cells: what belongs into one batch, and what is left out of it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from ..host import Record, common_arrays
from ._cell import Cell
from ._manifest import ManifestRow
from ._measures import Kind
from ._values import Configuration

T = TypeVar("T")
_KIND: dict[str, Kind] = {"episodes": "episodes", "updates": "updates", "evaluation": "evaluations"}


class Measure(NamedTuple):
    """What the numbers of a run are: only runs that agree in all of it are put into one batch."""

    kind: str
    unit: str
    steps: str
    metric: str
    direction: str
    form: str


class Group(NamedTuple):
    """A cell with the places of its runs."""

    cell: Cell
    places: tuple[int, ...]


def kind_of(record: Record) -> Kind:
    """The kind of the stream that every statistic reads, unless somebody knows better."""
    return _KIND[record.primary.partition("/")[0]]


def measure(row: ManifestRow, record: Record) -> Measure:
    """What the numbers of a run are, in words."""
    part, form = record.primary.split("/")
    stepped = f"{part}/step" in record.arrays
    return Measure(
        kind=row.kind or kind_of(record),
        unit=row.unit or ("steps of unknown unit" if stepped else ""),
        steps="with steps" if stepped else "without steps",
        metric=record.words.metric,
        direction="lower is better" if record.words.minimize else "higher is better",
        form=f"{part} {form}" if part != "updates" or not record.words.means else "means",
    )


def grouped(rows: Sequence[ManifestRow], records: Sequence[Record]) -> list[Group]:
    """The cells of runs in their order; names whose runs measured several things are several cells."""
    named: dict[Cell, dict[Measure, list[int]]] = defaultdict(lambda: defaultdict(list))
    cells: dict[tuple[str, str, Configuration], Cell] = {}
    for i, (row, record) in enumerate(zip(rows, records, strict=True)):
        assert isinstance(row.configuration, Configuration)  # of cleaned rows
        name = (row.algorithm, row.task, row.configuration)
        cell = cells.setdefault(name, Cell(*name)) if name not in cells else cells[name]
        named[cell][measure(row, record)].append(i)
    found = [
        Group(cell if len(parts) == 1 else _variant(cell, one, list(parts)), tuple(places))
        for cell, parts in named.items()
        for one, places in parts.items()
    ]
    return sorted(found)


def _variant(cell: Cell, own: Measure, all_of_name: Sequence[Measure]) -> Cell:
    """The cell with what tells its runs from the others of its name."""
    columns = dict(zip(Measure._fields, zip(*all_of_name, strict=True), strict=True))
    differ = [name for name, column in columns.items() if len(set(column)) > 1]
    if "kind" in differ and len(set(columns["kind"])) == len(all_of_name):
        differ = [name for name in differ if name != "form"]  # each kind has its own
    words = filter(None, (getattr(own, name) for name in differ))
    return Cell(cell.algorithm, cell.task, cell.configuration, ", ".join(dict.fromkeys(words)))


def with_notes(rows: Sequence[ManifestRow], records: Sequence[Record], groups: Sequence[Group]) -> list[ManifestRow]:
    """The rows, with a note where a cell cannot hold all that one of its runs has."""
    found = list(rows)
    for group in groups:
        for i, names in zip(group.places, common_arrays([records[i] for i in group.places]).left_out, strict=True):
            if names:
                what = ", ".join(name.removeprefix("losses/values/") for name in names)
                note = f"not in the batch of its cell, whose runs do not all have it alike: {what}"
                found[i] = rows[i]._replace(notes=tuple(dict.fromkeys((*rows[i].notes, note))))
    return found


class Lazily(Mapping[Cell, T]):
    """Cell → what `make` makes of it at its first use."""

    def __init__(self, cells: Sequence[Cell], make: Callable[[int], T]) -> None:
        self._places, self._make, self._made = {cell: i for i, cell in enumerate(cells)}, make, dict[Cell, T]()

    def __getitem__(self, cell: Cell) -> T:
        if cell not in self._made:
            if cell not in self._places:
                raise KeyError(f"there is no cell {cell}; there are {_listing(list(self._places))}")
            self._made[cell] = self._make(self._places[cell])
        return self._made[cell]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"{{{_listing(list(self._places))}}}"


def _listing(cells: Sequence[Cell]) -> str:
    more = f" and {len(cells) - 10} more" if len(cells) > 10 else ""
    return ", ".join(map(str, cells[:10])) + more
