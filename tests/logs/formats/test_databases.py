"""Optuna's and Trackio's databases."""

import json
import math
import sqlite3

import numpy as np
import pytest

from jaxviz.logs._log import UnreadableError
from jaxviz.logs.formats.databases import FORMAT
from tests.known import known
from tests.logs.formats.damaging import assert_only_value_errors
from tests.mutations import COUNTS


@pytest.fixture
def study(tmp_path):
    """A function that makes a database of Optuna with trials that report `values`."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    path = tmp_path / "optuna.db"
    storage = optuna.storages.RDBStorage(f"sqlite:///{path}")

    def made(*trials):
        found = optuna.create_study(study_name="tune", storage=storage, direction="minimize")
        for values in trials:
            trial = found.ask()
            trial.suggest_float("lr", 1e-4, 1e-4)
            trial.suggest_int("layers", 3, 3)
            trial.suggest_categorical("act", ["tanh"])
            for step, value in enumerate(values):
                trial.report(value, step * 100)
            if values:
                found.tell(trial, 1.0)
            else:
                found.tell(trial, state=optuna.trial.TrialState.FAIL)
        return path, found

    yield made
    storage.engine.dispose()


def test_trials_with_intermediate_values(study):
    path, found = study([1.0, math.inf, -math.inf, 1 / 3], [5.0], [])
    logs = FORMAT.read(path)
    assert [log.labels for log in logs] == [{"run": f"tune/{i}", "name": "tune"} for i in range(2)]
    for log, trial in zip(logs, found.trials, strict=False):
        series = log.series["intermediate_value"]
        assert dict(zip(known(series.step).tolist(), series.values.tolist(), strict=True)) == trial.intermediate_values
        assert log.config == trial.params == {"lr": 1e-4, "layers": 3, "act": "tanh"}
        assert type(log.config["layers"]) is int
        assert series.kind == "evaluations"
        assert any("minimizes" in note for note in log.notes)


def test_nan_is_a_value(study):
    path, _ = study([math.nan, 1.0])
    (log,) = FORMAT.read(path)
    np.testing.assert_array_equal(log.series["intermediate_value"].values, [math.nan, 1])


def test_final_values_alone_are_refused(study):
    optuna = pytest.importorskip("optuna")
    path, found = study()
    found.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    assert optuna
    with pytest.raises(UnreadableError, match=r"optuna\.db: .*one final value for each of 3 trials.*trials_dataframe"):
        FORMAT.read(path)


@pytest.fixture
def trackio(tmp_path):
    """A function that makes a database as Trackio's source does."""

    def made(rows, configs=()):
        path = tmp_path / "project.db"
        connection = sqlite3.connect(path)
        connection.executescript(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL,"
            " run_name TEXT NOT NULL, step INTEGER NOT NULL, metrics TEXT NOT NULL);"
            "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_name TEXT NOT NULL, config TEXT NOT NULL,"
            " created_at TEXT NOT NULL, UNIQUE(run_name));"
        )
        insert = "INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?)"
        connection.executemany(insert, rows)
        connection.executemany("INSERT INTO configs (run_name, config, created_at) VALUES (?, ?, '')", configs)
        connection.commit()
        connection.close()
        return path

    return made


def stamp(second):
    return f"2025-09-01T00:00:{second:02d}+00:00"


def test_runs_of_trackio(trackio):
    rows = [
        (stamp(i), f"run-{i % 2}", i // 2, json.dumps({"episode_return": i / 3, "eval": {"x": i}})) for i in range(20)
    ]
    config = {"_Username": "x", "env_id": "CartPole-v1", "lr": 1e-3}
    logs = FORMAT.read(trackio(rows, [("run-0", json.dumps(config))]))
    assert [log.labels for log in logs] == [{"task": "CartPole-v1", "run": "run-0"}, {"run": "run-1"}]
    assert logs[0].config == {"env_id": "CartPole-v1", "lr": 1e-3}
    for run, log in enumerate(logs):
        series = log.series["episode_return"]
        assert series.values.tolist() == [i / 3 for i in range(run, 20, 2)]
        assert known(series.step).tolist() == list(range(10))
        assert known(series.time).tolist() == [1756684800 + i for i in range(run, 20, 2)]
        assert (series.kind, set(log.series)) == ("episodes", {"episode_return", "eval.x"})


def test_special_numbers_and_damaged_rows_of_trackio(trackio):
    rows = [(stamp(0), "a", 0, '{"loss": "NaN"}'), (stamp(1), "a", 1, "{"), (stamp(2), "a", 2, '{"loss": "-Infinity"}')]
    (log,) = FORMAT.read(trackio(rows))
    np.testing.assert_array_equal(log.series["loss"].values, [math.nan, -math.inf])
    assert log.notes[0] == "1 row held no JSON: left out"


def test_a_database_of_trackio_without_runs(trackio):
    with pytest.raises(UnreadableError, match="without runs"):
        FORMAT.read(trackio([]))


@COUNTS
def test_damaged_databases(trackio, count):
    rows = [(stamp(i % 60), f"run-{i % 2}", i // 2, json.dumps({"episode_return": i / 3})) for i in range(300)]
    path = trackio(rows)
    assert_only_value_errors(FORMAT.read, path, path.read_bytes(), count)
