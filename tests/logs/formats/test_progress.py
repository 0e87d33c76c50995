"""Tables of one training against pandas, and each trap of real ones with the right answer."""

import io

import numpy as np
import pandas as pd
import pytest

from jaxviz.host.readers import number_rows
from jaxviz.logs._formats import FORMATS
from jaxviz.logs.formats import progress, rllib
from jaxviz.logs.formats.own_tables import spinning_up
from tests.known import known


def only(parse, content, path):
    (log,) = parse(content, path)
    return log


def assert_as_pandas(log, frame, step, unit):
    """Every column that holds numbers has those that pandas reads, where there are any."""
    for name, series in log.series.items():
        column = frame[name].astype(float)
        there = column.notna()
        np.testing.assert_array_equal(series.values, column[there])
        np.testing.assert_array_equal(known(series.step), frame[step][there])
        assert series.unit == unit
        assert known(series.step).dtype == np.int64


@pytest.mark.parametrize(
    ("name", "separator", "step", "returns", "kind"),
    [
        ("sb3/progress.csv", ",", "time/total_timesteps", "rollout/ep_rew_mean", "trailing mean"),
        ("procgen/starpilot_test_2509_1690024149/log.csv", ",", "timesteps", "mean_episode_rewards", "trailing mean"),
        (
            "spinningup/stac-reg0Acrobot-v1/stac-reg0Acrobot-v1_s0/progress.txt",
            *("\t", "TotalEnvInteracts", "AverageEpRet", "updates"),
        ),
    ],
)
def test_real_tables_are_those_of_pandas(shared_data, name, separator, step, returns, kind):
    path = shared_data / "logs" / name
    found = next(f for f in FORMATS if f.looks(path.read_bytes()[:65536], path))
    (log,) = found.read(path)
    frame = pd.read_csv(path, sep=separator, float_precision="round_trip")
    assert_as_pandas(log, frame, step, "environment steps")
    assert len(log.series) == len(frame.columns) - 1
    assert log.series[returns].kind == kind
    assert len(known(log.series[returns].lengths)) == len(frame)


def test_a_table_of_baselines_without_steps(shared_data):
    (log,) = progress.FORMAT.read(shared_data / "logs/baselines/progress.csv")
    frame = pd.read_csv(shared_data / "logs/baselines/progress.csv")
    series = log.series["episode_rewards"]
    np.testing.assert_array_equal(series.values, frame["episode_rewards"])
    np.testing.assert_array_equal(known(series.lengths), frame["episode_lengths"])
    assert (series.step, series.kind) == (None, "episodes")
    assert log.notes == ("no column counts steps: the lengths of the episodes do",)


def test_a_table_of_rllib(shared_data):
    path = shared_data / "logs/rllib/progress.csv"
    (log,) = rllib.FORMAT.read(path)
    lines = path.read_text().splitlines()
    table = io.StringIO("\n".join(line.removesuffix(",") for line in lines))
    frame = pd.read_csv(table, float_precision="round_trip")  # before pandas 3 the default misses the last bit
    np.testing.assert_array_equal(log.series["episode_reward_mean"].values, frame["episode_reward_mean"])
    np.testing.assert_array_equal(known(log.series["episode_reward_mean"].step), frame["timesteps_total"])
    np.testing.assert_array_equal(known(log.series["episode_reward_mean"].time), frame["timestamp"])
    assert log.labels["task"] == log.config["env"] == "Alumettes"
    assert log.config["gamma"] == 0.99
    assert log.series["episode_reward_mean"].kind == "trailing mean"


def test_blanks_truths_and_words(tmp_path):
    content = b"step,reward,done,note\r\n1,,True,a\r\n2,2.5,False,b\n3,nan,true,c\r\n4,-inf,,d\r\n"
    log = only(progress.parse, content, tmp_path / "x.csv")
    np.testing.assert_array_equal(log.series["reward"].values, [2.5, np.nan, -np.inf])
    assert known(log.series["reward"].step).tolist() == [2, 3, 4]
    assert log.series["done"].values.tolist() == [1, 0, 1]
    assert log.notes == (
        "1 column of text left out: 'note'",
        "'reward' does not say what one value is: taken as the mean of one update",
    )


def test_nan_before_an_episode_ended_is_missing(tmp_path):
    """The mean over no episodes; afterwards NaN is a NaN of the training."""
    content = b"rollout/ep_rew_mean,time/total_timesteps\nnan,10\nnan,20\n1,30\nnan,40\n"
    log = only(progress.parse, content, tmp_path / "x.csv")
    np.testing.assert_array_equal(log.series["rollout/ep_rew_mean"].values, [1, np.nan])
    assert known(log.series["rollout/ep_rew_mean"].step).tolist() == [30, 40]
    assert "2 values of nan of before an episode ended" in log.notes[0]


