"""A store's first second: a kill or a full disk while its database is made leaves no store that never opens again."""

import os
import signal
import sqlite3
import time
import warnings

import pytest

from jaxviz.tracking import Store
from jaxviz.tracking.store import _database
from jaxviz.tracking.store._failures import UnavailableError
from jaxviz.tracking.store._store import load_mlflow, open_client
from tests.known import known

from .conftest import full_disk, until


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/data/a.db", "test")
    load_mlflow(store)
    return store


def names(store):
    return sorted(path.name for path in store.database.parent.iterdir())


def begun_in_a_child(begin, appears, seconds):
    """A child process that begins something, killed a while after `appears` says that something is there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX's, which the child does not use
        child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        begin()
        os._exit(0)
    until(appears, pause=0.001)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2])
def test_a_kill_while_a_database_is_made_leaves_nothing_behind(store, seconds):
    folder = store.database.parent
    begun_in_a_child(lambda: open_client(store), lambda: any(folder.glob("*a.db*")), seconds)
    assert open_client(store).search_experiments()
    assert set(names(store)) <= {"a.db", "a.lock"}


def test_a_full_disk_while_a_database_is_made_leaves_nothing_behind(store):
    store.database.parent.mkdir()
    with full_disk(40_000), pytest.raises(Exception, match="disk"):
        open_client(store)
    assert names(store) == ["a.lock"]
    assert open_client(store).search_experiments()


def test_a_database_that_mlflow_left_half_made_is_told_of(store):
    made = Store(f"{store.uri}.whole", "test")
    open_client(made)
    known(made.database).rename(store.database)
    with sqlite3.connect(store.database) as half:  # as a kill between a table and the note of it leaves it
        half.execute("DELETE FROM alembic_version")
        half.execute("DROP TABLE metrics")
    half.close()
    with pytest.raises(UnavailableError, match=r"a\.db was left half made and holds no runs: delete it") as told:
        open_client(store)
    assert "\n" not in str(told.value)
    store.database.unlink()
    assert open_client(store).search_experiments()


def test_a_database_of_another_process_is_not_replaced(store, monkeypatch):
    store.database.parent.mkdir()
    place = _database._place

    def late(part, database):
        database.write_bytes(b"of another")
        place(part, database)

    monkeypatch.setattr(_database, "_place", late)
    _database.make(store.database)
    assert store.database.read_bytes() == b"of another"


def test_a_file_system_without_links_has_a_database_too(store, monkeypatch):
    def no_link(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_link)
    assert open_client(store).search_experiments()
    assert set(names(store)) == {"a.db", "a.lock"}


def test_what_lay_beside_a_deleted_database_does_not_reach_the_next(store):
    open_client(store)
    store.database.unlink()
    for suffix in ("-journal", "-wal", "-shm"):
        store.database.with_name(f"a.db{suffix}").write_bytes(b"of the last")
    assert open_client(store).search_experiments()
    assert set(names(store)) == {"a.db", "a.lock"}


def test_a_database_that_lost_runs_is_never_called_empty(store):
    client = open_client(store)
    client.create_run("0")
    with sqlite3.connect(store.database) as half:
        half.execute("UPDATE alembic_version SET version_num = 'x'")
    half.close()
    assert not _database.broken(store.database)


def test_an_old_empty_file_is_no_database(store):
    store.database.parent.mkdir()
    store.database.touch()
    os.utime(store.database, (0, 0))
    assert open_client(store).search_experiments()
    assert store.database.stat().st_size
