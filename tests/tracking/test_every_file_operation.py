"""Every file operation of a whole log fails once, or is the last one before a kill: nothing is lost or doubled."""

import os
import random
import shutil
import signal
import time
import warnings
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import pytest

from jaxviz.tracking import MLflowLogger, Store, sync
from jaxviz.tracking.drain import _courier, _doubts, _drainer, _sync
from jaxviz.tracking.drain._drainer import Drainer, damaged_of, journals_of
from jaxviz.tracking.drain._sync import pending
from jaxviz.tracking.journal import _folder, _journal, _reader, _spare
from jaxviz.tracking.journal._records import UnknownRecord
from jaxviz.tracking.logger import _provenance, _session
from jaxviz.tracking.store import _database, _store
from jaxviz.tracking.store._failures import UnavailableError

from .faults import WAYS, KilledError, failing
from .memory_store import MemoryStore

STEPS = 8
MOST_SECONDS = 0.5
MOST_PASSES = 30
REAL_KILLS = 8
WHOLE = b"a database" * 1000
EVERY, RARELY = 7, 23
"""CI tries one operation of so many in each way, each way others; of some that mostly do what others do, fewer."""
CONTENT = b"a file" * 50
PAUSES = {
    "_FIRST_PAUSE": 0.0, "_REST_SECONDS": 0.0, "_SHORTEST_POLL": 0.001,
    "_LINGER_SECONDS": 0.0, "_GIVE_UP_SECONDS": 0.05,
}  # fmt: skip


class Training(NamedTuple):
    """What a training did."""

    done: int
    """Calls that have returned."""
    seconds: float
    said: list[str]


class Bench:
    """A training and a drainer on one folder, without processes of their own."""

    def __init__(self, folder, patch):
        self.root, self.patch = folder, patch
        self.file = folder / "file.txt"
        self.file.write_bytes(CONTENT)
        self.place, self.uri = folder / "place", f"sqlite:///{folder}/a.db"
        self.folder = self.place / "journals" / Store(self.uri, "").folder_name
        self.model = {"w": np.arange(3.0)}
        patch.setenv("JAXVIZ_JOURNAL", str(self.place / "journals"))
        patch.setattr(_spare, "_bases", lambda: [self.place / "spare"])
        patch.setattr(_store, "open_client", lambda _: self.store)
        patch.setattr(_database, "_create", lambda part: part.write_bytes(WHOLE))
        patch.setattr(_drainer, "load_mlflow", lambda _: None)
        patch.setattr(_courier.Courier, "start", lambda _: None)
        patch.setattr(_courier, "_POLL_SECONDS", 0.001)
        patch.setattr(_journal, "_RETRY_SECONDS", 0.0)
        patch.setattr(_folder, "SEGMENT_BYTES", 1500)
        patch.setattr(_provenance, "tags", dict)
        patch.setenv("MLFLOW_TRACKING_URI", self.uri)
        patch.setattr(_sync, "_FIRST_PAUSE", 0.0)
        patch.setattr(_doubts, "_REST_SECONDS", 0.0)
        patch.setattr(_doubts, "_LOOK_MS", 0)
        patch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.001")
        for name, seconds in PAUSES.items():
            patch.setattr(_drainer, name, seconds)
        self.is_strange = False
        """Whether the training writes a record that is refused."""
        self.renew()
        self.train()
        self.drain()
        self.plain = self.found()

    def renew(self):
        """Empty folders and an empty store."""
        shutil.rmtree(self.place, ignore_errors=True)
        (self.place / "spare").mkdir(parents=True)
        self.store = MemoryStore()

    def train(self, report=lambda done: None):
        """Log something of everything; `report` is told of every call that returned."""
        logger = MLflowLogger("files", self.uri, quiet=True)
        calls = [
            lambda: logger.start_run("one", tags={"a": 1}),
            lambda: logger.log_hyperparameters({"lr": 0.1}),
            *(lambda step=step: logger.log_training_metrics({"a": step, "b": -step}, step) for step in range(STEPS)),
            lambda: logger.log_artifact(self.file),
            lambda: logger.log_model_checkpoint(self.model, 5),
            *([lambda: logger._active().recorder.write(UnknownRecord({"op": "strange"}))] if self.is_strange else []),
            logger.end_run,
        ]
        done, seconds = 0, 0.0
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                for call in calls:
                    start = time.perf_counter()
                    call()
                    seconds += time.perf_counter() - start
                    done += 1
                    report(done)
            except KilledError:
                for session in {*_session._unfinished, logger._session} - {None}:
                    session.recorder.journal._open.close()  # as the system does
                _session._unfinished.clear()
        return Training(done, seconds, [str(one.message) for one in said])

    def drain(self, *, gives_up=False):
        """Send everything; why that failed, each time. `gives_up`: no longer than a while."""
        drainer, failures = Drainer(self.folder, Store(self.uri, "")), []
        for _ in range(MOST_PASSES):
            try:
                if not drainer.once():
                    return failures
            except UnavailableError as why:
                failures.append(str(why))
        assert gives_up, failures
        return failures

    def restart(self):
        """What the next `sync` does, with room again."""
        _reader.clear_unfinished(self.folder)
        return self.drain()

    def found(self):
        """What a reader of the store finds, without ids and times."""
        runs = [
            {
                "status": run.info.status,
                "tags": {name for name in run.data.tags if not name.startswith("jaxviz.key")},
                "params": run.data.params,
                "points": sorted((key, step, value) for key, step, _, value in run.points),
                "files": run.files,
            }
            for run in self.store.runs.values()
        ]
        models = [
            (model.name, model.status.name, {name: one for name, one in model.files.items() if name != "MLmodel"})
            for model in self.store.models.values()
        ]
        return {"runs": runs, "models": models, "left": [path.name for path in journals_of(self.folder)]}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield Bench(tmp_path_factory.mktemp("files"), patch)


