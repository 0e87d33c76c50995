"""What becomes of keys, metrics and parameters."""

import dataclasses
import math
from argparse import Namespace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.host import as_steps
from jaxviz.tracking import _values
from jaxviz.tracking.journal import _format
from jaxviz.tracking.journal._records import PointsRecord
from jaxviz.tracking.logger import _columns


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
    short = _format.points_encoder("a1", names)(5, -3, values)
    assert short == _format.encode(PointsRecord(run="a1", time=5, step=-3, names=names, numbers=values))
    record = _format.decode(short)[0].record
    assert isinstance(record, PointsRecord)
    assert record.names == list(names)


def test_names_that_clean_to_the_same_stay_apart():
    numbers, texts = _values.split_metrics({"a?": 1.0, "a!": 2.0, "b": 3.0})
    assert len(numbers) == 3
    assert not texts
    assert _values.split_metrics({1: 1.0, "b": 3.0}) == ({"1": 1.0, "b": 3.0}, {})


@pytest.mark.parametrize(
    ("metrics", "values"),
    [
        ({"a/b": 1.0, "a": {"b": 2.0}}, [1.0, 2.0]),
        ({1: 1.0, "1": 2.0}, [1.0, 2.0]),
        ({"a": {"b": {"c": 1.0}, "b/c": 2.0}, "a/b/c": 3.0}, [1.0, 2.0, 3.0]),
    ],
)
def test_names_that_are_the_same_when_flat_stay_apart(metrics, values):
    assert list(_values.split_metrics(metrics)[0].values()) == values
    assert len(_values.params(metrics)) == len(values)


def test_names_below_their_group_stay_apart():
    found = _values.under("eval", {"eval/return": 1, "return": 2, "eval": {"length": 3}}, "eval_metrics")
    assert list(found.values()) == [1, 2, 3]
    assert {"eval/return", "eval/length"} < set(found)


class Nothing(NamedTuple):
    """As optax's EmptyState."""


@dataclasses.dataclass
class Empty:
    pass


def test_what_has_nothing_in_it_is_kept():
    empty = {"tuple": Nothing(), "class": Empty(), "namespace": Namespace(), "mapping": {}}
    assert set(_values.params(empty)) == set(empty)
    numbers, texts = _values.split_metrics(empty)
    assert {*numbers, *texts} == set(empty)


@pytest.mark.parametrize("name", ["int4", "uint4", "int2", "float8_e4m3b11fnuz", "float8_e3m4", "float4_e2m1fn"])
def test_the_smallest_types_of_jax_are_numbers(name):
    dtype = getattr(jnp, name)
    assert _values.split_metrics({"a": jnp.asarray(1).astype(dtype)}) == ({"a": 1.0}, {})
    assert _values.split_metrics({"a": jnp.asarray([0, 1]).astype(dtype)})[0]["a/mean"] == 0.5


class Raises:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("it requires grad")

    def __str__(self):
        return "tensor"


def test_what_cannot_be_read_never_raises():
    deleted = jnp.ones(3)
    deleted.delete()
    values = {"deleted": deleted, "tensor": Raises(), "key": jax.random.key(0), "huge": 10**400, "complex": 1j}
    for found in (_values.split_metrics(values)[1], _values.params(values), _values.plain(values)):
        assert set(found) == set(values)
        assert found["tensor"] == "tensor"
        assert {type(text) for text in found.values()} == {str}
    assert _values.split_metrics({"decimal": Decimal("1.5")}) == ({"decimal": 1.5}, {})


class ConfigDict:
    """Looks like a mapping, and is none."""

    def __init__(self, **entries):
        self._entries = entries

    def keys(self):
        return self._entries.keys()

    def items(self):
        return self._entries.items()

    def __getitem__(self, name):
        return self._entries[name]


