"""`Study`: algorithms × tasks × configurations × runs, labels outside, arrays inside, ragged and incomplete."""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from .._explained import explained
from .._run import BaseStudy, TrainingRun
from ..host import Record, as_run, common_arrays, stacked
from . import _cells, _pytrees, _select
from ._cell import Cell
from ._data import RunData
from ._manifest import Manifest, ManifestRow, cleaned
from ._of_rows import completed, in_order, read_rows
from ._values import Value

if TYPE_CHECKING:
    from ..analysis import Analysis
    from ._analysis import StudyAnalysis
    from ._export import Library


class Study(BaseStudy):
    """Runs of several algorithms on several tasks, of any number and length, and what is known of each.

        jv.Study({"PPO": {"CartPole-v1": run, "Acrobot-v1": other}, "DQN": {"CartPole-v1": third}})
        jv.Study({jv.Cell("PPO", "CartPole-v1", {"lr": 3e-4}): run})

    `cells`: algorithm → task → a TrainingRun [run] (or a list of them), algorithm → TrainingRun where there is one
    task, or `Cell` → TrainingRun. `study.cells` has a batch [run] for each cell, `study.manifest` a row for each run.
    Runs that measured other things (single episodes and evaluations, environment steps and frames) are never in one
    batch: they are cells of another `variant`. What only some runs of a cell have is left out of its batch, which the
    manifest says. A Study does not change: every method returns another.
    """

    left_out: tuple[tuple[str, str], ...] = ()
    """Files that `read_logs` left out, each with the reason."""
    _records: tuple[Record, ...]
    _rows: tuple[ManifestRow, ...]

    @explained
    def __init__(self, cells: Mapping[Any, Any]) -> None:
        rows, records = _pytrees.rows_of(cells)
        self._set(rows, records)

    def _set(self, rows: Sequence[ManifestRow], records: Sequence[Record]) -> None:
        object.__setattr__(self, "_rows", tuple(rows))
        object.__setattr__(self, "_records", tuple(records))

    @classmethod
    def _of(cls, rows: Sequence[ManifestRow], records: Sequence[Record]) -> Self:
        made = object.__new__(cls)
        made._set(*in_order(rows, records))
        return made

    @classmethod
    @explained
    def of_rows(
        cls, rows: Sequence[ManifestRow], data: Sequence[RunData], *, left_out: Sequence[tuple[str, str]] = ()
    ) -> Self:
        """The study of single runs and what they are called, in any order; nothing is compiled.

        What a row does not say is found in the data: its steps, entries, kind and state. Two runs of one source and
        `run` are told apart by a number. `left_out`: files that hold no run, and why. ValueError that names the row
        whose data is none.
        """
        return cls._of(*read_rows(rows, data))._with(left_out)

    @classmethod
    def _of_records(
        cls, rows: Sequence[ManifestRow], records: Sequence[Record], left_out: Iterable[tuple[str, str]] = ()
    ) -> Self:
        """As `of_rows`, of data that were checked already. Rows that say how many entries there are, are complete."""
        whole = [
            cleaned(row) if row.entries is not None else completed(row, one)
            for row, one in zip(rows, records, strict=True)
        ]
        return cls._of(whole, records)._with(left_out)

    def _with(self, left_out: Iterable[tuple[str, str]]) -> Self:
        """The same study, which was just made, with what was left out of it."""
        object.__setattr__(self, "left_out", tuple(left_out))
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Study does not change: `{name}` cannot be set; select, join with | or correct it")

    @cached_property
    def _groups(self) -> list[_cells.Group]:
        return _cells.grouped(self._rows, self._records)

    @cached_property
    def cells(self) -> Mapping[Cell, TrainingRun]:
        """Cell → its runs as one batch [run], padded to the longest; made at the first use, without compiling."""
        return _cells.Lazily([group.cell for group in self._groups], self._batch)

    def _batch(self, place: int) -> TrainingRun:
        records = [self._records[i] for i in self._groups[place].places]
        common = common_arrays(records)
        return as_run(stacked(records, common.names), common.words)

    @cached_property
    def manifest(self) -> Manifest:
        """One row a run, in the order of the cells and of the runs in their batches."""
        rows = _cells.with_notes(self._rows, self._records, self._groups)
        return Manifest([rows[i] for group in self._groups for i in group.places])

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The names of the algorithms, in order."""
        return tuple(sorted({row.algorithm for row in self._rows}))

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the tasks, in order."""
        return tuple(sorted({row.task for row in self._rows}))

    @cached_property
    def axes(self) -> dict[str, tuple[Value, ...]]:
        """Hyper-parameter → its values in order; those that differ between runs come first."""
        return _select.axes(self._rows)

    @explained
    def select(
        self,
        *,
        algorithm: str | Iterable[str] | None = None,
        task: str | Iterable[str] | None = None,
        seed: Value | Iterable[Value] = None,
        kind: str | Iterable[str] | None = None,
        unit: str | Iterable[str] | None = None,
        metric: str | Iterable[str] | None = None,
        **configuration: Any,
    ) -> Self:
        """The runs of some algorithms, tasks, seeds, kinds, units, metrics or values of hyper-parameters.

        `study.select(task="CartPole-v1", lr=[1e-3, 1e-4])`: each argument is one value or several. ValueError that
        lists the values there are if nothing is selected.
        """
        columns = {"algorithm": algorithm, "task": task, "seed": seed, "kind": kind, "unit": unit}
        wanted = [*_select.of_columns(self._rows, columns), *_select.of_configurations(self._rows, configuration)]
        if metric is not None:
            wanted.append(_select.Wanted("metric", metric, [record.words.metric for record in self._records]))
        keep = _select.selected(len(self._rows), wanted)
        return self._of([self._rows[i] for i in keep], [self._records[i] for i in keep])._with(self.left_out)

    def __or__(self, other: "Study") -> Self:
        """The runs of both. One that is in both, also by another path, is kept once, and a warning names it.

        ValueError if the two have other returns for one run, as after a log went on: select the newer one first.
        """
        if not isinstance(other, Study):
            return NotImplemented
        mine = {_place(row): record for row, record in zip(self._rows, self._records, strict=True)}
        rows, records, twice = list(self._rows), list(self._records), list[str]()
        for row, record in zip(other._rows, other._records, strict=True):
            if _place(row) not in mine:
                rows.append(row)
                records.append(record)
            elif mine[_place(row)].digest() == record.digest():
                twice.append(str(row))
            else:
                raise ValueError(f"both studies have the run {row}, with other contents: select the one you want first")
        if twice:
            more = f" and {len(twice) - 10} more" if len(twice) > 10 else ""
            warnings.warn(
                f"{len(twice)} runs are in both studies and kept once: {'; '.join(twice[:10])}{more}", stacklevel=2
            )
        return self._of(rows, records)._with(dict.fromkeys((*self.left_out, *other.left_out)))

    @explained
    def corrected(self, manifest: Manifest) -> Self:
        """The same runs under the names of a manifest that was corrected by hand.

        Rows are matched by source and run; algorithm, task, hyper-parameters, seed, kind, unit and state are taken
        from them. A run whose row was deleted is left out. ValueError for a row that belongs to no run.
        """
        keep, rows = _select.corrected(self._rows, manifest)
        return self._of(rows, [self._records[i] for i in keep])._with(self.left_out)

    @explained
    def without(self, *names: str) -> Self:
        """The study without some hyper-parameters: runs that differ in nothing else become one cell.

        For what is none, as the name of the run or a folder. ValueError for a name that there is not.
        """
        return self._of(_select.without(self._rows, names), self._records)._with(self.left_out)

    @explained
    def as_algorithm(self, name: str, *, source: str | None = None) -> Self:
        """All runs under the name of one algorithm, as what stands against another study.

        `source`: a word before the sources of all runs: `|` then keeps them apart from those that another study has
        under the same source, as what one command made before and after a change.
        """
        before = "" if source is None else f"{source}: "
        rows = [row._replace(algorithm=name, source=f"{before}{row.source}") for row in self._rows]
        return self._of(rows, self._records)._with(self.left_out)

    def analyze_with(self, analyze: Callable[[TrainingRun], "Analysis"]) -> "StudyAnalysis":
        """The results of all cells, of as few batches as can be: `jv.analyze(study)` calls it."""
        from ._analysis import StudyAnalysis, analyzed
        from .checks._doctor import doctor

        cells = [[self._records[i] for i in group.places] for group in self._groups]
        return StudyAnalysis(self._groups, self._rows, analyzed(cells, analyze), partial(doctor, self))

    @explained
    def save(self, path: str | Path) -> Path:
        """Write the study as one `.npz`, losslessly: `Study.load(path)` is equal to it, bit for bit.

        No pickle; every array has its SHA-256. The file appears whole or not at all; folders are created.
        """
        from ._files import save

        return save(Path(path), self._rows, self._records, self.left_out)

    @classmethod
    @explained
    def load(cls, path: str | Path) -> Self:
        """Read a study that `save` wrote. The file may come from anybody: ValueError that names it if it is damaged,
        something else or newer; nothing is unpickled.
        """
        from ._files import load

        rows, records, left_out = load(Path(path))
        return cls._of(rows, records)._with(left_out)

    @explained
    def to_frame(self, library: "Library" = "pandas") -> Any:
        """A tidy DataFrame of pandas or polars, with one row for each value of each run.

        Columns: algorithm, task, a column for each hyper-parameter, seed, source, run, kind, unit, stream ("episodes",
        "updates", "held", "evaluation" or "losses"), name (of the metric or loss), rollout, step, value and length.
        Runs are told apart by source and run.
        """
        from ._export import frame

        return frame(self._rows, self._records, library)

    @explained
    def to_marl_eval(self, path: str | Path, *, absolute: bool = True) -> Path:
        """Write the returns that statistics read as marl-eval's JSON, with one step_k for each entry.

        {environment: {task: {algorithm: {run: …}}}}, where the environment is the hyper-parameter of that name, and an
        algorithm is named with the other hyper-parameters that differ. marl-eval takes the last key of a run for its
        `absolute_metrics`, from which its tables are made: with `absolute` they are the values of the last entry, as
        no run has others. ValueError for a run of which no steps are known.
        """
        from ._export import write_marl_eval

        return write_marl_eval(Path(path), self._rows, self._records, absolute)

    def table(self, most: int | None = 40) -> str:
        """One line a cell: its runs, what they measured, their steps and states."""
        from ._tables import as_text, cells_table

        return as_text(cells_table(self._groups, self._rows, most))

    def __repr__(self) -> str:
        return f"{self._title()}\n{self.table()}"

    def _repr_html_(self) -> str:
        from ._tables import as_html, cells_table

        return f"<p>{self._title()}</p>{as_html(cells_table(self._groups, self._rows, 200))}"

    def _title(self) -> str:
        algorithms, tasks = len(self.algorithms), len(self.tasks)
        counts = {"algorithm": algorithms, "task": tasks, "cell": len(self._groups), "run": len(self._rows)}
        return "Study: " + ", ".join(f"{n:,} {word}{'' if n == 1 else 's'}" for word, n in counts.items())


def _place(row: ManifestRow) -> tuple[str, str]:
    """As `id`, equal for a relative and an absolute path to one file."""
    return (os.path.abspath(row.source) if row.source else "", row.run)
