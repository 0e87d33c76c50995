"""Folders that are one run of a store are walked to one file."""

import pytest

import jaxviz as jv
from jaxviz.logs._walk import walk


def put(folder, name, text=""):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def names(folder):
    return [place.path.relative_to(folder).as_posix() for place in walk(folder).places]


@pytest.fixture
def mlruns(tmp_path):
    """An experiment of two runs, with a file for each metric and parameter."""
    put(tmp_path, "mlruns/1/meta.yaml", "experiment_id: '1'\nname: nice\n")
    for seed in range(2):
        run = f"mlruns/1/run{seed}"
        put(
            tmp_path,
            f"{run}/meta.yaml",
            f"artifact_uri: x\nlifecycle_stage: active\nrun_id: run{seed}\nstart_time: 1\n",
        )
        put(tmp_path, f"{run}/metrics/eval/mean_reward", "".join(f"{i} {i + seed} {100 * i}\n" for i in range(20)))
        put(tmp_path, f"{run}/params/seed", str(seed))
        put(tmp_path, f"{run}/params/env_id", "CartPole-v1")
        put(tmp_path, f"{run}/tags/algo", "PPO")
        put(tmp_path, f"{run}/artifacts/progress.csv", "step,return\n1,2\n")
    return tmp_path


def test_a_run_of_mlflow_is_one_file(mlruns):
    assert names(mlruns) == ["mlruns/1/meta.yaml", "mlruns/1/run0/meta.yaml", "mlruns/1/run1/meta.yaml"]


def test_a_run_of_wandb_is_one_file(tmp_path):
    for name in ("run-a.wandb", "files/output.log", "files/wandb-summary.json", "logs/debug.log"):
        put(tmp_path, f"wandb/run-2026-a/{name}")
    put(tmp_path, "wandb/debug.log")
    assert names(tmp_path) == ["wandb/debug.log", "wandb/run-2026-a/run-a.wandb"]


def test_a_file_of_that_name_elsewhere_hides_nothing(tmp_path):
    put(tmp_path, "meta.yaml")
    put(tmp_path, "seed_0/progress.csv")
    assert names(tmp_path) == ["meta.yaml", "seed_0/progress.csv"]


def test_a_folder_of_mlflow_is_a_study(mlruns):
    study = jv.read_logs(mlruns)
    assert [(row.algorithm, row.task, row.seed, row.entries) for row in study.manifest] == [
        ("PPO", "CartPole-v1", 0, 20),
        ("PPO", "CartPole-v1", 1, 20),
    ]


def test_a_folder_with_others_in_it_is_no_run_of_wandb(tmp_path):
    """Somebody has put the file of a run beside other logs: nothing of them is left out unsaid."""
    put(tmp_path, "run-abc.wandb", "version https://git-lfs.github.com/spec/v1\n")
    put(tmp_path, "ppo/progress.csv", "step,return\n1,2\n")
    assert names(tmp_path) == ["run-abc.wandb", "ppo/progress.csv"]
    put(tmp_path, "logs/run-abc.wandb", "x")
    put(tmp_path, "logs/progress.csv", "step,return\n1,2\n")
    assert names(tmp_path / "logs") == ["progress.csv", "run-abc.wandb"]
    put(tmp_path, "wandb/run-1/run-abc.wandb", "x")
    put(tmp_path, "wandb/run-1/output.log", "x")
    put(tmp_path, "wandb/run-1/files/config.yaml", "lr: {value: 1}\n")
    assert names(tmp_path / "wandb") == ["run-1/run-abc.wandb"]
