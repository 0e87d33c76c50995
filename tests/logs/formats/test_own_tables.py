"""Tables that one library writes, or somebody by hand: right answers of small made-up files."""

import json
import math

import pytest

import jaxviz as jv
from jaxviz.logs._formats import FORMATS
from jaxviz.logs._log import UnreadableError
from jaxviz.logs._recognize import format_of
from jaxviz.logs.formats import progress
from jaxviz.logs.formats.own_tables import blanks, gym_monitor, harl, optuna_table
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


GYM = {
    "initial_reset_timestamp": 100.0,
    "timestamps": [101.0, 102.0, 103.0, 104.5],
    "episode_lengths": [10, 20, 30, 200],
    "episode_rewards": [1.5, 2.5, 30.0, 4.5],
    "episode_types": ["t", "t", "e", "t"],
}


def test_evaluations_of_the_monitor_of_gym(tmp_path):
    """They are no part of the training, neither of its returns nor of its steps."""
    path = tmp_path / "openaigym.episode_batch.0.42980.stats.json"
    path.write_text(json.dumps(GYM))
    assert known(format_of(path)).name == "Gym monitor"
    (log,) = gym_monitor.FORMAT.read(path)
    train, test = log.series["episode_rewards"], log.series["eval/episode_rewards"]
    assert (train.values.tolist(), known(train.step).tolist(), known(train.lengths).tolist()) == (
        *([1.5, 2.5, 4.5], [10, 30, 230]),
        [10, 20, 200],
    )
    assert (test.values.tolist(), known(test.step).tolist(), test.kind) == ([30], [30], "evaluations")
    assert (log.started, known(train.time).tolist(), log.labels) == (100, [1, 2, 4.5], {})
    assert log.notes == ("evaluations: 1 episode of the type 'e'",)
    manifest = tmp_path / "openaigym.manifest.0.42980.manifest.json"
    manifest.write_text(json.dumps({"env_info": {"env_id": "CartPole-v0"}}))
    study = jv.read_logs(tmp_path)
    assert [(row.task, row.entries) for row in study.manifest] == [("CartPole-v0", 3)]
    assert study.left_out == ()
    with pytest.raises(ValueError, match="4 rewards, 3 lengths and 4 times"):
        gym_monitor.parse(json.dumps(GYM | {"episode_lengths": [1, 2, 3]}).encode(), path)


@pytest.mark.parametrize("gap", [" ", "   "])
def test_tables_between_blanks(tmp_path, gap):
    path = tmp_path / "dqn.txt"
    path.write_text(
        "".join(gap.join(row) + "\n" for row in (("episode", "reward", "length"), ("1", "10.5", "20"), "234"))
    )
    assert known(format_of(path)).name == "table between blanks"
    (log,) = blanks.FORMAT.read(path)
    series = log.series["reward"]
    assert (series.values.tolist(), known(series.step).tolist(), series.kind) == ([10.5, 3], [20, 24], "episodes")


def test_a_tidy_table_between_blanks(tmp_path):
    content = b"# seed step return\n1 10 0.5\n1 20 1.5\n2 10 2.5\n"
    assert blanks.looks(content, tmp_path)
    assert [(log.labels, known(log.series["return"].step).tolist()) for log in blanks.parse(content, tmp_path)] == [
        ({"seed": "1"}, [10, 20]),
        ({"seed": "2"}, [10]),
    ]


@pytest.mark.parametrize(
    "content", [b"the reward of it\nis 3 4 5\n", b"step reward\n1 2 3\n", b"a b\n1 2\n", b"1 2\n3 4\n"]
)
def test_other_text_is_no_table_between_blanks(tmp_path, content):
    assert not blanks.looks(content, tmp_path / "x.txt")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_text_of_two_bytes_a_letter(tmp_path, encoding):
    """As spreadsheets and PowerShell write it: told by its first bytes as any other."""
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    for name, content, form in (
        ("x.csv", "step,reward\r\n1,2\r\n", "progress table"),
        ("y.jsonl", '{"step": 1, "reward": 0.5}\n', "JSON lines"),
    ):
        path = tmp_path / name
        path.write_bytes(mark + content.encode(encoding))
        found = known(format_of(path))
        assert found.name == form
        (log,) = found.read(path)
        assert log.series["reward"].values.tolist() == [2 if name == "x.csv" else 0.5]


def test_a_comma_before_each_three_digits(tmp_path):
    content = b'Episode,Total Steps,Avg Reward (last 100),Reward\n1,"1,020",-10.5,"-1,000.5"\n2,"1,234,567",11.5,12\n'
    (log,) = progress.parse(content, tmp_path / "x.csv")
    assert known(log.series["Reward"].step).tolist() == [1020, 1234567]
    assert log.series["Reward"].values.tolist() == [-1000.5, 12]
    for cell in ("1,02", "0,123", "1,0200"):
        with pytest.raises(ValueError, match="is no number"):
            progress.parse(f'step,reward\n"{cell}",2\n'.encode(), tmp_path / "x.csv")
    with pytest.raises(ValueError, match="is no number"):  # a comma between whole and fraction
        progress.parse(b"step;reward\n1;1,020\n", tmp_path / "x.csv")


def test_a_table_that_is_aggregated_says_so(tmp_path):
    path = tmp_path / "curves.csv"
    path.write_text("config,environment,iteration,iqm,ci_low,ci_high,reps\na,b,1,.5,.4,.6,2000\n")
    with pytest.raises(ValueError, match="it is aggregated over runs already"):
        jv.read_logs(path)
    assert not any(
        form.name == "aggregated table" for form in FORMATS if form.looks(b"step,mean_reward,lower,upper\n", path)
    )


def test_one_column_of_returns(tmp_path):
    path = tmp_path / "training_rewards.csv"
    path.write_text("reward\n-1.5\n2.5\n")
    assert known(format_of(path)) is progress.FORMAT
    (log,) = progress.FORMAT.read(path)
    assert (log.series["reward"].values.tolist(), log.series["reward"].step) == ([-1.5, 2.5], None)
    assert not progress.looks(b"reward\nwho knows\n", path)
    assert not progress.looks(b"size\n1\n", path)
