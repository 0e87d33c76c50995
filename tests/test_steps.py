"""Exact environment steps: both forms against int64 of NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import _scans, _steps
from jaxviz._steps import MOST, WideSteps
from jaxviz.host import as_steps, to_host
from tests.precision import float64

RNG = np.random.default_rng(0)
BIG = np.sort(RNG.integers(0, 2**53, 40))
NEAR = 2**40 + np.sort(RNG.integers(0, 2**26, 40))
SIGNED = np.concatenate([BIG, -BIG, [0, 1, -1, 2**31, -(2**31), 2**53, -(2**53), 2**24, 2**24 - 1]])


def wide(x):
    found = as_steps(np.asarray(x), "x")
    return found if isinstance(found, WideSteps) else _steps.wide(found)


def same(found, expected):
    np.testing.assert_array_equal(np.asarray(found), expected)


def test_they_are_read_back_as_int64():
    steps = wide(SIGNED)
    assert np.asarray(steps).dtype == np.int64
    same(steps, SIGNED)
    same(to_host({"a": steps})["a"], SIGNED)
    same(np.asarray(steps, np.float64), SIGNED.astype(np.float64))
    assert int(steps[3]) == SIGNED[3] == float(steps[3])
    assert [int(s) for s in steps] == SIGNED.tolist()
    assert (steps.shape, steps.ndim, steps.size, len(steps)) == ((89,), 1, 89, 89)


def test_no_array_of_jax_takes_them_in_silence():
    with pytest.raises(TypeError, match="read them with"):
        jnp.asarray(wide([2**40]))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint8, np.uint16, np.uint32, np.int64, np.uint64,
                                   np.float16, np.float32, np.float64, jnp.bfloat16])  # fmt: skip
def test_small_steps_of_every_type_are_plain(dtype):
    for x in (np.asarray([1, 20, 96]).astype(dtype), jnp.asarray(np.asarray([1, 20, 96]).astype(dtype))):
        steps = as_steps(x, "step")
        assert not isinstance(steps, WideSteps)
        assert steps.dtype == jnp.int32
        same(steps, [1, 20, 96])
        same(jax.jit(lambda x: as_steps(x, "step"))(x), [1, 20, 96])


@pytest.mark.parametrize(
    "x",
    [
        np.asarray([0, 2**31]), np.asarray([0, 2**32 - 1], np.uint32), np.asarray([2**40, 2**53], np.uint64),
        np.asarray([1e10, 2.0**53]), [2**40, 2**41], np.asarray([2.0**40], np.float32), [-(2**31), 2**31 - 1],
    ],
)  # fmt: skip
def test_large_steps_of_every_type_are_wide(x):
    steps = as_steps(x, "step")
    assert isinstance(steps, WideSteps)
    same(steps, np.asarray(x).astype(np.int64))


@pytest.mark.parametrize("x", [np.asarray([0, 2**32 - 1], np.uint32), np.asarray([2.0**52, -(2.0**40), 7], np.float32)])
def test_inside_jit_types_that_may_hold_more_are_wide(x):
    same(jax.jit(lambda x: as_steps(x, "step"))(x), np.asarray(x).astype(np.int64))
    same(jax.vmap(lambda x: as_steps(x, "step"))(x), np.asarray(x).astype(np.int64))


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.asarray([1.0, 2.5]), "2.5"), (np.asarray([1.0, np.nan]), "nan"), (np.asarray([np.inf]), "inf"),
        (np.asarray([2**53 + 1]), "2\\^53"), ([2.0**60], "2\\^53"), (np.asarray([2**64 - 1], np.uint64), "2\\^53"),
        (["a"], "whole"), (None, "whole"), (np.asarray([True]), "whole"), (jnp.asarray([True]), "whole"),
        (np.ma.masked_equal([1, 2], 2), "masked"),
    ],
)  # fmt: skip
def test_what_is_no_step_is_refused_by_name(x, words):
    with pytest.raises(ValueError, match=f"`evaluation step`.*{words}"):
        as_steps(x, "evaluation step")


def test_with_64_bit_integers_they_are_plain():
    with float64():
        steps = as_steps(np.asarray([2**40]), "step")
        assert not isinstance(steps, WideSteps)
        assert steps.dtype == jnp.int64
        same(jax.jit(lambda x: as_steps(x, "step"))(np.asarray([1e12])), [10**12])


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_differences_are_rounded_once(dtype):
    def check(a, b):
        expected = (np.asarray(a) - np.asarray(b)).astype(dtype)
        np.testing.assert_array_equal(_steps.since(wide(a), wide(b), dtype), expected)

    with np.errstate(over="ignore"):
        if dtype == "float64":
            with float64():
                check(SIGNED, 0)
        else:
            check(SIGNED, 0)
            check(SIGNED, SIGNED[::-1])
            check(NEAR, NEAR[0])
            check(RNG.integers(-(2**31), 2**31, 200), 0)


def test_ties_are_rounded_to_even():
    odd = (2**24 + 1) << np.arange(29)
    above = odd[1:] + 1
    for x in (odd, above, -odd, -above, odd[2:] - 1):
        np.testing.assert_array_equal(_steps.as_float(wide(x), jnp.float32), x.astype(np.float32))


@pytest.mark.parametrize("forms", [(wide, wide), (wide, np.asarray), (np.asarray, wide)])
def test_arithmetic_and_order_of_any_two_forms(forms):
    x, y = np.asarray([5, 2**31 - 1, -7, 0]), np.asarray([7, -2, -7, 2**30])
    a, b = (form(v) if form is wide else jnp.asarray(v) for form, v in zip(forms, (x, y), strict=True))
    same(_steps.plus(a, b), x + y)
    same(_steps.minus(a, b), x - y)
    same(_steps.less(a, b), x < y)
    same(_steps.at_most(a, b), x <= y)
    same(_steps.equal(a, b), x == y)
    same(_steps.maximum(a, b), np.maximum(x, y))
    same(_steps.minimum(a, b), np.minimum(x, y))
    same(_steps.where(jnp.asarray([True, False, True, False]), a, b), np.where([True, False, True, False], x, y))


def test_numbers_of_python_go_with_both_forms():
    same(_steps.less(jnp.asarray([1, 2]), 10**12), [True, True])
    same(_steps.minus(jnp.asarray([1, 2]), 10**12), np.asarray([1, 2]) - 10**12)
    same(_steps.clip(wide(BIG), 2**50, 2**52), np.clip(BIG, 2**50, 2**52))


@pytest.mark.parametrize("x", [BIG, NEAR, np.arange(40)])
def test_positions_and_extremes(x):
    form = as_steps(x, "x")
    valid = jnp.asarray(RNG.random(40) > 0.5)
    kept = x[np.asarray(valid)]
    assert int(_steps.first(form, valid)) == kept[0]
    assert int(_steps.last(form, valid)) == kept[-1]
    assert int(_steps.largest(form, valid)) == kept.max()
    assert int(_steps.smallest(form, valid)) == kept.min()
    none = jnp.zeros(40, bool)
    assert [int(f(form, none)) for f in (_steps.first, _steps.last, _steps.largest, _steps.smallest)] == [-1] * 4
    same(_steps.blank(form, valid), np.where(valid, x, 0))
    assert int(_steps.index_of_smallest(_steps.magnitude(_steps.minus(form, int(x[7]))))) == 7
    same(_steps.magnitude(_steps.minus(form, int(x[7]))), np.abs(x - x[7]))
    assert int(_steps.first(form[:0], valid[:0])) == -1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 40])
def test_search(n, after):
    ordered = np.sort(RNG.integers(0, 50, n)) * 2**33
    queries = np.arange(-1, 52) * 2**33
    expected = np.searchsorted(ordered, queries, side="right" if after else "left")
    same(_steps.search(wide(ordered), wide(queries), after=after), expected)
    same(jax.vmap(lambda q: _steps.search(wide(ordered), q, after=after))(wide(queries)), expected)


@pytest.mark.parametrize("n", [0, 1, 5, 1000])
def test_cumulative_sums_carry(n):
    lengths = RNG.integers(0, 2**31, (3, n))
    for sums in (_steps.cumulative, jax.jit(_steps.cumulative), jax.vmap(_steps.cumulative)):
        same(sums(jnp.asarray(lengths, jnp.int32)), np.cumsum(lengths, axis=-1))


def test_cumulative_sums_that_fit_are_plain():
    assert not isinstance(_steps.cumulative(jnp.full(100, 1000, jnp.int32)), WideSteps)
    assert not isinstance(_steps.cumulative(jnp.asarray([2**31 - 10, 1, 2], jnp.int32)), WideSteps)


@pytest.mark.parametrize("unit", [1, 3, 1000, 2**12, 2**24 - 1, 2**24 + 5, 2**31 + 1, 2**40 + 12345])
def test_products(unit):
    most = min(MOST // unit, 2**31 - 1)
    counts = np.unique(np.concatenate([[0, 1, most], RNG.integers(0, most, 50)]))
    for product in (_steps.product, jax.jit(_steps.product, static_argnums=1)):
        same(product(jnp.asarray(counts, jnp.int32), unit), counts * unit)


def test_products_that_fit_are_plain():
    assert not isinstance(_steps.product(jnp.arange(100), 2**24), WideSteps)


def test_running_maximum():
    x = RNG.integers(0, 2**53, 200)
    same(_scans.running_step_max(wide(x)), np.maximum.accumulate(x))
    same(_scans.running_step_max(jnp.asarray([3, 1, 4])), [3, 3, 4])


def test_one_form_can_be_stacked():
    a, b = _steps.one_form([jnp.asarray([1, 2]), wide([2**40, 5])])
    same(jax.tree.map(lambda *x: jnp.stack(x), a, b), [[1, 2], [2**40, 5]])


def test_wide_steps_that_fit_become_plain_where_they_are_known():
    assert not isinstance(_steps.narrowest(wide([5, -7, 2**31 - 1])), WideSteps)
    same(_steps.narrowest(wide([5, -7, 2**31 - 1, -(2**31)])), [5, -7, 2**31 - 1, -(2**31)])
    assert isinstance(_steps.narrowest(wide([2**31])), WideSteps)
    with float64():
        assert not isinstance(_steps.narrowest(wide([7])), WideSteps)
