"""RLlib's lines, Sacred, JAXRL, TorchRL, NumPy's files and what is refused: right answers of small made-up files."""

import gzip
import io
import json
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest

from jaxviz.host.readers import head, json_lines
from jaxviz.logs._formats import FORMATS
from jaxviz.logs._log import UnreadableError
from jaxviz.logs.formats import evaluations, rllib, stored_curve
from jaxviz.logs.formats.scalars import jaxrl, torchrl
from tests.known import known


def format_of(path):
    return next((found for found in FORMATS if found.looks(head(path), path)), None)


def put(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path, name):
    """The only log of a file, by the format of that name."""
    found = known(format_of(path))
    assert found.name == name
    (log,) = found.read(path)
    return log


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


def test_results_of_rllib(tmp_path):
    content = lines(
        {
            "env_runners": {"episode_return_mean": float("nan"), "num_episodes": 0},
            "num_env_steps_sampled_lifetime": 4000,
            "training_iteration": 1,
            "time_this_iter_s": 2.5,
            "timestamp": 1700000000,
            "trial_id": "a1",
            "done": False,
            "hist": [1, 2],
            "config": {"env": "CartPole-v1", "seed": None, "lr": 1e-3, "model": {"h": 64}},
        },
        {
            "env_runners": {"episode_return_mean": 21.5, "num_episodes": 3},
            "num_env_steps_sampled_lifetime": 8000,
            "training_iteration": 2,
            "time_this_iter_s": None,
            "timestamp": 1700000010,
            "trial_id": "a1",
            "done": True,
            "evaluation": {"env_runners": {"episode_return_mean": 30}},
        },
    )
    log = read(put(tmp_path / "result.json", content + '{"env_runners": {"epi'), "RLlib results")
    returns = log.series["env_runners/episode_return_mean"]
    assert (returns.values.tolist(), known(returns.step).tolist()) == ([21.5], [8000])
    assert (returns.kind, returns.unit) == ("trailing mean", "environment steps")
    assert known(returns.time).tolist() == [1700000010]
    evaluation = log.series["evaluation/env_runners/episode_return_mean"]
    assert (evaluation.values.tolist(), known(evaluation.step).tolist(), evaluation.kind) == (
        [30],
        [8000],
        "evaluations",
    )
    assert log.series["done"].values.tolist() == [0, 1]
    assert log.config == {"env": "CartPole-v1", "seed": None, "lr": 1e-3, "model.h": 64}
    assert log.labels == {"task": "CartPole-v1", "run": "a1"}
    assert "the last line has no end and was left out" in log.notes


def test_old_results_of_rllib(tmp_path):
    record = {"episode_reward_mean": 1.5, "timesteps_total": 100, "training_iteration": 1}
    log = read(put(tmp_path / "result.json", lines(record)), "RLlib results")
    assert known(log.series["episode_reward_mean"].step).tolist() == [100]
    assert (log.labels, log.config) == ({}, {})


def test_rows_of_rllib_may_be_longer_than_the_names(tmp_path):
    content = "episode_reward_mean,timesteps_total,training_iteration\r\n1,10,1\r\n2,20,2,9\r\n3,30,3,\r\n"
    log = read(put(tmp_path / "progress.csv", content), "RLlib results")
    assert log.series["episode_reward_mean"].values.tolist() == [1, 2, 3]
    assert log.notes == ("cells behind the last column left out in 1 row",)
    content = "config,episode_reward_mean,timesteps_total,training_iteration\n\"{'f': <function a>}\",1,10,1\n"
    assert rllib.parse(content.encode(), tmp_path)[0].config == {}


def test_a_configuration_in_columns(tmp_path):
    content = "episode_reward_mean,timesteps_total,training_iteration,config/env,config/lr,config/seed,config/f\n"
    log = read(put(tmp_path / "progress.csv", content + '1,10,1,Ant-v4,0.5,3,"<function f>"\n'), "RLlib results")
    assert log.config == {"env": "Ant-v4", "lr": 0.5, "seed": 3}
    assert log.labels == {"task": "Ant-v4", "seed": "3"}
    assert not [name for name in log.series if name.startswith("config/")]


