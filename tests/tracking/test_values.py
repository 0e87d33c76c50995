"""What becomes of keys, metrics and parameters."""

import math
import struct
from argparse import Namespace
from enum import Enum
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.tracking import _record, _values


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("loss/entropy", "loss/entropy"),
        ("params[0]", "params_0_"),
        ("a//b/", "a/b"),
        ("../x", "x"),
        ("é ok", "é ok"),
        ("50%", "50_"),
        ("", "_"),
        (3, "3"),
    ],
)
def test_keys_are_what_mlflow_takes(name, expected):
    assert _values.key(name) == expected


def test_long_keys_stay_different():
    a, b = _values.key("x" * 300 + "a"), _values.key("x" * 300 + "b")
    assert len(a) <= 250
    assert a != b


def test_metrics_of_every_kind():
    numbers, texts = _values.split_metrics(
        {
            "int": 3,
            "flag": True,
            "jax": jnp.float32(2.5),
            "half": jnp.bfloat16(0.5),
            "one": np.array([[4.0]]),
            "nested": {"a": {"b": 1}},
            "series": [1.0, 2.0, 3.0],
            "diverged": [math.inf, 1.0],
            "empty": [],
            "nan": math.nan,
            "text": "hello",
            "none": None,
        }
    )
    assert numbers["int"] == 3.0
    assert numbers["flag"] == 1.0
    assert numbers["jax"] == 2.5
    assert numbers["half"] == 0.5
    assert numbers["one"] == 4.0
    assert numbers["nested/a/b"] == 1.0
    assert (numbers["series/mean"], numbers["series/min"], numbers["series/max"]) == (2.0, 1.0, 3.0)
    assert math.isnan(numbers["empty"])
    assert numbers["diverged/max"] == math.inf
    assert math.isnan(numbers["nan"])
    assert texts == {"text": "hello", "none": "None"}


@pytest.mark.parametrize(
    ("step", "expected"),
    [(None, 0), (True, 1), (jnp.int32(3), 3), (np.float32(4), 4), ([5], 5), (2**62, 2**62)],
)
def test_steps_of_every_kind(step, expected):
    assert _values.step_of(step) == expected


@pytest.mark.parametrize("step", [1.5, math.nan, "7", [1, 2], 2**70, {}])
def test_what_is_no_step_is_named(step):
    with pytest.raises(ValueError, match="`step` must be one whole number"):
        _values.step_of(step)


class Config(NamedTuple):
    lr: float
    net: dict


def test_a_record_of_points_is_as_any_other():
    names, values = ("loss/a", 'quote " and %d \U0001f680'), (0.5, math.nan)
    short = _record.encode_points("a1", 5, -3, names, values)
    blob = struct.pack("<2d", *values)
    assert short == _record.encode({"op": "points", "run": "a1", "time": 5, "step": -3, "names": names}, blob)
    assert _record.parse(short)[0].header["names"] == list(names)


@pytest.mark.parametrize("number", [2.0, 2, True, np.float32(2), np.float64(2), np.int8(2), np.bool_(1), np.asarray(2)])
def test_plain_numbers_take_the_short_way(number):
    assert _values.plain_metrics({"a?": number, "b": 1.5}, 3) == (("a_", "b"), [float(number), 1.5])


def test_a_scalar_of_jax_takes_the_short_way():
    assert _values.plain_metrics({"a": jnp.float32(2)}, None) == (("a",), [2.0])


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
)
def test_everything_else_takes_the_long_way(metrics):
    assert _values.plain_metrics(metrics, 3) is None


@pytest.mark.parametrize("step", [2**63, -(2**63), 1.0, np.int64(1), True, "1"])
def test_a_step_that_needs_a_look_takes_the_long_way(step):
    assert _values.plain_metrics({"a": 1.0}, step) is None


class Name(str, Enum):  # noqa: UP042 - its str() is "Name.LOSS"
    LOSS = "loss"


def test_a_name_that_is_equal_to_a_text_is_that_text():
    assert _values.plain_metrics({"loss": 1.0}, 1) == _values.plain_metrics({Name.LOSS: 1.0}, 1)
    assert _values.split_metrics({Name.LOSS: "x"}) == ({}, {"loss": "x"})


def test_a_traced_metric_is_named():
    def train(x):
        assert _values.plain_metrics({"loss": x}, 1) is None
        _values.split_metrics({"loss": x})

    with pytest.raises(ValueError, match="`loss` is traced"):
        jax.jit(train)(1.0)


def test_names_that_clean_to_the_same_stay_apart():
    numbers, texts = _values.split_metrics({"a?": 1.0, "a!": 2.0, "b": 3.0})
    assert len(numbers) == 3
    assert not texts
    assert _values.split_metrics({1: 1.0, "b": 3.0}) == ({"1": 1.0, "b": 3.0}, {})


def test_configurations_of_every_kind():
    expected = {"lr": "0.1", "net/width": "8"}
    for values in (Config(0.1, {"width": 8}), Namespace(lr=0.1, net=Namespace(width=8))):
        assert _values.params(values) == expected
    with pytest.raises(ValueError, match="`params` must map names to values, got list"):
        _values.params([1])


def test_parameters_are_text_and_never_dropped():
    values = _values.params({"lr": 1e-3, "net": {"layers": [64, 64]}, "w": jnp.arange(3), "long": "x" * 9000, "e": {}})
    assert values["lr"] == "0.001"
    assert values["net/layers"] == "[64, 64]"
    assert values["w"] == "[0, 1, 2]"
    assert len(values["long"]) == 6000
    assert values["e"] == "{}"


def test_plain_parameters_keep_names_that_clean_to_the_same():
    found = _values.plain({"a[b": 1, "a]b": np.float32(2.5), "net": {"act": "relu"}, "bad": float("nan")})
    assert list(found.values()) == [1, 2.5, "relu", "nan"]
    assert len(found) == 4
    assert found.keys() == _values.params({"a[b": 1, "a]b": 2.5, "net": {"act": "relu"}, "bad": 0.0}).keys()
