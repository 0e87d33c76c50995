"""What the logger leaves in a real store."""

import subprocess
import sys
import threading
from pathlib import Path

import jax
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.tracking import MLflowLogger, Store, resolve_store
from jaxviz.tracking.journal import _reader
from jaxviz.tracking.logger._figure_methods import FigureMethods
from jaxviz.tracking.logger._model_methods import ModelMethods
from jaxviz.tracking.logger._run_methods import RunMethods
from jaxviz.tracking.store._connection import Connection
from jaxviz.tracking.store._failures import UnavailableError
from jaxviz.tracking.store._probe import answers
from tests.known import known, unchecked

from .conftest import Place


def test_where_it_logs_is_said_in_one_line(workplace, capsys):
    # MLflow is not loaded while `capsys` is on: it closes all log handlers, and absl's closes the stream that it found.
    MLflowLogger("plain")
    (said,) = capsys.readouterr().err.splitlines()
    assert "sqlite:///" in said
    assert "data/mlflow.db (local store" in said


@pytest.mark.parametrize("methods", [FigureMethods, ModelMethods, RunMethods])
def test_methods_need_a_logger(methods):
    with pytest.raises(TypeError, match="abstract"):
        methods()


def test_without_configuration_a_local_store_is_made(workplace):
    with MLflowLogger("plain") as logger:
        logger.start_run("first")
        logger.log_hyperparameters({"lr": 0.1, "net": {"width": 64}})
        logger.log_training_metrics({"loss": 0.5, "a": {"b[0]": 2}, "note": "text"}, step=10)
        logger.log_training_metrics({"loss": 0.25}, step=20)
        logger.log_episode_data([1.0, 2.0], [10, 20], step=30)
        logger.log_episode_data([3.0], [30])
        assert logger.run_id
    place = Place(resolve_store("sqlite:///data/mlflow.db"), workplace / "data" / "mlflow-journal")
    run = place.runs("plain")["first"]
    assert run.info.status == "FINISHED"
    assert run.data.params == {"lr": "0.1", "net/width": "64"}
    assert place.history(run, "loss") == [(10, 0.5), (20, 0.25)]
    assert place.history(run, "episode/return") == [(0, 1.0), (1, 2.0), (2, 3.0)]
    assert run.data.metrics["episode/return_at_step/mean"] == 1.5
    assert run.data.metrics["a/b_0_"] == 2.0
    assert run.data.tags["note"] == "text"
    assert run.data.tags["jaxviz.version.jax"] == jax.__version__
    assert run.data.tags["jaxviz.backend"] == "cpu"
    assert run.info.user_id or run.data.tags["mlflow.user"]
    place.settle()
    assert not _reader.journals(place.journals)


def test_the_store_is_chosen_in_order(workplace, monkeypatch):
    assert resolve_store("sqlite:///a.db").uri == "sqlite:///a.db"
    assert resolve_store().uri == "sqlite:///data/mlflow.db"
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", "sqlite:///b.db")
    assert resolve_store().uri == "sqlite:///b.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert resolve_store().uri == "http://127.0.0.1:1"
    assert resolve_store("").uri == "http://127.0.0.1:1"  # as for MLflow, no choice


def test_a_folder_is_the_same_store_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("runs", "./runs", "file:runs", Path("runs"), tmp_path / "runs", (tmp_path / "runs").as_uri()):
        assert resolve_store(folder).address == (tmp_path / "runs").as_uri()
    for other in ("databricks", "databricks://profile", "http://host:1", "postgresql://host/db"):
        assert resolve_store(other).uri == other
    with pytest.raises(ValueError, match="`tracking_uri` must be a text or a path, got int"):
        unchecked(resolve_store, 5000)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("http://user:secret@host:5000/", "http://host:5000"),
        ("http://secret@host", "http://host"),
        ("http://user:sec@secret@host", "http://host"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("postgresql://user:sec/secret@host/db", "postgresql://host/db"),
        ("postgresql://user:sec#secret@host/db", "postgresql://host/db"),
        ("postgresql://host/db?user=me&password=secret", "postgresql://host/db?user=me"),
        ("postgresql://host:5432/db?PASSWORD=secret&sslmode=require", "postgresql://host:5432/db?sslmode=require"),
        ("sqlite:////a/user:b@c.db", "sqlite:////a/user:b@c.db"),
    ],
)
def test_an_address_holds_no_credentials(uri, address):
    store = Store(uri, "test")
    assert store.address == address
    assert "sec" not in store.folder_name


