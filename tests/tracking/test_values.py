"""What becomes of keys, metrics and parameters."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.tracking import _values


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
    assert math.isnan(numbers["nan"])
    assert texts == {"text": "hello", "none": "None"}


def test_parameters_are_text_and_never_dropped():
    values = _values.params({"lr": 1e-3, "net": {"layers": [64, 64]}, "w": jnp.arange(3), "long": "x" * 9000, "e": {}})
    assert values["lr"] == "0.001"
    assert values["net/layers"] == "[64, 64]"
    assert values["w"] == "[0, 1, 2]"
    assert len(values["long"]) == 6000
    assert values["e"] == "{}"