def difference(found, plain):
    return {name: (found[name], plain[name]) for name in plain if found[name] != plain[name]}


def only_of(found, plain):
    """Whether nothing is there twice, and nothing that was not logged."""
    if len(found["runs"]) > 1 or len(found["models"]) > 1:
        return False
    for run in found["runs"]:
        whole = plain["runs"][0]
        if not set(run["points"]) <= set(whole["points"]) or len(set(run["points"])) != len(run["points"]):
            return False
        if not (run["params"].items() <= whole["params"].items() and run["files"].items() <= whole["files"].items()):
            return False
    return all(model in plain["models"] for model in found["models"])


def check_training(bench, way, number):
    """One case of a training: everything that was logged is there once, or one sentence says what is not."""
    bench.renew()
    with failing(number, way) as faults:
        training = bench.train()
    case = f"{way}, operation {number}: {faults.names[number : number + 1]}, {training}"
    assert training.seconds < MOST_SECONDS, case
    bench.restart()
    found, plain = bench.found(), bench.plain
    assert only_of(found, plain), f"{case}\n{found}"
    if way in ("kill", "torn") and faults.is_killed:
        check_killed(found, plain, training.done, case)
        return
    assert training.done == STEPS + 5, case
    if not any("records are lost" in one for one in training.said):
        assert not difference(found, plain), f"{case}\n{difference(found, plain)}"
    else:
        assert way == "full", case
    assert not [path for path in damaged_of(bench.folder) if way in ERRORS_AND_HALF], case


ERRORS_AND_HALF = ("no space", "permission", "broken", "interrupted", "half")


def check_killed(found, plain, done, case):
    """Every call that had returned is there; of the last one perhaps a part."""
    if done == 0:
        return
    (run,) = found["runs"]
    steps = max(0, min(STEPS, done - 2))
    assert {step for _, step, _ in run["points"]} >= set(range(steps)), f"{case}\n{found}"
    assert done < STEPS + 3 or run["files"] == plain["runs"][0]["files"], f"{case}\n{found}"
    assert done < STEPS + 4 or found["models"] == plain["models"], f"{case}\n{found}"
    assert run["status"] in ("KILLED", "FINISHED"), f"{case}\n{found}"


