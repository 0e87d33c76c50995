"""SQLite databases that hold runs: MLflow's, Optuna's, Trackio's. Which one it is, its tables tell."""

from pathlib import Path

from ....host.readers import SQLITE, columns_of, database
from ..._log import Format, Log, UnreadableError
from .._reading import guarded
from . import mlflow, optuna, trackio

_KINDS = (mlflow, optuna, trackio)


def looks(head: bytes, path: Path) -> bool:
    """SQLite's mark."""
    return head.startswith(SQLITE)


def read(path: Path) -> list[Log]:
    """The runs of a database. `UnreadableError` if it has other tables, or no curves."""
    return guarded(lambda: _logs(path), path)


def _logs(path: Path) -> list[Log]:
    with database(path) as connection:
        tables = columns_of(connection)
        for kind in _KINDS:
            if all(set(columns) <= set(tables.get(name, ())) for name, columns in kind.TABLES.items()):
                return kind.logs(connection)
    shown = ", ".join(map(repr, sorted(tables)[:10])) or "none"
    raise UnreadableError(f"a database, but not MLflow's, Optuna's or Trackio's: its tables are {shown}")


FORMAT = Format("SQLite database", looks, read)
