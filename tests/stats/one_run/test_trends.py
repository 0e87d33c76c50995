"""Slopes, trend tests and plateaus against SciPy; values of docs/statistics.md, 8.6."""

import warnings
from functools import partial

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from tests.compiled import stats as c
from tests.stats.masked_streams import quick, steps, streams

X = np.array([1.0, 3, 2, 5, 4, 6, 6, 8])


def same(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


jitted_line = jax.jit(c.theil_sen, static_argnames="window")
trend = jax.jit(c.mann_kendall, static_argnames="window")
plateau = jax.jit(c.plateau, static_argnames="window")


def line(x, step=None, *, level=0.95, valid=None, window=None):
    """The line with every argument given, so that few signatures compile."""
    step = np.arange(len(x)) if step is None else step
    valid = np.ones(len(x), bool) if valid is None else valid
    return jitted_line(x, step=step, level=level, valid=valid, window=window)


def test_line_and_trend_of_the_page(x64):
    got = line(X)
    same((got.slope, got.intercept, got.low, got.high), (1, 1, 0.5, 1.3333333333333333))
    got = trend(X, valid=np.ones(8, bool))
    assert got.s == 23
    same((got.variance, got.z, got.p), (64.33333333333333, 2.7428663952471632, 0.00609054605657881), 1e-10)


def peer_line(x, step, level):
    """Slope, intercept, and the bounds of the slope."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(sps.theilslopes(x, step, alpha=level))


@quick
@given(streams(), steps(), st.sampled_from([0.5, 0.95]))
def test_line_is_scipys(x64, stream, step, level):
    x, valid = stream
    kept, at = x[valid], step[valid]
    got = line(x, step=step, level=level, valid=valid)
    if len(at) < 2 or at[0] == at[-1]:
        assert np.isnan([got.slope, got.intercept, got.low, got.high]).all()
        return
    slope, intercept, low, high = peer_line(kept, at, level)
    scale = max(1, np.abs(kept).max())
    np.testing.assert_allclose(got.slope, slope, atol=1e-11 * scale)
    np.testing.assert_allclose(got.intercept, intercept, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose([got.low, got.high], [low, high], atol=1e-11 * scale)


@quick
@given(streams())
def test_trend_is_kendalls(x64, stream):
    x, valid = stream
    kept = x[valid]
    got = trend(x, valid=valid)
    signs = sum(np.sign(kept[j] - kept[i]) for j in range(len(kept)) for i in range(j))
    assert int(got.s) == signs
    if len(kept) < 2 or np.ptp(kept) == 0:
        assert np.isnan([got.p, got.tau]).all()
        return
    m, ties = len(kept), np.unique(kept, return_counts=True)[1]
    same(got.variance, (m * (m - 1) * (2 * m + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18)
    same(got.z, (signs - np.sign(signs)) / np.sqrt(got.variance))
    same(got.p, 2 * sps.norm.sf(abs(got.z)), 1e-10)
    tau, _ = np.asarray(sps.kendalltau(np.arange(m), kept))
    same(got.tau, tau)


@quick
@given(streams())
def test_a_window_is_the_last_valid_entries(x64, stream):
    x, valid = stream
    kept = x[valid][-7:]
    signs = sum(np.sign(kept[j] - kept[i]) for j in range(len(kept)) for i in range(j))
    assert int(trend(x, window=7, valid=valid).s) == signs
    at = np.flatnonzero(valid)[-7:]
    expected = peer_line(kept, at, 0.95)[0] if len(kept) > 1 else np.nan
    np.testing.assert_allclose(line(x, window=7, valid=valid).slope, expected, atol=1e-5)


def test_without_a_mask_the_window_is_the_end(x64, rng):
    x = rng.normal(size=24)
    assert jitted_line(x, window=7).slope == line(x, window=7).slope
    assert trend(x, window=50).s == trend(x, valid=np.ones(24, bool)).s


def test_steps_beyond_two_to_the_24_keep_the_slope_exact():
    step, every = 2**25 + 1 + np.arange(8), np.ones(8, bool)
    got = line(3 * np.arange(8, dtype=np.float32), step=step, valid=every)
    assert (got.slope, got.low, got.high) == (3, 3, 3)


def test_constant_short_and_undefined_streams():
    flat, every = np.full(8, 2.5, np.float32), np.ones(8, bool)
    got = trend(flat, valid=every)
    assert (got.s, got.z) == (0, 0)
    assert np.isnan([got.p, got.tau]).all()
    assert line(flat, valid=every).slope == 0
    diverged = np.where(np.arange(8) == 3, np.nan, X).astype(np.float32)
    for x, valid in ((flat, ~every), (flat, np.arange(8) == 2), (diverged, every)):
        assert np.isnan(line(x, valid=valid).slope)
        assert np.isnan(trend(x, valid=valid).p)
    assert np.isnan(line(flat[:0]).slope)


def test_structure_is_checked():
    with pytest.raises(ValueError, match="`x` must have at most 2048 entries, got 2049"):
        line(np.zeros(2049, np.float32))
    with pytest.raises(ValueError, match="`window` must be at least 1, got 0"):
        trend(np.zeros(9, np.float32), window=0)


def flags(p):
    return [name for name in ("flat", "rising", "falling", "undecided") if getattr(p, name)]


def test_plateau_is_a_test_of_equivalence(rng):
    n, noise = 200, rng.normal(size=200)
    at_end = partial(plateau, window=100, tolerance=5.0)
    rise = np.linspace(0, 100, n)
    levelled = np.minimum(2 * rise, 100)
    assert flags(at_end((levelled + 0.5 * noise).astype(np.float32))) == ["flat"]
    assert flags(at_end((rise + noise).astype(np.float32))) == ["rising"]
    assert flags(at_end((np.where(rise < 50, 2 * rise, 150 - rise) + noise).astype(np.float32))) == ["falling"]
    assert flags(at_end((levelled + 40 * noise).astype(np.float32))) == ["undecided"]
    assert flags(at_end(np.full(n, np.nan, np.float32))) == []


def test_plateau_changes_in_units_of_x_over_the_window(x64):
    x = np.concatenate([np.zeros(10), np.arange(11.0)])
    got = plateau(x, window=11, step=1000 * np.arange(21), tolerance=20.0)
    same((got.change, got.low, got.high, got.tolerance), (10, 10, 10, 20))
    assert flags(got) == ["flat", "rising"]
    same(plateau(x, window=11).tolerance, 0.05 * np.quantile(x, 0.95))
