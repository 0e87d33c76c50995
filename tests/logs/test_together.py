"""Small tables of one form are read as one array: every answer is that of each file by itself."""

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.logs import _reading

TABLES = {
    "plain": ("step,return,value_loss\n", [f"{100 * i},{i / 3},{i * 2.5}\n" for i in range(9)]),
    "episodes with lengths": ("global_step,episodic_return,episode_length\n", [f"{7 * i},{i},7\n" for i in range(9)]),
    "lengths alone": ("episodic_return,episode_length\n", [f"{i},{i + 1}\n" for i in range(5)]),
    "a row an episode": ("episode,reward,steps\n", [f"{i},{i / 2},{10 + i}\n" for i in range(5)]),
    "evaluations": ("step,eval/return\n", [f"{i},{i}\n" for i in range(5)]),
    "steps with fractions": ("step,return\n", [f"{i + 0.5},{i}\n" for i in range(5)]),
    "spinning up": ("TotalEnvInteracts\tAverageEpRet\tEpLen\n", [f"{i}\t{i}.5\t10\n" for i in range(5)]),
}
ODD = {
    "nan": lambda rows: [*rows[:2], rows[2].replace("2", "nan", 1), *rows[3:]],
    "a step that comes twice": lambda rows: [*rows[:-1], rows[0]],
    "a blank cell": lambda rows: [*rows[:-1], ",".join(["4", *[""] * rows[0].count(",")]) + "\n"],
    "a longer row": lambda rows: [*rows[:-1], rows[-1].strip() + ",,\n"],
    "one cell more and one less": lambda rows: [rows[0].strip() + ",5\n", rows[1].split(",", 1)[1], *rows[2:]],
    "a torn end": lambda rows: [*rows[:-1], "3"],
    "beyond single": lambda rows: [*rows[:-1], rows[-1].strip() + "e300\n"],
    "negative": lambda rows: ["-" + row for row in rows],
    "underscores": lambda rows: [*rows[:-1], rows[-1].replace("\n", "_1\n")],
}


def written(root, header, files):
    for i, rows in enumerate(files):
        folder = root / "ppo" / "Task-v1" / f"seed_{i}"
        folder.mkdir(parents=True)
        (folder / "progress.csv").write_text(header + "".join(rows))


def found(root):
    """Everything that is said of the runs, and all of their numbers."""
    try:
        study = jv.read_logs(root)
    except ValueError as error:
        return str(error)
    return list(study.manifest), [record.digest() for record in study._records], study.left_out


def both(root, monkeypatch):
    together = found(root)
    monkeypatch.setattr(_reading, "_FEWEST", 10**9)
    return together, found(root)


@pytest.mark.filterwarnings("ignore:.*left out")
@pytest.mark.parametrize("name", TABLES)
def test_tables_read_together_are_those_read_one_by_one(name, tmp_path, monkeypatch):
    header, rows = TABLES[name]
    written(tmp_path, header, [rows[i:] for i in (0, 0, 0, 0, 1, 1, 1, 1, 2)])
    together, alone = both(tmp_path, monkeypatch)
    assert together == alone


@pytest.mark.filterwarnings("ignore:.*left out")
@pytest.mark.parametrize("odd", ODD)
def test_one_odd_table_among_many(odd, tmp_path, monkeypatch):
    header, rows = TABLES["plain"]
    written(tmp_path, header, [rows, rows, rows, ODD[odd](rows), rows])
    together, alone = both(tmp_path, monkeypatch)
    assert together == alone


def test_many_small_tables_are_one_array(tmp_path, monkeypatch):
    read = []
    parse = _reading._logs
    monkeypatch.setattr(_reading, "_logs", lambda *args: read.append(args) or parse(*args))
    written(tmp_path, "step,return\n", [[f"{10 * k},{k + i}\n" for k in range(3)] for i in range(6)])
    study = jv.read_logs(tmp_path)
    assert not read
    (run,) = study.cells.values()
    assert run.updates is not None
    np.testing.assert_array_equal(run.updates.total, np.arange(3) + np.arange(6)[:, None])
    assert [(row.seed, row.first_step, row.last_step, row.entries) for row in study.manifest] == [
        (i, 0, 20, 3) for i in range(6)
    ]
