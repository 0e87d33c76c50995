"""MLflow's folders and databases, against its own client."""

import math
import shutil
import sqlite3

import numpy as np
import pytest

from jaxviz.logs._log import UnreadableError
from jaxviz.logs._recognize import format_of
from jaxviz.logs.formats import databases, mlflow_folder
from tests.known import known
from tests.logs.formats.damaging import assert_only_value_errors
from tests.mutations import COUNTS

VALUES = [1.5, math.nan, math.inf, -math.inf, 1e300, 5e-324, -0.1]
STEPS = [0, 10, 10, 5, 2**31, 2**40, 2**53]


def log_runs(client):
    """Two experiments with runs: nested keys, NaN, steps that go back and come twice, one run deleted, one empty."""
    for experiment in ("first", "the second"):
        ident = client.create_experiment(experiment)
        for seed in range(2):
            run = client.create_run(ident, run_name=f"nice {seed}").info.run_id
            for name, value in {"lr": 1e-3, "env_id": "CartPole-v1", "seed": seed, "net.sizes": [64, 64]}.items():
                client.log_param(run, name, value)
            client.set_tag(run, "algo", "PPO")
            for i, (value, step) in enumerate(zip(VALUES, STEPS, strict=True)):
                client.log_metric(run, "eval/mean_reward", value, timestamp=1700000000000 + i, step=step)
                client.log_metric(run, "losses/deep/value loss", i / 3, timestamp=1700000000500 + i, step=step)
            client.set_terminated(run)
        client.create_run(ident, run_name="empty")
        deleted = client.create_run(ident).info.run_id
        client.log_metric(deleted, "x", 1.0)
        client.delete_run(deleted)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Clients of a folder and of a database with the same runs."""
    mlflow = pytest.importorskip("mlflow")
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        found = {}
        for kind, uri in (("folder", (folder / "mlruns").as_uri()), ("database", f"sqlite:///{folder}/mlflow.db")):
            client = mlflow.MlflowClient(tracking_uri=uri)
            log_runs(client)
            found[kind] = client
        yield folder, found


def read_folder(folder):
    """The logs of all runs below a folder, and the reasons why others are none."""
    logs, refused = [], []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (one := format_of(path)) is not None:
            try:
                logs += one.read(path)
            except UnreadableError as error:
                refused.append(str(error))
    return logs, refused


def assert_is_what_the_client_says(client, logs):
    experiments = [one.experiment_id for one in client.search_experiments() if one.name != "Default"]
    runs = {run.info.run_id: run for run in client.search_runs(experiments) if run.data.metrics}
    assert {log.labels["run"] for log in logs} == set(runs)
    assert len(logs) == 4
    for log in logs:
        run = runs[log.labels["run"]]
        assert set(log.series) == set(run.data.metrics) == {"eval/mean_reward", "losses/deep/value loss"}
        for key, series in log.series.items():
            points = client.get_metric_history(run.info.run_id, key)
            rows = sorted((p.timestamp, p.step, p.value) for p in points)
            times = 1000 * (known(log.started) + known(series.time))
            found = sorted(
                zip(np.round(times).tolist(), known(series.step).tolist(), series.values.tolist(), strict=True)
            )
            np.testing.assert_array_equal([row[:2] for row in found], [row[:2] for row in rows])
            largest = np.finfo(float).max
            expected = [math.copysign(math.inf, v) if abs(v) == largest else v for _, _, v in rows]
            np.testing.assert_array_equal([row[2] for row in found], expected)
        assert log.series["eval/mean_reward"].kind == "evaluations"
        assert log.labels == {"algorithm": "PPO", "task": "CartPole-v1", "seed": run.data.params["seed"]} | {
            "run": run.info.run_id,
            "name": run.info.run_name,
        }
        assert log.config["net.sizes"] == (64, 64)
        assert log.config["lr"] == 1e-3
        assert log.config["experiment"] in ("first", "the second")
        assert log.started == run.info.start_time / 1000


def test_a_folder_is_what_the_client_says(stores):
    folder, clients = stores
    logs, refused = read_folder(folder / "mlruns")
    assert_is_what_the_client_says(clients["folder"], logs)
    assert len(refused) == 4
    assert sum("deleted" in why for why in refused) == 2
    assert sum("without metrics" in why for why in refused) == 2
    for log in logs:
        np.testing.assert_array_equal(log.series["eval/mean_reward"].values, VALUES)
        assert known(log.series["eval/mean_reward"].step).tolist() == STEPS


def test_a_database_is_what_the_client_says(stores):
    folder, clients = stores
    path = folder / "mlflow.db"
    before = sorted(folder.iterdir())
    assert format_of(path) is databases.FORMAT
    logs = databases.FORMAT.read(path)
    assert_is_what_the_client_says(clients["database"], logs)
    assert sorted(folder.iterdir()) == before
    for log in logs:
        np.testing.assert_array_equal(log.series["eval/mean_reward"].values, VALUES)


@pytest.fixture
def run(tmp_path):
    """The folder of a run with one metric."""
    folder = tmp_path / "mlruns" / "1" / "abc"
    (folder / "metrics").mkdir(parents=True)
    (folder / "params").mkdir()
    (folder / "meta.yaml").write_text(
        "artifact_uri: ./x\nlifecycle_stage: active\nrun_id: abc\nrun_name: 'a: b'\nstart_time: 1000\n"
    )
    (folder / "metrics" / "ret").write_text("2000 1.0 0\n3000 nan 10\n")
    return folder


def read_run(folder):
    (log,) = mlflow_folder.FORMAT.read(folder / "meta.yaml")
    return log


def test_a_torn_line_is_left_out_and_noted(run):
    (run / "metrics" / "ret").write_text("2000 1.0 0\n3000 2.0 10\n4000 3")
    log = read_run(run)
    assert log.series["ret"].values.tolist() == [1, 2]
    assert log.notes == ("'ret': the last line has no end and was left out",)
    assert (log.started, known(log.series["ret"].time).tolist()) == (1.0, [1.0, 2.0])


def test_damage_in_the_middle_is_named(run):
    (run / "metrics" / "ret").write_text("2000 1.0 0\n\n3000 x 10\n4000 3 20\n")
    with pytest.raises(ValueError, match=r"meta\.yaml: the metric 'ret': line 3 is not .milliseconds value step.; 2"):
        read_run(run)


def test_lines_without_steps(run):
    (run / "metrics" / "ret").write_text("2000 1.0\n3000 2.0\n")
    assert known(read_run(run).series["ret"].step).tolist() == [0, 0]


def test_links_are_not_followed(run, tmp_path):
    (tmp_path / "secret").write_text("1 2 3\n")
    (run / "metrics" / "link").symlink_to(tmp_path / "secret")
    (run / "params" / "lr").symlink_to(tmp_path / "secret")
    log = read_run(run)
    assert (set(log.series), log.config) == ({"ret"}, {})


def test_an_experiment_is_no_run(run):
    meta = run.parent / "meta.yaml"
    meta.write_text("artifact_location: x\nexperiment_id: '1'\nlifecycle_stage: active\nname: nice\n")
    assert format_of(meta) is None
    assert read_run(run).config == {"experiment": "nice"}


@COUNTS
@pytest.mark.parametrize("file", ["meta.yaml", "metrics/ret"])
def test_damaged_folders(run, file, count):
    (run / "metrics" / "ret").write_text("".join(f"{1700000000000 + i} {i / 3} {i}\n" for i in range(300)))
    content = (run / file).read_bytes()
    assert_only_value_errors(lambda _: mlflow_folder.FORMAT.read(run / "meta.yaml"), run / file, content, count)


def test_a_database_of_something_else_is_refused(tmp_path):
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cats (name)")
    connection.close()
    with pytest.raises(UnreadableError, match=r"x\.db: a database, but not MLflow's.*'cats'"):
        databases.FORMAT.read(path)


def crafted(path, metrics):
    """A database like MLflow's with one table made otherwise."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE runs (run_uuid, experiment_id, start_time, lifecycle_stage);"
        "CREATE TABLE params (run_uuid, key, value); CREATE TABLE tags (run_uuid, key, value);"
        "CREATE TABLE experiments (experiment_id, name);"
        f"INSERT INTO runs VALUES ('a', 1, 1000, 'active'); {metrics}"
    )
    connection.commit()
    connection.close()
    return path


