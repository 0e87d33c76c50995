"""The logger against a real SQLite store and a real server process, killed for real."""

import json
import subprocess
import sys

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.tracking import MLflowLogger, _journal, resolve_store
from jaxviz.tracking._store import open_client


def runs_of(uri, experiment):
    from jaxviz.tracking import Store

    client = open_client(Store(uri, "test"))
    found = client.get_experiment_by_name(experiment)
    return client, client.search_runs([found.experiment_id])


def history(client, run, key):
    return [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, key)]


def test_without_configuration_a_local_store_is_made(workplace, capsys):
    with MLflowLogger("local") as logger:
        logger.start_run("first")
        logger.log_hyperparameters({"lr": 0.1, "net": {"width": 64}})
        logger.log_training_metrics({"loss": 0.5, "a": {"b[0]": 2}, "note": "text"}, step=10)
        logger.log_training_metrics({"loss": 0.25}, step=20)
        logger.log_episode_data([1.0, 2.0], [10, 20], step=30)
        logger.log_episode_data([3.0], [30])
        assert logger.run_id
    assert "sqlite:///data/mlflow.db" in capsys.readouterr().err
    client, (run,) = runs_of("sqlite:///data/mlflow.db", "local")
    assert (run.info.run_name, run.info.status) == ("first", "FINISHED")
    assert run.data.params == {"lr": "0.1", "net/width": "64"}
    assert history(client, run, "loss") == [(10, 0.5), (20, 0.25)]
    assert history(client, run, "episode/return") == [(0, 1.0), (1, 2.0), (2, 3.0)]
    assert run.data.metrics["episode/return_at_step/mean"] == 1.5
    assert run.data.metrics["a/b_0_"] == 2.0
    assert run.data.tags["note"] == "text"
    assert not list((workplace / "data" / "mlflow-journal").iterdir())


def test_the_store_is_chosen_in_order(workplace, monkeypatch):
    assert resolve_store("sqlite:///a.db").uri == "sqlite:///a.db"
    assert resolve_store().uri == "sqlite:///data/mlflow.db"
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", "sqlite:///b.db")
    assert resolve_store().uri == "sqlite:///b.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert resolve_store().uri == "http://127.0.0.1:1"


def test_a_whole_analysis(workplace):
    rng = np.random.default_rng(0)
    rewards = np.linspace(0, 10, 60) + rng.normal(0, 1, (2, 3, 60))
    data = {"rewards": rewards, "episode_lengths": np.full(rewards.shape, 5), "losses": {"kl": rng.random((2, 3, 9))}}
    with MLflowLogger("whole", quiet=True) as logger:
        logger.log_comprehensive_analysis(data, window=10, target=8.0, labels=["lr=0.1", "lr=0.2"])
    client, runs = runs_of("sqlite:///data/mlflow.db", "whole")
    children = {run.info.run_name: run for run in runs if "mlflow.parentRunId" in run.data.tags}
    (parent,) = [run for run in runs if run not in children.values()]
    assert set(children) == {"lr=0.1", "lr=0.2"}
    analysis = jv.analyze(jv.from_arrays(rewards, lengths=data["episode_lengths"]), windows=(10,), target=8.0)
    expected = jv.aggregate(analysis, __import__("jax").random.key(0))[0]
    metrics = children["lr=0.1"].data.metrics
    assert metrics["performance/final/estimate"] == pytest.approx(float(expected.performance.final.estimate), rel=1e-5)
    steps = history(client, children["lr=0.1"], "return/iqm")
    assert len(steps) == len(expected.curve.step)
    assert steps[-1] == (300, pytest.approx(float(expected.curve.interval.estimate[-1]), rel=1e-5))
    artifacts = {a.path for a in client.list_artifacts(parent.info.run_id)}
    assert {"run.npz", "figures"} <= artifacts
    assert len(client.list_artifacts(parent.info.run_id, "figures")) >= 3
    path = client.download_artifacts(parent.info.run_id, "run.npz", str(workplace))
    np.testing.assert_allclose(jv.load_run(path).episodes.returns, rewards, rtol=1e-6)


