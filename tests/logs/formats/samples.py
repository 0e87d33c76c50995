"""A small file of every format, as its writer makes it."""

import io
import json
import sqlite3
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .writing import VERSION, event, field, leveldb


class Sample(NamedTuple):
    """The file that a reader is given, and the one that holds the data."""

    read: Path
    data: Path


def lines(*rows, end="\n"):
    return "".join(row + end for row in rows).encode()


def table(header, row, count=20, end="\n"):
    return lines(header, *(row.format(k, k + 1, k / 3) for k in range(count)), end=end)


def stored(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def array():
    file = io.BytesIO()
    np.save(file, np.linspace(0, 1, 30))
    return file.getvalue()


def wandb():
    def item(name, value):
        return field(1, name) + field(16, json.dumps(value))

    def row(k):
        return field(2, field(1, item("return", k / 3)) + field(1, item("global_step", k)) + field(2, field(1, k)))

    run = field(17, field(1, "abc") + field(4, field(1, item("lr", 0.1))) + field(8, "a name"))
    return leveldb([run, *(row(k) for k in range(20))])


def parquet():
    import polars

    file = io.BytesIO()
    polars.DataFrame({"step": range(20), "return": [k / 3 for k in range(20)]}).write_parquet(file)
    return file.getvalue()


RESULT = {"episode_reward_mean": 1.5, "timesteps_total": 10, "training_iteration": 1, "config": {"env": "A", "seed": 1}}
METRIC = {"return": {"steps": [1, 2, 3], "timestamps": ["2024-01-01T00:00:00"] * 3, "values": [1.0, 2.5, 3.0]}}
STEPS = {f"step_{k}": {"step_count": 10 * k, "return": [1.5 * k, 2.5]} for k in range(5)}
FILES = {
    "Git LFS pointer": ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"),
    "empty file": ("a.csv", b" \n"),
    "pickle": ("a.pkl", b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00]\x94."),
    "marl-eval JSON": ("metrics.json", json.dumps({"env": {"t": {"PPO": {"seed_1": STEPS}}}}).encode()),
    "Dreamer scores": (
        "scores.json",
        json.dumps([{"task": "t", "method": "m", "seed": 1, "xs": [1, 2], "ys": [0.5, 1.5]}]).encode(),
    ),
    "TensorBoard events": (
        "events.out.tfevents.1.a",
        VERSION + b"".join(event("charts/episodic_return", k / 4, k, 100.0 + k) for k in range(20)),
    ),
    "TensorBoard table": ("run-a-tag-reward.csv", table("Wall time,Step,Value", "{0}.5,{1},{2}")),
    "W&B run": ("run-abc.wandb", wandb()),
    "W&B chart": ("chart.csv", table('"step","a - return"', "{0},{2}")),
    "W&B history": ("history.csv", table("_step,_runtime,_timestamp,return", "{0},{0},{1},{2}")),
    "parquet": ("history.parquet", parquet()),
    "Stable-Baselines3 evaluations": ("evaluations.npz", stored(timesteps=np.arange(9), results=np.ones((9, 4)))),
    "NumPy array": ("curve.npy", array()),
    "Dopamine results": ("a.json", json.dumps([{"Iteration": 1, "Value": 1.0, "Agent": "DQN"}] * 3).encode()),
    "Tianshou results": ("a.json", json.dumps([{"rew_std": 1.0, "rew": 1.0, "env_step": 1}] * 3).encode()),
    "Sacred metrics": ("metrics.json", json.dumps(METRIC).encode()),
    "JSON columns": ("info.json", json.dumps({"return_mean": [0.5, 1.5, 2.5], "return_mean_T": [1, 2, 3]}).encode()),
    "JSON records": ("log.json", json.dumps({"history": [{"step": k, "return": k / 3} for k in range(20)]}).encode()),
    "table of scores": ("spr.json", json.dumps({"Alien": [500.5, 600.5], "Pong": [1.5, 2.5]}).encode()),
    "RLlib results": ("result.json", lines(*(json.dumps(RESULT) for _ in range(9)))),
    "Stable-Baselines3 monitor": (
        "monitor.csv",
        lines('#{"t_start": 5.5, "env_id": "A"}') + table("r,l,t,is_success", "{2},{1},{0}.5,True", end="\r\n"),
    ),
    "Spinning Up progress": ("progress.txt", table("Epoch\tAverageEpRet\tTotalEnvInteracts", "{0}\t{2}\t{1}")),
    "Tianshou runs": (
        "test_rew_2seeds.csv",
        table("env_step,rew,rew:shaded,rew:seed_0/test_rew.csv,rew:seed_1/test_rew.csv", "{0},{1},0.5,{2},{2}"),
    ),
    "HARL progress": ("progress.txt", lines(*(f"{3200 * k},{k / 3}" for k in range(20)))),
    "Optuna trials": ("report.csv", table("number,value,params_lr,state", "{0},{2},0.{1},COMPLETE")),
    "TensorBoard list": ("run-a-tag-reward.json", json.dumps([[1.5 + k, k, k / 3] for k in range(20)]).encode()),
    "table between blanks": ("log.txt", table("episode  reward length", "{0} {2}   {1}")),
    "aggregated table": ("curves.csv", table("config,iteration,iqm,ci_low,ci_high", "a,{0},{2},{0},{1}")),
    "Gym monitor": (
        "openaigym.episode_batch.0.1.stats.json",
        json.dumps(
            {
                "initial_reset_timestamp": 100.5,
                "timestamps": [101.5 + k for k in range(9)],
                "episode_lengths": [10 + k for k in range(9)],
                "episode_rewards": [k / 3 for k in range(9)],
                "episode_types": ["t", "t", "e"] * 3,
            }
        ).encode(),
    ),
    "PFRL scores": ("scores.txt", table("steps\tepisodes\telapsed\tmean", "{0}\t{0}\t{0}\t{2}")),
    "tidy table": ("tidy.csv", table("algo,seed,step,value", "PPO,1,{0},{2}")),
    "progress table": ("progress.csv", table("time/total_timesteps,rollout/ep_rew_mean,train/loss", "{1},{2},")),
    "JSON lines": ("metrics.jsonl", lines(*(json.dumps({"step": k, "return": k / 3}) for k in range(20)))),
    "TorchRL scalar": ("eval_reward.csv", lines(*(f"{k},{k / 3}" for k in range(20)))),
    "d3rlpy scalar": ("environment.csv", lines(*(f"{k},{k},{k / 3}" for k in range(20)))),
    "JAXRL curve": ("0.txt", lines(*(f"{k} {k / 3}" for k in range(20)))),
}
META = "artifact_uri: x\nrun_id: abc\nlifecycle_stage: active\nstart_time: 1700000000000\n"
TABLES = """
CREATE TABLE runs (run_uuid, experiment_id, start_time, lifecycle_stage);
CREATE TABLE metrics (run_uuid, key, value, timestamp, step, is_nan);
CREATE TABLE params (run_uuid, key, value); CREATE TABLE tags (run_uuid, key, value);
CREATE TABLE experiments (experiment_id, name);
INSERT INTO runs VALUES ('a', 1, 1000, 'active'); INSERT INTO experiments VALUES (1, 'first');
INSERT INTO params VALUES ('a', 'lr', '0.1');
"""


def sample(name, folder):
    """The file of a format, in a folder."""
    if name == "MLflow run":
        (folder / "metrics").mkdir()
        (folder / "meta.yaml").write_text(META)
        (folder / "metrics" / "return").write_bytes(table("1 0.5 0", "{0} {2} {1}"))
        return Sample(folder / "meta.yaml", folder / "metrics" / "return")
    if name == "SQLite database":
        path = folder / "mlflow.db"
        with sqlite3.connect(path) as connection:
            connection.executescript(TABLES)
            points = [("a", "return", k / 3, 1000 * k, k, 0) for k in range(20)]
            connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", points)
        connection.close()
        return Sample(path, path)
    own, content = FILES[name]
    (folder / own).write_bytes(content)
    return Sample(folder / own, folder / own)
