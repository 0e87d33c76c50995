"""Means over equal intervals of the budget against whole numbers of Python and NumPy in float64."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.host import as_steps
from tests.compiled import stats
from tests.marks import exhaustive


def slow(x, step, total, intervals, valid):
    """(mean, count) of each interval; membership by fractions."""
    x = np.asarray(x, "f8")
    mean, count = np.full(intervals, np.nan), np.zeros(intervals, int)
    slot = [-((-Fraction(int(s)) * intervals) // int(total)) - 1 for s in step]
    for k in range(intervals):
        inside = (np.array(slot) == k) & valid
        count[k] = inside.sum()
        mean[k] = x[inside].mean() if inside.any() else np.nan
    return mean, count


def assert_right(got, x, step, total, intervals, valid, tolerance=1e-6):
    mean, count = slow(x, step, total, intervals, valid)
    np.testing.assert_array_equal(got.count, count)
    span = np.ptp(np.asarray(x, "f8")[valid]) if valid.any() else 0
    np.testing.assert_allclose(got.mean, mean, rtol=0, atol=tolerance * span + 1e-7 * np.abs(x).max(initial=0))
    np.testing.assert_array_equal(np.asarray(got.end), [int(total) * (k + 1) // intervals for k in range(intervals)])


@pytest.mark.parametrize("intervals", [exhaustive(1), 7, 200])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("n", [exhaustive(1), 3, exhaustive(64), 701])
def test_against_fractions(rng, n, masked, intervals):
    x = (1e4 + rng.gamma(2, 20, n)).astype("f4")
    valid = rng.random(n) < 0.7 if masked else np.ones(n, bool)
    step = rng.integers(0, 40, n).cumsum().astype("i4")
    for total in (int(step[-1]) + 1, int(step[-1]) // 2 + 1, 3 * int(step[-1]) + 7):
        got = stats.interval_means(x, step, total=total, intervals=intervals, valid=valid if masked else None)
        assert_right(got, x, step, total, intervals, valid)


@pytest.mark.parametrize("total", [2**31 - 1, exhaustive(2**31), 10**10 + 7, 2**53])
@pytest.mark.parametrize("intervals", [3, exhaustive(200), 2**15])
def test_edges_are_exact_up_to_the_largest_step(rng, total, intervals):
    """Steps at every edge, one before it and one after it."""
    at = [total * k // intervals + d for k in rng.integers(0, intervals, 60).tolist() for d in (0, 1)] + [total]
    step = np.sort(np.array(at, "i8"))
    x = rng.normal(size=len(step)).astype("f4")
    got = jax.jit(lambda x, s, t: stats.interval_means(x, s, total=t, intervals=intervals))(
        x, as_steps(step, "step"), as_steps(np.array(total), "total")
    )
    slot = np.array([-((-Fraction(int(s)) * intervals) // total) - 1 for s in step])
    np.testing.assert_array_equal(got.count, np.bincount(slot[slot >= 0], minlength=intervals))


@pytest.mark.parametrize("total", [10, 57])
def test_order_alone_numbers_the_entries_from_one(rng, total):
    x = rng.normal(size=30).astype("f4")
    got = stats.interval_means(x, total=total, intervals=5)
    assert_right(got, x, np.arange(1, 31), total, 5, np.ones(30, bool))


def test_half_precision_is_summed_in_single(rng):
    x = (1000 + rng.normal(0, 3, 3000)).astype("f2")
    got = stats.interval_means(x, total=3000, intervals=2)
    assert got.mean.dtype == jnp.float16
    np.testing.assert_allclose(got.mean, x.astype("f8").reshape(2, -1).mean(1), rtol=5e-4)


@pytest.mark.float64
def test_in_double_precision(rng, x64):
    x, step = 1e6 + rng.normal(size=400), rng.integers(0, 9, 400).cumsum()
    got = stats.interval_means(x, step, total=step[-1], intervals=30)
    assert_right(got, x, step, step[-1], 30, np.ones(400, bool), tolerance=1e-14)


def test_small_intervals_beside_large_ones_are_accurate(rng):
    """Sums of a whole stream, subtracted, would leave few digits for one entry."""
    x = rng.normal(0, 1, 8192).astype("f4")
    x[:4000] += 1e3
    step = np.concatenate([np.arange(1, 8001) // 100, 80 + np.arange(1, 193)])
    got = stats.interval_means(x, step, total=272, intervals=272)
    assert_right(got, x, step, 272, 272, np.ones(8192, bool), tolerance=2e-7)


def test_a_diverged_entry_undefines_its_own_interval():
    x = np.arange(1.0, 21.0)
    x[[0, 7]] = np.nan, np.inf
    got = stats.interval_means(x, total=20, intervals=5)
    np.testing.assert_array_equal(got.mean, [np.nan, np.inf, 10.5, 14.5, 18.5])
    np.testing.assert_array_equal(got.count, [4] * 5)


def test_entries_outside_the_budget_are_in_no_interval():
    got = stats.interval_means(np.arange(6.0), np.array([-3, 0, 1, 10, 11, 99]), total=10, intervals=2)
    np.testing.assert_array_equal(got.mean, [2, 3])
    np.testing.assert_array_equal(got.count, [1, 1])


@pytest.mark.parametrize("total", [0, -5])
def test_an_empty_budget_has_empty_intervals(total):
    got = stats.interval_means(np.arange(3.0), total=total, intervals=4)
    assert np.isnan(got.mean).all()
    assert not np.any(got.count)


def test_each_run_of_a_batch_has_its_own_budget(rng):
    x, step = rng.normal(size=(3, 90)).astype("f4"), rng.integers(1, 9, (3, 90)).cumsum(-1).astype("i4")
    total = np.array([200, 333, 50])
    got = jax.jit(jax.vmap(lambda x, s, t: stats.interval_means(x, s, total=t, intervals=20)))(x, step, total)
    for i in range(3):
        assert_right(jax.tree.map(lambda a, i=i: a[i], got), x[i], step[i], total[i], 20, np.ones(90, bool))


def test_gradients_are_shares_of_the_interval():
    total = jax.grad(lambda x: stats.interval_means(x, total=7, intervals=3).mean[1])(jnp.arange(7.0))
    np.testing.assert_allclose(total, [0, 0, 0.5, 0.5, 0, 0, 0], atol=1e-7)


def test_falling_steps_have_no_means():
    assert np.isnan(stats.interval_means(np.arange(3.0), np.array([1, 3, 2]), total=4, intervals=2).mean).all()


def test_no_entries():
    got = stats.interval_means(np.zeros(0), np.zeros(0, int), total=4, intervals=2)
    assert np.isnan(got.mean).all()
    np.testing.assert_array_equal(got.count, [0, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: stats.interval_means(x, total=3, intervals=0), "`intervals` must be from 1"),
        (lambda x: stats.interval_means(x, total=3, intervals=10**6), "`intervals` must be from 1"),
        (lambda x: stats.interval_means(x, np.arange(3), total=3), "`step` must have the shape"),
        (lambda x: stats.interval_means(x, total=np.array([3, 4])), "`total` must be one whole number"),
        (lambda x: stats.interval_means(x, total=2.5), "`total`"),
        (lambda x: stats.interval_means(x[None], total=2), "`x` must be one stream"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.zeros(4))
