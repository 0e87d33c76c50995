"""SQLite databases of anybody, read and never written: rows of plain tables."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

MAGIC = b"SQLite format 3\0"
_EVERY = 100_000
"""Instructions of SQLite's machine between two looks at the count."""
_MOST = 200_000_000
_MOST_A_BYTE = 1000
"""Instructions that a read may take: tables may be made of expressions that never end."""
_WAL = 2


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read. ValueError for whatever is wrong with the database.

    Nothing is left beside the file: one without a journal that is written ahead is opened as if it never changed.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?{_mode(path)}", uri=True)
        try:
            _limit(connection, path.stat().st_size)
            yield connection
        finally:
            connection.close()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise ValueError(f"it is a damaged database, or one that cannot be read: {str(error)[:200]}") from None


def _mode(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(20)
    ahead = head[18:19] == bytes([_WAL])
    return "immutable=1" if ahead and not path.with_name(path.name + "-wal").exists() else "mode=ro"


def _limit(connection: sqlite3.Connection, size: int) -> None:
    """Trust nothing in the schema, make no value longer than the file, and give up what does not end."""
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(1 << 16, size))
    connection.set_progress_handler(_counter(_MOST + _MOST_A_BYTE * size), _EVERY)


def _counter(most: int) -> Callable[[], int]:
    taken = 0

    def is_too_much() -> int:
        nonlocal taken
        taken += _EVERY
        return taken > most

    return is_too_much


def columns_of(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Name of each plain table → names of its columns; views, which are programs, are left out."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    names = [name for (name,) in found if isinstance(name, str)]
    return {name: [row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")] for name in names}


def rows_of(connection: sqlite3.Connection, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order in which they were written."""
    names = ", ".join(map(_quoted, columns))
    return iter(connection.execute(f"SELECT {names} FROM {_quoted(table)} ORDER BY rowid"))


def real(value: Any) -> float:
    """A number in a cell, which may hold anything. ValueError if it is none."""
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(f"{str(value)[:60]!r} is no number")


def whole_number(value: Any) -> int:
    """A whole number in a cell. ValueError if it is none."""
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise ValueError(f"{str(value)[:60]!r} is no whole number")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
