"""Simultaneous bands."""

import jax
import numpy as np
import pytest
from scipy import optimize, stats

from jaxviz.stats.across_runs._scores import iqm, mean
from jaxviz.stats.resampling._bands import simultaneous_band
from jaxviz.stats.resampling._counts import pointwise
from jaxviz.stats.resampling._replicates import OneSample
from jaxviz.stats.resampling._units import make_sample

KEY = jax.random.key(4)
REPS = 300


def critical_value(alpha, nu, unit):
    """c of a field of Student's t, by SciPy; `unit` [time, replicate] are its unit vectors."""
    path = np.linalg.norm(np.diff(unit, axis=0), axis=1).sum()

    def excess(c):
        return 2 * stats.t.sf(c, nu) + path / np.pi * (1 + c * c / nu) ** (-(nu - 1) / 2) - alpha

    apart = stats.t.isf(alpha / 2 / len(unit), nu)
    return apart if excess(apart) > 0 else optimize.brentq(excess, 0, apart, xtol=1e-14)


@pytest.mark.parametrize("smooth", [1, 30])
def test_the_band_follows_its_formula(x64, rng, smooth):
    curves = np.repeat(rng.normal(size=(12, 8)), smooth, axis=1).cumsum(axis=1)
    values = np.asarray(OneSample(pointwise(iqm), make_sample((curves,), None, "run")).replicates(KEY, REPS))
    estimate = stats.trim_mean(curves, 0.25, axis=0)
    deviation = values - values.mean(axis=0)
    c = critical_value(0.1, 11, (deviation / np.linalg.norm(deviation, axis=0)).T)
    error = np.sqrt(12 / 11) * values.std(axis=0, ddof=1)
    got = simultaneous_band(KEY, curves, iqm, level=0.9, reps=REPS)
    np.testing.assert_allclose(got.low, estimate - c * error, rtol=1e-9)
    np.testing.assert_allclose(got.high, estimate + c * error, rtol=1e-9)
    assert stats.t.ppf(0.95, 11) < c <= stats.t.isf(0.05 / curves.shape[1], 11)
    assert (got.method, got.unit, got.reps, got.estimator) == ("simultaneous", "run", REPS, "IQM")


@pytest.mark.parametrize("runs", [5, 20])
def test_it_holds_whole_curves_as_often_as_it_says(runs):
    rng = np.random.default_rng(0)
    curves = rng.normal(size=(400, runs, 15)).cumsum(axis=2).astype(np.float32)
    keys = jax.random.split(KEY, 400)
    bands = jax.jit(lambda k, c: jax.lax.map(lambda a: simultaneous_band(*a, reps=REPS), (k, c)))(keys, curves)
    held = ((bands.low <= 0) & (bands.high >= 0)).all(axis=1).mean()
    assert 0.92 < held < 0.995  # 3 standard errors of 400 around 0.95, and the band may be wide


def test_shorter_runs_widen_the_band_where_they_are_missing():
    curves = np.random.default_rng(3).normal(size=(8, 10)).astype(np.float32)
    valid = np.arange(10) < np.array([10] * 5 + [5] * 3)[:, None]
    got, whole = (simultaneous_band(KEY, curves, reps=REPS, valid=v) for v in (valid, np.ones((8, 10), bool)))
    np.testing.assert_array_equal(got.n, [8] * 5 + [5] * 5)
    wider = np.asarray((got.high - got.low) / (whole.high - whole.low))
    assert wider[5:].mean() > 1.2 * wider[:5].mean()


def test_diverged_runs_open_the_band_below():
    curves = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)
    curves[0, 2], curves[:, 3] = -np.inf, -np.inf
    got = simultaneous_band(KEY, curves, iqm, reps=REPS)
    np.testing.assert_array_equal(np.isneginf(got.low), [False, False, True, True])
    assert np.isfinite(got.high[:3]).all()


def test_flat_times_and_single_runs_are_left_out():
    curves = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)
    curves[:, 1] = 2
    valid = np.ones((6, 4), bool)
    valid[1:, 3] = False
    got = simultaneous_band(KEY, curves, reps=REPS, valid=valid)
    np.testing.assert_array_equal((got.low[1], got.high[1]), (2, 2))
    assert np.isnan([got.low[3], got.high[3]]).all()
    assert np.isfinite(got.low[:3]).all()
    np.testing.assert_array_equal(got.n, [6, 6, 6, 1])


def test_tasks_and_structure():
    x = np.random.default_rng(3).normal(size=(6, 2, 4)).astype(np.float32)
    got = simultaneous_band(KEY, x, mean, reps=REPS)
    np.testing.assert_allclose(got.estimate, x.mean(axis=(0, 1)), rtol=1e-5, atol=1e-6)
    assert int(got.n_tasks) == 2
    with pytest.raises(ValueError, match=r"`curves` must be \[run, time\]"):
        simultaneous_band(KEY, x[:, 0, 0])
    with pytest.raises(ValueError, match="`reps` must be at least 2"):
        simultaneous_band(KEY, x[:, 0], reps=1)
