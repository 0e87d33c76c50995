"""The short way of a training loop's call: it writes what the long way would, and leaves to that all else."""

import math
from enum import Enum
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.tracking import _values
from jaxviz.tracking.journal import _format
from jaxviz.tracking.journal._records import PointsRecord
from jaxviz.tracking.logger._recorder import Recorder

STEP = 3


class Frames:
    """A journal that is a list of frames."""

    def __init__(self):
        self.frames = []
        self.append_frame = self.frames.append

    def append(self, record):
        pass

    def points(self):
        entries = _format.decode(b"".join(self.frames))
        return [entry.record for entry in entries if isinstance(entry.record, PointsRecord)]


@pytest.fixture
def frames():
    return Frames()


@pytest.fixture
def recorder(frames):
    """A recorder of these frames."""
    courier: Any = SimpleNamespace(look_at=math.inf, look=lambda: None)
    return Recorder(frames, courier, None, {})


def written(frames):
    """Name → value of the one record in the journal."""
    (record,) = frames.points()
    assert record.step == STEP
    return dict(zip(record.names, record.numbers, strict=True))


@pytest.mark.parametrize(
    "number",
    [
        *(2.5, 2, True, math.nan, -math.inf),
        *(np.float32(0.1), np.float64(2), np.float16(2), np.int8(-2), np.uint64(2**64 - 1), np.bool_(1), np.asarray(2)),
        *(jnp.float32(0.1), jnp.int32(-7), jnp.bool_(True)),
    ],
    ids=repr,
)
def test_it_writes_what_the_long_way_would(recorder, frames, number):
    metrics = {"a?": number, "b": 1.5}
    assert recorder.plain_points(metrics, STEP)
    numbers, texts = _values.split_metrics(metrics)
    assert not texts
    np.testing.assert_equal(written(frames), numbers)


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"a": "text"},
        {"a": 10**400},
        {"a": 1j},
        {"a": np.complex64(1)},
        {"a": np.str_("1")},
        {"a": np.timedelta64(1, "s")},
        {"a": jax.random.key(0)},
        {"a": jnp.ones(1)},
        {"a": None},
        {"a": {"b": 1.0}},
        {1: 1.0},
        [("a", 1.0)],
    ],
    ids=str,
)
def test_everything_else_is_left_to_the_long_way(recorder, frames, metrics):
    assert not recorder.plain_points(metrics, STEP)
    assert not frames.frames


@pytest.mark.parametrize("step", [None, 2**63, -(2**63), 1.0, np.int64(1), True, "1"])
def test_a_step_that_needs_a_look_is_left_to_the_long_way(recorder, frames, step):
    assert not recorder.plain_points({"a": 1.0}, step)
    assert not frames.frames


def test_what_is_traced_is_named(recorder, frames):
    def train(x):
        assert not recorder.plain_points({"loss": x}, STEP)
        _values.split_metrics({"loss": x})

    with pytest.raises(ValueError, match="`loss` is traced"):
        jax.jit(train)(1.0)


class Name(str, Enum):  # noqa: UP042 - its str() is "Name.LOSS"
    LOSS = "loss"


def test_a_name_that_is_equal_to_a_text_is_that_text(recorder, frames):
    recorder.plain_points({"loss": 1.0}, STEP)
    recorder.plain_points({Name.LOSS: 1.0}, STEP)
    assert [record.names for record in frames.points()] == [["loss"]] * 2
    assert _values.split_metrics({Name.LOSS: "x"}) == ({}, {"loss": "x"})


def test_many_names_leave_no_memory(recorder, frames):
    for i in range(1000):
        assert recorder.plain_points({f"a{i}": 1.0}, STEP)
    assert len(recorder._plain) <= 256