def check_drainer(bench, way, number):
    """One case of a drainer: it sends the rest when it tries again, or the next one does."""
    bench.renew()
    bench.train()
    with failing(number, way) as faults:
        try:
            failures = bench.drain(gives_up=way == "full")
        except KilledError:
            failures = []
    bench.restart()
    check_whole(bench, f"{way}, operation {number}: {faults.names[number : number + 1]}, {failures}")


def check_sync(bench, way, number):
    """One case of `sync`: it says what it could not do, and the next one does it."""
    bench.renew()
    bench.train()
    left = []
    with failing(number, way) as faults, suppress(KilledError):
        left = sync(bench.folder.parent)
    case = f"{way}, operation {number}: {faults.names[number : number + 1]}, {left}"
    assert all(one.is_done or one.failure or one.unreadable for one in left), case
    assert all(one.is_done for one in sync(bench.folder.parent)), case
    check_whole(bench, case)


def check_background(bench, way, number):
    """One case of the drainer's process, which may end: the training starts another one."""
    bench.renew()
    bench.train()
    with failing(number, way) as faults, suppress(KilledError, OSError):
        _drainer.run(bench.folder, Store(bench.uri, ""))
    bench.restart()
    check_whole(bench, f"{way}, operation {number}: {faults.names[number : number + 1]}")


def check_whole(bench, case):
    found = bench.found()
    assert not difference(found, bench.plain), f"{case}\n{difference(found, bench.plain)}"
    assert not damaged_of(bench.folder), case
    assert not pending(bench.folder).refused, case


def check_database(bench, way, number):
    """One case of a store's first database: there is a whole one or none, and the next attempt makes it."""
    bench.renew()
    database = bench.place / "first.db"
    with failing(number, way), suppress(KilledError, OSError):
        _database.make(database)
    assert not database.exists() or database.read_bytes() == WHOLE
    _database.make(database)
    assert database.read_bytes() == WHOLE
    _database.make(database)
    assert not [path for path in bench.place.iterdir() if path.name.endswith(".part")]


def refused_log(bench):
    """A log of which the store refused a parameter and a file."""
    bench.renew()
    bench.train()
    bench.store.refuses = True
    bench.drain()
    bench.store.refuses = False
    assert [one.record.op for one in all_refused(bench)] == ["params", "artifact"]


def all_refused(bench):
    return [one for path in journals_of(bench.folder) for one in _reader.Reader(path).refused()]


def retry(bench):
    return sync(bench.folder.parent, retry_refused=True)


def check_retry(bench, way, number):
    """One case of sending again what was refused: it is there once, and no longer refused."""
    refused_log(bench)
    with failing(number, way) as faults, suppress(KilledError):
        retry(bench)
    bench.restart()
    for _ in range(2):  # those that were sent already are sent again, without effect
        retry(bench)
    check_whole(bench, f"{way}, operation {number}: {faults.names[number : number + 1]}")


def check_refused_again(bench, way, number):
    """One case of sending again what is refused again: it is kept once."""
    refused_log(bench)
    bench.store.refuses = True
    with failing(number, way) as faults, suppress(KilledError):
        retry(bench)
    bench.restart()
    case = f"{way}, operation {number}: {faults.names[number : number + 1]}"
    assert {one.record.op for one in all_refused(bench)} == {"params", "artifact"}, case
    retry(bench)
    assert sorted(one.record.op for one in all_refused(bench)) == ["artifact", "params"], case
    bench.store.refuses = False
    retry(bench)
    check_whole(bench, case)


def check_doubt(bench, way, number):
    """One case of a run that the store makes once more, late: it is deleted, unless nobody could note the doubt."""
    doubted_log(bench)
    with failing(number, way) as faults, suppress(KilledError):
        bench.drain(gives_up=way == "full")
    bench.restart()
    bench.store.finish()
    bench.drain()
    found, case = bench.found(), f"{way}, operation {number}: {faults.names[number : number + 1]}"
    if way in ("kill", "torn", "full"):  # two faults at once
        found["runs"] = [run for run in found["runs"] if run["points"]]
    assert not difference(found, bench.plain), f"{case}\n{difference(found, bench.plain)}"


