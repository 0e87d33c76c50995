"""Charts and histories of W&B as CSV and parquet, against pandas."""

import io
import math

import numpy as np
import pandas as pd
import pytest

from jaxviz.logs._formats import FORMATS
from jaxviz.logs._log import UnreadableError
from jaxviz.logs.formats import parquet
from jaxviz.logs.formats.wandb import chart
from jaxviz.logs.formats.wandb import history as history_format
from tests.known import known
from tests.logs.formats.damaging import assert_only_value_errors
from tests.mutations import COUNTS


def read(tmp_path, content, name="export.csv"):
    """The logs of a file, by the first format that says yes, and the name of that."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    first = next(one for one in FORMATS if one.looks(path.read_bytes()[: 1 << 16], path))
    return first.read(path), first.name


CHART = """"Step","a - b - charts/episodic_return",\
"a - b - charts/episodic_return__MIN","a - b - charts/episodic_return__MAX",\
"c - charts/episodic_return","c - charts/episodic_return__MIN","c - charts/episodic_return__MAX"
"0","1.5","1.5","1.5","","",""
"100","","","","-2e3","-2e3","-2e3"
"200","NaN","NaN","NaN","4","4","4"
"""


def test_a_chart(tmp_path):
    logs, name = read(tmp_path, CHART)
    assert name == chart.FORMAT.name
    assert [log.labels for log in logs] == [{"run": "a - b"}, {"run": "c"}]
    first, second = (log.series["charts/episodic_return"] for log in logs)
    assert known(first.step).tolist() == [0, 200]
    np.testing.assert_array_equal(first.values, [1.5, math.nan])
    assert known(second.step).tolist() == [100, 200]
    assert second.values.tolist() == [-2000, 4]
    assert (first.kind, first.unit) == ("episodes", None)
    assert [list(log.series) for log in logs] == [["charts/episodic_return"]] * 2


def test_a_chart_is_that_of_pandas(tmp_path):
    rng = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {"global_step": np.sort(rng.choice(10**9, 400, replace=False))}
    for run in range(5):
        values = np.where(rng.random(400) < 0.8, np.nan, rng.normal(size=400))
        for extreme in ("", "__MIN", "__MAX"):
            columns[f"run {run} - eval/mean_reward{extreme}"] = values
    frame = pd.DataFrame(columns)
    logs, _ = read(tmp_path, frame.to_csv(index=False))
    for run, log in enumerate(logs):
        kept = frame[["global_step", f"run {run} - eval/mean_reward"]].dropna()
        series = log.series["eval/mean_reward"]
        np.testing.assert_array_equal(known(series.step), kept.iloc[:, 0])
        np.testing.assert_array_equal(series.values, kept.iloc[:, 1])
        assert (series.kind, series.unit) == ("evaluations", "environment steps")


def test_a_grouped_chart_says_that_it_shows_means(tmp_path):
    logs, _ = read(
        tmp_path,
        "Step,algo: EA - return,algo: EA - return__MIN,algo: EA - return__MAX,"
        '"algo: B, lr: 0.1 - return","algo: B, lr: 0.1 - return__MIN","algo: B, lr: 0.1 - return__MAX"\n'
        "1,2,1,3,5,5,5\n",
    )
    assert [log.labels for log in logs] == [{"algorithm": "EA"}, {"algorithm": "B"}]
    assert logs[1].config == {"lr": 0.1}
    assert logs[0].notes == ("the means over a group of runs (algo: EA), not one run",)
    assert logs[1].notes == ()


def test_runs_of_one_name_stay_apart(tmp_path):
    logs, _ = read(
        tmp_path, "Step,x - ret,x - ret__MIN,x - ret__MAX,x - ret,x - ret__MIN,x - ret__MAX\n1,2,2,2,3,3,3\n"
    )
    assert [(log.labels["run"], log.series["ret"].values.tolist()) for log in logs] == [("x", [2]), ("x", [3])]


def test_an_axis_of_time_is_no_step(tmp_path):
    ((log,), _) = read(tmp_path, "Relative Time (Process),x - ret\n1.5,2\n2.5,3\n")
    assert log.series["ret"].values.tolist() == [2, 3]
    ((log,), _) = read(tmp_path, "_runtime,x - ret\n1.5,2\n2.5,3\n")
    assert log.series["ret"].step is None
    assert "only the order is known" in log.notes[0]


HISTORY = """_step,charts/episodic_return,_runtime,_timestamp,eval/mean_reward,media
0,1.0,0.5,1700000000.5,,
1,,1.5,1700000001.5,7,{'_type': 'image'}
2,NaN,2.5,1700000002.5,,
"""


def test_a_history(tmp_path):
    ((log,), name) = read(tmp_path, HISTORY)
    assert name == history_format.FORMAT.name
    assert set(log.series) == {"charts/episodic_return", "eval/mean_reward"}
    series = log.series["charts/episodic_return"]
    np.testing.assert_array_equal(series.values, [1, math.nan])
    assert known(series.step).tolist() == [0, 2]
    assert known(series.time).tolist() == [1700000000.5, 1700000002.5]
    assert log.series["eval/mean_reward"].values.tolist() == [7]
    assert any("'media'" in note for note in log.notes)


def history(rows=300, every=1):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "losses/value": rng.normal(size=rows),
            "_runtime": np.arange(rows) * 0.5,
            "global_step": np.arange(rows) * 64 * every,
            "eval/mean_reward": np.where(np.arange(rows) % 10, np.nan, rng.normal(size=rows)),
            "_step": np.arange(rows) * every,
            "_timestamp": 1.7e9 + np.arange(rows),
        }
    )


def assert_is(log, frame):
    assert set(log.series) == {"losses/value", "eval/mean_reward"}
    for name, series in log.series.items():
        kept = frame.dropna(subset=[name])
        np.testing.assert_array_equal(series.values, kept[name])
        np.testing.assert_array_equal(known(series.step), kept.global_step)
        assert series.unit == "environment steps"


def test_histories_are_those_of_pandas(tmp_path):
    frame = history()
    ((log,), _) = read(tmp_path, frame.to_csv())
    assert_is(log, frame)
    assert log.notes == ()


def test_a_sample_of_a_history_is_noted(tmp_path):
    for every, rows, noted in ((7, 500, True), (1, 500, False), (7, 499, False)):
        ((log,), _) = read(tmp_path, history(rows, every).to_csv(index=False))
        assert any("scan_history" in note for note in log.notes) == noted


@pytest.mark.parametrize(
    "columns", [slice(None), ["losses/value", "eval/mean_reward", "_step", "_runtime", "global_step"]]
)
def test_parquet(tmp_path, columns):
    """Also with the index that pandas leaves, and without `_timestamp`."""
    pl = pytest.importorskip("polars")
    frame = history().loc[:, columns]
    out = io.BytesIO()
    arrays = {name: column.to_numpy() for name, column in frame.items()}
    table = pl.DataFrame({"Unnamed: 0": range(300), **arrays, "words": ["x"] * 300})
    table.fill_nan(None).write_parquet(out)
    ((log,), name) = read(tmp_path, out.getvalue(), "history.parquet")
    assert name == parquet.FORMAT.name
    assert_is(log, frame)
    assert log.notes == ("1 column of text was left out: 'words'",)


def test_parquet_of_several_runs_is_refused(tmp_path):
    pl = pytest.importorskip("polars")
    out = io.BytesIO()
    pl.DataFrame({"seed": [1, 2], "step": [0, 0], "return": [1.0, 2.0]}).write_parquet(out)
    with pytest.raises(UnreadableError, match=r"x\.parquet.*jv\.from_dataframe"):
        read(tmp_path, out.getvalue(), "x.parquet")


@COUNTS
@pytest.mark.parametrize("content", [CHART, HISTORY])
def test_damaged_tables(tmp_path, content, count):
    one = chart.FORMAT if content is CHART else history_format.FORMAT
    assert_only_value_errors(one.read, tmp_path / "x.csv", content.encode(), count)


@COUNTS
def test_damaged_parquet(tmp_path, count):
    pl = pytest.importorskip("polars")
    out = io.BytesIO()
    pl.DataFrame({name: column.to_numpy() for name, column in history().items()}).write_parquet(out)
    assert_only_value_errors(parquet.FORMAT.read, tmp_path / "x.parquet", out.getvalue(), count)
