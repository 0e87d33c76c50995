"""Tables of several runs: labels (algorithm, task, seed, run), a step and values in columns, one row an entry.

`step,reward,seed` of one task as well as `exp_name,env_name,seed,metric,env_step,value` of a whole study. Other columns
of text are configuration, and so is one of numbers without which the steps of a run would come again.
"""

import functools
import io
from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, Any

from ...host.readers import (
    BLOCK,
    LARGE,
    Header,
    Numbers,
    blocks,
    cell_rows,
    content,
    groups,
    has_polars,
    header,
    is_plain,
    names_of,
    text,
    without_comments,
)
from ...host.readers._order import rises_from
from .._log import Format, Kind, Log, Series
from .._names import in_order, is_long, is_sweep, label, meaning
from .._typed import typed, whole
from ._phases import series_of_phases, unknown_in
from ._reading import counted, guarded
from ._series import series_of
from ._tidy_plan import Plan, plan

_SAMPLE = 1 << 17
"""Bytes of rows by which the columns are told."""
_Columns = dict[str, Numbers]
_NOTHING = ("", "nan", "None", "null")


def looks(head: bytes, path: Path) -> bool:
    """A first line of names: of a return or success, and of a label, its metric or settings of a sweep."""
    return _is_tidy(names_of(head))


@functools.lru_cache(256)
def _is_tidy(names: tuple[str, ...]) -> bool:
    values = any(known.role in ("return", "success") for name in names if (known := meaning(name)))
    return values and (any(label(name) for name in names) or is_long(names) or is_sweep(names))


def parse(content: bytes, path: Path) -> list[Log]:
    """The logs of the runs in one table."""
    return _parse(io.BytesIO(text(content)), len(content))


def parse_groups(content: bytes) -> list[Log]:
    """The logs of a table that names no run, where a column tells runs apart: in each of its groups the steps rise from
    the same first one, as those of `strategy,episode,reward` do. None if there is no such column."""
    logs = _parse(io.BytesIO(content), len(content), groups_only=True)
    steps = [series.step for log in logs for series in log.series.values() if series.kind and series.step is not None]
    alike = len(steps) == len(logs) > 1 and all(log.config for log in logs)
    return logs if alike and all(rises_from(step, steps[0][0]) for step in steps) else []


def read(path: Path) -> list[Log]:
    """The logs of the runs in one table; a large one is never in memory as a whole."""
    return guarded(lambda: _read(path), path)


def _read(path: Path) -> list[Log]:
    size = path.stat().st_size
    if size < LARGE or not is_plain(path):
        return parse(content(path), path)
    with path.open("rb") as file:
        return _parse(file, size)