def doubted_log(bench):
    bench.renew()
    bench.train()
    bench.store.is_late = True


WORK = {
    "retry": retry,
    "refused again": retry,
    "doubt": lambda bench: bench.drain(),
    "training": lambda bench: bench.train(),
    "drainer": lambda bench: bench.drain(),
    "sync": lambda bench: sync(bench.folder.parent),
    "background": lambda bench: _drainer.run(bench.folder, Store(bench.uri, "")),
    "database": lambda bench: _database.make(bench.place / "first.db"),
}
CHECKS = {
    "retry": check_retry,
    "refused again": check_refused_again,
    "doubt": check_doubt,
    "training": check_training,
    "drainer": check_drainer,
    "sync": check_sync,
    "background": check_background,
    "database": check_database,
}


def laid_log(bench):
    bench.renew()
    bench.train()


LAID = {
    "training": Bench.renew,
    "database": Bench.renew,
    "retry": refused_log,
    "refused again": refused_log,
    "doubt": doubted_log,
}
"""What there is before, if it is not a log that nobody has sent."""


def operations(bench, who):
    """How many operations one has."""
    LAID.get(who, laid_log)(bench)
    with failing() as faults:
        WORK[who](bench)
    return len(faults.names)


def test_the_log_is_whole(bench):
    (run,) = bench.plain["runs"]
    assert run["status"] == "FINISHED"
    assert run["params"] == {"lr": "0.1"}
    assert run["points"] == sorted((name, i, i * sign) for i in range(STEPS) for name, sign in (("a", 1), ("b", -1)))
    assert run["files"] == {"file.txt": CONTENT}
    assert [(name, status) for name, status, _ in bench.plain["models"]] == [("policy", "READY")]
    assert not bench.plain["left"]
    assert operations(bench, "training") > 60
    assert operations(bench, "drainer") > 60


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", CHECKS)
def test_an_operation_that_fails_changes_nothing(bench, who, way):
    every = RARELY if who in ("retry", "refused again", "doubt") else EVERY
    first = random.Random(f"{who} {way}").randrange(every)
    for number in range(first, operations(bench, who), every):
        CHECKS[who](bench, way, number)


@pytest.mark.parametrize("way", ["no space", "half", "kill", "torn"])
def test_a_refused_record_is_kept_once(bench, way):
    bench.is_strange = True
    try:
        count = operations(bench, "drainer")
        for number in range(3 * count // 5, count, 2):  # where it is refused, and after
            bench.renew()
            bench.train()
            with failing(number, way) as faults, suppress(KilledError):
                bench.drain()
            bench.restart()
            (path,) = journals_of(bench.folder)
            kept = [one.record.op for one in _reader.Reader(path).refused()]
            assert kept == ["strange"], f"{way}, operation {number}: {faults.names[number : number + 1]}"
            assert pending(bench.folder).refused == 1
    finally:
        bench.is_strange = False


def killed_for_good(bench, number):
    """Kill a training before an operation, by the system's own signal; how many calls had returned."""
    bench.renew()
    reading, writing = os.pipe()
    write = os.write
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX's, which the child does not use
        child = os.fork()
    if child == 0:
        with failing(number, "kill -9"):
            bench.train(lambda done: write(writing, bytes([done])))
        os._exit(0)
    os.close(writing)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    with os.fdopen(reading, "rb") as calls:
        return max(calls.read(), default=0)


def test_a_process_that_is_killed_loses_nothing(bench):
    count = operations(bench, "training")
    for number in random.Random(0).sample(range(count), REAL_KILLS):
        done = killed_for_good(bench, number)
        bench.restart()
        found = bench.found()
        assert only_of(found, bench.plain)
        check_killed(found, bench.plain, done, f"operation {number}, {done} calls")


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", CHECKS)
def test_every_operation_may_fail_in_every_way(bench, who, way):
    for number in range(operations(bench, who) + 3):
        CHECKS[who](bench, way, number)