def test_an_exception_ends_the_run_as_failed(workplace):
    with pytest.raises(RuntimeError), MLflowLogger("failing", quiet=True) as logger:
        logger.start_run()
        raise RuntimeError
    _, (run,) = runs_of("sqlite:///data/mlflow.db", "failing")
    assert run.info.status == "FAILED"


def test_a_server_that_is_away_loses_nothing(workplace, server):
    server.kill()
    with pytest.warns(UserWarning, match="takes nothing now"), MLflowLogger("away", server.uri, quiet=True) as logger:
        logger.start_run("offline")
        logger.log_training_metrics({"loss": 1.0}, step=1)
    assert len(_journal.waiting(workplace / "data" / "mlflow-journal")) == 1
    server.start()
    with MLflowLogger("away", server.uri, quiet=True) as logger:
        logger.start_run("online")
    client, runs = runs_of(server.store.uri, "away")
    by_name = {run.info.run_name: run for run in runs}
    assert set(by_name) == {"offline", "online"}
    assert history(client, by_name["offline"], "loss") == [(1, 1.0)]
    assert by_name["offline"].info.status == "FINISHED"
    assert _journal.waiting(workplace / "data" / "mlflow-journal") == []


def test_a_server_that_dies_in_between_loses_nothing(workplace, server):
    with pytest.warns(UserWarning, match="takes nothing now"), MLflowLogger("dies", server.uri, quiet=True) as logger:
        logger.start_run("run")
        logger.log_training_metrics({"loss": 1.0}, step=1)
        server.kill()
        logger.log_training_metrics({"loss": 2.0}, step=2)
        server.start()
        logger.log_training_metrics({"loss": 3.0}, step=3)
    client, (run,) = runs_of(server.store.uri, "dies")
    assert history(client, run, "loss") == [(1, 1.0), (2, 2.0), (3, 3.0)]


KILLED = """
import os, signal, warnings
from jaxviz.tracking import MLflowLogger
warnings.simplefilter("ignore")
logger = MLflowLogger("killed", "http://127.0.0.1:1", quiet=True)
logger.start_run("victim")
logger.log_training_metrics({"loss": 1.0}, step=1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_training_is_recovered_at_the_next_start(workplace):
    done = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert done.returncode == -9
    (path,) = _journal.waiting(workplace / "data" / "mlflow-journal")
    text = path.read_text().replace("http://127.0.0.1:1", "sqlite:///data/mlflow.db")
    path.write_text(text + '{"op": "metrics", "torn')
    with MLflowLogger("killed", "sqlite:///data/mlflow.db", quiet=True) as logger:
        logger.start_run("next")
    client, runs = runs_of("sqlite:///data/mlflow.db", "killed")
    (victim,) = [run for run in runs if run.info.run_name == "victim"]
    assert victim.info.status == "KILLED"
    assert history(client, victim, "loss") == [(1, 1.0)]


def test_records_are_readable_lines(tmp_path):
    journal = _journal.Journal(tmp_path, "sqlite:///x.db", "name")
    journal.append({"op": "metrics", "value": float("nan")})
    lines = journal.path.read_text().splitlines()
    assert json.loads(lines[0])["op"] == "open"
    assert [record["op"] for record in _journal.read(journal.path)] == ["open", "metrics"]
    assert _journal.waiting(tmp_path) == []  # locked by this process
    journal.close(delivered=False)
    assert _journal.waiting(tmp_path) == [journal.path]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda logger: logger.end_run("DONE"), "`status` must be one of"),
        (lambda logger: logger.log_episode_data([1.0], [1, 2]), "`episode_lengths` has 2 entries"),
        (lambda logger: logger.log_episode_data([[1.0]]), "one series"),
        (lambda logger: logger.log_comprehensive_analysis({"losses": [1.0]}), "needs 'rewards'"),
        (lambda logger: MLflowLogger(""), "`experiment_name` must be a name"),
    ],
)
def test_bad_arguments_are_named(workplace, call, message):
    with pytest.raises(ValueError, match=message):
        call(MLflowLogger("bad", quiet=True))
