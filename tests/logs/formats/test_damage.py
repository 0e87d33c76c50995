"""One law for every format: a damaged file is read or refused with its name, soon, in bounded memory, by no pickle;
and a value that differs without a word is the one that was damaged.
"""

import pickle
import time
import tracemalloc
from collections import Counter

import numpy as np
import pytest

from jaxviz.logs._formats import FORMATS
from jaxviz.logs._recognize import format_of
from tests.mutations import COUNTS, mutations

from .samples import FILES, sample

FORMS = {one.name: one for one in FORMATS}
REFUSED = {"Git LFS pointer", "empty file", "pickle", "Dopamine results", "Tianshou results", "aggregated table"}
CHECKED = {"TensorBoard events", "W&B run", "Stable-Baselines3 evaluations"}
"""Formats with checksums."""
BINARY = {*CHECKED, "SQLite database", "parquet", "NumPy array", "MLflow run"}
_MOST = 8 << 20
"""Bytes of memory: the files have some hundred."""


def answer(form, path):
    """The logs of a file, or the words with which it is refused."""
    try:
        return form.read(path, 10) if form.needs_steps else form.read(path)
    except ValueError as error:
        return str(error)


def entries(logs):
    """(name, value, place in its series) of everything."""
    return [
        (name, value if value == value else "nan", place)
        for log in logs
        for name, one in log.series.items()
        for place, value in enumerate(one.values.reshape(-1).tolist())
    ]


def values(logs):
    return Counter(entry[:2] for entry in entries(logs))


@pytest.mark.parametrize("name", FORMS)
def test_each_sample_is_of_its_format(tmp_path, name):
    read, _ = sample(name, tmp_path)
    assert format_of(read) is FORMS[name]
    assert isinstance(answer(FORMS[name], read), str if name in REFUSED else list)


def forbidden(*_):
    raise AssertionError("something was unpickled")


@COUNTS
@pytest.mark.parametrize("name", FORMS)
def test_a_damaged_file_is_read_or_refused(tmp_path, monkeypatch, name, count):
    read, data = sample(name, tmp_path)
    original, form = data.read_bytes(), FORMS[name]
    whole = answer(form, read)
    monkeypatch.setattr(pickle, "loads", forbidden)
    monkeypatch.setattr(pickle, "load", forbidden)
    monkeypatch.setattr(pickle, "Unpickler", forbidden)
    for what, content in mutations(original, count):
        data.write_bytes(content)
        started = time.process_time()
        found = answer(form, read)
        assert time.process_time() - started < 5, what
        if isinstance(found, str):
            assert str(read) in found, what
            assert found.isprintable(), what
            continue
        assert_sound(found, what)
        if "_flip " in what and not isinstance(whole, str):
            assert_honest(name, whole, found, what)


def assert_sound(found, what):
    for series in (series for log in found for series in log.series.values()):
        assert series.values.dtype == np.float64, what
        for beside in (series.step, series.lengths, series.time):
            assert beside is None or len(beside) == len(series.values), what


def assert_honest(name, whole, found, what):
    """After one bit: checksums leave no false value; without them one row or column differs, or a note says more."""
    if name in CHECKED:
        assert not values(found) - values(whole), what
    elif name not in BINARY and {n for log in found for n in log.notes} <= {n for log in whole for n in log.notes}:
        left = values(found)
        lost = []
        for entry in entries(whole):
            if left[entry[:2]]:
                left[entry[:2]] -= 1
            else:
                lost.append(entry)
        assert len({place for *_, place in lost}) < 2 or len({own for own, *_ in lost}) < 2, what


@COUNTS
@pytest.mark.parametrize("name", FORMS)
def test_memory_is_bounded(tmp_path, name, count):
    read, data = sample(name, tmp_path)
    original, form = data.read_bytes(), FORMS[name]
    answer(form, read)
    tracemalloc.start()
    try:
        for what, content in mutations(original, min(count, 200), seed=1):
            data.write_bytes(content)
            tracemalloc.reset_peak()
            answer(form, read)
            assert tracemalloc.get_traced_memory()[1] < _MOST, what
    finally:
        tracemalloc.stop()


def test_every_format_has_a_sample():
    assert {*FILES, "MLflow run", "SQLite database"} == set(FORMS)