def test_a_store_that_cannot_be_opened_is_not_accepting_data(tmp_path):
    for uri in (tmp_path.as_uri(), "nothing://knows/this"):  # MLflow refuses folders, unless it is told otherwise
        with pytest.raises(UnavailableError):
            Connection(Store(uri, "test"), lambda: None)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:port",
        "postgresql://127.0.0.1:port/x",
        "http://[::1",
        "http://127.0.0.1:99999",
        f"http://{'a' * 70}",
    ],
)
def test_an_address_that_is_none_is_a_server_that_does_not_answer(uri):
    assert not answers(uri)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://u:secret@[::1", "`tracking_uri` must be the address of a store, got 'http://.::1'"),
        ("sqlite://", "`tracking_uri` must be a database on disk"),
        ("sqlite:///:memory:", "`tracking_uri` must be a database on disk"),
        (3, "`tracking_uri` must be a text or a path, got int"),
    ],
)
def test_what_is_no_store_is_named(uri, message):
    with pytest.raises(ValueError, match=message):
        MLflowLogger("e", uri)


def test_a_whole_analysis(local, tmp_path):
    rng = np.random.default_rng(0)
    rewards = np.linspace(0, 10, 60) + rng.normal(0, 1, (2, 3, 60))
    losses = {name: rng.random((2, 3, 9)) for name in ("kl", "value")}
    data = {"rewards": rewards, "episode_lengths": np.full(rewards.shape, 5), "losses": losses}
    with MLflowLogger("whole", local.uri, quiet=True) as logger:
        logger.log_comprehensive_analysis(data, window=10, target=8.0, labels=["lr=0.1", "lr=0.2"])
    runs = local.runs("whole")
    children = {name: run for name, run in runs.items() if "mlflow.parentRunId" in run.data.tags}
    (parent,) = [run for run in runs.values() if run not in children.values()]
    assert set(children) == {"lr=0.1", "lr=0.2"}
    assert {run.data.tags["mlflow.parentRunId"] for run in children.values()} == {parent.info.run_id}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    run = jv.from_arrays(rewards, lengths=data["episode_lengths"], losses=losses)
    analysis = jv.analyze(run, windows=(10,), target=8.0)
    expected = jv.aggregate(analysis, jax.random.key(0))[0]
    final = known(expected.performance).final
    metrics = children["lr=0.1"].data.metrics
    assert metrics["performance/final/estimate"] == pytest.approx(float(final.estimate), rel=1e-5)
    steps = local.history(children["lr=0.1"], "return/iqm")
    assert [step for step, _ in steps] == list(range(6, 300, 12))  # centres of 25 intervals
    assert [value for _, value in steps] == pytest.approx(expected.curve.interval.estimate[:25].tolist(), rel=1e-5)
    assert [runs for _, runs in local.history(children["lr=0.1"], "return/n")] == [3.0] * 25
    assert {"run.npz", "report.html", "figures"} <= local.artifacts(parent)
    assert len(local.artifacts(parent, "figures")) >= 3
    path = local.client.download_artifacts(parent.info.run_id, "run.npz", str(tmp_path))
    np.testing.assert_allclose(known(jv.load_run(path).episodes).returns, rewards, rtol=1e-6)


def test_how_a_run_ends(local):
    for error in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(error), MLflowLogger("ends", local.uri, quiet=True) as logger:
            logger.start_run(error.__name__)
            raise error
    logger = MLflowLogger("ends", local.uri, quiet=True)
    logger.start_run("two")
    logger.start_run("three")  # ends the one before
    logger.end_run("KILLED")
    logger.end_run()
    assert {name: run.info.status for name, run in local.runs("ends").items()} == {
        "RuntimeError": "FAILED",
        "KeyboardInterrupt": "KILLED",
        "two": "FINISHED",
        "three": "KILLED",
    }


