"""Permutation tests: enumerated and drawn."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxviz.stats.resampling import _permutation as p

KEY = jax.random.key(2)
A, B = np.array([1.0, 2, 3, 9], np.float32), np.array([4.0, 5, 6, 7, 8], np.float32)


def difference_of_medians(x, y):
    return jnp.median(x) - jnp.median(y)


def test_all_splits_are_enumerated_once():
    orders = np.asarray(jax.vmap(lambda b: p._split(b, 6, 2))(jnp.arange(15)))
    assert {tuple(sorted(row[:2])) for row in orders} == set(itertools.combinations(range(6), 2))
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(6), (15, 1)))


def test_exact_by_hand():
    got = p.permutation_test(KEY, A, B)
    assert got.p_value == pytest.approx(36 / 126)
    assert (got.exact, got.reps) == (True, 126)
    assert got.statistic == pytest.approx(A.mean() - B.mean())


@pytest.mark.parametrize("offset", [0.0, 1e4, -3e5, 2.0**19])
@pytest.mark.parametrize("scale", [1.0, 0.25, 3.0])
def test_offsets_and_scales_change_nothing(offset, scale):
    """One of the 20 splits of 1, 2, 3 and 4, 5, 7 is as extreme, and its mirror image."""
    x, y = (np.float32(offset + scale * np.array(z)) for z in ([1, 2, 3], [4, 5, 7]))
    assert p.permutation_test(KEY, x, y).p_value == pytest.approx(0.1)
    assert p.permutation_test(KEY, y, x).p_value == pytest.approx(0.1)


@pytest.mark.parametrize(("n_x", "n_y"), [(3, 30), (2, 59)])
def test_enumerating_is_quick_to_compile(n_x, n_y, rng):
    x, y = rng.integers(0, 9, n_x), rng.integers(0, 9, n_y)
    got = p.permutation_test(KEY, x, y)
    pooled = np.concatenate([x, y])
    total = np.array([sum(chosen) for chosen in itertools.combinations(pooled.tolist(), n_x)])
    centred = np.abs((n_x + n_y) * total - n_x * pooled.sum())
    assert got.exact
    assert got.reps == len(total)
    assert got.p_value == pytest.approx(np.mean(centred >= abs((n_x + n_y) * x.sum() - n_x * pooled.sum())))


def test_the_program_does_not_grow_with_the_runs():
    def size(n):
        make = jax.make_jaxpr(lambda x, y: p.permutation_test(KEY, x, y).p_value)
        return len(str(make(np.ones(2, np.float32), np.ones(n, np.float32))).splitlines())

    assert size(60) == size(40)


def test_any_statistic(rng):
    got = p.permutation_test(KEY, A, B, difference_of_medians)
    expected = stats.permutation_test((A, B), lambda x, y: np.median(x) - np.median(y), n_resamples=10**6)
    assert got.p_value == pytest.approx(expected.pvalue)


def test_drawn_relabellings_count_the_observed_one():
    got = p.permutation_test(KEY, A, B, reps=125)
    assert not got.exact
    assert float(got.p_value) * 126 == pytest.approx(round(float(got.p_value) * 126), abs=1e-3)
    assert got.p_value == pytest.approx(36 / 126, abs=4 * np.sqrt(0.2 / 126))
    far = p.permutation_test(KEY, A + 1000, B, reps=20)
    assert far.p_value == pytest.approx(1 / 21, abs=1 / 21)
    assert far.p_value > 0


def test_masked_runs_are_never_relabelled():
    x, v = np.append(A, np.nan), np.arange(5) < 4
    got = p.permutation_test(KEY, x, B, reps=4000, valid_x=v)
    assert got.p_value == pytest.approx(36 / 126, abs=4 * np.sqrt(0.2 / 4000))


def test_strata_keep_labels_within_tasks(rng):
    level = np.array([0, 100, 200], np.float32)  # tasks differ far more than algorithms
    x, y = (rng.normal(size=(4, 3)).astype(np.float32) + level for _ in range(2))
    for strata in (None, "task"):
        close = p.permutation_test(KEY, x, y, reps=60, strata=strata)
        apart = p.permutation_test(KEY, x + 5, y, reps=60, strata=strata)
        assert apart.p_value < close.p_value
        assert apart.exact is False or apart.reps == 70
    assert p.permutation_test(KEY, x + 5, y, reps=60, strata="task").p_value == pytest.approx(1 / 61)


def test_p_values_are_uniform_when_labels_mean_nothing(rng):
    x, y = rng.normal(size=(200, 5)).astype(np.float32), rng.normal(size=(200, 5)).astype(np.float32)
    keys = jax.random.split(KEY, 200)
    found = jax.jit(jax.vmap(lambda k, x, y: p.permutation_test(k, x, y, reps=99).p_value))(keys, x, y)
    assert stats.kstest(np.asarray(found), "uniform").pvalue > 1e-3


def test_undefined_statistics_have_no_p_value():
    assert np.isnan(p.permutation_test(KEY, np.array([1, np.nan, 2], np.float32), B).p_value)


def test_wrong_structure_is_named():
    with pytest.raises(ValueError, match="equal trailing axes"):
        p.permutation_test(KEY, np.ones((3, 2)), np.ones((3, 1)))
    with pytest.raises(ValueError, match="`strata` must be None, or 'task'"):
        p.permutation_test(KEY, A, B, strata="task")
    with pytest.raises(ValueError, match="`reps` must be at least 1"):
        p.permutation_test(KEY, A, B, reps=0)


@pytest.mark.parametrize("offset", [0, 2.0**19])
def test_an_outlier_in_the_first_place_is_no_origin(offset):
    """Scores on a grid of 1/16: distances from a typical one are exact, and p is that of float64 in any order."""
    x, y = np.array([4096, 1, 2, 3, 2.5]) / 16, np.array([4, 5, 6, 7, 4.5]) / 16
    expected = stats.permutation_test((x, y), lambda a, b: a.mean() - b.mean(), n_resamples=10_000).pvalue
    for a, b in ((x, y), (x[::-1], y), (y, x)):
        got = p.permutation_test(KEY, np.float32(a + offset), np.float32(b + offset))
        np.testing.assert_allclose(got.p_value, expected, rtol=1e-6)
