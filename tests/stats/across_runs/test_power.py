"""Power and how many seeds it takes."""

import jax
import numpy as np
import pytest
from scipy import stats

from jaxviz.stats.across_runs._significance import mann_whitney
from tests.compiled import stats as p

KEY = jax.random.key(1)
power = jax.jit(p.power)


def slow_power(s_x, s_y, effect, n, alpha=0.05):
    variance = s_x**2 + s_y**2
    nu = variance**2 * (n - 1) / (s_x**4 + s_y**4)
    return 1 - stats.t.cdf(stats.t.isf(alpha / 2, nu) - abs(effect) / np.sqrt(variance / n), nu)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)])
def test_power_is_the_shifted_t(x64, dtype, tolerance):
    for s_x, s_y, effect, n in ((1, 1, 1, 5), (1, 2, -0.5, 30), (10, 3, 8, 12), (1, 0, 1, 2)):
        got = power(*(np.array(v, dtype) for v in (s_x, s_y, effect, n)))
        assert got.dtype == dtype
        assert got == pytest.approx(slow_power(s_x, s_y, effect, n), abs=tolerance)


@pytest.mark.parametrize(("n", "beta"), [(5, 0.755), (10, 0.447), (17, 0.193)])
def test_power_by_hand(n, beta):
    assert 1 - power(1.0, 1.0, 1.0, n) == pytest.approx(beta, abs=5e-4)


def test_power_is_undefined_without_two_runs_or_spread():
    assert np.isnan(power(1.0, 1.0, 1.0, 1))
    assert np.isnan(power(0.0, 0.0, 1.0, 5))


def test_seeds_needed_is_the_least_number():
    needed = int(p.seeds_needed(1.0, 1.0, 1.0, n_max=60))
    assert slow_power(1, 1, 1, needed) >= 0.8 > slow_power(1, 1, 1, needed - 1)
    assert np.isnan(p.seeds_needed(1.0, 1.0, 0.01, n_max=60))
    assert np.isnan(p.seeds_needed(1.0, 1.0, 0.0, n_max=60))
    with pytest.raises(ValueError, match="`n_max` must be at least 2"):
        p.seeds_needed(1.0, 1.0, 1.0, n_max=1)


def test_simulated_power_is_that_of_normal_pilots(rng):
    x, y = (rng.normal(size=400).astype(np.float32) for _ in range(2))
    x, y = (x - x.mean()) / x.std() + 1, (y - y.mean()) / y.std()
    got = p.simulated_power(KEY, x, y, 17, reps=1000)
    assert got == pytest.approx(0.807, abs=0.06)
    assert p.simulated_power(KEY, x, y, 17, reps=1000) == got
    assert p.simulated_power(KEY, x, x, 17, reps=1000) < 0.09


def test_simulated_power_draws_only_valid_runs(rng):
    x, y = rng.normal(size=12).astype(np.float32) + 50, rng.normal(size=12).astype(np.float32)
    x[6:] = np.nan
    valid = np.arange(12) < 6
    assert p.simulated_power(KEY, x, y, 6, reps=50, valid_x=valid) == 1
    assert np.isnan(p.simulated_power(KEY, x, y, 6, reps=50, valid_x=np.zeros(12, bool)))
    assert p.simulated_power(KEY, x, y, 6, test=mann_whitney, reps=50, valid_x=valid) == 1
    with pytest.raises(ValueError, match="`n` and `reps` must be at least 1"):
        p.simulated_power(KEY, x, y, 0)