def test_json_lines(tmp_path):
    content = lines({"step": 1, "episode/score": 2.5, "n": {"a": None}}, {"step": 5, "n": {"a": 3}})
    log = read(put(tmp_path / "metrics.jsonl", content), "JSON lines")
    assert log.series["episode/score"].values.tolist() == [2.5]
    assert log.series["episode/score"].kind == "episodes"
    assert known(log.series["n/a"].step).tolist() == [5]


def flattened(record, prefix=""):
    for name, value in record.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{name}/")
        elif isinstance(value, int | float):
            yield prefix + name, float(value)


def test_json_lines_are_those_of_json(rng):
    """Whatever is null, text, nested, a truth or absent in some of the lines, and a configuration that changes."""
    choices = [1, 2.5, None, True, "text", float("nan"), float("inf"), [1], {"a": 1, "b": None}, {"a": {"c": 2}}, {}]
    records = [
        {f"key {k}": choices[rng.integers(len(choices))] for k in rng.permutation(6)[: rng.integers(1, 7)]}
        | ({"nested": {"config": {"lr": 0.1}}} if at in (100, 200) else {})
        | {"config": {"lr": 0.1 if at < 150 else 0.2}}
        for at in range(300)
    ]
    found = json_lines(lines(*records).encode(), aside=("config",))
    assert found.aside == {"config": {"lr": 0.1}}
    expected = [dict(flattened({name: x for name, x in record.items() if name != "config"})) for record in records]
    assert set(found.numbers) == set().union(*expected)
    for name, column in found.numbers.items():
        assert column.missing.tolist() == [name not in record for record in expected]
        np.testing.assert_array_equal(column.values, [record.get(name, np.nan) for record in expected])


def test_json_lines_are_those_of_pandas(tmp_path):
    rng = np.random.default_rng(0)
    records = [{"step": int(k), "return": float(rng.normal()), "loss": float(rng.normal())} for k in range(300)]
    path = put(tmp_path / "metrics.jsonl", lines(*records))
    frame = pd.read_json(path, lines=True, precise_float=True)
    log = read(path, "JSON lines")
    np.testing.assert_array_equal(log.series["return"].values, [record["return"] for record in records])
    np.testing.assert_allclose(log.series["return"].values, frame["return"], rtol=1e-15)
    np.testing.assert_array_equal(known(log.series["return"].step), frame["step"])


def test_damage_in_the_middle_of_json_lines(tmp_path):
    path = put(
        tmp_path / "x.jsonl", lines({"step": 1, "return": 2}) + '{"step": 2,\n' + lines({"step": 3, "return": 2})
    )
    with pytest.raises(ValueError, match="line 2 is no JSON object; 1 are before it"):
        known(format_of(path)).read(path)


def test_sacred(tmp_path):
    metric = {"steps": [10, 20], "values": [1.5, {"py/object": "numpy.float64", "value": 2}]}
    times = ["2024-01-01T00:00:00", "2024-01-01T00:00:10.5"]
    path = put(tmp_path / "metrics.json", json.dumps({"test_return_mean": {**metric, "timestamps": times}}))
    log = read(path, "Sacred metrics")
    series = log.series["test_return_mean"]
    assert (series.values.tolist(), known(series.step).tolist(), series.kind) == ([1.5, 2], [10, 20], "evaluations")
    assert known(series.time).tolist() == [1704067200, 1704067210.5]


def test_sacred_without_metrics(tmp_path):
    log = read(put(tmp_path / "metrics.json", "{}"), "Sacred metrics")
    assert (dict(log.series), log.notes) == ({}, ("no metrics were recorded",))
    assert format_of(put(tmp_path / "other.json", "{}")) is None


def test_jaxrl_curves_are_those_of_numpy(shared_data):
    paths = sorted((shared_data / "curves").glob("*.txt"))
    for path in paths:
        log = read(path, "JAXRL curve")
        expected = np.loadtxt(path)
        np.testing.assert_array_equal(log.series["evaluations"].values, expected[:, 1])
        np.testing.assert_array_equal(known(log.series["evaluations"].step), expected[:, 0])
    assert len(paths) > 10


