"""`Manifest`: one row a run, what it is called, where it comes from and what is in it."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, overload

from .._explained import explained
from ._measures import Kind, State, Unit
from ._values import Configuration, Value, label, rank, typed


class ManifestRow(NamedTuple):
    """What is known of one run. None: not known, or for `Study.of_rows` to find in the data."""

    algorithm: str
    task: str = "task"
    configuration: Mapping[str, Any] = Configuration()
    """Hyper-parameters by name, typed: 3e-4 is a number."""
    seed: Value = None
    source: str = ""
    """The file or folder."""
    format: str = ""
    kind: Kind | None = None
    """What one of its returns is: that of an episode, of an evaluation, a trailing mean, …"""
    unit: Unit | None = None
    """What its steps count."""
    first_step: int | None = None
    last_step: int | None = None
    entries: int | None = None
    """Entries of the stream that statistics read."""
    state: State | None = None
    guessed: Mapping[str, str] = {}
    """Column → what it was guessed from: {"task": "folder name"}."""
    run: str = ""
    """Which run of its source it is."""
    notes: tuple[str, ...] = ()
    """A sentence for everything that was repaired, left out or doubted."""

    @property
    def id(self) -> tuple[str, str]:
        """What no other run of a study has: its source and which run of that it is."""
        return (self.source, self.run)

    def __str__(self) -> str:
        where = " ".join(filter(None, (self.source, self.run)))
        seed = "" if self.seed is None else f" seed {self.seed}"
        return f"{self.algorithm} on {self.task}{seed}" + (f" ({where})" if where else "")


_word = functools.lru_cache(8192)(label)
"""Ten thousand runs have the same few names and notes."""


def cleaned(row: ManifestRow) -> ManifestRow:
    """The row with text that is printable and values that are typed."""
    seed, configuration = typed(row.seed), row.configuration
    if not isinstance(configuration, Configuration):
        configuration = Configuration(configuration) if configuration else _NONE
    return ManifestRow(
        algorithm=_word(row.algorithm),
        task=_word(row.task),
        configuration=configuration,
        seed=int(seed) if isinstance(seed, float) and seed.is_integer() else seed,
        source=label(row.source),
        format=_word(row.format),
        kind=row.kind,
        unit=row.unit,
        first_step=row.first_step,
        last_step=row.last_step,
        entries=row.entries,
        state=row.state,
        guessed={_word(str(column)): _word(str(why)) for column, why in row.guessed.items()},
        run=label(row.run) if row.run else "",
        notes=_each_once(tuple(row.notes)),
    )


_NONE = Configuration()


@functools.lru_cache(8192)
def _each_once(notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(label, notes)))


def order(row: ManifestRow) -> tuple[Any, ...]:
    """A key that sorts rows: by what they are called, then by seed and source."""
    configuration = row.configuration
    assert isinstance(configuration, Configuration)  # of cleaned rows
    return (row.algorithm, row.task, configuration, rank(row.seed), row.source, len(row.run), row.run)


class Manifest(Sequence[ManifestRow]):
    """The rows of a study. `str(manifest)` is a table, `to_csv` and `from_csv` go to a spreadsheet and back."""

    def __init__(self, rows: Sequence[ManifestRow]) -> None:
        if not isinstance(rows, list | tuple | Manifest):
            raise TypeError(f"`rows` must be a list of ManifestRows, got {type(rows).__name__}")
        for i, row in enumerate(rows):
            if not isinstance(row, ManifestRow):
                raise TypeError(f"`rows` must be a list of ManifestRows, got {type(row).__name__} at {i}")
        self._rows = tuple(map(cleaned, rows))

    @overload
    def __getitem__(self, index: int) -> ManifestRow: ...
    @overload
    def __getitem__(self, index: slice) -> "Manifest": ...
    def __getitem__(self, index: int | slice) -> "ManifestRow | Manifest":
        return Manifest(self._rows[index]) if isinstance(index, slice) else self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ManifestRow]:
        return iter(self._rows)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Manifest) and self._rows == other._rows

    def __hash__(self) -> int:
        return hash(tuple(row.id for row in self._rows))

    def table(self, most: int | None = 40) -> str:
        """The rows as text of aligned columns; of more than `most` rows the first and the last."""
        from ._tables import as_text, manifest_table

        return as_text(manifest_table(self, most))

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        from ._tables import as_html, manifest_table

        return as_html(manifest_table(self, 200))

    def to_csv(self, path: str | Path) -> Path:
        """Write one line a run; no cell is a formula to a spreadsheet, and no character a command to a terminal.

        Hyper-parameters are the columns `config/…`. Correct it by hand, read it with `Manifest.from_csv` and give it
        to `study.corrected(manifest)`.
        """
        from ._csv import write

        return write(Path(path), self)

    @classmethod
    @explained
    def from_csv(cls, path: str | Path) -> "Manifest":
        """Read what `to_csv` wrote, corrected by hand or by a spreadsheet (";" and tabs are commas too).

        ValueError that names the file, the line and the column of what cannot be: an unknown column, two rows of one
        run, a kind or a unit that there is not.
        """
        from ._csv import read

        return cls(read(Path(path)))
