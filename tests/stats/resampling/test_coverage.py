"""How often intervals hold the truth, against what theory says. The whole table: `python -m benchmarks.coverage`."""

import jax
import numpy as np
import pytest
from scipy import stats as theory

from tests.compiled import stats

RUNS, EXPERIMENTS = 10, 4000


def share_covered(method, reps):
    """Share of experiments of normal runs around 0 whose interval of the mean holds 0."""

    def covered(key):
        draw, resample = jax.random.split(key)
        scores = jax.random.normal(draw, (RUNS,))
        interval = stats.bootstrap_interval(resample, stats.mean, scores, unit="run", method=method, reps=reps)
        return (interval.low <= 0) & (interval.high >= 0)

    return np.mean(jax.lax.map(covered, jax.random.split(jax.random.key(0), EXPERIMENTS), batch_size=200))


@pytest.mark.parametrize(
    ("method", "reps", "reach"),
    [
        ("t", 1, theory.t.ppf(0.975, RUNS - 1)),
        # A resample's variance is that of the sample with ddof 0: the interval reaches as far as that normal quantile.
        ("percentile", 500, theory.norm.ppf(0.975) * np.sqrt((RUNS - 1) / RUNS)),
    ],
)
def test_intervals_of_a_mean_cover_what_theory_says(method, reps, reach):
    expected = 1 - 2 * theory.t.sf(reach, RUNS - 1)
    standard_error = np.sqrt(expected * (1 - expected) / EXPERIMENTS)
    assert share_covered(method, reps) == pytest.approx(expected, abs=float(3 * standard_error) + 0.005)


@pytest.mark.parametrize(
    ("statistic", "method", "draw", "truth", "runs", "least"),
    [
        (stats.iqm, "scaled", jax.random.normal, 0.0, 5, 0.93),
        (stats.mean, "scaled", jax.random.normal, 0.0, 5, 0.91),
        (stats.mean, "hall", jax.random.normal, 0.0, 5, 0.91),
        # The mean of very skewed scores is held by no method; a percentile interval covers 72 %, Hall's 86 %.
        (stats.mean, "hall", jax.random.lognormal, np.exp(0.5), 5, 0.83),
    ],
)
def test_intervals_for_few_runs_hold(statistic, method, draw, truth, runs, least):
    """400 experiments: the standard error of a share of 0.95 is 0.011."""

    def covered(key):
        sample, resample = jax.random.split(key)
        scores = draw(sample, shape=(runs,))
        got = stats.bootstrap_interval(resample, statistic, scores, unit="run", method=method, reps=300)
        return (got.low <= truth) & (got.high >= truth)

    assert least <= np.mean(jax.lax.map(covered, jax.random.split(jax.random.key(1), 400), batch_size=100)) < 0.995


def test_differences_of_few_runs_hold_although_their_spreads_differ():
    def covered(key):
        a, b, resample = jax.random.split(key, 3)
        x, y = jax.random.normal(a, (5,)), 3 * jax.random.normal(b, (5,))
        got = stats.bootstrap_difference(resample, stats.mean, x, y, unit="run", reps=300)
        return (got.low <= 0) & (got.high >= 0)

    assert 0.9 <= np.mean(jax.lax.map(covered, jax.random.split(jax.random.key(1), 400), batch_size=100)) < 0.995
