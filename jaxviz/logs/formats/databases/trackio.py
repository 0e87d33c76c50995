"""Trackio's database of a project: a row of JSON for each log call of each run."""

import json
import sqlite3
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from ....host.readers import SparseColumns, rows_of
from ..._log import Log, UnreadableError
from ..._typed import flat, labels_of
from .._reading import counted
from ..wandb._columns import history_series, numbers_in

TABLES = {"metrics": ("run_name", "timestamp", "step", "metrics")}


def logs(connection: sqlite3.Connection) -> list[Log]:
    """One log for each run. `UnreadableError` if there is none."""
    runs: dict[str, SparseColumns] = defaultdict(SparseColumns)
    unreadable: dict[str, int] = defaultdict(int)
    for run, stamp, step, metrics in rows_of(connection, "metrics", *TABLES["metrics"]):
        run, row = str(run), _row(stamp, step, metrics)
        unreadable[run] += row is None
        for name, value in (row or {}).items():
            runs[run].put(name, value)
        runs[run].end_row()
    configs = _configs(connection)
    found = []
    for run, columns in runs.items():
        series, notes = history_series(columns)
        lost = (f"{counted(unreadable[run], 'row')} held no JSON: left out",) if unreadable[run] else ()
        config = configs.get(run, {})
        found.append(Log(series, labels_of(config) | {"run": run}, config, notes=(*lost, *notes)))
    if not found:
        raise UnreadableError("a database of Trackio without runs")
    return found


def _row(stamp: Any, step: Any, metrics: Any) -> dict[str, float] | None:
    """The numbers of a log call; None if they are no JSON."""
    try:
        logged = json.loads(metrics)
        time = datetime.fromisoformat(stamp)
        at = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
        own = {"_step": float(step), "_timestamp": at}
        return dict(numbers_in("", logged)) | own if isinstance(logged, dict) else None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _configs(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Run → its configuration, without what is Trackio's own; nothing where the database is older than those."""
    found = {}
    try:
        for run, text in rows_of(connection, "configs", "run_name", "config"):
            content = json.loads(text)
            own = {name: value for name, value in content.items() if not name.startswith("_")}
            found[str(run)] = flat(own)
    except (sqlite3.OperationalError, ValueError, TypeError, AttributeError, RecursionError):
        return found
    return found
