"""The groups `trend`, `change_points` and `diagnostics` of an Analysis, and what an Aggregate makes of them."""

import jax
import numpy as np
import pytest
from scipy import stats

from jaxviz import aggregate, analyze, from_arrays
from tests.known import known

WINDOW = 30


@pytest.fixture(scope="module")
def batch():
    """Runs that rise at the end, stay flat and fall; the entropy of the last collapses."""
    rng = np.random.default_rng(0)
    late = np.maximum(np.arange(120) - 90, 0)
    jump = 50 * (np.arange(120) > 40)
    noise = rng.normal(0, 0.5, (3, 120))
    noise[1] = 0.5 * (-1.0) ** np.arange(120)
    returns = np.array([[1], [0], [-1]]) * late + jump + noise
    entropy = np.stack([np.full(60, 0.7), np.full(60, 0.6), np.where(np.arange(60) < 20, 0.7, 0.01)])
    return returns.astype(np.float32), {"entropy": entropy.astype(np.float32), "kl": rng.random((3, 60), np.float32)}


@pytest.fixture(scope="module")
def analysis(batch):
    returns, losses = batch
    run = from_arrays(returns, losses=losses)
    return analyze(run, windows=(WINDOW,), groups=("trend", "change_points", "diagnostics", "drawdown"))


def test_the_trend_is_that_of_the_last_window(batch, analysis):
    for run, returns in enumerate(batch[0]):
        recent = returns[-WINDOW:]
        slope, _, low, high = np.asarray(stats.theilslopes(recent, method="joint"))
        np.testing.assert_allclose(analysis.trend.change[run], slope * (WINDOW - 1), rtol=1e-4)
        np.testing.assert_allclose(analysis.trend.change_low[run], low * (WINDOW - 1), rtol=1e-4)
        np.testing.assert_allclose(analysis.trend.change_high[run], high * (WINDOW - 1), rtol=1e-4)
        tau, _ = np.asarray(stats.kendalltau(np.arange(WINDOW), recent))
        np.testing.assert_allclose(analysis.trend.tau[run], tau, rtol=1e-5)
    assert np.asarray(analysis.trend.rising).tolist() == [True, False, False]
    assert np.asarray(analysis.trend.flat).tolist() == [False, True, False]
    assert np.asarray(analysis.trend.falling).tolist() == [False, False, True]


def test_the_jump_is_a_change_point(analysis):
    for index in np.asarray(analysis.change_points.index):
        assert 41 in index


def test_diagnostics_are_levels_and_collapse(batch, analysis):
    for name, values in batch[1].items():
        np.testing.assert_allclose(analysis.diagnostics.final[name], values[:, -6:].mean(1), rtol=1e-5)
    collapse = analysis.diagnostics.entropy_collapse["entropy"]
    assert np.asarray(collapse.reached).tolist() == [False, False, True]
    assert 20 < int(collapse.step[2]) < 40


def test_time_under_water_and_recovery(batch, analysis):
    for run, returns in enumerate(batch[0]):
        smooth = np.convolve(returns.astype(float), np.ones(WINDOW) / WINDOW, "valid")
        fall = np.maximum.accumulate(smooth) - smooth
        np.testing.assert_allclose(analysis.drawdown.time_under_water[run], (fall > 1e-5).mean(), atol=0.03)
        peak = np.flatnonzero(smooth[: fall.argmax() + 1] == smooth[: fall.argmax() + 1].max())[-1]
        back = smooth[fall.argmax() :] >= smooth[peak]
        assert bool(analysis.drawdown.recovery.reached[run]) == back.any()
        if not back.any():
            assert int(analysis.drawdown.recovery.step[run]) == len(smooth) - 1 - peak
    assert np.asarray(analysis.drawdown.longest_under_water.open).tolist()[2]


def test_only_what_can_be_averaged_is_aggregated(analysis):
    summary = aggregate(analysis, jax.random.key(0), reps=50)
    np.testing.assert_allclose(known(summary.trend).falling.estimate, 1 / 3, rtol=1e-6)
    assert not hasattr(summary.trend, "p")
    assert not hasattr(summary.trend, "change_low")
    collapse = known(known(summary.diagnostics).entropy_collapse)["entropy"]
    assert not hasattr(collapse, "step")
    np.testing.assert_allclose(collapse.reached.estimate, 1 / 3, rtol=1e-6)
    np.testing.assert_allclose(
        known(summary.diagnostics).final["kl"].estimate, analysis.diagnostics.final["kl"].mean(), rtol=0.2
    )
