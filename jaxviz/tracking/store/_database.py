"""The database of a SQLite store: made whole under another name, as a kill between two tables breaks it for good."""

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_PART = ".part"
_BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database. Those of one that was deleted would be applied to the next of its name."""
_OLD_SECONDS = 60.0
"""An empty file may be a database that somebody is about to make; an older one is not."""


def make(database: Path) -> None:
    """Make a database with MLflow's tables, unless there is one. The caller holds its lock."""
    _remove(database.parent.glob(f".{database.name}.*{_PART}*"))  # of a process that was killed
    if not _is_missing(database):
        return
    for file in _beside(database):
        file.unlink(missing_ok=True)
    part = database.with_name(f".{database.name}.{secrets.token_hex(4)}{_PART}")
    try:
        _create(part)
        _place(part, database)
    finally:
        _remove((part, *_beside(part)))


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def broken(database: Path) -> str:
    """What is to be done with a database whose making was interrupted; empty if it is as MLflow wants it."""
    from mlflow.store.db import utils

    try:
        with contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as found:
            tables = {name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            versions = {row[0] for row in _rows(found, "alembic_version", tables)}
            has_runs = bool(_rows(found, "runs", tables))
    except sqlite3.Error:
        return ""
    if has_runs or versions == {utils._get_latest_schema_revision()}:
        return ""
    return f"{database} was left half made and holds no runs: delete it, and a new one is made"


def forget(uri: str) -> None:
    """Close MLflow's connections to a database that it could not open: its file may be replaced by a new one."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    engine = SqlAlchemyStore._engine_map.pop(uri, None)
    if engine is not None:
        engine.dispose()


def _is_missing(database: Path) -> bool:
    """Whether there is none, or an old empty file in its place, which is removed."""
    try:
        about = database.stat()
    except FileNotFoundError:
        return not database.is_symlink()
    if about.st_size or time.time() - about.st_mtime < _OLD_SECONDS:
        return False
    database.unlink()
    return True


def _create(part: Path) -> None:
    """A new database with all tables, on the disk as a whole: its single steps need not be."""
    import sqlalchemy
    from mlflow.store.db import utils
    from sqlalchemy import event

    engine = sqlalchemy.create_engine(sqlalchemy.URL.create("sqlite", database=str(part)))
    event.listen(engine, "connect", _hasten)
    try:
        utils._initialize_tables(engine)
    finally:
        engine.dispose()
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hasten(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def _place(part: Path, database: Path) -> None:
    """Give a database its name, unless another process has made one meanwhile."""
    try:
        os.link(part, database)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not os.path.lexists(database):
            part.rename(database)


def _beside(database: Path) -> list[Path]:
    return [database.with_name(database.name + suffix) for suffix in _BESIDE]


def _rows(found: sqlite3.Connection, table: str, tables: set[str]) -> list[tuple[Any, ...]]:
    """The first row of a table, if there is one."""
    return found.execute(f'SELECT * FROM "{table}" LIMIT 1').fetchall() if table in tables else []
