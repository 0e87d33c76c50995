"""`sync` as a function: what it sends, what it tells, and what it leaves as it was."""

import contextlib
import gc
import itertools
import os
import threading
from typing import Any

import pytest
from typer.testing import CliRunner

from jaxviz.cli import app
from jaxviz.tracking import Pending, Store, sync
from jaxviz.tracking.drain import _again, _drainer, _sync
from jaxviz.tracking.drain._drainer import damaged_of
from jaxviz.tracking.drain._settings import settings_for_sending
from jaxviz.tracking.journal import _format, _locks
from jaxviz.tracking.journal._journal import Journal
from jaxviz.tracking.journal._reader import Reader
from jaxviz.tracking.journal._records import ArtifactRecord, EndRecord, PointsRecord, StartRecord, TagsRecord

from .conftest import QuietHandler, answering, full_disk

AWAY = "http://127.0.0.1:9"


def journal_of(uri, root, run, count=3):
    """A journal of one run with some points, that nobody sends."""
    store = Store(uri, "test")
    journal = Journal(root / store.folder_name, "synced", store.address)
    journal.append(StartRecord(run=run, time=_format.now(), name=run, tags={}))
    for step in range(count):
        journal.append(PointsRecord(run=run, time=_format.now(), names=["a"], step=step, numbers=[float(step)]))
    journal.append(EndRecord(run=run, time=_format.now(), status="FINISHED"))
    journal.close()


def test_it_sends_what_is_pending(local, tmp_path):
    journal_of(local.uri, tmp_path, "sent")
    (before,) = sync(tmp_path, status=True)
    assert isinstance(before, Pending)
    assert (before.address, before.records, before.points, before.failure) == (local.store.address, 5, 3, None)
    assert not before.is_done
    assert local.client  # loading MLflow sets some
    settings = gc.get_threshold(), dict(os.environ)
    (after,) = sync(str(tmp_path))
    assert (after.records, after.refused, after.failure) == (0, 0, None)
    assert after.is_done
    assert (gc.get_threshold(), dict(os.environ)) == settings
    assert sync(tmp_path) == []
    assert local.history(local.runs("synced")["sent"], "a") == [(0, 0.0), (1, 1.0), (2, 2.0)]


def test_a_store_that_is_away_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", AWAY)
    journal_of(AWAY, tmp_path, "kept")
    (left,) = sync(tmp_path)
    assert (left.address, left.records, left.failure) == (AWAY, 5, "it does not answer")
    assert not left.is_done


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "file"])
def test_a_server_that_only_a_journal_names_is_offered_no_credentials(tmp_path, monkeypatch, name):
    monkeypatch.setenv("HOME", str(tmp_path))
    if name == "file":
        (tmp_path / ".mlflow").mkdir()
        (tmp_path / ".mlflow" / "credentials").write_text("[mlflow]\nmlflow_tracking_password = hunter2\n")
    else:
        monkeypatch.setenv(name, "hunter2")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:8")
    asked = []

    class Handler(QuietHandler):
        def do_GET(self):  # noqa: N802 # the name that http.server calls
            asked.append(self.path)
            self.send_error(503)

        do_POST = do_GET  # noqa: N815

    with answering(Handler) as uri:
        journal_of(uri, tmp_path / "journals", "strange")
        (left,) = sync(tmp_path / "journals")
        assert left.records == 5
        assert f"set MLFLOW_TRACKING_URI={uri}" in str(left.failure)
        assert not asked
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        assert sync(tmp_path / "journals")[0].failure == "it does not answer"
    assert asked


def test_its_argument_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="`journal` must be a folder of journals, got the file"):
        sync(tmp_path / "file")
    number: Any = 3
    with pytest.raises(ValueError, match="`journal` must be a folder of journals, got int"):
        sync(number)
    with pytest.raises(ValueError, match="absent, which does not exist"):
        sync(tmp_path / "absent")
    with pytest.raises(ValueError, match="choose one of the two"):
        sync(tmp_path, status=True, retry_refused=True)


def test_settings_for_sending_are_restored(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "99")
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    before = dict(os.environ)
    with settings_for_sending():
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "99"
        assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
        assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "0"
    assert dict(os.environ) == before


def test_what_was_refused_is_sent_again_when_it_is_asked_for(local, tmp_path):
    """A tag of a run that was deleted, and restored."""
    journal_of(local.uri, tmp_path, "again")
    sync(tmp_path)
    run = local.runs("synced")["again"]
    local.client.delete_run(run.info.run_id)
    store = Store(local.uri, "test")
    journal = Journal(tmp_path / store.folder_name, "synced", store.address)
    key = run.data.tags["jaxviz.key"]
    journal.append(TagsRecord(run=key, time=_format.now(), values={"late": "yes"}))
    journal.append(ArtifactRecord(run=key, time=_format.now(), folder="", kept=journal.keep("note.txt", b"content")))
    journal.close()
    (left,) = sync(tmp_path)
    assert (left.records, left.refused, left.sent) == (0, 2, 2)
    local.client.restore_run(run.info.run_id)
    assert sync(tmp_path)[0].refused == 2  # nobody has asked
    said = CliRunner().invoke(app, ["sync", "--journal", str(tmp_path), "--status"])
    assert "2 records were refused" in said.output
    assert "jaxviz sync --retry-refused" in said.output
    assert all(one.refused == 0 and one.is_done for one in sync(tmp_path, retry_refused=True))
    assert sync(tmp_path) == []
    assert local.runs("synced")["again"].data.tags["late"] == "yes"
    assert local.artifacts(run) == {"note.txt"}