def test_jaxrl_curves(tmp_path):
    log = read(put(tmp_path / "3.txt", "5.000000e+03 1.5\r\n10000 nan\n15000 2"), "JAXRL curve")
    np.testing.assert_array_equal(log.series["evaluations"].values, [1.5, np.nan])
    assert known(log.series["evaluations"].step).tolist() == [5000, 10000]
    assert log.notes == ("the last line has no end and was left out",)
    with pytest.raises(ValueError, match="line 2 must be a step and a value; 1 are before it"):
        jaxrl.parse(b"1 2\n3\n4 5\n", tmp_path)


def test_two_columns_that_count_one_by_one(tmp_path):
    """Of episodes, epochs or updates: nobody says which, and evaluations are not that many."""
    log = read(put(tmp_path / "rewards.txt", "1 -20.5\n2 -19.5\n3 -18\n"), "JAXRL curve")
    series = log.series["value"]
    assert (series.values.tolist(), known(series.step).tolist()) == ([-20.5, -19.5, -18], [1, 2, 3])
    assert (series.kind, series.unit) == ("updates", None)
    assert log.notes == (
        "the first column counts one by one, of what it does not say",
        "no name says what one value is: taken as the mean of one update",
    )


@pytest.mark.parametrize("first", ["20.0 45.0 200.0", "200.0 200.0 200.0", "7 7 7", "5 4 3", "0.5 1.5 2.5", "-3 -2 -1"])
def test_two_columns_without_steps(tmp_path, first):
    """Best and mean of each generation, as neat-python saves them, are no curve against environment steps."""
    path = put(tmp_path / "fitness_history.csv", "".join(f"{cell} 9.5\n" for cell in first.split()))
    with pytest.raises(UnreadableError, match="the first holds no steps, whole numbers that rise"):
        read(path, "JAXRL curve")


def test_even_steps_with_decimals(tmp_path):
    log = read(put(tmp_path / "0.txt", "1000.0 9.5\n2000.0 8\n3000.0 7\n"), "JAXRL curve")
    assert known(log.series["evaluations"].step).tolist() == [1000, 2000, 3000]


def test_torchrl(tmp_path):
    log = read(put(tmp_path / "eval_reward.csv", "0,1.5\n100,2.5\n"), "TorchRL scalar")
    series = log.series["eval_reward"]
    assert (series.values.tolist(), known(series.step).tolist(), series.kind) == ([1.5, 2.5], [0, 100], "evaluations")
    log = read(put(tmp_path / "r.csv", "None,1.5\nNone,2.5\n"), "TorchRL scalar")
    assert (log.series["r"].values.tolist(), log.series["r"].step) == ([1.5, 2.5], None)
    (log,) = torchrl.parse(b"None,1.5\n5,2.5\n", tmp_path / "r.csv")
    assert (log.series["r"].values.tolist(), known(log.series["r"].step).tolist()) == ([2.5], [5])
    assert log.notes[0] == "'r': 1 value without a step left out"


def test_curves_of_td3_need_steps(shared_data):
    paths = sorted((shared_data / "logs/td3").glob("*.npy"))
    for path in paths:
        assert known(format_of(path)).name == "NumPy array"
        with pytest.raises(UnreadableError, match="have no steps: give those between two of them"):
            stored_curve.FORMAT.read(path)
        (log,) = stored_curve.read(path, 5000)
        np.testing.assert_array_equal(log.series["evaluations"].values, np.load(path))
        assert known(log.series["evaluations"].step)[[0, 1, -1]].tolist() == [0, 5000, 5000 * (len(np.load(path)) - 1)]
    assert paths


def test_curves_of_several_runs(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(6.0).reshape(3, 2))
    logs = stored_curve.read(tmp_path / "x.npy", 10)
    assert [log.series["evaluations"].values.tolist() for log in logs] == [[0, 2, 4], [1, 3, 5]]
    assert [log.labels for log in logs] == [{"run": "0"}, {"run": "1"}]


def test_evaluations_are_those_of_numpy(shared_data):
    paths = sorted(shared_data.rglob("evaluations.npz"))
    for path in paths:
        log = read(path, "Stable-Baselines3 evaluations")
        with np.load(path) as stored:
            assert set(log.series) == set(stored) - {"timesteps", "ep_lengths"}
            np.testing.assert_array_equal(log.series["results"].values, stored["results"])
            np.testing.assert_array_equal(known(log.series["results"].lengths), stored["ep_lengths"])
            for series in log.series.values():
                np.testing.assert_array_equal(known(series.step), stored["timesteps"])
                assert (series.kind, series.unit) == ("evaluations", "environment steps")
    assert len(paths) == 2


