"""A chart of W&B as CSV: x in the first column, then `<run> - <metric>`, `…__MIN` and `…__MAX` of each run."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from ....host.readers import Array, Numbers, finite, header, names_of, table, text, whole
from ..._log import Format, Log, Series
from ..._names import kind_of, label, meaning
from ..._typed import typed
from .._reading import counted, reader
from ._columns import OWN

_BETWEEN = " - "
_EXTREMES = ("__MIN", "__MAX")
_GROUP = re.compile(r"[\w./-]+: .*")
_SPLIT = re.compile(r", (?=[\w./-]+: )")


class _Column(NamedTuple):
    run: str
    metric: str
    copy: int
    """Runs of one name have columns of one name: which of them this is."""


def looks(head: bytes, path: Path) -> bool:
    """Every column but the first is `<run> - <metric>`."""
    first, *others = names_of(head) or ("",)
    return bool(others) and _BETWEEN not in first and all(_BETWEEN in name for name in others)


def parse(content: bytes, path: Path) -> list[Log]:
    """One log for each run that is drawn."""
    first = header(text(content))
    if len(first.names) < 2:
        raise ValueError("its first line holds no names of columns")
    found = table(first.body, first.names, line=first.line, needed=[first.names[0]], delimiter=first.delimiter)
    x, runs = first.names[0], defaultdict(dict)
    for name in first.names[1:]:
        column = _column(name, first.names)
        if name in found.numbers:
            runs[column.run, column.copy][column.metric] = found.numbers[name]
    grouped = bool(runs) and all(_GROUP.fullmatch(run) for run, _ in runs)
    return [_log(run, metrics, found.numbers[x], x, grouped) for (run, _), metrics in runs.items()]


def _column(name: str, names: tuple[str, ...]) -> _Column:
    """The run and the metric of a column; both may hold ` - `, metrics seldom do."""
    base, dot, digits = name.rpartition(".")
    copy = int(digits) if dot and digits.isascii() and digits.isdigit() and base in names else 0
    run, _, metric = (base if copy else name).rpartition(_BETWEEN)
    return _Column(run, metric, copy)


def _log(run: str, metrics: dict[str, Numbers], x: Numbers, name: str, grouped: bool) -> Log:
    notes: list[str] = []
    shown = [metric for metric in metrics if not metric.endswith(_EXTREMES) and metric not in OWN]
    series = {metric: _series(metric, metrics[metric], x, name, notes) for metric in shown}
    labels, config = _group(run) if grouped else ({"run": run}, {})
    if grouped and any(_differ(metrics, metric) for metric in shown):
        notes.append(f"the means over a group of runs ({run}), not one run")
    return Log(series, labels, config, notes=tuple(notes))


def _series(metric: str, column: Numbers, x: Numbers, name: str, notes: list[str]) -> Series:
    """The cells that are not blank."""
    there = ~column.missing & finite(x.values)
    lost = int((~column.missing).sum() - there.sum())
    if lost:
        notes.append(f"{metric!r}: {counted(lost, 'value')} without {name!r} left out")
    known, kind = meaning(name), kind_of(metric)
    if known is not None and known.role in ("time", "clock"):
        notes.append(f"{metric!r} is drawn against {name!r}, not steps: only the order is known")
        return Series(column.values[there], None, kind, time=x.values[there] if known.role == "clock" else None)
    return Series(column.values[there], whole(x.values[there]), kind, known.unit if known else None)


def _group(run: str) -> tuple[dict[str, str], dict[str, Any]]:
    """What `algo: EA, env: Ant` says: labels, and what else the runs were grouped by."""
    pairs = [part.partition(": ") for part in _SPLIT.split(run)]
    labels = {known: value for name, _, value in pairs if (known := label(name)) is not None}
    return labels, {name: typed(value) for name, _, value in pairs if label(name) is None}


def _differ(metrics: dict[str, Numbers], metric: str) -> bool:
    """Whether the smallest and the largest value differ anywhere."""
    low, high = (metrics.get(metric + extreme) for extreme in _EXTREMES)
    return low is not None and high is not None and _any_less(low.values, high.values)


def _any_less(low: Array, high: Array) -> bool:
    return bool((low < high).any())


FORMAT = Format("W&B chart", looks, reader(parse))
