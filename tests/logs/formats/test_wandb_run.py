"""W&B's own files of a run: written by W&B offline, and by their definition."""

import json
import math

import numpy as np
import pytest

from jaxviz.logs._log import UnreadableError
from jaxviz.logs.formats.wandb.run import FORMAT
from tests.known import known
from tests.logs.formats.damaging import assert_only_value_errors
from tests.logs.formats.writing import field, leveldb
from tests.mutations import COUNTS

ID = "run-5wc6r5lv.wandb"


def item(names, value):
    """`{key, value_json}`; several names are a nested key."""
    key = field(1, names) if isinstance(names, str) else b"".join(field(2, name) for name in names)
    return key + field(16, value if isinstance(value, bytes) else json.dumps(value))


def row(step, values):
    items = b"".join(field(1, item(name, value)) for name, value in values)
    return field(2, items + field(2, field(1, step)))


def begun(config=(), **more):
    """The record of the run."""
    updates = b"".join(field(1, item(name, value)) for name, value in config)
    fields = {14: more.get("starting_step", 0), 18: int(more.get("resumed", False))}
    stamp = field(17, field(1, 1700000000) + field(2, 500000000))
    rest = b"".join(field(number, value) for number, value in fields.items() if value)
    return field(17, field(1, "5wc6r5lv") + field(4, updates) + rest + stamp)


@pytest.fixture
def write(tmp_path):
    def file(*records, content=None):
        path = tmp_path / ID
        path.write_bytes(leveldb(records) if content is None else content)
        return path

    return file


def read(path):
    assert FORMAT.looks(path.read_bytes()[: 1 << 16], path)
    (log,) = FORMAT.read(path)
    return log


def values_of(log, name):
    return log.series[name].values.tolist()


def test_what_wandb_writes_offline(tmp_path):
    wandb = pytest.importorskip("wandb")
    settings = wandb.Settings(silent=True, console="off")
    config = {"lr": 1e-3, "net": {"width": 64}, "env_id": "CartPole-v1", "sizes": [64, 64], "seed": 3}
    run = wandb.init(project="p", dir=str(tmp_path), config=config, mode="offline", settings=settings)
    rows = []
    for i in range(1500):
        logged = {"charts/episodic_return": i / 3, "global_step": i * 100}
        if i % 10 == 0:
            logged["eval"] = {"a": float(i), "b": math.nan}
        if i == 5:
            logged |= {"x": math.inf, "words": "text", "weights": wandb.Histogram([1, 2, 3])}
        run.log(logged)
        rows.append(logged)
    run.config.update({"later": 7})
    run.finish()
    wandb.teardown()  # its process may still be writing
    (path,) = tmp_path.rglob("run-*.wandb")
    log = read(path)
    assert log.labels == {"task": "CartPole-v1", "seed": "3", "run": path.stem.removeprefix("run-")}
    assert log.config == {
        "lr": 1e-3,
        "net.width": 64,
        "env_id": "CartPole-v1",
        "sizes": (64, 64),
        "seed": 3,
        "later": 7,
    }
    assert set(log.series) == {"charts/episodic_return", "eval.a", "eval.b", "x"}
    series = log.series["charts/episodic_return"]
    assert (series.kind, series.unit, log.part) == ("episodes", "environment steps", "whole")
    assert series.values.tolist() == [logged["charts/episodic_return"] for logged in rows]
    assert known(series.step).tolist() == [logged["global_step"] for logged in rows]
    assert values_of(log, "eval.a") == [float(i) for i in range(0, 1500, 10)]
    assert np.isnan(log.series["eval.b"].values).all()
    assert values_of(log, "x") == [math.inf]
    assert log.started is not None
    times = known(series.time)
    assert (np.diff(times) >= 0).all()
    assert -1 <= times[0] <= times[-1] < 600
    assert log.notes == ()