def stored(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_evaluations_of_other_shapes(tmp_path):
    """Pendulum leaves [evaluation, rollout, 1] of float32."""
    results = np.arange(10, dtype=np.float32).reshape(2, 5, 1)
    content = stored(timesteps=np.array([10, 20]), results=results, successes=np.eye(2, 5, dtype=bool))
    (log,) = evaluations.parse(content, tmp_path)
    np.testing.assert_array_equal(log.series["results"].values, results[..., 0])
    np.testing.assert_array_equal(log.series["successes"].values, np.eye(2, 5))
    (log,) = evaluations.parse(stored(timesteps=np.arange(0), results=np.zeros((0, 5))), tmp_path)
    assert log.series["results"].values.shape == (0, 5)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"timesteps": np.arange(2), "results": np.array([[1, 2], [3]], object)}, "never unpickled"),
        ({"timesteps": np.arange(2), "results": np.zeros((2, 5, 2))}, r"must be \[evaluation, rollout\]"),
        ({"timesteps": np.arange(3), "results": np.zeros((2, 5))}, "of 3 evaluations"),
        ({"timesteps": np.arange(3)}, "no array 'results'"),
        ({"timesteps": np.arange(2), "results": np.zeros((2, 2)), "ep_lengths": np.zeros((2, 3))}, "'ep_lengths' is"),
        ({"timesteps": np.arange(2), "results": np.array(["a", "b"])}, "not real numbers"),
    ],
)
def test_other_archives_are_refused(tmp_path, arrays, words):
    path = put(tmp_path / "evaluations.npz", stored(**arrays))
    with pytest.raises(ValueError, match=words):
        evaluations.FORMAT.read(path)


def test_an_archive_that_grows_is_refused_before_it_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "evaluations.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("timesteps.npy", bytes(200 << 20))
    with pytest.raises(ValueError, match="it declares 209715200 bytes"):
        evaluations.FORMAT.read(tmp_path / "evaluations.npz")


def test_packed_files_are_looked_through(tmp_path):
    content = b"step,reward\n" + b"1,2.5\n" * 50000
    log = read(put(tmp_path / "progress.csv.gz", gzip.compress(content)), "progress table")
    assert log.series["reward"].values.shape == (50000,)
    torn = put(tmp_path / "torn.csv.gz", gzip.compress(content)[:-20])
    with pytest.raises(ValueError, match="its end is missing"):
        known(format_of(torn)).read(torn)
    bomb = put(tmp_path / "bomb.csv.gz", gzip.compress(b"step,reward\n" + b"1,2.5\n" * (20 << 20)))
    with pytest.raises(ValueError, match="holds more than"):
        known(format_of(bomb)).read(bomb)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty file", "empty"),
        (b" \r\n\t", "empty file", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4\nsize 9\n", "Git LFS pointer", "git lfs pull"),
        *((pickle.dumps({"a": [1.5]}, protocol), "pickle", "save arrays") for protocol in (0, 2, 3, 4, 5)),
        (pickle.dumps([np.arange(3)], 0), "pickle", "save arrays"),
        (pickle.dumps(np.arange(3), 0), "pickle", "save arrays"),
        (json.dumps([{"Iteration": 0, "Value": 1.5, "Agent": "DQN"}]).encode(), "Dopamine results", "run ids"),
        (
            json.dumps([{"Agent": "C51", "Iteration": 0, "Value": 1}], indent=1).encode(),
            "Dopamine results",
            "run ids",
        ),
        (json.dumps([{"env_step": 0, "rew": 1.5, "rew_std": 0.1}]).encode(), "Tianshou results", "means over runs"),
    ],
)
def test_refused(tmp_path, content, name, words):
    path = put(tmp_path / "evaluations.npz", content)
    found = known(format_of(path))
    assert found.name == name
    with pytest.raises(UnreadableError, match=words) as caught:
        found.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content", ["# Title\n\nText, more text\n", "a: 1\n", "print(1)\n", '{"a": 1}', "\x89PNG\r\n", "1\n2\n"]
)
def test_files_that_are_no_logs(tmp_path, content):
    assert format_of(put(tmp_path / "x.txt", content)) is None