def test_names_that_come_again(tmp_path):
    """A resumed writer repeats the first line; a column can come twice."""
    log = only(progress.parse, b"step,reward,reward\n1,2,3\nstep,reward,reward.1\n4,5,6\n", tmp_path / "x.csv")
    assert log.series["reward"].values.tolist() == [2, 5]
    assert log.series["reward.1"].values.tolist() == [3, 6]
    assert log.notes[0] == "1 line with the names again left out"


def test_steps_stay_exact(tmp_path):
    log = only(progress.parse, b"timesteps,reward\n9007199254740991,1\n9007199254740992,2\n", tmp_path / "x.csv")
    assert known(log.series["reward"].step).tolist() == [2**53 - 1, 2**53]
    log = only(progress.parse, b"timesteps,reward\n32768.0,1\n65536.0,2\n", tmp_path / "x.csv")
    assert known(log.series["reward"].step).tolist() == [32768, 65536]
    log = only(progress.parse, b"timesteps,reward\n0.5,1\n1.5,2\n", tmp_path / "x.csv")
    assert known(log.series["reward"].step).tolist() == [0.5, 1.5]


def test_evaluations_by_the_name_of_the_file(tmp_path):
    content = b"episode,episode_length,episode_reward,step,frame\n0,500,3.5,1000,2000\n"
    train = only(progress.parse, content, tmp_path / "train.csv").series["episode_reward"]
    assert (train.kind, train.unit, known(train.step).tolist()) == ("episodes", "frames", [2000])
    assert only(progress.parse, content, tmp_path / "eval.csv").series["episode_reward"].kind == "evaluations"


def test_acme(tmp_path):
    content = b"actor_episodes,actor_steps,episode_length,episode_return,steps_per_second\n1,200,200,3.5,50\n"
    series = only(progress.parse, content, tmp_path / "logs.csv").series["episode_return"]
    assert (series.kind, series.unit, known(series.step).tolist()) == ("episodes", "environment steps", [200])
    assert known(series.lengths).tolist() == [200]


def test_a_cut_table_of_spinning_up(tmp_path):
    content = b"Epoch\tAverageEpRet\tTotalEnvInteracts\n0\t1.5\t4000\n1\t2.5\t80"
    log = only(spinning_up.parse, content, tmp_path / "progress.txt")
    assert log.series["AverageEpRet"].values.tolist() == [1.5]
    assert log.notes == ("the last line has no end and was left out",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"step,reward,x\n1,2,3\n4,5\n7,8,9\n", "line 3 has 2 cells, not 3; 1 rows are before it"),
        (b"step,reward,x\n1,2,3\n4,5,6,7\n", "line 3 has 4 cells, not 3"),
        (b"step,reward,x\n1,2,3\n4,5z,6\n7,8,9\n", "line 3, 'reward': '5z' is no number; 1 rows are before it"),
        (b"step,reward\n1e17,2\n", "2^53"),
    ],
)
def test_damage_says_where(tmp_path, content, words):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.csv: ") as caught:
        progress.FORMAT.read(tmp_path / "x.csv")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"1,2\n3,4\n", b"lr,gamma\n1,2\n", b"step,reward,seed\n1,2,3\n", b"{}", b"<html>\n", b"x"]
)
def test_what_is_no_progress_table(tmp_path, content):
    assert not progress.looks(content, tmp_path / "x.csv")


@pytest.mark.parametrize(
    "row", ["1.5,2", "1.5, 2", "nan,-inf", "1e3,.5", "1_0,2", "1,", "1,2,3", "1,x", "1,0x1", "1,\u0663"]
)
def test_short_tables_are_read_as_long_ones(row):
    """By Python's `float`, where NumPy's loader would take longer to start."""
    body = (row + "\n").encode()
    long = number_rows(body * 500, 2)
    short = number_rows(body * 2, 2)
    assert (short is None) == (long is None)
    if short is not None and long is not None:
        np.testing.assert_array_equal(short, long[:2])


def test_a_table_without_rows(tmp_path):
    log = only(progress.parse, b"step,reward\n", tmp_path / "x.csv")
    assert log.series["reward"].values.shape == (0,)
    assert "no rows" in " ".join(log.notes) or known(log.series["reward"].step).shape == (0,)


def test_names_that_change(tmp_path):
    """A writer that adds a key when it comes up, and writes all names again, each time it starts a line."""
    more = b"loss,total steps,ep_rew_mean\n"
    content = b"loss,total steps\n0.5,512\n" + more + b"0.25,1024,-3\n" + more + b"1,2048,-2\n"
    log = only(progress.parse, content, tmp_path / "progress.csv")
    assert known(log.series["loss"].step).tolist() == [512, 1024, 2048]
    assert log.series["loss"].values.tolist() == [0.5, 0.25, 1]
    assert log.series["ep_rew_mean"].values.tolist() == [-3, -2]
    assert known(log.series["ep_rew_mean"].step).tolist() == [1024, 2048]
    assert "the names of the columns change 1 time" in log.notes
    assert "1 line with the names again left out" in log.notes