def test_literals_and_nested_keys(write):
    rows = [
        row(0, [("loss", b"NaN"), ("a/b", 1.79e9), (("eval", "x"), 1)]),
        row(1, [("loss", b"-Infinity"), ("deep", {"x": {"y": 2}}), ("on", True), ("words", "Infinity")]),
        row(2, [("loss", None), ("text", "abc"), ("picture", {"_type": "image-file", "width": 3})]),
    ]
    log = read(write(begun(), *rows))
    np.testing.assert_array_equal(log.series["loss"].values, [math.nan, -math.inf])
    assert known(log.series["loss"].step).tolist() == [0, 1]
    found = {name: values_of(log, name) for name in log.series if name != "loss"}
    assert found == {"a/b": [1.79e9], "eval.x": [1], "deep.x.y": [2], "on": [1], "words": [math.inf]}


def test_the_run_and_its_configuration(write):
    late = field(5, field(1, item(("net", "width"), 32)))
    log = read(write(begun([("lr", 1e-3), ("_wandb", {"x": 1}), ("n", 3)]), late, row(0, [("return", 1.0)])))
    assert log.config == {"lr": 1e-3, "n": 3, "net.width": 32}
    assert (log.started, log.labels["run"], log.part) == (1700000000.5, "5wc6r5lv", "whole")


@pytest.mark.parametrize("how", [{"resumed": True}, {"starting_step": 70}])
def test_a_resumed_run_says_so(write, how):
    assert read(write(begun(**how), row(70, [("return", 1.0)]))).part == "resumed"


def test_environment_steps_are_preferred_where_every_row_has_them(write):
    rows = [row(i, [("return", float(i)), ("global_step", 100 * i)]) for i in range(3)]
    assert known(read(write(begun(), *rows)).series["return"].step).tolist() == [0, 100, 200]
    rows.append(row(3, [("return", 3.0)]))
    log = read(write(begun(), *rows))
    assert known(log.series["return"].step).tolist() == [0, 1, 2, 3]
    assert log.series["return"].unit is None


def test_records_longer_than_a_block(write):
    rows = [
        row(i, [("note", "x" * size), ("return", float(i))]) for i, size in enumerate([10, 40_000, 100_000, 32_700])
    ]
    assert values_of(read(write(begun(), *rows)), "return") == [0, 1, 2, 3]


ROWS = [row(i, [("return", float(i))]) for i in range(3000)]
CONTENT = leveldb([begun(), *ROWS])


@pytest.mark.parametrize("cut", range(1, 50, 3))
def test_a_torn_tail_is_left_out_and_noted(write, cut):
    log = read(write(content=CONTENT[:-cut]))
    kept = values_of(log, "return")
    assert kept == list(range(len(kept)))
    assert len(kept) >= 2998
    assert "is cut off: left out" in log.notes[0]


@pytest.mark.parametrize("place", [40_000, 40_001, 40_003, 40_010, 40_020, 40_033])
def test_a_flipped_byte_costs_a_record_or_the_rest_of_a_block(write, place):
    content = bytearray(CONTENT)
    content[place] ^= 0x40
    log = read(write(content=content))
    kept = values_of(log, "return")
    assert kept == sorted(set(kept))
    assert kept[0] == 0
    assert kept[-1] == 2999
    assert len(kept) > 2200
    assert "did not meet the checksum" in log.notes[0]


def test_a_file_without_history(write):
    log = read(write(begun([("lr", 1)])))
    assert (log.series, log.config) == ({}, {"lr": 1})
    with pytest.raises(UnreadableError, match="neither history nor configuration"):
        read(write())


def test_records_that_are_none_are_counted(write):
    log = read(write(begun(), b"\xff\xff", row(0, [("return", b"{")]), row(1, [("return", 1.0)])))
    assert values_of(log, "return") == [1]
    assert any("2 records could not be understood" in note for note in log.notes)


@COUNTS
def test_damaged_files(write, count):
    path = write(begun([("lr", 1)]), *ROWS[:600])
    assert_only_value_errors(FORMAT.read, path, path.read_bytes(), count)
