"""Nothing is lost and nothing doubled: servers that die, trainings that are killed, torn journals, full disks."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from typer.testing import CliRunner

from jaxviz.cli import app
from jaxviz.tracking import MLflowLogger, Store
from jaxviz.tracking.drain import _drainer, _status, _sync
from jaxviz.tracking.drain._drainer import Drainer, journals_of
from jaxviz.tracking.journal import _format, _locks, _reader
from jaxviz.tracking.journal._records import PointsRecord, UnknownRecord
from jaxviz.tracking.logger._model_methods import Checkpoint
from jaxviz.tracking.store._failures import UnavailableError
from tests.known import known

from .conftest import Place, full_disk, stop_drainers, until

KILLS = int(os.environ.get("JAXVIZ_TEST_KILLS", "20"))
"""Trainings to kill at random points; 200 in the long test, which kills the server ten times too."""
AT_ONCE = 3
TRAININGS = """
import os, signal, sys
from jaxviz.tracking.logger._session import Session
from jaxviz.tracking.store._store import Store
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for path in map(str.strip, sys.stdin):
    if os.fork() == 0:
        out = open(path, "w")
        print(os.getpid(), file=out, flush=True)
        name = os.path.basename(path)
        recorder = Session(Store(sys.argv[1], ""), "killed", name, {}, quiet=True).recorder
        recorder.params(recorder.run, {"name": name})
        for step in range(100_000):
            recorder.points(recorder.run, {"a": step, "b": -step}, step)
            print(step, file=out, flush=True)
