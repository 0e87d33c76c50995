"""`StudyAnalysis`: the statistics of every cell of a study, made in few programs."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .. import _steps
from .._explained import explained
from .._run import TrainingRun
from ..analysis import Analysis
from ..host import Record, as_run, joined_rows, rows_in_parts, score_table, stacked
from . import _batches
from ._cell import Cell
from ._cells import Group, Lazily
from ._export import methods, rliable_scores
from ._manifest import Manifest, ManifestRow
from ._values import Value
from .checks._findings import Finding

_OF_DEVICE = 64
"""Bytes of a device that an entry of a batch may need: the batch, what is made of it and room for passes."""
_MOST_ON_CPU = 1 << 25
"""Entries of a batch where nobody says how much memory there is: about a gigabyte with its results."""


class Place(NamedTuple):
    """Where the results of a cell are: some rows of those of a batch, as long as its own runs."""

    results: Analysis
    rows: slice
    sizes: Mapping[str, int]


class NamedBatch(NamedTuple):
    """Runs that were analysed together."""

    results: Analysis
    """[run]"""
    names: list[tuple[str, str] | None]
    """[run]: algorithm, with the hyper-parameters that differ in the study, and task; None for padding."""


class RunScore(NamedTuple):
    """A number of one run."""

    task: str
    variant: str
    metric: str
    minimize: bool
    value: float
    diverged: bool
    algorithm: str = ""
    """With the hyper-parameters that differ in the study."""
    base: str = ""
    """The algorithm without them."""
    configuration: Mapping[str, Value] = MappingProxyType({})
    """All its hyper-parameters."""


class StudyAnalysis:
    """The result of `jv.analyze(study)`: `cells` has an Analysis for each cell, as of its runs alone."""

    manifest: Manifest

    def __init__(
        self,
        groups: Sequence[Group],
        rows: Sequence[ManifestRow],
        places: Sequence[Place],
        look: Callable[[], Sequence[Finding]] = tuple,
    ) -> None:
        self._groups, self._rows, self._places = tuple(groups), tuple(rows), tuple(places)
        self._look = look
        self.manifest = Manifest([rows[i] for group in groups for i in group.places])

    @cached_property
    def cells(self) -> Mapping[Cell, Analysis]:
        """Cell → the Analysis of its runs [run]."""
        return Lazily([group.cell for group in self._groups], lambda i: jax.device_put(on_host(self._places[i])))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What `jv.doctor` finds in the study; looked for at the first use."""
        return tuple(self._look())

    @explained
    def to_rliable(self, score: str = "performance/final", *, fewest: bool = False) -> dict[str, Any]:
        """rliable's dict of scores, algorithm → [run, task], with the tasks in the order of their names.

        `score`: the path of a number of each run in an Analysis. An algorithm is named with the hyper-parameters that
        differ. rliable takes rectangles: ValueError if an algorithm is missing on a task, or has other numbers of runs
        on its tasks, unless `fewest` runs of each are enough. A run that diverged has NaN.
        """
        rows, scores = [], []
        for group, place in zip(self._groups, self._places, strict=True):
            found = _number(place.results, score)
            scores += [float(x) for x in found[place.rows]]
            rows += [self._rows[i] for i in group.places]
        tables = rliable_scores(methods(rows), [row.task for row in rows], scores, fewest)
        return {label: score_table(columns) for label, columns in tables.items()}

    def scores(self, path: str) -> list["RunScore"]:
        """The number of each run under a path in an Analysis, with the names of the run."""
        found = list[RunScore]()
        for group, place in zip(self._groups, self._places, strict=True):
            rows, own = [self._rows[i] for i in group.places], place.results
            values = _number(own, path)[place.rows]
            lost = own.diverged.returns[place.rows]
            found += [
                RunScore(row.task, group.cell.variant, own.metric, own.minimize, float(x), bool(diverged))
                for row, x, diverged in zip(rows, values, lost, strict=True)
            ]
        rows = [self._rows[i] for group in self._groups for i in group.places]
        return [
            run._replace(algorithm=label, base=row.algorithm, configuration=row.configuration)
            for run, label, row in zip(found, methods(rows), rows, strict=True)
        ]

    def batches(self) -> list[NamedBatch]:
        """The results of all runs in the few batches that they were analysed in."""
        rows = [self._rows[i] for group in self._groups for i in group.places]
        names = iter([(label, row.task) for label, row in zip(methods(rows), rows, strict=True)])
        found: dict[int, NamedBatch] = {}
        for place in self._places:
            own, size = place.results, place.results.batch_shape[0]
            batch = found.setdefault(id(own), NamedBatch(own, [None] * size))
            for run in range(*place.rows.indices(size)):
                batch.names[run] = next(names)
        return list(found.values())

    def table(self, most: int | None = 40) -> str:
        """One line a cell: its runs and, where they were asked for, their final returns."""
        from ._tables import as_text, results_table

        return as_text(results_table(self._groups, self._rows, [_finals(place) for place in self._places], most))

    def __repr__(self) -> str:
        return f"StudyAnalysis: {len(self._groups):,} cells, {len(self._rows):,} runs\n{self.table()}"

    def _repr_html_(self) -> str:
        from ._tables import as_html, results_table

        return as_html(results_table(self._groups, self._rows, [_finals(place) for place in self._places], 200))


