"""Files of anybody, damaged in every way: a reader answers with logs or a ValueError that names the file, and soon."""

import io
import json
import time
import tracemalloc

import numpy as np
import pytest

from jaxviz.host.readers import head
from jaxviz.logs._formats import FORMATS
from jaxviz.logs._log import Log
from jaxviz.logs.formats import stored_curve
from tests.known import known
from tests.mutations import COUNTS, mutations


def rows(*lines, end="\r\n"):
    return "".join(line + end for line in lines).encode()


def stored(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def array():
    file = io.BytesIO()
    np.save(file, np.linspace(0, 1, 50))
    return file.getvalue()


RESULT = {"episode_reward_mean": 1.5, "timesteps_total": 10, "training_iteration": 1, "config": {"env": "A", "seed": 1}}
METRIC = {"return": {"steps": [1, 2, 3], "timestamps": ["2024-01-01T00:00:00"] * 3, "values": [1.0, 2.5, 3.0]}}
FILES = {
    "monitor.csv": b'#{"t_start": 5.5, "env_id": "A"}\n'
    + rows("r,l,t,is_success", *(f"{k}.25,{k + 1},{k}.5,{k % 2 == 0}" for k in range(40))),
    "evaluations.npz": stored(timesteps=np.arange(9), results=np.ones((9, 4)), ep_lengths=np.ones((9, 4), int)),
    "progress.csv": rows("rollout/ep_rew_mean,time/total_timesteps,train/loss", *(f"{k},{k}00,," for k in range(40))),
    "progress.txt": rows("Epoch\tAverageEpRet\tTotalEnvInteracts", *(f"{k}\t1.5\t{k}" for k in range(40)), end="\n"),
    "rllib.csv": rows("episode_reward_mean,timesteps_total,training_iteration", *(f"{k},{k},{k}" for k in range(40))),
    "result.json": rows(*(json.dumps(RESULT) for _ in range(9)), end="\n"),
    "metrics.jsonl": rows(*(json.dumps({"step": k, "return": k / 3}) for k in range(40)), end="\n"),
    "metrics.json": json.dumps(METRIC).encode(),
    "0.txt": rows(*(f"{k} {k / 3}" for k in range(40)), end="\n"),
    "eval_reward.csv": rows(*(f"{k},{k / 3}" for k in range(40)), end="\n"),
    "tidy.csv": rows(
        ",algo,seed,metric,step,value", *(f'{k},"PPO",{k // 9},return,{k % 9},{k / 3}' for k in range(40))
    ),
    "curve.npy": array(),
    "report.csv": rows("number,value,params_lr,state", *(f"{k},{k / 3},0.{k},COMPLETE" for k in range(40)), end="\n"),
    "records.json": json.dumps({"ppo": [{"step": k, "return": k / 3} for k in range(40)]}).encode(),
    "run-a-tag-reward.json": json.dumps([[1.5 + k, k, k / 3] for k in range(40)]).encode(),
}


def format_of(path):
    return next((found for found in FORMATS if found.looks(head(path), path)), None)


def read(form, path):
    return stored_curve.read(path, 10) if form.name == "NumPy array" else form.read(path)


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert all(isinstance(log, Log) for log in read(known(format_of(path)), path))


def answer(form, path):
    """The logs of a file, or the words with which it is refused."""
    try:
        return read(form, path)
    except ValueError as error:
        return str(error)


@COUNTS
@pytest.mark.parametrize("name", FILES)
def test_a_mutated_file_is_read_or_refused(tmp_path, name, count):
    """By the format that it had, whatever it looks like now, and by the one that it looks like."""
    path = tmp_path / name
    path.write_bytes(FILES[name])
    before = known(format_of(path))
    for what, content in mutations(FILES[name], count):
        path.write_bytes(content)
        started = time.process_time()
        for form in {before, format_of(path)} - {None}:
            assert_sound(answer(form, path), path, what)
        assert time.process_time() - started < 5, what


def assert_sound(found, path, what):
    if isinstance(found, str):
        assert found.startswith(str(path)), what
        assert found.isprintable(), what
        return
    for series in (series for log in found for series in log.series.values()):
        assert series.values.dtype == np.float64, what
        for beside in (series.step, series.lengths, series.time):
            assert beside is None or len(beside) == len(series.values), what


def peak(form, path):
    """Bytes that reading a file takes."""
    tracemalloc.start()
    try:
        answer(form, path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@COUNTS
@pytest.mark.parametrize("name", FILES)
def test_memory_is_bounded(tmp_path, name, count):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    form = known(format_of(path))
    for what, content in mutations(FILES[name], min(count, 100), seed=1):
        path.write_bytes(content)
        assert peak(form, path) < 4 << 20, what


@pytest.mark.parametrize(
    "name", [name for name, content in FILES.items() if content.count(b"\n") > 5 and b"\0" not in content]
)
def test_memory_is_at_most_ten_times_a_large_file(tmp_path, name):
    """Of rows that come again and again."""
    content = FILES[name]
    first = content.find(b"\n", content.startswith(b"#") and content.find(b"\n") + 1) + 1
    large = content[:first] + content[first:] * (1 + (1 << 20) // len(content[first:]))
    path = tmp_path / name
    path.write_bytes(large)
    assert peak(known(format_of(path)), path) < 10 * len(large)


HOSTILE = (b"[" * 100_000, b'{"a":' * 100_000, b"9" * 100_000, b"," * 100_000, b'"' * 9999, b"\0" * 999)


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: repr(content[:5]))
def test_hostile_text(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    for form in FORMATS:
        assert form.looks(content, path) in (True, False)
        assert_sound(answer(form, path), path, form.name)