"""
"""Trainings in processes of their own, forked from one that has loaded JAX: what the logger does on every call. Each is
told the file that it writes its id and its steps to."""


def runs_of(place, experiment):
    """The runs of an experiment, also those of one name, the latest first."""
    found = place.client.get_experiment_by_name(experiment)
    return [] if found is None else place.client.search_runs([found.experiment_id])


def steps(place, run, key="a"):
    return [step for step, _ in place.history(run, key)]


def test_a_server_that_dies_and_comes_back_has_everything_once(server, recwarn):
    """It dies between the points of one training, and in a batch of another: neither is lost or doubled."""
    times, rng = max(1, KILLS // 20), random.Random(1)
    values = [float(i) for i in range(12_000 * times)]
    with MLflowLogger("restarts", server.uri, quiet=True) as one, MLflowLogger("batch", server.uri, quiet=True) as two:
        one.start_run("one")
        two.start_run("one")
        two.log_episode_data(values)
        for i in range(times):
            log_steps(one, 300 * i)
            run = until(lambda: server.runs("batch").get("one"))
            begun = len(server.history(run, "episode/return"))
            until(lambda: len(server.history(run, "episode/return")) > begun)  # noqa: B023
            time.sleep(rng.uniform(0, 0.2))
            server.kill()
            log_steps(one, 300 * i + 100)
            assert not two.flush(timeout=5)
            server.start()
            log_steps(one, 300 * i + 200)
            two.flush(timeout=1)
    server.settle()
    run, batch = (server.runs(name)["one"] for name in ("restarts", "batch"))
    assert server.history(run, "a") == [(step, step) for step in range(300 * times)]
    assert server.history(batch, "episode/return") == list(enumerate(values))
    assert {one.info.status for one in (run, batch)} == {"FINISHED"}
    assert any("is not accepting data" in str(one.message) for one in recwarn)  # and again only when it had caught up


def log_steps(logger, first):
    for step in range(first, first + 100):
        logger.log_training_metrics({"a": step}, step)


def test_a_server_that_is_away_costs_half_a_second(journals):
    uri = "http://127.0.0.1:9"
    start = time.monotonic()
    with pytest.warns(UserWarning, match="is not accepting data"), MLflowLogger("away", uri, quiet=True) as logger:
        logger.start_run("one")
        began = time.monotonic()
        for step in range(5000):
            logger.log_training_metrics({"a": step}, step)
        assert time.monotonic() - began < 30
    assert time.monotonic() - start < 40
    folder = journals / Store(uri, "").folder_name
    found = _sync.pending(folder)
    assert (found.address, found.points) == (uri, 5000)
    stop_drainers(folder)


def kill_one(trainings, path, seconds, *, begun):
    """Start a training, kill it a while after its start or its first step, and say the last step it got through."""
    print(path, file=trainings.stdin, flush=True)
    until(lambda: path.exists() and path.read_text().count("\n") > begun, pause=0.001)
    time.sleep(seconds)
    os.kill(int(path.read_text().partition("\n")[0]), signal.SIGKILL)
    lines = path.read_text().splitlines(keepends=True)
    return max((int(line) for line in lines[1:] if line.endswith("\n")), default=-1)


def test_killed_trainings_lose_nothing(local, tmp_path):
    rng = random.Random(0)
    names = [f"run {i}" for i in range(KILLS)]
    cases = [(name, rng.uniform(0, 0.005 if i % 4 else 0.06), bool(i % 4)) for i, name in enumerate(names)]
    command = [sys.executable, "-W", "ignore", "-c", TRAININGS, local.uri]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as trainings, ThreadPoolExecutor(AT_ONCE) as pool:

        def kill(case):
            return kill_one(trainings, tmp_path / case[0], case[1], begun=case[2])

        last = dict(zip(names, pool.map(kill, cases), strict=True))
    _sync.send(local.journals)
    local.settle()
    runs = local.runs("killed")
    assert {name for name in names if last[name] >= 0} <= set(runs) <= set(names)
    for name, run in runs.items():
        found = steps(local, run)
        assert found == list(range(len(found)))  # none missing, none twice
        assert len(found) in (last[name] + 1, last[name] + 2)  # the call that it died in may be there
        assert run.data.params == {"name": name} or not found
        assert run.info.status in ("FAILED", "KILLED")


def journal_of(uri, root, monkeypatch, count=3):
    """A journal in a folder of its own that nobody sends."""
    monkeypatch.setenv("JAXVIZ_JOURNAL", str(root))
    monkeypatch.setattr("jaxviz.tracking.drain._courier.Courier.start", lambda self: None)
    monkeypatch.setattr("jaxviz.tracking.drain._courier.Courier.wait", lambda self, done, timeout: False)
    with MLflowLogger("kept", uri, quiet=True) as logger:
        logger.start_run("one")
        for step in range(count):
            logger.log_training_metrics({"a": step}, step)
    folder = root / Store(uri, "").folder_name
    *_, path = journals_of(folder)
    return folder, path


def ends_of(segment):
    """Where the records of points end, by their steps."""
    entries = _format.decode(segment)
    return {entry.record.step: entry.end for entry in entries if isinstance(entry.record, PointsRecord)}


def test_a_torn_last_record_is_the_only_one_that_is_missing(local, tmp_path, monkeypatch):
    folder, path = journal_of(local.uri, tmp_path / "journal", monkeypatch)
    (segment,) = path.glob("*.wal")
    at = ends_of(segment.read_bytes())[1]
    with segment.open("r+b") as file:
        file.truncate(at + 20)  # the frame of the last point and the end are torn
    assert _sync.pending(folder).points == 2
    assert _sync.send(folder) is None
    run = local.runs("kept")["one"]
    assert steps(local, run) == [0, 1]
    assert not journals_of(folder)


def test_damage_in_the_middle_costs_only_what_is_damaged(local, tmp_path, monkeypatch):
    folder, path = journal_of(local.uri, tmp_path / "journal", monkeypatch, count=5)
    (segment,) = path.glob("*.wal")
    data = bytearray(segment.read_bytes())
    ends = ends_of(bytes(data))
    data[ends[1] + 30] ^= 0xFF
    segment.write_bytes(data)
    before = set(local.runs("kept"))
    assert _sync.send(folder) is None
    found = [steps(local, run) for run in runs_of(local, "kept")]
    assert [0, 1, 3, 4] in found
    assert before <= set(local.runs("kept"))


def test_sending_twice_changes_nothing(local, tmp_path, monkeypatch):
    """As after a drainer that died between the store's answer and its own note."""
    folder, path = journal_of(local.uri, tmp_path / "journal", monkeypatch)
    segment = next(path.glob("*.wal"))
    content = segment.read_bytes()
    assert _sync.send(folder) is None
    path.mkdir()
    segment.write_bytes(content)
    (path / "lock").touch()
    assert _sync.send(folder) is None
    found = [steps(local, run) for run in runs_of(local, "kept")]
    assert found.count([0, 1, 2]) == 1


def test_a_full_disk_holds_records_in_memory_and_warns_once(local, tmp_path, monkeypatch, recwarn):
    monkeypatch.setenv("JAXVIZ_JOURNAL", str(tmp_path / "journal"))
    monkeypatch.setattr("jaxviz.tracking.journal._journal._RETRY_SECONDS", 0.0)
    logger = MLflowLogger("full disk", local.uri, quiet=True)
    logger.start_run("one")
    size = max(path.stat().st_size for path in (tmp_path / "journal").rglob("*.wal"))
    with full_disk(size + 150):
        for step in range(20):
            logger.log_training_metrics({"a": step}, step)
    logger.end_run()
    place = Place(local.store, tmp_path / "journal")
    place.settle()
    assert steps(place, place.runs("full disk")["one"]) == list(range(20))
    said = [str(w.message) for w in recwarn if "cannot be written" in str(w.message)]
    assert len(said) == 1
    stop_drainers(tmp_path)


