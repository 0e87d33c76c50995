"""The score interval of P(X > Y) against its formula in float64 NumPy, and at its ends."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from tests.compiled import stats


def variance(p, n, m):
    more = (n + m) / 2 - 1
    return p * (1 - p) / (n * m) * (1 + more * ((1 - p) / (2 - p) + p / (1 + p)))


def score_ends(p, n, m):
    """Newcombe 2006, method 5, on a fine grid."""
    z = special.ndtri(0.975)

    grid = np.linspace(0, 1, 2_000_001)
    inside = (p - grid) ** 2 <= z**2 * variance(grid, n, m)
    return grid[inside].min(), grid[inside].max()


@pytest.mark.parametrize(("n", "m", "shift"), [(5, 5, 0.3), (4, 9, -1.0), (20, 3, 0.0)])
def test_one_task_is_newcombes_interval(rng, n, m, shift):
    x, y = rng.normal(size=n) + shift, rng.normal(size=m)
    p = np.mean(x[:, None] > y)
    found = stats.improvement_interval(x, y)
    low, high = score_ends(p, n, m)
    assert float(found.estimate) == pytest.approx(p)
    np.testing.assert_allclose([found.low, found.high], [low, high], atol=2e-5)


def test_it_has_a_width_when_every_run_wins():
    found = stats.improvement_interval(jnp.arange(5.0) + 10, jnp.arange(5.0))
    assert (float(found.estimate), float(found.high)) == (1.0, 1.0)
    assert 0.5 < float(found.low) < 0.7


def test_tasks_that_are_lost_and_won_for_certain_leave_little_doubt(rng):
    """Between-task spread is not noise: the interval is narrower than that of tasks which are all alike."""
    y = rng.normal(size=(10, 26))
    apart = stats.improvement_interval(rng.normal(size=(10, 26)) + 9.0 * (1 - 2 * (np.arange(26) % 2)), y)
    alike = stats.improvement_interval(rng.normal(size=(10, 26)), y)
    assert float(apart.high - apart.low) < 0.7 * float(alike.high - alike.low)


def test_a_task_that_one_side_lacks_is_left_out(rng):
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    valid = np.ones((5, 2), bool)
    valid[:, 1] = False
    found = stats.improvement_interval(x, y, valid_y=valid)
    alone = stats.improvement_interval(x[:, 0], y[:, 0])
    np.testing.assert_allclose([found.low, found.high], [alone.low, alone.high], rtol=1e-5)
    assert int(found.n_tasks) == 1


def test_a_score_that_is_nan_undefines_it():
    found = stats.improvement_interval(np.asarray([1.0, np.nan, 2.0]), np.asarray([0.0, 1.0]))
    assert np.isnan([found.estimate, found.low, found.high]).all()
