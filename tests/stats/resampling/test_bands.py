"""Simultaneous bands."""

import jax
import numpy as np
import pytest
from scipy import stats

from jaxviz.stats.across_runs._scores import iqm, mean
from jaxviz.stats.resampling._bands import simultaneous_band
from jaxviz.stats.resampling._counts import pointwise
from jaxviz.stats.resampling._replicates import OneSample
from jaxviz.stats.resampling._units import make_sample

KEY = jax.random.key(4)
REPS = 300


def test_the_band_follows_its_formula(x64, rng):
    curves = rng.normal(size=(12, 8)).cumsum(axis=1)
    values = np.asarray(OneSample(pointwise(iqm), make_sample((curves,), None, "run")).replicates(KEY, REPS))
    estimate = stats.trim_mean(curves, 0.25, axis=0)
    error = values.std(axis=0, ddof=1)
    c = np.quantile(np.max(np.abs(values - estimate) / error, axis=1), 0.9)
    got = simultaneous_band(KEY, curves, iqm, level=0.9, reps=REPS)
    np.testing.assert_allclose(got.low, estimate - c * error, rtol=1e-9)
    np.testing.assert_allclose(got.high, estimate + c * error, rtol=1e-9)
    assert c > stats.norm.ppf(0.95)
    assert (got.method, got.unit, got.reps) == ("simultaneous", "run", REPS)


def test_it_holds_whole_curves_as_often_as_it_says():
    rng = np.random.default_rng(0)
    curves = rng.normal(size=(200, 30, 5)).cumsum(axis=2).astype(np.float32)
    keys = jax.random.split(KEY, 200)
    bands = jax.jit(jax.vmap(lambda k, c: simultaneous_band(k, c, level=0.9, reps=REPS)))(keys, curves)
    held = ((bands.low <= 0) & (bands.high >= 0)).all(axis=1).mean()
    assert 0.8 < held < 0.97


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
