"""`jv.table`: the numbers of every result, one a row, in frames of both libraries."""

from typing import Any

import jax
import numpy as np
import pandas as pd
import polars as pl
import pytest

import jaxviz as jv
from jaxviz.comparison import BETTER, UNDECIDED, WORSE
from jaxviz.view import table
from tests.comparison.made import comparison, curves, interval
from tests.known import known

untyped: Any = jv
"""For a call that a type checker refuses."""


@pytest.fixture(scope="module")
def runs():
    """Two configurations of three runs."""
    return jv.from_curves(np.random.default_rng(0).normal(size=(2, 3, 20)))


@pytest.fixture(scope="module")
def analysis(runs):
    return jv.analyze(runs, groups=("performance", "stability"))


def test_a_row_is_a_number_of_a_run(analysis):
    found = table(analysis)
    assert list(found) == ["axis 0", "run", "name", "value", "better"]
    rows = found[found.name == "stability/max_drawdown"]
    assert len(rows) == 6
    np.testing.assert_array_equal(rows.value, np.ravel(known(analysis.stability).max_drawdown))
    assert set(rows.better) == {"lower"}
    assert set(found[found.name == "performance/final"].better) == {"higher"}
    assert set(found[found.name == "performance/final_entries"].better) == {""}


def test_a_row_is_an_interval_over_runs(analysis):
    summary = jv.aggregate(analysis, jax.random.key(0), reps=100)
    found = table(summary)
    rows = found[found.name == "performance/final"]
    final = known(summary.performance).final
    assert rows[["axis 0", "n", "statistic", "method"]].to_numpy().tolist() == [[i, 3, "IQM", "scaled"] for i in (0, 1)]
    np.testing.assert_allclose(rows[["estimate", "low", "high"]], np.stack([final.estimate, final.low, final.high], 1))


def test_an_interval_has_a_row_a_component():
    found = table(interval([[1.0, 2.0], [3.0, 4.0]]))
    assert found["axis 0"].tolist() == [0, 0, 1, 1]
    assert found["component"].tolist() == [0, 1, 0, 1]
    assert found.low.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert len(table(interval(1.0))) == 1


@pytest.fixture(scope="module")
def compared():
    return comparison(verdicts=(UNDECIDED, WORSE, BETTER), margin=1.0)


def test_parts_of_a_comparison(compared):
    found = table(compared)
    assert len(found) == 3 * (3 + 2 * 2)
    rows = found[(found.task == "all") & (found.statistic == "IQM")]
    assert dict(zip(rows.algorithm, rows.estimate, strict=True)) == {"A2C": 1.0, "DQN": 2.0, "PPO": 4.0}
    assert found[(found.task == "Cart") & (found.algorithm == "A2C")].diverged.tolist() == [1, 1]
    pairs = table(compared, part="pairs")
    assert list(zip(pairs["first"], pairs.second, pairs.verdict, strict=True)) == [
        ("A2C", "DQN", "undecided"), ("A2C", "PPO", "worse"), ("DQN", "PPO", "better"),
    ]  # fmt: skip
    assert pairs.adjusted_p.tolist() == pytest.approx([0.03] * 3)
    scores = table(compared, part="scores")
    assert len(scores) == 3 * 5 * 2
    assert scores.diverged.sum() == 1


def test_points_of_curves():
    found = table(curves(budgets=(1000.0, 5000.0)))
    last = found[(found.algorithm == "PPO") & (found.share == 1)]
    assert last.task.tolist() == ["all", "Cart", "Pole"]
    assert last.estimate.tolist() == [7, 7, 7]
    assert last.step.tolist()[1:] == [1000, 5000]
    assert last.whole_curve_high.tolist()[0] == 9


def test_a_row_is_a_run_of_a_study(runs):
    study = jv.Study({jv.Cell("PPO", "x", {"lr": lr, "name": "a"}): runs[i] for i, lr in enumerate((0.1, 0.2))})
    found = table(study)
    assert found[["algorithm", "task", "lr", "config/name", "entries"]].to_numpy().tolist() == [
        ["PPO", "x", lr, "a", 20] for lr in (0.1, 0.2) for _ in range(3)
    ]
    own = table(jv.analyze(study, groups=("performance",)))
    finals = own[own.name == "performance/final"]
    assert finals.lr.tolist() == [0.1] * 3 + [0.2] * 3
    expected = known(jv.analyze(runs, groups=("performance",)).performance).final
    np.testing.assert_allclose(finals.value, np.ravel(expected), rtol=1e-6)


def test_both_libraries_have_the_same(compared):
    ours, theirs = table(compared), table(compared, library="polars")
    assert isinstance(ours, pd.DataFrame)
    assert isinstance(theirs, pl.DataFrame)
    assert list(ours) == theirs.columns
    np.testing.assert_array_equal(ours.estimate, theirs["estimate"].to_numpy())


@pytest.mark.parametrize("wrong", [None, [1.0], {"a": 1}, np.zeros(3)])
def test_something_else_is_refused(wrong):
    with pytest.raises(TypeError, match="`result` must be a Study, an Analysis"):
        table(wrong)


def test_words_that_are_not_known(compared):
    parts = "'intervals', 'pairs', 'scores', 'profile', 'findings'"
    with pytest.raises(ValueError, match=f"`part` must be one of {parts}; got 'rows'"):
        untyped.table(compared, part="rows")
    with pytest.raises(ValueError, match="`library` must be one of 'pandas', 'polars'; got 'arrow'"):
        untyped.table(compared, library="arrow")
