"""Monitor files against Stable-Baselines3's own rule, and each trap of real ones with the right answer."""

import json

import numpy as np
import pytest

from jaxviz.logs.formats.monitor import FORMAT, looks, parse
from tests.known import known

from .oracles import load_results

HEAD = b'#{"t_start": 1000.0, "env_id": "CartPole-v1"}\n'


def written(path, rows, keys=(), header=None, end="\r\n"):
    """A file as Stable-Baselines3 writes it."""
    lines = ["#" + json.dumps(header or {"t_start": 1000.0, "env_id": "CartPole-v1"}) + "\n"]
    lines += [",".join(("r", "l", "t", *keys)) + end]
    lines += [",".join(map(str, row)) + end for row in rows]
    path.write_bytes("".join(lines).encode())
    return path


def episodes(count, seed=0):
    rng = np.random.default_rng(seed)
    times = np.round(np.cumsum(rng.random(count)), 6)
    return list(zip(np.round(rng.normal(100, 50, count), 6), rng.integers(1, 1000, count), times, strict=True))


def only(content, path):
    (log,) = parse(content, path)
    return log


def step_of(log, name="r"):
    return known(log.series[name].step).tolist()


def time_of(log):
    return known(log.series["r"].time)


def real_files(shared_data):
    return sorted(path for path in shared_data.rglob("*monitor.csv"))


def test_real_files_are_those_of_load_results(shared_data):
    paths = real_files(shared_data)
    assert len(paths) >= 14
    for path in paths:
        (log,) = FORMAT.read(path)
        frame = load_results([path])
        started = json.loads(path.read_text().splitlines()[0].lstrip("#"))["t_start"]
        assert looks(path.read_bytes()[:65536], path)
        assert log.started == started
        np.testing.assert_array_equal(log.series["r"].values, frame["r"])
        np.testing.assert_array_equal(known(log.series["r"].lengths), frame["l"])
        np.testing.assert_array_equal(known(log.series["r"].step), frame["l"].cumsum())
        np.testing.assert_allclose(time_of(log), frame["t"].astype(float), rtol=0, atol=1e-6)
        for name in frame.columns.difference(["index", "r", "l", "t"]):
            np.testing.assert_array_equal(log.series[name].values, frame[name].astype(float))


def test_workers_merged_by_time_are_those_of_load_results(shared_data):
    paths = sorted((shared_data / "logs/sb3/ppo/CartPole-v1_1").glob("*.monitor.csv"))
    logs = [FORMAT.read(path)[0] for path in paths]
    assert {log.part for log in logs} == {"worker"}
    times = np.concatenate([known(log.started) + time_of(log) for log in logs])
    returns = np.concatenate([log.series["r"].values for log in logs])
    np.testing.assert_array_equal(returns[np.argsort(times, kind="stable")], load_results(paths)["r"])


def test_numbers_are_exact(tmp_path):
    rows = episodes(500)
    (log,) = FORMAT.read(written(tmp_path / "monitor.csv", rows))
    assert log.series["r"].values.tolist() == [float(str(r)) for r, _, _ in rows]
    assert known(log.series["r"].step).dtype == np.int64
    assert log.series["r"].unit == "environment steps"
    assert (log.series["r"].kind, log.part, log.notes) == ("episodes", "whole", ())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
def test_every_end_of_a_line(tmp_path, end):
    log = only(
        b'# {"t_start": 5, "env_id": "None"} ' + f"{end}r,l,t{end}1.5,2,0.5{end}-1,3,1.5{end}".encode(), tmp_path
    )
    assert log.series["r"].values.tolist() == [1.5, -1.0]
    assert step_of(log) == [2, 5]
    assert log.labels == {}
    assert log.started == 5.0


def test_truths_and_other_words(tmp_path):
    rows = [(1, 2, 0.1, False, 3.5, "a"), (2, 2, 0.2, True, "", "b"), ("nan", 2, 0.3, True, "inf", "c")]
    (log,) = FORMAT.read(written(tmp_path / "monitor.csv", rows, ("is_success", "x", "word")))
    np.testing.assert_array_equal(log.series["r"].values, [1, 2, np.nan])
    assert log.series["is_success"].values.tolist() == [0, 1, 1]
    assert log.series["is_success"].kind == "episodes"
    assert log.series["x"].values.tolist() == [3.5, np.inf]
    assert step_of(log, "x") == [2, 6]
    assert log.series["x"].kind is None
    assert log.notes == ("'word' is text and was left out",)