def test_what_the_store_refuses_is_kept_with_its_reason(local, tmp_path, monkeypatch):
    folder, _ = journal_of(local.uri, tmp_path / "journal", monkeypatch, count=1)
    assert _sync.send(folder) is None
    monkeypatch.setenv("JAXVIZ_JOURNAL", str(tmp_path / "second"))
    with MLflowLogger("kept", local.uri, quiet=True) as logger:
        logger.start_run("two")
        logger.log_hyperparameters({"lr": 0.1})
        logger.log_hyperparameters({"lr": 0.2})  # MLflow's parameters do not change
    folder = tmp_path / "second" / Store(local.uri, "").folder_name
    assert _sync.send(folder) is None
    found = _sync.pending(folder)
    assert (found.records, found.refused) == (0, 1)
    assert "lr" in found.reasons[0]


def test_sync_asks_a_drainer_that_rests_and_believes_only_its_new_answer(local, tmp_path, monkeypatch):
    folder, _ = journal_of(local.uri, tmp_path / "journal", monkeypatch)
    lock = known(_drainer.acquire(folder))
    _status.write(folder, _status.Status("away", "of old", time.time() - 1))
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(_sync.send, folder)
        until((folder / _drainer.WAKE).exists)
        with pytest.raises(TimeoutError):
            sent.result(timeout=0.5)
        _status.write(folder, _status.Status("away", "as of now", time.time() + 1))
        assert sent.result(timeout=30) == "as of now"
    _locks.release(lock)


def test_progress_that_cannot_be_noted_sends_again_without_effect(local, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    folder, _ = journal_of(local.uri, tmp_path / "journal", monkeypatch)
    before = len(runs_of(local, "kept"))
    with monkeypatch.context() as disk:
        disk.setattr(_reader.Reader, "acknowledge", full)
        with pytest.raises(UnavailableError, match="cannot be written"):
            Drainer(folder, local.store).once()
    assert len(runs_of(local, "kept")) == before + 1
    assert _sync.send(folder) is None
    assert len(runs_of(local, "kept")) == before + 1
    assert steps(local, runs_of(local, "kept")[0]) == [0, 1, 2]


def test_a_deleted_experiment_is_waited_for(local, tmp_path, monkeypatch):
    folder, _ = journal_of(local.uri, tmp_path / "journal", monkeypatch)
    drainer = Drainer(folder, local.store)
    while drainer.once():
        pass
    experiment = local.client.get_experiment_by_name("kept").experiment_id
    journal_of(local.uri, tmp_path / "journal", monkeypatch)
    local.client.delete_experiment(experiment)
    try:
        for _ in range(2):
            with pytest.raises(UnavailableError, match="the experiment 'kept' is deleted"):
                drainer.once()
        assert _sync.pending(folder).refused == 0
    finally:
        local.client.restore_experiment(experiment)
    assert _sync.send(folder) is None
    assert not journals_of(folder)


def test_what_is_nowhere_is_refused_beside_a_journal_with_refused_records(local, tmp_path, monkeypatch):
    folder, path = journal_of(local.uri, tmp_path / "journal", monkeypatch)
    with path.joinpath("000001.wal").open("ab") as file:
        file.write(_format.encode(UnknownRecord({"op": "of the future", "time": 1})))
    assert _sync.send(folder) is None
    assert _sync.pending(folder).refused == 1
    with MLflowLogger("kept", local.uri, quiet=True) as logger:
        logger.start_run("linked to nothing")
        logger.register_model(Checkpoint("f" * 32, logger._active()), "nowhere")
        logger.log_training_metrics({"a": 1.0}, model_id=Checkpoint("e" * 32, logger._active()))
        logger.log_training_metrics({"b": 1.0}, model_id="it's")
    assert _sync.send(folder) is None
    found = _sync.pending(folder)
    assert (found.records, found.refused) == (0, 4)
    assert any("eee of these metrics does not exist" in why for why in found.reasons)
    assert local.runs("kept")["linked to nothing"].data.metrics == {"a": 1.0, "b": 1.0}


def test_the_command_shows_what_is_pending_and_sends_it(local, tmp_path, monkeypatch):
    folder, _ = journal_of(local.uri, tmp_path / "journal", monkeypatch)
    options = ["sync", "--journal", str(folder.parent)]
    said = CliRunner().invoke(app, [*options, "--status"])
    assert said.exit_code == 1
    assert "5 records (3 points) are pending, since 2" in said.output
    assert CliRunner().invoke(app, options).exit_code == 0
    said = CliRunner().invoke(app, [*options, "--status"])
    assert (said.exit_code, said.output) == (0, "nothing is pending\n")


def test_journals_are_private_and_hold_no_credentials(tmp_path, monkeypatch):
    folder, path = journal_of("http://user:secret@127.0.0.1:9", tmp_path / "journal", monkeypatch)
    assert path.stat().st_mode & 0o077 == 0
    for file in path.rglob("*"):
        if file.is_file():
            assert file.stat().st_mode & 0o077 == 0
            assert b"secret" not in file.read_bytes()
    assert "secret" not in str(_sync.pending(folder))
    assert _reader.journals(folder) == [path]
