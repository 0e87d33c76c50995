"""Permutation tests of many pairs at once against SciPy's, and the tests that stand in for them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats as scipy_stats

from jaxviz.stats.across_runs import welch_test
from jaxviz.stats.across_runs._moderated import moderated_welch
from jaxviz.stats.resampling._relabelled import relabelled
from jaxviz.stats.resampling._sign_flips import sign_flipped

KEY = jax.random.key(0)
PAIRS = jnp.asarray(list(itertools.combinations(range(3), 2)), jnp.int32)
EVERY = 10**6


def welch(x, y, axis=-1):
    error = np.sqrt(x.var(axis, ddof=1) / x.shape[axis] + y.var(axis, ddof=1) / y.shape[axis])
    gap = np.abs(x.mean(axis) - y.mean(axis))
    return np.where(gap == 0, 0, gap / np.maximum(error, 1e-6))


def p_values(x, present=None, *, exact=None, alike=True, reps=4000):
    x = jnp.asarray(x, jnp.float32)
    present = jnp.ones(x.shape, bool) if present is None else jnp.asarray(present)
    return np.asarray(relabelled(KEY, x, present, PAIRS, trimmed=False, alike=alike, exact=exact, reps=reps))


@pytest.mark.parametrize("ties", [False, True])
def test_enumerated_labels_are_scipys(rng, ties):
    x = 1.0 * rng.integers(0, 4, (3, 5, 1)) if ties else rng.normal(size=(3, 5, 1)) + np.arange(3)[:, None, None]
    expected = [
        scipy_stats.permutation_test(
            (x[i, :, 0], x[j, :, 0]), welch, vectorized=True, n_resamples=EVERY, alternative="greater"
        ).pvalue
        for i, j in PAIRS.tolist()
    ]
    np.testing.assert_allclose(p_values(x, exact=5), np.asarray(expected, float), rtol=1e-5)


def test_drawn_labels_are_those_of_a_plain_loop(rng):
    x = rng.normal(size=(3, 6, 4)) * np.asarray([1, 2, 1, 5]) + 0.5 * np.arange(3)[:, None, None]

    def statistic(a, b):
        error = np.sqrt((a.var(0, ddof=1) / len(a) + b.var(0, ddof=1) / len(b)).sum())
        return abs((a.mean(0) - b.mean(0)).sum() / error)

    for (i, j), p in zip(PAIRS.tolist(), p_values(x), strict=True):
        pooled, observed = np.concatenate([x[i], x[j]]), statistic(x[i], x[j])
        drawn = [rng.permuted(pooled, axis=0) for _ in range(2000)]
        expected = np.mean([statistic(d[:6], d[6:]) >= observed for d in drawn])
        assert p == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 2000))


def test_runs_that_do_not_exist_change_nothing(rng):
    x, present = np.full((3, 8, 2), 1e9), np.zeros((3, 8, 2), bool)
    own = rng.normal(size=(3, 5, 2))
    x[:, [0, 2, 3, 5, 7]], present[:, [0, 2, 3, 5, 7]] = own, True
    same = p_values(x, present, alike=False)
    np.testing.assert_allclose(same, p_values(own), atol=3 * np.sqrt(0.5 / 4000))
    np.testing.assert_array_equal(same, p_values(x, present, alike=True))


def test_constants_are_never_told_apart_from_themselves():
    x = np.full((3, 5, 2), 0.1)
    np.testing.assert_array_equal(p_values(x), 1)
    x[2] = 7.3  # all runs of one algorithm beyond all of the others
    assert p_values(x[:, :, :1], exact=5).tolist() == pytest.approx([1, 2 / 252, 2 / 252])


def test_sign_flips_are_scipys(rng):
    difference = rng.normal(size=(3, 7)) + 0.4
    expected = [
        scipy_stats.permutation_test(
            (d,), lambda d, axis=-1: np.abs(d.mean(axis)), permutation_type="samples", vectorized=True,
            n_resamples=EVERY, alternative="greater",
        ).pvalue
        for d in difference
    ]  # fmt: skip
    found = sign_flipped(KEY, jnp.asarray(difference, jnp.float32), jnp.ones((3, 7), bool), reps=1000)
    np.testing.assert_allclose(found, np.asarray(expected, float), rtol=1e-5)


def test_two_algorithms_have_welchs_p(rng):
    x = jnp.asarray(rng.normal(size=(2, 4)), jnp.float32)
    p = moderated_welch(x, jnp.ones(x.shape, bool), PAIRS[:1])
    np.testing.assert_allclose(p[0], welch_test(x[0], x[1]).p_value, rtol=1e-4)


def test_three_algorithms_lend_each_other_their_variance(rng):
    x = rng.normal(size=(3, 4))
    found = moderated_welch(jnp.asarray(x, jnp.float32), jnp.ones(x.shape, bool), PAIRS)
    own = x.var(axis=1, ddof=1)
    lent = (2 * own.mean() + 3 * own) / 5
    for (i, j), p in zip(PAIRS.tolist(), found, strict=True):
        a, b = lent[i] / 4, lent[j] / 4
        t = (x[i].mean() - x[j].mean()) / np.sqrt(a + b)
        freedom = (a + b) ** 2 / (a**2 / 3 + b**2 / 3)
        assert float(p) == pytest.approx(2 * scipy_stats.t.sf(abs(t), freedom), rel=1e-4)