def _parse(file: IO[bytes], size: int, *, groups_only: bool = False) -> list[Log]:
    first = _header(file)
    sample = next(blocks(file, _SAMPLE // 2 if groups_only else _SAMPLE), b"")
    whole_lines = sample[: sample.rfind(b"\n") + 1]
    rows = [cells for _, cells in cell_rows(whole_lines, first.delimiter) if len(cells) == len(first.names)]
    chosen = plan(first.names, rows, first.delimiter)
    if groups_only and not chosen.settings:
        return []
    fast = size >= LARGE and has_polars()
    rest = blocks(file, BLOCK if fast else _SAMPLE)
    found = groups(chain((sample,) if sample else (), rest), chosen.columns, fast=fast)
    fixed = _constant([group.columns for group in found.groups])
    runs: dict[tuple[str, ...], dict[str, _Columns]] = {}
    for group in found.groups:
        texts = dict(zip(chosen.columns.keys, group.keys, strict=True))
        said = [texts.pop(name) for name in (chosen.phase, chosen.metric) if name]
        runs.setdefault(tuple(texts.values()), {})["/".join(said)] = group.columns
    names = [name for name in chosen.columns.keys if name not in (chosen.phase, chosen.metric)]
    torn = ("the last line is cut and was left out",) if found.torn else ()
    logs = [
        log
        for key, metrics in runs.items()
        for log in _logs(
            dict(zip(names, key, strict=True)), metrics, fixed, chosen, "updates" if groups_only else "evaluations"
        )
    ]
    return [log._replace(notes=(*torn, *log.notes)) for log in logs]


def _header(file: IO[bytes]) -> Header:
    """The names in the first line that is no comment; what follows is still to be read."""
    line = next((line for line in iter(file.readline, b"") if line.strip()), b"")
    while line.startswith(b"#"):
        at, following = file.tell(), file.readline()
        if not without_comments(line + following)[1]:
            file.seek(at)
            break
        line = following
    return header(line)


def _constant(tables: list[_Columns]) -> set[str]:
    """Columns without a meaning of their own that hold one number in each run: its configuration."""
    if all(len(column.values) < 2 for columns in tables for column in columns.values()):
        return set()
    names = {name for columns in tables for name in columns if meaning(name) is None}
    return {name for name in names if all(_is_constant(columns[name]) for columns in tables)}


def _is_constant(column: Numbers) -> bool:
    return not column.missing.any() and bool((column.values == column.values[:1]).all())


def _logs(
    texts: Mapping[str, str], metrics: Mapping[str, _Columns], fixed: set[str], chosen: Plan, unknown: Kind
) -> Iterator[Log]:
    """The logs of the rows with one key: one, unless nothing names the run and the steps start again in it."""
    labels = {name: _label(texts[column]) for name, column in chosen.labels.items() if texts[column] not in _NOTHING}
    config: dict[str, Any] = {name: typed(texts[name]) for name in chosen.settings}
    first = next(iter(metrics.values()))
    config |= {name: whole(float(first[name].values[0])) for name in first if name in fixed}
    parts = {} if {"seed", "run"} & set(chosen.labels) else {name: _parts(x) for name, x in metrics.items()}
    counts = {len(found) for found in parts.values()}
    runs = next(iter(counts)) if len(counts) == 1 else 1
    for place in range(runs):
        rows = {name: found[place] for name, found in parts.items()} if runs > 1 else {}
        series, notes = _series(metrics, fixed, rows, chosen, unknown)
        if runs > 1:
            notes = [f"no column names the run: the steps start again {counted(runs - 1, 'time')}", *notes]
            labels = labels | {"run": str(place)}
        yield Log(series, labels, config, notes=tuple(notes))


def _label(text: str) -> str:
    """A label as it is; `2.0`, as pandas writes seeds where one is missing, is 2."""
    number = typed(text)
    return str(whole(number)) if isinstance(number, float) else text


def _parts(columns: _Columns) -> list[slice]:
    """The rows between those where the steps fall."""
    steps = in_order(columns, "step")
    values = columns[steps[0]].values if steps else None
    falls = [] if values is None else ((values[1:] < values[:-1]).nonzero()[0] + 1).tolist()
    return [slice(start, end) for start, end in pairwise([0, *falls, None])]


def _series(
    metrics: Mapping[str, _Columns], fixed: set[str], rows: Mapping[str, slice], chosen: Plan, unknown: Kind
) -> tuple[dict[str, Series], list[str]]:
    """The series of one run: of the columns, or of the value column under the names of the metrics. `rows`: which of
    each metric; all if it is not among them."""
    kept = {metric: _part(columns, fixed, rows.get(metric)) for metric, columns in metrics.items()}
    if chosen.phase and not chosen.metric:
        found = series_of_phases(chosen.phase, kept, unknown=unknown)
        return _of_evaluations(found.series, found.notes, unknown), found.notes
    series: dict[str, Series] = {}
    notes: list[str] = []
    for metric, columns in kept.items():
        found = series_of(_renamed(columns, metric), unknown=unknown_in(metric.partition("/")[0], unknown))
        series |= {metric: found.series[metric]} if metric in found.series else found.series
        notes += found.notes
    return _of_evaluations(series, notes, unknown), list(dict.fromkeys(notes))


def _part(columns: _Columns, fixed: set[str], rows: slice | None) -> _Columns:
    """Some rows of the columns that are no configuration; None: all."""
    part = rows or slice(None)
    return {name: Numbers(x.values[part], x.missing[part]) for name, x in columns.items() if name not in fixed}


def _renamed(columns: _Columns, metric: str) -> _Columns:
    """The columns with the value under the name of its metric."""
    values = in_order(columns, "return")
    return {metric if metric and name == values[0] else name: x for name, x in columns.items()} if values else columns


def _of_evaluations(series: dict[str, Series], notes: list[str], unknown: Kind) -> dict[str, Series]:
    """Tables of several runs are made of evaluations, also where a name says episode and no length is beside it."""
    if unknown != "evaluations":
        return series
    returns = [name for name, x in series.items() if x.kind]
    found = dict(series)
    for name, x in series.items():
        known = meaning(name)
        alone = not returns and known is not None and known.role == "success"
        if alone or (x.kind == "episodes" and x.lengths is None):
            found[name] = x._replace(kind="evaluations")
            notes.append(f"{name!r} has no lengths beside it: taken as evaluations")
    return found


FORMAT = Format("tidy table", looks, read)