def on_host(place: Place) -> Analysis:
    """The Analysis of one cell, of arrays of NumPy."""
    own = place.results[place.rows]
    return jax.tree_util.tree_map_with_path(lambda path, leaf: _cut(path, leaf, place.sizes), own)


def _cut(path: tuple[Any, ...], leaf: Any, sizes: Mapping[str, int]) -> Any:
    """A series without the padding of its batch."""
    size = sizes.get(getattr(path[0], "name", ""))
    return leaf if size is None or leaf.ndim < 2 else leaf[:, :size]


def _number(results: Analysis, path: str) -> Any:
    """The number of each run under a path. ValueError if there is none."""
    found: Any = results
    for name in path.split("/"):
        found = found.get(name) if isinstance(found, Mapping) else getattr(found, name, None)
    if isinstance(found, _steps.WideSteps):
        found = _steps.as_float(found, jnp.result_type(float))
    if getattr(found, "ndim", None) != 1:
        raise ValueError(
            f"`score` must be the path of one number of each run, as 'performance/final', got {path!r}: it may be of a "
            "group that analyze(study, groups=...) left out"
        )
    return found


def _finals(place: Place) -> str:
    """The median of the final returns and their span."""
    performance = place.results.performance
    if performance is None:
        return ""
    finals = [float(x) for x in performance.final[place.rows]]
    known = sorted(x for x in finals if x - x == 0)
    if not known:
        return "undefined"
    left = f", {len(finals) - len(known)} undefined" if len(known) < len(finals) else ""
    return f"{statistics.median(known):.4g} ({known[0]:.4g} to {known[-1]:.4g}{left})"


def analyzed(cells: Sequence[Sequence[Record]], analyze: Callable[[TrainingRun], Analysis]) -> list[Place]:
    """Where the results of each cell are."""
    found: dict[int, Place] = {}
    for batch in _batches.batches(cells):
        results, at = _results(batch, analyze), 0
        for part in batch.parts:
            rows = slice(at, at + len(part.records))
            found[part.cell] = Place(results, rows, _own_sizes(part, results))
            at = rows.stop
    return [found[i] for i in range(len(cells))]


def _results(batch: _batches.Batch, analyze: Callable[[TrainingRun], Analysis]) -> Analysis:
    """The results of all runs of a batch on the host; in parts of one size if they are more than fit."""
    records, common = [record for part in batch.parts for record in part.records], batch.parts[0].common
    together = max(1, _most_entries() // max(_batches.width(batch.sizes), 1))
    starts, size = rows_in_parts(len(records), together)
    results = []
    for start in starts:
        run = as_run(stacked(records[start : start + size], common.names, batch.sizes), common.words)
        results.append(jax.device_get(analyze(run)))  # not `to_host`: wide steps go back to the device as such
    return joined_rows(results, starts, size)


def _most_entries() -> int:
    """Entries that fit the memory of the device with their results."""
    stats = jax.local_devices()[0].memory_stats() if jax.default_backend() != "cpu" else None
    return stats["bytes_limit"] // _OF_DEVICE if stats and "bytes_limit" in stats else _MOST_ON_CPU


def _own_sizes(part: _batches.Part, results: Analysis) -> dict[str, int]:
    """Field of an Analysis → entries of the longest run of the cell, where the field has one for each entry."""
    sizes = {
        "episodes": ("episodes", "episode"),
        "updates": ("updates", "update"),
        "evaluation": ("evaluation", "eval"),
    }
    curve = results.curve.source
    named = {"windows": sizes[results.kind], "evaluation": sizes["evaluation"], "losses": ("losses", "update")}
    if curve != "episodes":
        named["curve"] = sizes[curve]
    return {field: part.sizes[axis] for field, axis in named.items() if axis in part.sizes}
