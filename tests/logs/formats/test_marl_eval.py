"""marl-eval's JSON: runs of every environment, task and algorithm; absolute metrics apart."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.logs._formats import FORMATS
from jaxviz.logs.formats.marl_eval import FORMAT, looks, parse
from tests.known import known
from tests.logs.formats.damaging import assert_only_value_errors
from tests.mutations import COUNTS


def step(count, **metrics):
    return {"step_count": count, **metrics}


def logs_of(run, key="seed_6", path=Path("x.json")):
    content = json.dumps({"Smax": {"3m": {"ippo": {key: run}}}}).encode()
    assert looks(content, path)
    return parse(content, path)


def only(run, key="seed_6"):
    (log,) = logs_of(run, key)
    return log


@pytest.mark.parametrize("name", ["mock_data_test.json", "smax_excerpt.json"])
def test_real_files_value_by_value(shared_data, name):
    path = shared_data / "logs" / "marl-eval" / name
    content = path.read_bytes()
    assert next(one.name for one in FORMATS if one.looks(content[: 1 << 16], path)) == FORMAT.name
    logs = {tuple(log.labels[key] for key in ("task", "algorithm", "run")): log for log in FORMAT.read(path)}
    count = 0
    for tasks in json.loads(content).values():
        for task, algorithms in tasks.items():
            for algorithm, runs in algorithms.items():
                for key, run in runs.items():
                    assert_same(logs[task, algorithm, key], run)
                    count += 1
    assert count == len(logs)


def assert_same(log, run):
    steps = [value for name, value in run.items() if name.lower().startswith("step_")]
    for name in {name for value in steps for name in value} - {"step_count"}:
        rows = [(value["step_count"], value[name]) for value in steps if name in value]
        series = log.series[name]
        assert known(series.step).tolist() == [count for count, _ in rows]
        expected = [value[0] if isinstance(value, list) and len(value) == 1 else value for _, value in rows]
        assert series.values.tolist() == expected
    for name, values in run.get("absolute_metrics", {}).items():
        assert log.series[f"absolute/{name}"].values.reshape(-1).tolist() == values


def test_labels_kinds_and_units():
    log = only({"step_0": step(0, mean_episode_return=[1.0], steps_per_second=[9.0])})
    assert log.labels == {"algorithm": "ippo", "task": "3m", "run": "seed_6", "seed": "6"}
    assert log.config == {"environment": "Smax"}
    series = log.series["mean_episode_return"]
    assert (series.kind, series.unit) == ("evaluations", "environment steps")
    assert log.series["steps_per_second"].kind is None
    assert "seed" not in only({"STEP_1": step(0, win_rate=[1.0])}, "43289").labels


@pytest.mark.parametrize("rollouts", [1, 2, 4, 8])
def test_lists_are_rollouts(rollouts):
    values = [[float(i + j) for j in range(rollouts)] for i in range(3)]
    log = only({f"step_{i}": step(100 * i + 7, **{"return": values[i]}) for i in range(3)})
    series = log.series["return"]
    assert series.values.shape == ((3,) if rollouts == 1 else (3, rollouts))
    np.testing.assert_array_equal(series.values.reshape(3, rollouts), values)
    assert known(series.step).tolist() == [7, 107, 207]


def test_steps_are_in_the_order_of_their_numbers():
    log = only({f"STEP_{i}": step(10 * i, **{"return": [i]}) for i in (10, 2, 1)})
    assert known(log.series["return"].step).tolist() == [10, 20, 100]


def test_win_rates_stay_as_they_are():
    assert only({"step_0": step(0, win_rate=[66.25])}).series["win_rate"].values.tolist() == [66.25]


def test_absolute_metrics_are_kept_apart():
    log = only({"absolute_metrics": {"return": [1, 2, 3]}, "step_0": step(0, **{"return": [5.0]})})
    assert log.series["absolute/return"] == log.series["absolute/return"]._replace(kind=None, step=None, unit=None)
    assert log.series["absolute/return"].values.tolist() == [[1, 2, 3]]
    assert log.series["return"].values.tolist() == [5]
    assert any("kept apart" in note for note in log.notes)


def test_absolute_metrics_are_no_returns_of_a_study_unless_they_are_asked_for(tmp_path):
    runs = {f"seed_{i}": {"absolute_metrics": {"return": [9.0]}, "step_0": step(5, **{"return": [i]})} for i in (1, 2)}
    (tmp_path / "m.json").write_text(json.dumps({"Smax": {"3m": {"ippo": runs}}}))
    study = jv.read_logs(tmp_path)
    assert [(row.kind, row.entries, row.seed) for row in study.manifest] == [
        ("evaluations", 1, 1),
        ("evaluations", 1, 2),
    ]
    assert study.cells[next(iter(study.cells))].episodes is None
    assert len(list(jv.read_logs(tmp_path, metric="absolute/return").manifest)) == 2


def test_what_is_missing_stays_missing():
    """No elapsed time, a metric at some steps only, null, NaN, a step without its count."""
    run = {
        "step_0": step(0, **{"return": [1.0], "loss": [1.0]}),
        "step_1": step(5, **{"return": [math.nan]}),
        "step_2": {"return": [3.0]},
    }
    log = only(run)
    np.testing.assert_array_equal(log.series["return"].values, [1, math.nan])
    assert known(log.series["loss"].step).tolist() == [0]
    assert any("without a step_count" in note for note in log.notes)
    assert "elapsed_time" not in log.series


def test_lists_of_different_lengths_become_means():
    log = only({"step_0": step(0, **{"return": [1.0]}), "step_1": step(1, **{"return": [1.0, 4.0]})})
    assert log.series["return"].values.tolist() == [1, 2.5]
    assert any("different lengths" in note for note in log.notes)


def test_text_is_left_out_unless_it_is_a_return():
    assert any("'note'" in note for note in only({"step_0": step(0, note="x", **{"return": [1.0]})}).notes)
    with pytest.raises(ValueError, match="Smax / 3m / ippo / seed_6: 'return': 'x' is no number; 0 runs are before it"):
        only({"step_0": step(0, **{"return": "x"})})


@pytest.mark.parametrize("content", [b"{}", b'{"a": {"b": {}}}', b"[", b'{"a": {"b": {"c": {"d": {"step_0": 3}}}}}'])
def test_what_is_none_is_refused(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.json: "):
        FORMAT.read(tmp_path / "x.json")


@COUNTS
def test_damaged_files(tmp_path, count):
    run = {f"step_{i}": step(100 * i, **{"return": [float(i), i / 3], "win_rate": [50.0]}) for i in range(40)}
    content = json.dumps({"Smax": {"3m": {"ippo": {"seed_0": run, "seed_1": run}}}}).encode()
    assert_only_value_errors(FORMAT.read, tmp_path / "metrics.json", content, count)