COLUMNS = "run_uuid, key, value, timestamp, step, is_nan"
ROW = "INSERT INTO metrics VALUES ('a', 'k', {}, 2000, {}, 0);"
CRAFTED = {
    "a view that never ends": "CREATE VIEW metrics AS WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x) "
    "SELECT i AS run_uuid, i AS key, i AS value, i AS timestamp, i AS step, 0 AS is_nan FROM x;",
    "values that grow": "CREATE TABLE metrics (run_uuid, key, value AS (zeroblob(9999999)), timestamp, step, is_nan);"
    "INSERT INTO metrics (run_uuid, key, timestamp, step, is_nan) VALUES ('a', 'k', 1, 1, 0);",
    "text for a value": f"CREATE TABLE metrics ({COLUMNS});" + ROW.format("'x'", 1),
    "nothing for a value": f"CREATE TABLE metrics ({COLUMNS});" + ROW.format("NULL", 1),
    "bytes for a step": f"CREATE TABLE metrics ({COLUMNS});" + ROW.format("1.0", "x'00ff'"),
    "a step with a fraction": f"CREATE TABLE metrics ({COLUMNS});" + ROW.format("1.0", "0.5"),
    "a step beyond all": f"CREATE TABLE metrics ({COLUMNS});" + ROW.format("1.0", "1e300"),
}


@pytest.mark.parametrize("kind", CRAFTED)
def test_crafted_databases_are_refused(tmp_path, kind):
    path = crafted(tmp_path / "mlflow.db", CRAFTED[kind])
    with pytest.raises(ValueError, match=r"mlflow\.db: "):
        databases.FORMAT.read(path)


def test_what_is_still_in_the_journal_is_read(tmp_path):
    """While a training writes: rows that have not reached the file, and nothing of ours beside it afterwards."""
    path = crafted(tmp_path / "mlflow.db", f"CREATE TABLE metrics ({COLUMNS});")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(ROW.format("7.0", 1).rstrip(";"))
    connection.commit()
    (log,) = databases.FORMAT.read(path)
    assert log.series["k"].values.tolist() == [7]
    connection.close()
    (log,) = databases.FORMAT.read(path)
    assert [one.name for one in tmp_path.iterdir()] == ["mlflow.db"]


@COUNTS
def test_damaged_databases(stores, tmp_path, count):
    path = shutil.copy(stores[0] / "mlflow.db", tmp_path / "mlflow.db")
    small = sqlite3.connect(path)
    small.execute("PRAGMA journal_mode = DELETE")
    keep = "'runs', 'metrics', 'params', 'tags', 'experiments'"
    small.execute("PRAGMA foreign_keys = OFF")
    for (name,) in small.execute(
        f"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ({keep})"
    ).fetchall():
        small.execute(f'DROP TABLE "{name}"')
    small.commit()
    small.execute("VACUUM")
    small.close()
    assert_only_value_errors(databases.FORMAT.read, path, path.read_bytes(), count)