def test_it_ends_while_a_training_logs(local, tmp_path):
    journal_of(local.uri, tmp_path, "before")
    store, over = Store(local.uri, "test"), threading.Event()

    def log():
        journal = Journal(tmp_path / store.folder_name, "synced", store.address)
        journal.append(StartRecord(run="c" * 32, time=_format.now(), name="meanwhile", tags={}))
        for step in itertools.count():
            journal.append(PointsRecord(run="c" * 32, time=_format.now(), names=["a"], step=step, numbers=[1.0]))
            if over.wait(0.001):
                break
        journal.close()

    training = threading.Thread(target=log)
    training.start()
    try:
        for status in (False, True):
            for one in sync(tmp_path, status=status):
                assert status or one.is_done
    finally:
        over.set()
        training.join()
    assert "before" in local.runs("synced")
    assert all(one.is_done for one in sync(tmp_path))


def refused_journal(folder, reasons=("no", "never")):
    """A sent journal whose tag and file the store has refused."""
    journal = Journal(folder, "synced", "s")
    journal.append(StartRecord(run="one", time=1, name="one", tags={}))
    journal.append(TagsRecord(run="one", time=2, values={"late": "yes"}))
    journal.append(ArtifactRecord(run="one", time=3, folder="", kept=journal.keep("note.txt", b"content")))
    journal.close()
    reader = Reader(journal.path)
    for record, why in zip(reader.take(1000)[2:], reasons, strict=True):
        reader.refuse(record, why)
    reader.acknowledge()
    return journal.path


@pytest.mark.parametrize("is_full", [True, False])
def test_it_ends_where_a_drainer_makes_no_progress_and_cannot_say_so(tmp_path, monkeypatch, is_full):
    monkeypatch.setattr(_sync, "_STUCK_SECONDS", -1.0)
    monkeypatch.setattr(_drainer, "_LOCK_TRIES", 1)
    store = Store(f"sqlite:///{tmp_path}/a.db", "")
    folder = tmp_path / store.folder_name
    journal = Journal(folder, "e", store.address)
    journal.append(StartRecord(run="one", time=1, name="one", tags={}))
    journal.close()
    lock = _drainer.acquire(folder)
    assert lock is not None
    try:
        with full_disk() if is_full else contextlib.nullcontext():
            (told,) = sync(tmp_path)
    finally:
        _locks.release(lock)
    assert (told.is_done, told.records) == (False, 1)
    assert ("cannot be written" if is_full else "made no progress") in str(told.failure)


def test_what_was_refused_stays_while_the_disk_has_no_room_to_send_it_again(tmp_path):
    path = refused_journal(tmp_path / "s")
    before = Reader(path).refused()
    with full_disk(200), pytest.raises(OSError, match="too large"):
        _again.send_again(path)
    assert Reader(path).refused() == before
    assert not list(Reader(path).pending())
    assert _again.send_again(path) == 2
    assert not Reader(path).refused()
    assert [record.op for record in Reader(path).pending()] == ["tags", "artifact"]
    (file,) = path.glob("files/*/note.txt")
    assert file.read_bytes() == b"content"


def test_a_damaged_file_of_refused_records_is_kept_aside(tmp_path):
    path = refused_journal(tmp_path / "s")
    content = bytearray((path / "refused.wal").read_bytes())
    content[40] ^= 1
    (path / "refused.wal").write_bytes(content)
    assert _again.send_again(path) == 1
    (aside,) = damaged_of(tmp_path / "s")
    assert aside.read_bytes() == content


HALVES = (1, 7, 20, 60)
"""Bytes of a record that a kill left: of its marker, its envelope, its header."""


def append(path, content):
    with (path / "refused.wal").open("ab") as file:
        file.write(content)


@pytest.mark.parametrize("size", HALVES)
def test_half_a_refused_record_that_was_never_acknowledged_is_no_damage(tmp_path, size):
    path = refused_journal(tmp_path / "s")
    append(path, (path / "refused.wal").read_bytes()[:size])
    assert _again.send_again(path) == 2
    assert not damaged_of(tmp_path / "s")


@pytest.mark.parametrize("size", HALVES)
def test_nothing_is_left_when_the_store_takes_what_was_refused_by_half(tmp_path, size):
    journal = Journal(tmp_path / "s", "synced", "s")
    journal.append(StartRecord(run="one", time=1, name="one", tags={}))
    journal.close()
    append(journal.path, _format.encode_refused(StartRecord(run="one", time=1, name="one", tags={}), "no")[:size])
    reader = Reader(journal.path)
    reader.take(1000)
    reader.acknowledge()
    reader.finish()
    assert not journal.path.exists()


def test_half_a_refused_record_that_was_acknowledged_is_damage(tmp_path):
    path = refused_journal(tmp_path / "s")
    content = (path / "refused.wal").read_bytes()[:-9]
    (path / "refused.wal").write_bytes(content)
    Reader(path).finish()
    assert _again.send_again(path) == 1
    (aside,) = damaged_of(tmp_path / "s")
    assert aside.read_bytes() == content


def test_half_a_refused_record_is_damage_where_the_progress_is_lost(tmp_path):
    path = refused_journal(tmp_path / "s")
    content = (path / "refused.wal").read_bytes()[:-9]
    (path / "refused.wal").write_bytes(content)
    (path / "000001.wal").rename(path / "000003.wal")  # what was before it has been sent and removed
    for note in ("progress.json", "before.json"):
        (path / note).write_text("{")
    Reader(path).finish()
    assert (path / "refused.wal").read_bytes() == content
