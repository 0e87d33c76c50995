"""`from_dataframe`: pandas, polars and pyarrow tables, tidy and wide, against the arrays they were made from."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

import jaxviz as jv
from jaxviz import analyze, from_dataframe
from tests.known import known, unchecked


def polars(table):
    return pytest.importorskip("polars", reason="polars is not installed").DataFrame(table)


def pyarrow(table):
    return pytest.importorskip("pyarrow", reason="pyarrow is not installed").table(table)


LIBRARIES = [pd.DataFrame, polars, pyarrow]
TIDY = {
    "seed": ["b", "b", "a", "a", "a"],
    "env_step": [200, 100, 300, 100, 200],
    "score": [2.0, 1.0, 30.0, 10.0, 20.0],
    "loss": [0.2, 0.1, 3.0, 1.0, 2.0],
    "length": [4, 3, 9, 7, 8],
}


def curve(run):
    """Returns, steps and mask of a run whose rows are updates."""
    analysis = analyze(run)
    return np.asarray(analysis.curve.value), np.asarray(known(analysis.curve.step)), np.asarray(analysis.curve.valid)


@pytest.mark.parametrize("library", LIBRARIES)
def test_tidy_rows_are_sorted_into_runs_in_order_of_appearance(library):
    run = from_dataframe(library(TIDY), returns="score", step="env_step", run="seed", losses="loss")
    value, step, valid = curve(run)
    np.testing.assert_array_equal(valid, [[True, True, False], [True, True, True]])
    np.testing.assert_array_equal(value[valid], [1, 2, 10, 20, 30])
    np.testing.assert_array_equal(step[valid], [100, 200, 100, 200, 300])
    losses = known(run.losses)
    assert list(losses.values) == ["loss"]
    np.testing.assert_array_equal(losses.valid, valid)
    np.testing.assert_allclose(np.asarray(losses.values["loss"])[valid], [0.1, 0.2, 1, 2, 3])


@pytest.mark.parametrize("library", LIBRARIES)
def test_episodes_of_a_monitor(library):
    run = from_dataframe(library(TIDY), returns="score", lengths="length", run="seed")
    episodes = known(run.episodes)
    np.testing.assert_array_equal(episodes.count, [2, 3])
    np.testing.assert_array_equal(np.asarray(episodes.step)[episodes.valid], [4, 7, 9, 16, 24])
    np.testing.assert_array_equal(np.asarray(episodes.returns)[episodes.valid], [2, 1, 30, 10, 20])


@pytest.mark.parametrize("library", LIBRARIES)
def test_wide_columns_are_runs(library):
    table = {"Step": [10, 20, 30], "PPO 0": [1.0, 2.0, None], "PPO 1": [4, 5, 6], "kl 0": [1, 2, 3], "kl 1": [4, 5, 6]}
    run = from_dataframe(
        library(table), returns=["PPO 0", "PPO 1"], step="Step", losses={"kl": ["kl 0", "kl 1"]}, name="win rate"
    )
    value, step, valid = curve(run)
    np.testing.assert_array_equal(valid, [[True, True, False], [True, True, True]])
    np.testing.assert_array_equal(value[valid], [1, 2, 4, 5, 6])
    np.testing.assert_array_equal(step[valid], [10, 20, 10, 20, 30])
    np.testing.assert_array_equal(known(run.losses).values["kl"], [[1, 2, 3], [4, 5, 6]])
    assert run.metric == "win rate"


def test_several_columns_are_axes():
    rows = [(lr, seed, t) for lr in (0.1, 0.01) for seed in range(3) for t in range(4) if (lr, seed) != (0.01, 2)]
    table = pd.DataFrame(rows, columns=["lr", "seed", "t"])
    table["score"] = table.lr * 1000 + table.seed * 10 + table.t
    run = from_dataframe(table.sample(frac=1, random_state=0), returns="score", step="t", run=["lr", "seed"])
    assert run.batch_shape == (2, 3)
    _, _, valid = curve(run)
    assert sorted(valid.sum(-1).ravel().tolist()) == [0, 4, 4, 4, 4, 4]


def test_one_run_without_a_run_column():
    run = from_dataframe(pd.DataFrame({"r": [1, 2, 3]}), returns="r", minimize=True)
    assert run.batch_shape == ()
    assert run.minimize
    np.testing.assert_array_equal(curve_values(run), [1, 2, 3])


def curve_values(run):
    return np.asarray(analyze(run).curve.value)


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None, 3], dtype="Int64"),
        pd.array([1.0, None, 3.0], dtype="Float64"),
        pd.array([1, np.nan, 3], dtype="float32"),
        pd.Series([decimal.Decimal(1), None, decimal.Decimal(3)], dtype=object),
        pd.array([1, None, 3], dtype="double[pyarrow]"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_missing_is_missing_in_every_dtype(column):
    run = from_dataframe(pd.DataFrame({"r": column, "t": [10, 20, 30]}), returns="r", step="t")
    analysis = analyze(run)
    assert not bool(analysis.diverged.returns)
    value, step, valid = curve(run)
    np.testing.assert_array_equal(value[valid], [1, 3])
    np.testing.assert_array_equal(step[valid], [10, 30])


def test_infinity_is_divergence():
    assert bool(analyze(from_dataframe(pd.DataFrame({"r": [1.0, np.inf]}), returns="r")).diverged.returns)


def test_polars_tells_nan_from_null():
    table = polars({"r": [1.0, None, float("nan")]})
    run = from_dataframe(table, returns="r")
    assert bool(analyze(run).diverged.returns)
    assert known(analyze(run).curve.valid).sum() == 2


def test_losses_on_rows_of_their_own():
    """As progress.csv of Stable-Baselines3 has them: an evaluation in one row, the losses in others."""
    table = pd.DataFrame({"t": [1, 2, 3, 4], "eval": [5.0, None, None, 8.0], "loss": [None, 0.5, 0.25, None]})
    run = from_dataframe(table, returns="eval", step="t", losses=["loss"])
    value, _, valid = curve(run)
    np.testing.assert_array_equal(value[valid], [5, 8])
    np.testing.assert_array_equal(known(run.losses).values["loss"], [0.5, 0.25])
    np.testing.assert_array_equal(known(run.losses).step, [2, 3])
    assert known(run.losses).valid is None


def test_names_that_are_no_text():
    table = pd.DataFrame({"seed": [0, 0, 1, 1], "t": [1, 2, 1, 2], "r": [1.0, 2, 3, 4]})
    wide = table.pivot(index="t", columns="seed", values="r")
    run = from_dataframe(wide.reset_index(), returns=[0, 1], step="t")
    np.testing.assert_array_equal(curve_values(run), [[1, 2], [3, 4]])
    run = from_dataframe(wide, returns=wide.columns)
    np.testing.assert_array_equal(curve_values(run), [[1, 2], [3, 4]])
    assert from_dataframe(wide, returns=wide.columns[:1]).batch_shape == (1,)
    nested = table.pivot(index="t", columns="seed")
    run = from_dataframe(nested, returns=[("r", 0), ("r", 1)])
    np.testing.assert_array_equal(curve_values(run), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(curve_values(from_dataframe(nested, returns=("r", 1))), [3, 4])


def test_the_rows_of_a_table_without_rows():
    run = from_dataframe(pd.DataFrame({"r": [1.0], "seed": [0]})[:0], returns="r", run="seed")
    assert run.batch_shape == (0,)


FRAME = pd.DataFrame(TIDY)
COLUMNS = r"the columns are 'seed', 'env_step', 'score', 'loss', 'length'"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: from_dataframe(FRAME, returns="return"), f"`returns`: there is no column 'return'; {COLUMNS}"),
        (lambda: from_dataframe(FRAME, returns=["a", "b"]), f"there is no column 'a'; {COLUMNS}"),
        (lambda: from_dataframe(FRAME, returns=[]), "`returns` names no column; the columns are"),
        (lambda: from_dataframe(FRAME, returns="score", run="run"), "`run`: there is no column 'run'"),
        (lambda: from_dataframe(FRAME, returns="seed"), "must name a column of numbers: 'seed' holds"),
        (lambda: from_dataframe(FRAME, returns="score", step="env_step"), r"has step 100 2 times: name the column"),
        (lambda: from_dataframe(FRAME, returns="score", step="seed"), "`step` must name a column of numbers"),
        (lambda: from_dataframe(FRAME, returns=["score", "loss"], run="seed"), "`returns` names 2 columns"),
        (lambda: from_dataframe(FRAME, returns=["score", "loss"], step=["env_step"] * 3), "one for each of the 2 runs"),
        (lambda: from_dataframe(FRAME, returns="score", losses={}), "`losses` is empty"),
        (lambda: from_dataframe(FRAME, returns="score", lengths="length", rows="update"), "`lengths` are of episodes"),
        (lambda: unchecked(from_dataframe, FRAME, returns="score", rows="seed"), '"update" or "evaluation"; got'),
        (lambda: from_dataframe(FRAME.set_index("seed"), returns="score", run="seed"), "it is the index"),
        (
            lambda: from_dataframe(FRAME.assign(seed=[0, 1, None, 2, 3]), returns="score", run="seed"),
            "missing in 1 row",
        ),
        (
            lambda: from_dataframe(FRAME.assign(t=[0, 1, None, 2, 3]), returns="score", step="t"),
            "in 1 rows that",
        ),
        (lambda: from_dataframe(FRAME.assign(t=[datetime.date.today()] * 5), returns="t"), "of numbers: 't' holds"),
        (lambda: from_dataframe(FRAME.rename(columns={"loss": "score"}), returns="score"), "2 columns are called"),
        (lambda: from_dataframe(FRAME.assign(loss=None), returns="score", losses="loss"), "no row has loss"),
        (lambda: jv.from_arrays(FRAME), r"`returns` is a table.*from_dataframe\(frame, returns="),
        (lambda: jv.from_arrays(FRAME[["score"]]), "from_dataframe"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "thing", [None, [1, 2], np.ones(3), {"r": [1]}, pd.Series([1, 2])], ids=lambda x: type(x).__name__
)
def test_anything_but_a_table_is_refused(thing):
    with pytest.raises(TypeError, match="`frame` must be a pandas or polars DataFrame, got"):
        from_dataframe(thing, returns="r")
