"""Studies for other tools, and back."""

import json
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from rliable import metrics

import jaxviz as jv
from jaxviz.logs.formats import marl_eval
from jaxviz.study import ManifestRow, RunData, StreamData, Study
from tests.known import known

from .made import episodes, evaluations, rows, study

LIBRARIES = ["pandas", pytest.param("polars", marks=pytest.mark.filterwarnings("ignore"))]


untyped: Any = study()
"""For a call that a type checker refuses."""


def numbers(frame, **wanted):
    """The rows of a pandas or polars frame as pandas, where columns have the values."""
    table = pd.DataFrame({name: list(frame[name]) for name in frame.columns})
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_frame_has_every_value(name):
    pytest.importorskip(name)
    made, data = rows(seeds=1)
    data[0] = data[0]._replace(losses={"a": np.arange(3.0)}, loss_step=np.array([1, 2, 3]))
    data[1] = evaluations(1, 4, rollouts=2)
    frame = Study.of_rows(made, data).to_frame(name)
    own = numbers(frame, source=made[0].source, stream="episodes")
    np.testing.assert_array_equal(own["value"], known(data[0].episodes).values.astype(np.float32))
    np.testing.assert_array_equal(own["step"], known(data[0].episodes).step)
    np.testing.assert_array_equal(own["length"], known(data[0].episodes).lengths)
    assert set(own["lr"]) == {0.0003}
    np.testing.assert_array_equal(numbers(frame, name="a")["value"], [0, 1, 2])
    evaluated = numbers(frame, source=made[1].source)
    np.testing.assert_array_equal(evaluated["value"], known(data[1].evaluation).values.astype(np.float32).ravel())
    np.testing.assert_array_equal(evaluated["step"], np.repeat([100, 200, 300, 400], 2))
    np.testing.assert_array_equal(evaluated["rollout"], [0, 1] * 4)
    entries = sum(known(d.episodes).values.size for d in data if d.episodes)
    assert len(numbers(frame)) == entries + 3 + 8


def test_a_frame_is_read_back_as_the_same_runs():
    made = study().select(algorithm="PPO", task="CartPole-v1", lr=3e-4)
    (run,) = made.cells.values()
    frame = made.to_frame()
    back = jv.from_dataframe(frame, returns="value", step="step", lengths="length", run="source")
    ours, theirs = known(run.episodes), known(back.episodes)
    np.testing.assert_array_equal(theirs.valid, ours.valid)
    there = np.asarray(ours.valid)
    np.testing.assert_array_equal(np.asarray(theirs.returns)[there], np.asarray(ours.returns)[there])
    np.testing.assert_array_equal(np.asarray(theirs.step)[there], np.asarray(ours.step)[there])


def test_parameters_called_as_columns_are_kept_apart():
    row = ManifestRow("PPO", configuration={"step": 3, "mixed": "a"}, source="0")
    other = ManifestRow("PPO", configuration={"mixed": 1}, source="1")
    frame = Study.of_rows([row, other], [episodes(0, 2), episodes(1, 2)]).to_frame()
    assert list(frame["mixed"]) == ["1", "1", "a", "a"]
    assert list(frame["config/step"])[2:] == [3, 3]
    with pytest.raises(ValueError, match='`library` must be "pandas" or "polars"'):
        untyped.to_frame("numpy")


def test_half_precision_is_a_number_too():
    frame = Study({"PPO": jv.from_arrays(jnp.arange(5, dtype=jnp.bfloat16))}).to_frame()
    np.testing.assert_array_equal(frame["value"], np.arange(5))


def test_rliable_takes_the_scores():
    made = study().without("lr")
    results = jv.analyze(made, groups=("performance",))
    scores = results.to_rliable()
    assert {name: table.shape for name, table in scores.items()} == {"DQN": (6, 2), "PPO": (6, 2)}
    for cell, analysis in results.cells.items():
        column = made.tasks.index(cell.task)
        np.testing.assert_array_equal(scores[cell.algorithm][:, column], known(analysis.performance).final)
        own = known(analysis.performance).final
        assert metrics.aggregate_iqm(scores[cell.algorithm][:, [column]]) == pytest.approx(jv.stats.iqm(own[:, None]))


def test_rectangles_that_are_none_are_named():
    made, data = rows(seeds=2)
    results = jv.analyze(Study.of_rows(made[1:], data[1:]), groups=("performance",))
    with pytest.raises(ValueError, match=r"PPO lr=0.0003 has other numbers of runs.*Acrobot-v1 2, CartPole-v1 1"):
        results.to_rliable()
    assert results.to_rliable(fewest=True)["PPO lr=0.0003"].shape == (1, 2)
    with pytest.raises(ValueError, match="`score` must be the path of one number of each run"):
        results.to_rliable("stability/max_drawdown")
    lonely = jv.analyze(Study.of_rows(made[:9], data[:9]), groups=("performance",))
    with pytest.raises(ValueError, match=r"DQN lr=0\.0003 has no run on Acrobot-v1"):
        lonely.to_rliable()


def test_marl_eval_is_read_back_equal(tmp_path):
    made = [ManifestRow("PPO", f"t{i % 2}", {"environment": "env"}, i, str(i)) for i in range(4)]
    data = [evaluations(i, 5 + i, rollouts=1 + i) for i in range(3)]
    data.append(RunData(updates=StreamData(np.array([1.0, np.nan]), np.array([0, 2**50]))))
    path = Study.of_rows(made, data).to_marl_eval(tmp_path / "deep" / "marl.json")
    logs = {(log.labels["task"], log.labels["seed"]): log for log in marl_eval.parse(path.read_bytes(), path)}
    assert len(logs) == 4
    for row, one in zip(made, data, strict=True):
        log = logs[row.task, str(row.seed)]
        stream = known(one.evaluation or one.updates)
        assert (log.labels["algorithm"], log.config["environment"]) == ("PPO", "env")
        values = stream.values if stream.values.ndim > 1 else stream.values[:, None]
        np.testing.assert_array_equal(log.series["return"].values.reshape(values.shape), values.astype(np.float32))
        np.testing.assert_array_equal(known(log.series["return"].step), known(stream.step))


def test_absolute_metrics_are_the_last_entry_and_the_last_key(tmp_path):
    """As in the README of marl-eval, whose tables read the last key of each run, whatever its name."""
    made = Study.of_rows([ManifestRow("PPO", "t", {}, 1, "a")], [evaluations(0, 3, rollouts=2)])
    (run,) = json.loads(made.to_marl_eval(tmp_path / "a.json").read_text())["environment"]["t"]["PPO"].values()
    assert list(run) == ["step_0", "step_1", "step_2", "absolute_metrics"]
    assert run["absolute_metrics"] == {"return": run["step_2"]["return"]}
    (run,) = json.loads(made.to_marl_eval(tmp_path / "b.json", absolute=False).read_text())["environment"]["t"][
        "PPO"
    ].values()
    assert list(run) == ["step_0", "step_1", "step_2"]


def test_marl_eval_needs_steps(tmp_path):
    made = Study.of_rows([ManifestRow("PPO", source="a.csv")], [RunData(episodes=StreamData(np.ones(3)))])
    with pytest.raises(ValueError, match=r"the steps of PPO on task \(a.csv\) are not known"):
        made.to_marl_eval(tmp_path / "marl.json")
    assert not list(tmp_path.iterdir())
