"""Where a logger writes: as its arguments said when it was made, wherever there is room, whatever the names are."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TypeVar

import pytest

from jaxviz.tracking import MLflowLogger, Store, local_store, sync
from jaxviz.tracking.drain import _courier
from jaxviz.tracking.drain._drainer import journals_of
from jaxviz.tracking.journal import _locks, _spare
from jaxviz.tracking.journal._journal import Journal
from jaxviz.tracking.journal._reader import Reader
from jaxviz.tracking.journal._records import ArtifactRecord, ParamsRecord, PointsRecord, TagsRecord, UnknownRecord

from .conftest import full_disk

OPENING = "e", "s"
Kind = TypeVar("Kind")


@pytest.fixture
def unsent(workplace, monkeypatch):
    """A current folder whose journals nobody sends."""
    monkeypatch.setattr(_courier.Courier, "start", lambda _: None)
    monkeypatch.setattr(_courier.Courier, "wait", lambda *_: False)
    return workplace


def records(logger, kind: type[Kind], place="data/mlflow-journal", root=None) -> list[Kind]:
    folder = Path(root or ".") / place / logger.store.folder_name
    found = [record for path in journals_of(folder) for record in Reader(path).pending()]
    return [record for record in found if isinstance(record, kind)]


@pytest.mark.parametrize("uri", [None, "sqlite:///data/a.db", "sqlite+pysqlite:///a.db", "file:store", "store"])
def test_a_relative_place_is_that_of_the_constructor(unsent, monkeypatch, uri):
    monkeypatch.setattr("jaxviz.tracking.store._store.is_mlflow", lambda _: False)
    logger = MLflowLogger("x", uri, quiet=True)
    before = logger.store
    (unsent / "elsewhere").mkdir()
    monkeypatch.chdir(unsent / "elsewhere")
    logger.start_run("r")
    logger.log_training_metrics({"a": 1.0}, 1)
    logger.end_run()
    assert str(unsent) in before.uri
    assert "elsewhere" not in before.uri
    assert logger._session is None
    assert not list(Path().iterdir())
    assert len(records(logger, PointsRecord, root=unsent)) == 1


def test_the_folder_of_journals_is_that_of_the_constructor(unsent, monkeypatch):
    monkeypatch.setenv("JAXVIZ_JOURNAL", "journals")
    with MLflowLogger("x", "sqlite:///a.db", quiet=True) as logger:
        (unsent / "elsewhere").mkdir()
        monkeypatch.chdir(unsent / "elsewhere")
        logger.log_training_metrics({"a": 1.0}, 1)
        Path("file.txt").write_text("b")
        logger.log_artifact("file.txt")
        Path("file.txt").unlink()
    assert len(records(logger, PointsRecord, "journals", unsent)) == 1
    (artifact,) = records(logger, ArtifactRecord, "journals", unsent)
    assert artifact.kept.file is not None


def test_a_query_stays_with_its_database(unsent):
    store = Store("sqlite:///a.db?timeout=9", "").absolute()
    assert store.uri == f"sqlite:///{unsent.resolve()}/a.db?timeout=9"
    assert store.address == f"sqlite:///{unsent.resolve()}/a.db"


def test_a_deleted_current_folder_is_told_of_in_one_sentence(unsent, monkeypatch, recwarn):
    gone = unsent / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for use in (lambda: MLflowLogger("x", "sqlite:///a.db"), local_store().absolute, sync):
        with pytest.raises(ValueError, match=r"must be absolute, got \S+: the current folder was deleted$"):
            use()
    with MLflowLogger("x", f"sqlite:///{unsent}/a.db", quiet=True) as logger:
        logger.log_training_metrics({"a": 1.0}, 1)
    (spare,) = _spare.roots()
    assert str(spare) in str(recwarn[0].message)
    monkeypatch.chdir(unsent)
    assert len(records(logger, PointsRecord, root=spare, place=".")) == 1
    assert [one.points for one in sync(unsent, status=True)] == [1]
    shutil.rmtree(spare)


NAMES = ["a[0]", "a(0)", "a_0_", "b"]


def test_names_stay_apart_over_calls(unsent):
    with MLflowLogger("x", "sqlite:///a.db", quiet=True) as logger:
        for step in range(2):
            for i, name in enumerate(NAMES):
                logger.log_training_metrics({name: float(i)}, step)
                logger.log_training_metrics({name: "text"}, step)
                logger.log_hyperparameters({name: i})
        logger.log_training_metrics(dict.fromkeys(NAMES, 9.0), 2)
        for folder in ("c[0]", "c(0)"):
            Path(folder).mkdir()
            for name in NAMES:
                (Path(folder) / f"{name}.txt").write_text(name)
                logger.log_artifact(Path(folder) / f"{name}.txt", folder)
    series = [tuple(record.names) for record in records(logger, PointsRecord)]
    singles = [names[0] for names in series[:4]]
    assert len(set(singles)) == len(NAMES)
    assert series == [*((name,) for name in 2 * singles), tuple(singles)]
    for kept in (records(logger, TagsRecord), records(logger, ParamsRecord)):
        assert [name for record in kept for name in record.values] == 2 * singles
    files = [f"{record.folder}/{Path(str(record.kept.file)).name}" for record in records(logger, ArtifactRecord)]
    assert len(set(files)) == len(files) == 2 * len(NAMES)
    assert all(name.endswith(".txt") for name in files)


def test_very_many_parameters_are_all_kept(unsent):
    given = {f"p{i}": "é" * 6000 for i in range(3500)}  # 42 MB
    with MLflowLogger("x", "sqlite:///a.db", quiet=True) as logger:
        logger.start_run("r", tags=given)
        logger.log_hyperparameters(given)
        logger.log_training_metrics(given, 1)
        logger.log_training_metrics({f"m{i}": i for i in range(20_000)}, 1)
    kept = {name: one for record in records(logger, ParamsRecord) for name, one in record.values.items()}
    assert kept == given
    assert len({name for record in records(logger, TagsRecord) for name in record.values}) >= len(given) - 1000
    assert sum(record.count for record in records(logger, PointsRecord)) == 20_000


def test_a_record_that_is_too_large_is_told_of(unsent):
    with MLflowLogger("x", "sqlite:///a.db", quiet=True) as logger:
        logger.start_run("r")
        with pytest.warns(UserWarning, match="not logged: a record of .* is larger than"):
            logger.log_training_metrics({"a": 1.0}, 1, dataset={"name": "d", "text": "x" * (1 << 25)})
        logger.log_training_metrics({"a": 2.0}, 2)
    assert [record.step for record in records(logger, PointsRecord)] == [2]


FORK = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore")
from jaxviz.tracking.drain import _courier
from jaxviz.tracking.logger import _logger
from jaxviz.tracking import MLflowLogger
_courier.Courier.start = lambda self: None
logger = MLflowLogger("x", "sqlite:///a.db", quiet=True)
start = MLflowLogger.start_run
def slow(self, *args, **options):
    time.sleep(1)
    start(self, *args, **options)
MLflowLogger.start_run = slow
thread = threading.Thread(target=lambda: logger.log_training_metrics({"parent": 1.0}, 1))
thread.start()
time.sleep(0.3)
child = os.fork()
if child == 0:
    logger.log_training_metrics({"child": 1.0}, 1)
    logger.end_run()
    os._exit(0)
thread.join()
logger.end_run()
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_fork_during_another_threads_first_call_logs(unsent):
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60)
    logger = MLflowLogger("x", "sqlite:///a.db", quiet=True)
    assert {name for record in records(logger, PointsRecord) for name in record.names} == {"parent", "child"}


@pytest.fixture(params=[errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, None])
def no_locks(request, monkeypatch):
    """A file system, or a platform, without locks."""

    def flock(*_):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(_locks, "_warned", set())
    if request.param is None:
        monkeypatch.setattr(_locks, "fcntl", None)
    else:
        monkeypatch.setattr(fcntl, "flock", flock)


@pytest.mark.usefixtures("no_locks")
def test_without_locks_a_note_holds_while_its_process_lives(tmp_path):
    with pytest.warns(UserWarning, match="has no file locks") as said:
        journal = Journal(tmp_path / "a", *OPENING)
        journal.append(UnknownRecord({"op": "x"}))
        reader = Reader(journal.path)
        assert reader.is_written
    assert len(said) == 1
    journal.close()
    assert not reader.is_written
    note, here = journal.path / "lock", os.uname().nodename
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for left, lives in (
        (f"{dead.pid:<20} 1 {here}", False),
        (f"{os.getpid():<20} 1 {here}", not Path("/proc/self/stat").exists()),
        (_locks._identity(os.getpid()), True),
        ("1 1 another-machine", True),
        ("", False),
        ("damaged", False),
        (f"{os.getpid():<20}", False),
    ):
        note.write_text(left)
        assert reader.is_written == lives, left
    assert len(list(reader.pending())) == 1


@pytest.mark.usefixtures("no_locks")
def test_without_locks_one_drainer_works_and_everything_is_sent(unsent, monkeypatch):
    from jaxviz.tracking.drain import _drainer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lock = _drainer.acquire(unsent)
        assert lock is not None
        monkeypatch.setattr(_drainer, "_LOCK_TRIES", 2)
        assert _drainer.acquire(unsent) is None
        _locks.release(lock)
        lock = _drainer.acquire(unsent)
        assert lock is not None
        _locks.release(lock)


def test_a_spare_journal_is_found_wherever_there_was_room(tmp_path, monkeypatch, recwarn):
    bases = [tmp_path / "first", tmp_path / "second"]
    for base in bases:
        base.mkdir()
    monkeypatch.setattr(_spare, "_bases", lambda: bases)
    (tmp_path / "data").write_text("no folder")
    first = _spare.roots()[0]
    first.mkdir(mode=0o700)
    (first / "store").write_text("no folder")
    journal = Journal(tmp_path / "data" / "store", *OPENING)
    journal.append(UnknownRecord({"op": "x"}))
    journal.close()
    assert journal.path.is_relative_to(bases[1])
    assert str(journal.path) in str(recwarn[-1].message)
    (first / "store").unlink()
    (tmp_path / "data").unlink()
    assert journals_of(tmp_path / "data" / "store") == [journal.path]
    assert journals_of(journal.path.parent) == [journal.path]


def test_where_nothing_has_room_a_journal_begins_in_memory(tmp_path, recwarn, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with full_disk():
        journal = Journal(tmp_path / "places" / "a", *OPENING)
        assert list(tmp_path.iterdir()) == [temporary]
        assert not list(temporary.iterdir())
        kept = journal.keep("name", b"content")
        journal.append(ArtifactRecord(run="r", time=1, folder="", kept=kept))
    assert "the journal is in memory until there is room" in str(recwarn[0].message)
    journal.append(UnknownRecord({"op": "x"}))
    journal.close()
    (path,) = journals_of(tmp_path / "places" / "a")
    assert [record.op for record in Reader(path).pending()] == ["artifact", "x"]
    assert (path / str(kept.file)).read_bytes() == b"content"


def test_control_characters_of_places_reach_no_terminal(tmp_path, monkeypatch, recwarn, capsys):
    monkeypatch.setenv("JAXVIZ_JOURNAL", str(tmp_path / "\x1b[31m"))
    monkeypatch.setattr(_courier.Courier, "start", lambda _: None)
    with MLflowLogger("plain", "http://127.0.0.1:9/\x1b[31m") as logger:
        logger.start_run("one")
        with pytest.raises(ValueError, match="must be a file") as found:
            logger.log_artifact(tmp_path / "\x1b[31m.txt")
        logger.end_run()
    said = [str(found.value), *(str(one.message) for one in recwarn), capsys.readouterr().err]
    assert sum("\\x1b[31m" in one for one in said) >= 3
    assert not any("\x1b" in one for one in said)
