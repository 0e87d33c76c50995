"""Dreamer's scores: one run an entry."""

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from jaxviz.logs.formats.dreamer import FORMAT, looks, parse
from tests.known import known
from tests.logs.formats.damaging import assert_only_value_errors
from tests.mutations import COUNTS


def entry(xs, ys, **labels):
    return {"task": "atari_pong", "method": "dreamerv3", "seed": 3, **labels, "xs": xs, "ys": ys}


def logs_of(*entries):
    content = json.dumps(list(entries)).encode()
    assert looks(content, Path("scores.json"))
    return parse(content, Path("scores.json"))


def test_the_real_file_value_by_value(shared_data):
    path = shared_data / "logs" / "dreamer" / "procgen-dreamerv3.json.gz"
    content = gzip.decompress(path.read_bytes())
    assert FORMAT.looks(content[: 1 << 16], path)
    logs = FORMAT.read(path)
    entries = json.loads(content)
    assert len(logs) == len(entries) == 16
    for log, written in zip(logs, entries, strict=True):
        rows = [(x, y) for x, y in zip(written["xs"], written["ys"], strict=True) if y is not None]
        assert log.labels == {"task": written["task"], "algorithm": "dreamerv3", "seed": str(written["seed"])}
        assert known(log.series["score"].step).tolist() == [x for x, _ in rows]
        assert log.series["score"].values.tolist() == [y for _, y in rows]
        assert any("1 score without an episode" in note for note in log.notes)


def test_steps_of_whole_numbers_are_whole():
    (log,) = logs_of(entry([0.0, 5e5, 1e9], [1, 2, 3]))
    assert known(log.series["score"].step).dtype == np.int64


def test_nan_and_null_are_missing():
    (log,) = logs_of(entry([0, 1, 2, 3], [math.nan, None, 2.0, math.inf]))
    assert log.series["score"].values.tolist() == [2, math.inf]


def test_seeds_are_numbers_or_text():
    labels = [
        log.labels.get("seed") for log in logs_of(entry([], []), entry([], [], seed="s1"), entry([], [], seed=None))
    ]
    assert labels == ["3", "s1", None]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (entry([0, 1], [1]), "entry 1 .1 are before it.: there are 2 steps and 1 scores"),
        (entry([0], ["x"]), "'x' is no number"),
        ({"task": "x"}, "has no lists 'xs' and 'ys'"),
        (7, "has no lists"),
    ],
)
def test_an_entry_that_is_no_run_is_named(wrong, why):
    with pytest.raises(ValueError, match=why):
        logs_of(entry([0], [1]), wrong)


@COUNTS
def test_damaged_files(tmp_path, count):
    content = json.dumps([entry(list(range(50)), [i / 3 for i in range(50)], seed=i) for i in range(10)]).encode()
    assert_only_value_errors(FORMAT.read, tmp_path / "scores.json", content, count)
    assert_only_value_errors(FORMAT.read, tmp_path / "scores.json.gz", gzip.compress(content), count)