def test_a_file_without_rows(tmp_path):
    log = only(HEAD + b"r,l,t\r\n", tmp_path)
    assert log.series["r"].values.shape == (0,)
    assert step_of(log) == []
    assert log.labels == {"task": "CartPole-v1"}


def test_a_resumed_training_without_a_second_header(tmp_path):
    """Stable-Baselines3 sorts by t, and so mixes both parts."""
    log = only(HEAD + b"r,l,t\r\n1,10,5\r\n2,10,9\r\n3,10,2\r\n4,10,4\r\n", tmp_path)
    assert log.series["r"].values.tolist() == [1, 2, 3, 4]
    assert step_of(log) == [10, 20, 30, 40]
    assert time_of(log).tolist() == [5, 9, 11, 13]
    assert log.notes == ("the training was resumed 1 time: what was added follows what was there",)


def test_a_resumed_training_with_a_second_header(tmp_path):
    log = only(HEAD + b'r,l,t\r\n1,10,5\r\n#{"t_start": 1500.0}\nr,l,t\r\n2,10,3\r\n', tmp_path)
    assert time_of(log).tolist() == [5, 503]
    assert step_of(log) == [10, 20]
    assert "resumed 1 time" in log.notes[0]


def test_a_file_without_any_header(tmp_path):
    content = b"1.5,10,5.0\r\n2,10,9\r\n"
    path = tmp_path / "monitor.csv"
    assert looks(content, path)
    assert not looks(content, tmp_path / "other.csv")
    assert only(content, path).series["r"].values.tolist() == [1.5, 2]


def test_a_line_without_an_end_is_left_out(tmp_path):
    log = only(HEAD + b"r,l,t\r\n1,10,5\r\n2,10,9.", tmp_path)
    assert log.series["r"].values.tolist() == [1]
    assert log.notes == ("the last line has no end and was left out",)


def test_evaluations_have_no_steps_of_the_training(tmp_path):
    log = only(HEAD + b"r,l,t\r\n1,10,5\r\n", tmp_path / "eval.monitor.csv")
    assert log.series["r"].kind == "evaluations"
    assert log.series["r"].step is None
    assert only(HEAD + b"r,l,t\r\n1,10,5\r\n", tmp_path / "eval" / "monitor.csv").series["r"].step is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"r,l,t\r\n1,10,5\r\n2,10\r\n3,1,7\r\n", "line 4 has 2 cells, not 3; 1 rows are before it"),
        (b"r,l,t\r\n1,10,5\r\n2,1x,6\r\n3,1,7\r\n", "line 4, 'l': '1x' is no number; 1 rows are before it"),
        (b"r,l,t\r\n1,10,5\r\n2,-1,6\r\n", "'l' of episode 2 is -1, not a number of steps; 1 episodes are before it"),
        (b"r,l,t\r\n1,2.5,5\r\n", "'l' of episode 1 is 2.5"),
        (b"r,l,t\r\n1,,5\r\n", "1 episode have no length"),
        (b"r,l,t\r\n1,9007199254740992,5\r\n1,1e10,6\r\n", "2^53"),
        (b"r,l,t\r\n1,1_0,5\r\n", "'1_0' is no number"),
        (b'r,l,t\r\n1,"1,5\r\n', "line"),
        (b"r,l,t\r\n1,1,5\0\r\n", "line 3 holds bytes of 0"),
    ],
)
def test_damage_says_where(tmp_path, body, words):
    path = tmp_path / "monitor.csv"
    path.write_bytes(HEAD + body)
    with pytest.raises(ValueError, match=r"monitor\.csv") as caught:
        FORMAT.read(path)
    assert words in str(caught.value)


def test_a_damaged_comment(tmp_path):
    with pytest.raises(ValueError, match="must be a JSON object"):
        parse(b'#{"t_start": \nr,l,t\n1,2,3\n', tmp_path)
