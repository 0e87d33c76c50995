"""Welch's and Mann–Whitney's tests against SciPy."""

import warnings

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.compiled import stats as s
from tests.stats.masked_streams import quick

A, B = np.array([1.0, 2, 3, 9]), np.array([4.0, 5, 6, 7, 8])
SIZES = (6, 11)
welch = jax.jit(lambda x, y, v, w: s.welch_test(x, y, valid_x=v, valid_y=w))
mann_whitney = jax.jit(lambda x, y, v, w: s.mann_whitney(x, y, valid_x=v, valid_y=w))


def padded(x, size=12):
    """The stream with NaN behind it, and its mask."""
    return np.concatenate([x, np.full(size - len(x), np.nan)]), np.arange(size) < len(x)


def compare(test, x, y):
    (x, v), (y, w) = padded(x), padded(y)
    return test(x, y, v, w)


@st.composite
def samples(draw):
    """Two samples of at least two runs each; distinct values or many ties, far from zero or not."""
    values = draw(st.sampled_from([st.integers(-3, 3), st.floats(-50, 50, width=16)]))
    offset = draw(st.sampled_from([0.0, 1e6]))
    x, y = (np.array(draw(st.lists(values, min_size=2, max_size=n)), np.float64) + offset for n in SIZES)
    return x, y


def welch_degrees_of_freedom(x, y):
    parts = np.array([x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)])
    return parts.sum() ** 2 / (parts**2 / [len(x) - 1, len(y) - 1]).sum()


@quick
@given(pair=samples())
def test_welch_matches_scipy(x64, pair):
    x, y = pair
    got = compare(welch, x, y)
    if x.std() == 0 and y.std() == 0:
        assert np.isnan([got.low, got.high]).all()
        np.testing.assert_array_equal((got.statistic, got.p_value), (0, 1) if x[0] == y[0] else (np.nan, np.nan))
        return
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy doubts samples that are nearly equal
        expected = stats.ttest_ind(x, y, equal_var=False)
        statistic, p_value = np.asarray(expected)
        bounds = expected.confidence_interval(0.95)
    np.testing.assert_allclose(got.statistic, statistic, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(got.degrees_of_freedom, welch_degrees_of_freedom(x, y), rtol=1e-8)
    np.testing.assert_allclose(got.p_value, p_value, atol=1e-9)
    np.testing.assert_allclose((got.low, got.high), bounds, rtol=1e-7, atol=1e-7)


@quick
@given(pair=samples())
def test_mann_whitney_matches_scipy(x64, pair):
    x, y = pair
    got = compare(mann_whitney, x, y)
    expected = stats.mannwhitneyu(x, y)
    assert got.statistic == pytest.approx(expected.statistic)
    if len(np.unique(np.concatenate([x, y]))) == 1:
        assert got.p_value == 1
    else:
        assert got.p_value == pytest.approx(expected.pvalue, abs=1e-10)
    assert got.exact == (len(np.unique(np.concatenate([x, y]))) == len(x) + len(y))


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
def test_by_hand(x64, dtype, tolerance):
    a, b = A.astype(dtype), B.astype(dtype)
    t = welch(a, b, None, None)
    assert t.p_value.dtype == dtype
    assert t.statistic == pytest.approx(-1.1651360004056783, rel=tolerance)
    assert t.degrees_of_freedom == pytest.approx(3.930285807744204, rel=tolerance)
    assert t.p_value == pytest.approx(0.30977138881261274, rel=10 * tolerance)
    u = mann_whitney(a, b, None, None)
    assert u.statistic == 5
    assert u.p_value == pytest.approx(0.2857142857142857, rel=tolerance)
    assert u.exact


def test_large_samples_use_the_normal_approximation(x64, rng):
    x, y = rng.normal(size=9), rng.normal(size=12) + 0.7
    for a, b in ((x, y), (x.round(), y.round())):
        got = compare(mann_whitney, a, b)
        assert not got.exact
        assert got.p_value == pytest.approx(stats.mannwhitneyu(a, b).pvalue, abs=1e-10)


def test_too_few_runs_are_undefined():
    one, none = A[:1].astype(np.float32), A[:0].astype(np.float32)
    b = B.astype(np.float32)
    assert np.isnan(compare(welch, one, b).p_value)
    assert np.isnan(compare(mann_whitney, none, b).p_value)
    assert np.isfinite(compare(mann_whitney, one, b).p_value)
    diverged = np.array([1, np.nan, 3, 4], np.float32)
    assert np.isnan(compare(welch, diverged, b).p_value)
    assert np.isnan(compare(mann_whitney, diverged, b).p_value)