def test_threads_that_log_first_share_one_run(local):
    together = threading.Barrier(8)

    def work(i):
        together.wait()
        logger.log_training_metrics({f"m{i}": i})
        logger.log_episode_data([i, i])

    with MLflowLogger("threads", local.uri, quiet=True) as logger:
        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    (run,) = local.runs("threads").values()
    assert {f"m{i}" for i in range(8)} < set(run.data.metrics)
    history = local.history(run, "episode/return")
    assert [step for step, _ in history] == list(range(16))
    assert sorted(value for _, value in history) == sorted([*range(8)] * 2)


FORK = """
import os, sys
from jaxviz.tracking import MLflowLogger
with MLflowLogger("forked", sys.argv[1], quiet=True) as logger:
    logger.start_run("r")
    logger.log_training_metrics({"a": 1.0}, 1)
    if os.fork() == 0:
        logger.__exit__(None)
        os._exit(0)  # what JAX does at the end hangs in a fork
    os.wait()
    if os.fork() == 0:
        logger.log_training_metrics({"a": 2.0}, 2)
        logger.__exit__(None)
        os._exit(0)
    os.wait()
    assert logger.flush()
    assert not logger._session.recorder.journal.is_closed
    logger.log_training_metrics({"a": 3.0}, 3)
"""


def test_a_forked_copy_that_exits_does_not_end_the_run(local):
    command = [sys.executable, "-W", "ignore", "-c", FORK, local.uri]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    local.settle()
    run = local.runs("forked")["r"]
    assert run.info.status == "FINISHED"
    assert local.history(run, "a") == [(1, 1.0), (2, 2.0), (3, 3.0)]


def test_a_long_series_comes_whole(local):
    values = np.random.default_rng(0).normal(size=20_000)
    with MLflowLogger("long", local.uri, quiet=True) as logger:
        logger.start_run("long")
        logger.log_episode_data(values)
    run = local.runs("long")["long"]
    assert local.history(run, "episode/return") == list(enumerate(values))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda logger: logger.end_run("DONE"), "`status` must be one of"),
        (lambda logger: logger.log_episode_data([1.0], [1, 2]), "`episode_lengths` has 2 entries"),
        (lambda logger: logger.log_episode_data([[1.0]]), "one series"),
        (lambda logger: logger.log_comprehensive_analysis({"losses": [1.0]}), "needs 'rewards'"),
        (lambda logger: jax.jit(lambda x: logger.log_training_metrics({"x": x}))(1.0), "`x` is traced"),
        (lambda logger: MLflowLogger(""), "`experiment_name` must be a name"),
        (lambda logger: logger.log_artifact("absent"), "`path` must be a file"),
    ],
)
def test_bad_arguments_are_named(workplace, call, message):
    with pytest.raises(ValueError, match=message):
        call(MLflowLogger("bad", quiet=True))


HOSTILE = [
    "../../up",
    "a'b\"c",
    "<b>x</b>",
    "x" * 1000,
    "🎉 party",
    "a[0](1)",
    "50%, a=b",
    "line\nbreak",
    "nul\x00",
    " ",
]


def test_hostile_names_end_as_stated(local, tmp_path):
    attached = tmp_path / "file.txt"
    attached.write_text("content")
    for name in HOSTILE:
        with MLflowLogger(f"hostile {name}", local.uri, quiet=True) as logger:
            logger.start_run(name, tags={name: name})
            logger.log_hyperparameters({name: name})
            logger.log_training_metrics({name: 1.0, "nested": {name: 2.0}}, step=1)
            logger.log_artifact(attached, name)
    experiments = [e for e in local.client.search_experiments() if e.name.startswith("hostile")]
    assert len(experiments) == len(HOSTILE)
    for experiment in experiments:
        (run,) = local.client.search_runs([experiment.experiment_id])
        assert sorted(run.data.metrics.values()) == [1.0, 2.0]
        assert len(run.data.params) == 1
    assert not list(local.journals.rglob("refused.wal"))
    if local.store.database is None:
        return
    stores = (local.store.database.parent / "mlartifacts").resolve()
    assert {Path(one.artifact_location.removeprefix("file://")).parent for one in experiments} == {stores}
    files = list(local.store.database.parent.rglob("file.txt"))
    assert len(files) == len(HOSTILE)
    assert all(path.resolve().is_relative_to(stores) for path in files)
