"""A run in MLflow's folder of files: `mlruns/<experiment>/<run>/meta.yaml`, with `metrics/`, `params/` and `tags/`.

A metric's file is named by its key, in which `/` is a subfolder, and has a line `milliseconds value step` for each
point. It is read without MLflow, which refuses the folder since 3.17.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ...host.readers import Array, content, ended, number_rows, text, whole
from .._log import Format, Log, Series, UnreadableError
from .._names import kind_of
from .._typed import typed
from ._reading import counted, guarded
from .databases.mlflow import labels_of_run

_META = "meta.yaml"
_LINE = re.compile(r"^(\w+): *(.*?) *$", re.MULTILINE)
_MOST = 1 << 16
"""Bytes of a parameter, a tag and `meta.yaml`; MLflow writes 8,000 at most."""
_DEEPEST = 20


def looks(head: bytes, path: Path) -> bool:
    """The description of a run: the names of its fields are MLflow's."""
    return path.name == _META and b"run_id:" in head and b"artifact_uri:" in head


def read(path: Path) -> list[Log]:
    """The run that a `meta.yaml` describes. `UnreadableError` if it was deleted, or has no metrics."""
    return guarded(lambda: [_log(path)], path)


def _log(path: Path) -> Log:
    meta = _fields(path)
    if meta.get("lifecycle_stage", "active") != "active":
        raise UnreadableError("a run that was deleted in MLflow")
    folder, notes = path.parent, []
    started = _seconds(meta.get("start_time", ""))
    series = {name: _series(name, file, started, notes) for name, file in _files(folder / "metrics")}
    if not series:
        raise UnreadableError("a run of MLflow without metrics")
    params = {name: _value(file) for name, file in _files(folder / "params")}
    tags = {name: _value(file) for name, file in _files(folder / "tags")}
    config = {name: typed(value) for name, value in params.items()} | _experiment(folder.parent / _META)
    labels = labels_of_run(meta.get("run_id", folder.name), params, tags)
    return Log(series, labels, config, started, notes=tuple(notes))


def _experiment(path: Path) -> dict[str, str]:
    """The name of the experiment that a run is in."""
    name = _fields(path).get("name") if path.is_file() else None
    return {"experiment": name} if name else {}


def _fields(path: Path) -> dict[str, str]:
    """`name: value` lines, which is all that MLflow writes there."""
    return {name: value.strip("'\"") for name, value in _LINE.findall(_value(path))}


def _seconds(milliseconds: str) -> float | None:
    return int(milliseconds) / 1000 if milliseconds.isascii() and milliseconds.isdigit() else None


def _value(path: Path) -> str:
    """The text of a small file."""
    with path.open("rb") as file:
        return file.read(_MOST).decode(errors="replace")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder by their keys; nothing that a link leads to, and no hidden ones."""
    for place, below, names in os.walk(folder):
        inner = Path(place).relative_to(folder)
        below[:] = sorted(below) if len(inner.parts) < _DEEPEST else []
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield (inner / name).as_posix(), path


def _series(name: str, path: Path, started: float | None, notes: list[str]) -> Series:
    """The points of a metric, in the order in which they were logged."""
    try:
        lines = ended(text(content(path)))
        time, values, step = _columns(lines.body)
    except ValueError as error:
        raise ValueError(f"the metric {name!r}: {error}") from None
    if lines.torn:
        notes.append(f"{name!r}: the last line has no end and was left out")
    return Series(values, whole(step), kind_of(name), time=time / 1000 - (started or 0.0))


def _columns(body: bytes) -> tuple[Array, Array, Array]:
    """Milliseconds, values and steps; early releases wrote no steps. ValueError names the first line that is none."""
    rows = number_rows(body, 3, None)
    if rows is not None:
        return rows[:, 0], rows[:, 1], rows[:, 2]
    rows = number_rows(body, 2, None)
    if rows is not None:
        return rows[:, 0], rows[:, 1], rows[:, 0] * 0
    lines = body.splitlines()
    good = next((i for i, line in enumerate(lines) if line.strip() and number_rows(line, 3, None) is None), len(lines))
    raise ValueError(f"line {good + 1} is not `milliseconds value step`; {counted(good, 'point')} before it")


FORMAT = Format("MLflow run", looks, read)
