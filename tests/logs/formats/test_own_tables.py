"""Tables of HARL and of Optuna's trials, and TensorBoard's lists: right answers of small made-up files."""

import json
import math

import pytest

import jaxviz as jv
from jaxviz.logs._log import UnreadableError
from jaxviz.logs._recognize import format_of
from jaxviz.logs.formats.own_tables import harl, optuna_table
from jaxviz.logs.formats.scalars import tensorboard_json
from tests.known import known


def test_harl(tmp_path):
    """Each run's folder, and what `config.json` says of it."""
    for seed in (1, 2):
        folder = tmp_path / f"results/smac/3m/happo/installtest/seed-0000{seed}-2023-08-01-10-11-12"
        folder.mkdir(parents=True)
        (folder / "progress.txt").write_text("3200,2.5\n6400,4.0\n9600,5")
        said = {"main_args": {"algo": "happo", "env": "smac"}, "algo_args": {"seed": {"seed": seed}}}
        (folder / "config.json").write_text(json.dumps(said | {"env_args": {"map_name": "3m"}}))
    study = jv.read_logs(tmp_path)
    assert [(row.algorithm, row.task, row.seed, row.kind) for row in study.manifest] == [
        ("happo", "3m", 1, "evaluations"),
        ("happo", "3m", 2, "evaluations"),
    ]
    (log,) = harl.FORMAT.read(folder / "progress.txt")
    series = log.series["eval/mean_return"]
    assert (series.values.tolist(), known(series.step).tolist()) == ([2.5, 4], [3200, 6400])
    assert (series.kind, series.unit) == ("evaluations", "environment steps")
    assert log.notes == ("the last line has no end and was left out",)


def test_harl_of_starcraft(tmp_path):
    (log,) = harl.parse(b"3200,2.5,0.25\n6400,4,nan\n", tmp_path / "progress.txt")
    assert log.series["eval/mean_return"].values.tolist() == [2.5, 4]
    assert log.series["eval/win_rate"].values.tolist()[0] == 0.25
    assert math.isnan(log.series["eval/win_rate"].values[1])


TRIALS = """number,value,datetime_start,duration,params_gamma,params_lr,state
2,500.0,2024-01-01,0 days 00:01:00.1,0.99,0.001,COMPLETE
0,120.5,2024-01-01,0 days 00:01:00.1,0.9,0.01,TrialState.COMPLETE
1,,2024-01-01,0 days 00:00:10.1,0.9,0.1,FAIL
3,7.5,2024-01-01,0 days 00:00:10.1,0.9,0.1,PRUNED
"""


def test_trials_are_runs_and_no_learning_curve(tmp_path):
    path = tmp_path / "report_CartPole-v1.csv"
    path.write_text("," + TRIALS.replace("\n", "\n0,")[:-2])  # pandas writes its index
    assert known(format_of(path)).name == "Optuna trials"
    first, second = optuna_table.FORMAT.read(path)
    assert first.series["score"].values.tolist() == [500]
    assert (first.series["score"].kind, first.series["score"].step) == ("evaluations", None)
    assert (first.config, first.labels) == ({"gamma": 0.99, "lr": 0.001}, {"run": "2"})
    assert (second.series["score"].values.tolist(), second.labels) == ([120.5], {"run": "0"})
    assert "2 trials without a final value left out: 1 FAIL, 1 PRUNED" in first.notes
    study = jv.read_logs(path)
    found = {row.configuration["lr"]: dict(row.configuration) for row in study.manifest}
    assert found == {0.001: {"gamma": 0.99, "lr": 0.001}, 0.01: {"gamma": 0.9, "lr": 0.01}}


def test_trials_that_are_refused(tmp_path):
    with pytest.raises(UnreadableError, match="none of 1 trial is complete with a value: 1 FAIL"):
        optuna_table.parse(b"number,value,params_lr,state\n0,,0.1,FAIL\n", tmp_path / "a.csv")
    with pytest.raises(UnreadableError, match="several values"):
        optuna_table.parse(b"number,values_0,values_1,params_lr,state\n0,1,2,0.1,COMPLETE\n", tmp_path / "a.csv")
    with pytest.raises(ValueError, match="line 3, 'value': 'x' is no number"):
        optuna_table.parse(b"number,value,params_lr\n0,1,2\n1,x,2\n", tmp_path / "a.csv")


def test_lists_of_tensorboard(tmp_path):
    """As its page downloads them, beside CSV; what JSON has no word for is in quotes."""
    path = tmp_path / "run-PPO_1-tag-rollout_ep_rew_mean.json"
    path.write_text('[[1600000001.5, 2048, 21.0], [1600000002.5, 4096, "NaN"], [1600000003.5, 6144, 23.5]]')
    assert known(format_of(path)).name == "TensorBoard list"
    (log,) = tensorboard_json.FORMAT.read(path)
    series = log.series["rollout/ep_rew_mean"]
    assert known(series.step).tolist() == [2048, 4096, 6144]
    assert series.values.tolist()[::2] == [21, 23.5]
    assert math.isnan(series.values[1])
    assert (series.kind, log.labels) == ("trailing mean", {"run": "PPO_1"})
    assert known(series.time).tolist() == [1600000001.5, 1600000002.5, 1600000003.5]
    with pytest.raises(ValueError, match="entry 1 is no"):
        tensorboard_json.parse(b"[[1.5, 1, 2], [1]]", path)


def test_a_list_named_plainly_is_a_value(tmp_path):
    (log,) = tensorboard_json.parse(b"[[1.5, 1, 2], [2.5, 2, 3]]", tmp_path / "download.json")
    assert log.series["Value"].kind == "updates"
