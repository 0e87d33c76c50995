"""MLflow's database: each run that was not deleted, with all points of its metrics."""

import math
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ....host.readers import Array, PointStore, real, rows_of, whole_number
from ..._log import Log, Series, UnreadableError
from ..._names import kind_of
from ..._typed import labels_of, typed

TABLES = {
    "runs": ("run_uuid", "experiment_id", "start_time", "lifecycle_stage"),
    "metrics": ("run_uuid", "key", "value", "timestamp", "step", "is_nan"),
    "params": ("run_uuid", "key", "value"),
    "tags": ("run_uuid", "key", "value"),
    "experiments": ("experiment_id", "name"),
}
"""The tables, and what is read of them."""


def logs(connection: sqlite3.Connection) -> list[Log]:
    """One log for each run with metrics. `UnreadableError` if there is none."""
    points: PointStore[tuple[str, str]] = PointStore()
    for run, key, value, milliseconds, step, is_nan in rows_of(connection, "metrics", *TABLES["metrics"]):
        value = math.nan if is_nan else _unbounded(real(value))
        points.put((str(run), str(key)), whole_number(step), real(milliseconds) / 1000, value)
    series: dict[str, dict[str, tuple[Array, Array, Array]]] = defaultdict(dict)
    for (run, key), arrays in points.arrays().items():
        series[run][key] = arrays
    params, tags = _named(connection, "params"), _named(connection, "tags")
    experiments = {key: str(name) for key, name in rows_of(connection, "experiments", *TABLES["experiments"])}
    found = []
    for run, experiment, started, stage in rows_of(connection, "runs", *TABLES["runs"]):
        run = str(run)
        if series[run] and stage == "active":
            since = None if started is None else real(started) / 1000
            config = {name: typed(value) for name, value in params[run].items()}
            config |= {"experiment": experiments[experiment]} if experiments.get(experiment) else {}
            curves = {key: _series(key, since, *arrays) for key, arrays in series[run].items()}
            found.append(Log(curves, labels_of_run(run, params[run], tags[run]), config, since))
    if not found:
        raise UnreadableError("a database of MLflow without a run that has metrics")
    return found


def _series(key: str, started: float | None, step: Array, time: Array, values: Array) -> Series:
    return Series(values, step, kind_of(key), time=time - (started or 0.0))


def _unbounded(value: float) -> float:
    """MLflow stores infinities as the largest numbers."""
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else value


def _named(connection: sqlite3.Connection, table: str) -> dict[str, dict[str, str]]:
    """Run → name → text."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for run, key, value in rows_of(connection, table, *TABLES[table]):
        found[str(run)][str(key)] = str(value)
    return found


def labels_of_run(run: str, params: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """What a run is called: by its parameters, else by the tags that somebody gave it."""
    own: dict[str, Any] = {name: value for name, value in tags.items() if not name.startswith("mlflow.")}
    called = {"name": name} if (name := tags.get("mlflow.runName")) else {}
    return labels_of(own) | labels_of(dict(params)) | {"run": run} | called
