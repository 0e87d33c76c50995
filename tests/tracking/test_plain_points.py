"""The short way of a training loop's call: it writes what the long way would, and leaves to that all else."""

import math
import struct
from enum import Enum
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.tracking import _values
from jaxviz.tracking.journal import _record
from jaxviz.tracking.logger._session import Session

STEP = 3


@pytest.fixture
def session():
    """A session whose journal is a list of frames."""
    session = object.__new__(Session)
    session.run, session._plain, frames = "a1", {}, []
    session.journal = SimpleNamespace(append_frame=frames.append, frames=frames)
    session.courier = SimpleNamespace(look_at=math.inf)
    return session


def written(session):
    """Name → value of the one record in the journal."""
    (record,) = _record.parse(b"".join(session.journal.frames))
    names = record.header["names"]
    assert record.header["step"] == STEP
    return dict(zip(names, struct.unpack(f"<{len(names)}d", record.blob), strict=True))


@pytest.mark.parametrize(
    "number",
    [
        *(2.5, 2, True, math.nan, -math.inf),
        *(np.float32(0.1), np.float64(2), np.float16(2), np.int8(-2), np.uint64(2**64 - 1), np.bool_(1), np.asarray(2)),
        *(jnp.float32(0.1), jnp.int32(-7), jnp.bool_(True)),
    ],
    ids=repr,
)
def test_it_writes_what_the_long_way_would(session, number):
    metrics = {"a?": number, "b": 1.5}
    assert session.plain_points(metrics, STEP)
    numbers, texts = _values.split_metrics(metrics)
    assert not texts
    np.testing.assert_equal(written(session), numbers)


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
        {"a?": 1.0, "a!": 1.0},
        {1: 1.0},
        [("a", 1.0)],
    ],
    ids=str,
)
def test_everything_else_is_left_to_the_long_way(session, metrics):
    assert not session.plain_points(metrics, STEP)
    assert not session.journal.frames


@pytest.mark.parametrize("step", [None, 2**63, -(2**63), 1.0, np.int64(1), True, "1"])
def test_a_step_that_needs_a_look_is_left_to_the_long_way(session, step):
    assert not session.plain_points({"a": 1.0}, step)
    assert not session.journal.frames


def test_what_is_traced_is_named(session):
    def train(x):
        assert not session.plain_points({"loss": x}, STEP)
        _values.split_metrics({"loss": x})

    with pytest.raises(ValueError, match="`loss` is traced"):
        jax.jit(train)(1.0)


class Name(str, Enum):  # noqa: UP042 - its str() is "Name.LOSS"
    LOSS = "loss"


def test_a_name_that_is_equal_to_a_text_is_that_text(session):
    session.plain_points({"loss": 1.0}, STEP)
    session.plain_points({Name.LOSS: 1.0}, STEP)
    assert [record.header["names"] for record in _record.parse(b"".join(session.journal.frames))] == [["loss"]] * 2
    assert _values.split_metrics({Name.LOSS: "x"}) == ({}, {"loss": "x"})


def test_many_names_leave_no_memory(session):
    for i in range(1000):
        assert session.plain_points({f"a{i}": 1.0}, STEP)
    assert len(session._plain) <= 256
