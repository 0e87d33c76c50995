"""Files made of millions of tiny objects are refused before they fill the memory; those of numbers are read."""

import json
import subprocess
import sys

import numpy as np
import pytest

from jaxviz.host.readers import drained, json_of, json_with_rows
from jaxviz.logs._reading import FileLogs, read_files
from tests.logs.formats.samples import field, leveldb

COUNT = 1 << 21
_PEAK = """
import sys
from jaxviz.logs._reading import FileLogs, read_files
def most():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = most()
(found,) = read_files([sys.argv[1]])
print(most() - before, found if isinstance(found, str) else "")
"""


def many(text):
    return b",".join([text] * COUNT)


CRAFTED = {
    "a.json": b'{"episode_reward":[1,' + many(b"{}") + b"]}",
    "metrics.json": b'{"e":{"t":{"a":{"r":{"step_0":{"step_count":1,"return":[' + many(b"[]") + b"]}}}}}}",
    "scores.json": b'[{"task":"t","method":"m","seed":0,"xs":[' + many(b"{}") + b'],"ys":[1]}]',
}


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("name", CRAFTED)
def test_many_small_objects_are_refused_before_they_are_made(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(CRAFTED[name])
    done = subprocess.run([sys.executable, "-c", _PEAK, path], capture_output=True, text=True, check=True)
    peak, why = done.stdout.split(" ", 1)
    assert str(path) in why
    assert "many small objects" in why
    assert int(peak) * 1024 < 3 * path.stat().st_size


def item(name, value):
    return field(1, field(1, name) + field(16, value))


def wandb_run(configuration):
    return leveldb([field(17, field(1, "a") + field(4, configuration))])


ONES, NAMES = b"[" + many(b"1") + b"]", [f"n{k}" for k in range(600_000)]
# Functions: every worker that collects this file would make them all.
HEAVY = {
    "columns.json": lambda: b'{"episode_reward":' + ONES + b"}",
    "scores.json": lambda: b'{"PPO":{"Pong":' + ONES + b"}}",
    "list.json": lambda: b'[{"task":"t","method":"m","seed":0,"xs":' + ONES + b',"ys":' + ONES + b"}]",
    "metrics.json": lambda: b'{"return":{"steps":' + ONES + b',"values":' + ONES + b"}}",
    "marl.json": lambda: b'{"e":{"t":{"a":{"r":{"step_0":{"step_count":1,"return":' + ONES + b"}}}}}}",
    "marl-tenths.json": lambda: b'{"e":{"t":{"a":{"r":{"step_0":{"step_count":1,"return":[' + many(b"0.5") + b"]}}}}}}",
    "run-names.wandb": lambda: wandb_run(b"".join(item(name, "1") for name in NAMES)),
    "run-nested.wandb": lambda: wandb_run(item("c", json.dumps(dict.fromkeys(NAMES, 1), separators=(",", ":")))),
    "run-half.wandb": lambda: wandb_run(item("c", json.dumps(dict.fromkeys(NAMES[::2], 1), separators=(",", ":")))),
}


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("name", HEAVY)
def test_memory_is_at_most_ten_times_a_file_of_tiny_things(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HEAVY[name]())
    done = subprocess.run([sys.executable, "-c", _PEAK, path], capture_output=True, text=True, check=True)
    assert int(done.stdout.split(" ", 1)[0]) * 1024 < 10 * path.stat().st_size


def test_long_lists_become_arrays_piece_by_piece():
    written = [None if k % 7 == 0 else k / 3 for k in range(200_000)]
    expected = np.array([np.nan if x is None else x for x in written])
    np.testing.assert_array_equal(drained(written), expected)
    assert written == []
    with pytest.raises(ValueError, match="'x' is no number"):
        drained([*range(200_000), "x"])


def test_long_lists_of_numbers_are_arrays():
    """With the values of `json`; what is no list of numbers is as `json_of` reads it."""
    numbers = [k / 3 - 1e5 if k % 5 else k for k in range(300_000)] + [float("nan"), -float("inf"), 2**70, 1e-300]
    text, short = json.dumps(numbers), ",".join(["1"] * 600_000)
    found = json_with_rows(f'{{"a": {text}, "b": [[1], {text}], "c": "x"}}'.encode())
    np.testing.assert_array_equal(found["a"], np.array(numbers, float))
    np.testing.assert_array_equal(found["b"][1], found["a"])
    assert (found["b"][0], found["c"]) == ([1], "x")
    for odd in (f'{{"a": "[{short}]", "b": 1}}', f"[{short},null]", '{"a": [1, 2]}'):
        assert json_with_rows(odd.encode()) == json.loads(odd)
    for wrong in (f"[{short},]", f"[{short},01]", f"[{short},,1]", f'{{"a":[{short}]'):
        with pytest.raises(ValueError, match=r"char \d+"):
            json_with_rows(wrong.encode())


def test_as_many_numbers_are_read():
    assert len(json_of(b"[" + many(b"1") + b"]")) == COUNT
    assert len(json_of(b"[" + many(b"0.5") + b"]")) == COUNT


def test_names_that_are_others_in_every_line_are_no_columns(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps({"return": 1.5, f"k{k}": k}) + "\n" for k in range(10_500)))
    (why,) = read_files([str(path)])
    assert isinstance(why, str)
    assert "more than 10,000 names" in why


def test_a_record_of_too_many_names_is_left_out(tmp_path):
    def row(count):
        return field(2, b"".join(field(1, field(1, f"k{k}") + field(16, "1")) for k in range(count)))

    path = tmp_path / "run-a.wandb"
    path.write_bytes(leveldb([field(17, field(1, "a")), row(3), row(10_500), row(3)]))
    (found,) = read_files([str(path)])
    assert isinstance(found, FileLogs)
    (log,) = found.logs
    assert "1 record could not be understood: left out" in log.notes
    assert [len(series.values) for series in log.series.values()] == [2, 2, 2]