def test_names_that_change_order_or_go(tmp_path):
    log = only(progress.parse, b"step,reward,x\n1,2,3\nstep,x,reward\n4,5,6\nstep,reward\n7,8\n", tmp_path / "x.csv")
    assert log.series["reward"].values.tolist() == [2, 6, 8]
    assert log.series["x"].values.tolist() == [3, 5]
    with pytest.raises(ValueError, match="line 6 has 1 cells, not 2; 0 rows are before it"):
        progress.parse(b"step,reward,x\n1,2,3\nstep,x,reward\n4,5,6\nstep,reward\n7\n", tmp_path / "x.csv")
    many = b"".join(b"step,reward,x%d\n1,2,3\n" % k for k in range(400))
    with pytest.raises(ValueError, match="change more than 256 times"):
        progress.parse(many, tmp_path / "x.csv")


def test_torchbeast(tmp_path):
    """Names behind `#`, written again at a restart; a tuple in a cell of a column called as returns are."""
    names = b"# _tick,_time,step,mean_episode_return,episode_returns,total_loss\n"
    rows = (b"0,1.5e9,640,,,-12.5\n", names, b'1,1.5e9,1280,-20.5,"(-20.0, -21.0)",-11\n')
    log = only(progress.parse, names + b"".join(rows), tmp_path / "logs.csv")
    assert log.series["mean_episode_return"].values.tolist() == [-20.5]
    assert known(log.series["total_loss"].step).tolist() == [640, 1280]
    assert "1 column of text left out: 'episode_returns'" in log.notes


def test_the_value_of_a_critic_is_no_return(tmp_path):
    content = b"update,frames,entropy,value,value_loss,return_mean\n1,2048,2,-0.5,0.25,0.75\n"
    log = only(progress.parse, content, tmp_path / "log.csv")
    assert (log.series["value"].kind, log.series["return_mean"].kind) == (None, "updates")
    assert only(progress.parse, b"step,value\n1,2\n", tmp_path / "x.csv").series["value"].kind == "updates"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("avg_episode_reward", "updates"), ("mean_episode_return", "updates"), ("EpisodeReward", "episodes")),
        *(
            ("rolling_avg_reward", "trailing mean"),
            ("reward_ma", "trailing mean"),
            ("Mean Reward 100", "trailing mean"),
        ),
        *(("env/all/reward/total", "updates"), ("eval/best_reward", "running maximum"), ("AvgReward", "updates")),
    ],
)
def test_returns_as_scripts_call_them(tmp_path, name, kind):
    log = only(progress.parse, f"timestep,{name}\n1,2\n".encode(), tmp_path / "x.csv")
    assert (log.series[name].kind, log.series[name].unit) == (kind, "environment steps")


def test_steps_are_in_the_column_that_counts(tmp_path):
    """Updates of each iteration, or steps of each, stay or go up and down; a column without a number counts none."""
    content = b"iteration,train/updates,reward\n1,4,0.5\n2,4,1.5\n3,4,2.5\n"
    series = only(progress.parse, content, tmp_path / "x.csv").series["reward"]
    assert (known(series.step).tolist(), series.unit) == ([1, 2, 3], "iterations")
    rows = "".join(f"{k},{200 - k % 3},{k}\n" for k in range(30)).encode()
    series = only(progress.parse, b"iteration,timesteps,reward\n" + rows, tmp_path / "x.csv").series["reward"]
    assert (known(series.step).tolist(), series.unit) == (list(range(30)), "iterations")
    series = only(progress.parse, b"iteration,timesteps,reward\n1,10,5\n2,20,6\n1,10,7\n", tmp_path / "x.csv").series
    assert known(series["reward"].step).tolist() == [10, 20, 10]
    series = only(progress.parse, b"iters,reward,name\n,5,a\n,6,b\n", tmp_path / "x.csv").series
    assert (series["reward"].values.tolist(), series["reward"].step) == ([5, 6], None)


def test_tables_that_count_in_other_columns_are_read_one_by_one(tmp_path):
    names = b"iteration,timesteps,reward\n"
    flat, rising = names + b"1,4,5\n2,4,6\n", names + b"1,4,5\n2,8,6\n"
    assert progress.parse_together([flat, rising], tmp_path / "x.csv") is None
    both = known(progress.parse_together([flat, flat], tmp_path / "x.csv"))
    assert known(both.series["reward"].step).tolist() == [[1, 1], [2, 2]]
