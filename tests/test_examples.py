"""The example at toy size, as a user runs it: what it prints, draws, saves, and what stands in the MLflow store."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jaxviz import load_run
from jaxviz._run import PolicySample
from jaxviz.tracking import Store
from jaxviz.tracking.store._store import open_client
from tests import quickly
from tests.known import known, known_as

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run_script(folder, *arguments, script="cartpole_ppo.py"):
    environment = {k: v for k, v in os.environ.items() if k not in ("MLFLOW_TRACKING_URI", "JAXVIZ_JOURNAL")}
    environment["MLFLOW_BACKEND_STORE_URI"] = f"sqlite:///{folder}/store/mlflow.db"
    environment["MLFLOW_TRACKING_URI"] = ""
    environment["XLA_FLAGS"] = quickly.FLAGS
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The script run once, with two configurations of three seeds."""
    folder = tmp_path_factory.mktemp("example")
    options = ("--seeds", "3", "--steps", "8192", "--learning-rates", "0.0025,0.005", "--entropy-coefs", "0.01")
    done = run_script(folder, *options, "--target", "30", "--window", "20", "--output", "out")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_it_prints_a_table_and_where_everything_lies(finished):
    folder, printed = finished
    for label in ("lr=0.0025 ent=0.01", "lr=0.005 ent=0.01"):
        assert label in printed
    assert "IQM over 3 runs" in printed
    assert "of 3" in printed
    assert "jaxviz ui" in printed
    for path in ("out/run.npz", "out/training_curves.png"):
        assert path in printed
        assert (folder / path).stat().st_size > 1000


def test_the_saved_run_is_complete(finished):
    folder, _ = finished
    run = load_run(folder / "out" / "run.npz")
    assert run.batch_shape == (2, 3)
    assert np.asarray(known(run.episodes).count).min() > 50
    assert not np.asarray(known(run.episodes).overflow).any()
    assert np.asarray(known(run.updates).step)[0, 0].tolist() == list(range(1024, 8193, 1024))
    expected = {"total_loss", "policy_loss", "value_loss", "entropy", "approx_kl", "clip_fraction"}
    assert set(known(run.losses).values) == expected | {"explained_variance", "gradient_norm"}
    assert all(np.isfinite(values).all() for values in known(run.losses).values.values())
    np.testing.assert_allclose(np.asarray(known_as(PolicySample, run.policy).probs).sum(-1), 1, rtol=1e-5)
    assert np.asarray(known(run.evaluation).step)[0, 0, -1] == 8192
    assert np.asarray(known(run.evaluation).returns).min() >= 1


def test_the_store_has_its_metrics_parameters_and_figures(finished):
    folder, _ = finished
    client = open_client(Store(f"sqlite:///{folder}/store/mlflow.db", "test"))
    experiment = client.get_experiment_by_name("cartpole-ppo")
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert parent.data.params["seeds"] == "3"
    assert parent.info.status == "FINISHED"
    artifacts = {a.path for a in client.list_artifacts(parent.info.run_id)}
    assert {"run.npz", "figures"} <= artifacts
    assert client.list_artifacts(parent.info.run_id, "figures")
    children = [run for run in runs if run is not parent]
    assert len(children) == 2
    for child in children:
        assert child.data.metrics["performance/final/estimate"] > 0
        assert len(client.get_metric_history(child.info.run_id, "return/iqm")) == 8


def test_help_and_bad_options(tmp_path):
    shown = run_script(tmp_path, "--help")
    assert shown.returncode == 0
    assert "--seeds" in shown.stdout
    wrong = run_script(tmp_path, "--learning-rates", "fast")
    assert wrong.returncode == 2
    assert "comma-separated numbers" in wrong.stderr


@pytest.mark.exhaustive
def test_seeds_are_added_until_the_verdicts_stand(tmp_path):
    options = ("--learning-rates", "0.0025,0.0001", "--looks", "5,8", "--steps", "40960")
    done = run_script(tmp_path, *options, script="until_verdicts.py")
    assert done.returncode == 0, done.stderr
    assert "Look 1 of 2, 5 runs" in done.stdout
    assert "lr=0.0025 is better than lr=0.0001: difference in IQM +" in done.stdout
    assert "runs trained, 16 would have been without looks" in done.stdout


@pytest.mark.exhaustive
def test_the_suite_is_compared_logged_and_held_against_itself(tmp_path):
    options = ("--algorithms", "A2C,DQN", "--tasks", "Catch-bsuite", "--scale", "0.2", "--seeds", "3", "--no-show-gate")
    done = run_script(tmp_path, *options, "-o", "out", script="benchmark_suite.py")
    assert done.returncode == 0, done.stderr
    assert "Comparison: 2 algorithms on Catch-bsuite, final return" in done.stdout
    for name in ("study.npz", "A2C.npz", "DQN.npz", "verdicts.md", "comparison.json", "comparison.npz"):
        assert (tmp_path / "out" / name).stat().st_size > 100
    client = open_client(Store(f"sqlite:///{tmp_path}/store/mlflow.db", "test"))
    experiment = client.get_experiment_by_name("benchmark-suite")
    assert len(client.search_runs([experiment.experiment_id])) == 4  # two cells, the study and the comparison