def test_configurations_of_every_kind():
    expected = {"lr": "0.1", "net/width": "8"}
    configs: list[Any] = [
        Config(0.1, {"width": 8}),
        Namespace(lr=0.1, net=SimpleNamespace(width=8)),
        ConfigDict(lr=0.1, net=ConfigDict(width=8)),
    ]
    for values in configs:
        assert _values.params(values) == expected
    numbers: Any = [1]
    with pytest.raises(ValueError, match="`params` must map names to values, got list"):
        _values.params(numbers)


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
    assert _values.plain({"half": jnp.bfloat16(0.5)}) == {"half": 0.5}
    assert found.keys() == _values.params({"a[b": 1, "a]b": 2.5, "net": {"act": "relu"}, "bad": 0.0}).keys()


def test_a_list_of_traced_values_is_named():
    def log(x):
        _values.split_metrics({"losses": [x, x + 1]})

    with pytest.raises(ValueError, match="`losses` is traced"):
        jax.jit(log)(1.0)


def test_what_is_masked_is_left_out():
    series = np.ma.masked_array([1.0, 100.0, 3.0], [False, True, False])
    numbers, texts = _values.split_metrics({"a": series, "b": series[1:2], "c": np.ma.masked, "d": series[:1]})
    assert not texts
    assert (numbers["a/mean"], numbers["a/max"], numbers["d"]) == (2.0, 3.0, 1.0)
    assert math.isnan(numbers["b"])
    assert math.isnan(numbers["c"])
    np.testing.assert_array_equal(_columns.series(series, "x"), [1.0, math.nan, 3.0])


@pytest.mark.parametrize(
    "name", ["x" * 300, "\u4e2d" * 120, "\U0001f600" * 90, "a.b" * 100, "x" * 112 + ".safetensors"]
)
def test_names_of_files_fit_every_disk_and_keep_their_ending(name):
    found = {_values.file_name(f"{name}{i}.png") for i in range(2)}
    assert len(found) == 2
    for one in found:
        assert one.endswith(".png")
        assert len(one) <= _values.MAX_FILE
        assert len(one.encode()) <= _values.MAX_FILE_BYTES


def test_a_list_of_masked_arrays_is_as_one_masked_array():
    rows = [np.ma.masked_array([1.0, 9.0], [False, True]), np.ma.masked_array([3.0, 5.0])]
    numbers, _ = _values.split_metrics({"a": rows})
    assert (numbers["a/mean"], numbers["a/max"]) == (3.0, 5.0)
    for masked in (rows, rows[0]):
        with pytest.raises(ValueError, match="`returns` must be a rectangular array of numbers: entries are masked"):
            jv.from_arrays(masked)


def test_a_step_in_two_limbs_is_one_value():
    step = as_steps(np.asarray(2**40 + 1), "step")
    assert _values.step_of(step) == 2**40 + 1
    crossing = jv.stats.Crossing(step, jnp.asarray(True))
    metrics, _ = _values.split_metrics({"crossing": crossing})
    assert metrics == {"crossing/step": float(2**40 + 1), "crossing/reached": 1.0}


def test_names_of_several_calls_stay_apart_as_in_one():
    names = ["a[0]", "a(0)", "a_0_", "a_0_-" + _values._hash("a(0)"), "é" * 300, "é" * 301]
    keys = _values.Keys()
    found = [list(_values.split_metrics({name: 1.0}, keys)[0]) for name in names]
    assert [list(_values.split_metrics({name: 1.0}, keys)[0]) for name in names] == found
    assert [one for [one] in found] == list(_values.split_metrics(dict.fromkeys(names, 1.0))[0])
    assert len({one for [one] in found}) == len(names)


def test_files_of_several_calls_stay_apart_and_keep_their_suffix():
    keys = _values.Keys(_values.artifact_place, suffixes=True)
    names = ["a[0]/b.png", "a(0)/b.png", "a_0_/b.png", "b?.png", "b!.png", "b_.png", "b_"]
    found = [keys.of(name) for name in names]
    assert len(set(found)) == len(names)
    assert all(one.endswith(".png") for one in found[:-1])
    assert [keys.of(name) for name in names] == found == [_values.artifact_place(one) for one in found]
