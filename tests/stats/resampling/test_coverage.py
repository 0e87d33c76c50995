"""How often intervals hold the truth, against what theory says. The whole table: `python -m benchmarks.coverage`."""

import jax
import numpy as np
import pytest
from scipy import stats as theory

from jaxviz import stats

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
