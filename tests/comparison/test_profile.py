"""Profiles of a comparison: against the kernel, whose values are rliable's, and by their coverage."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxviz import stats
from jaxviz.comparison._profile import THRESHOLDS, profile

LEVEL = jnp.float32(0.95)


def scores(algorithms, runs, tasks, seed=0):
    return jax.random.normal(jax.random.key(seed), (algorithms, runs, tasks))


def test_shares_are_those_of_the_kernel_over_the_tasks_that_all_have():
    x, there = scores(3, 6, 5), jnp.ones((3, 6, 5), bool)
    there = there.at[0, :, 1].set(False).at[1, 4:].set(False)
    found, common = profile(x, there, LEVEL, False), jnp.array([0, 2, 3, 4])
    for a in range(3):
        own = stats.performance_profile(x[a][:, common], found.threshold, valid=there[a][:, common])
        np.testing.assert_allclose(found.share.estimate[a], own, atol=1e-6)
    assert found.share.n[:, 0].tolist() == [6, 4, 6]
    known = np.asarray(x)[np.asarray(there) & (np.arange(5) != 1)]
    np.testing.assert_array_equal(found.threshold[jnp.array([0, -1])], [known.min(), known.max()])


def test_of_one_task_the_interval_is_that_of_wilson():
    x = scores(1, 7, 1)
    found = profile(x, jnp.ones(x.shape, bool), LEVEL, False)
    wilson = [stats.fraction_reached(x[0, :, 0] > threshold) for threshold in found.threshold]
    np.testing.assert_allclose(found.share.low[0], [one.low for one in wilson], atol=1e-6)
    np.testing.assert_allclose(found.share.high[0], [one.high for one in wilson], atol=1e-6)


def test_where_lower_is_better_shares_are_of_runs_below():
    x, there = scores(2, 5, 1), jnp.ones((2, 5, 1), bool)
    found = profile(-x, there, LEVEL, True)
    assert (found.threshold[0], found.threshold[-1]) == (x.max(), x.min())
    middle = THRESHOLDS // 2
    below = (x[:, :, 0] < found.threshold[middle]).mean(axis=1)
    np.testing.assert_allclose(found.share.estimate[:, middle], below, atol=1e-6)


def test_intervals_hold_their_level_over_tasks_that_differ():
    """The true share at a threshold in the middle, of tasks one standard deviation apart, five runs each."""
    shift = jnp.linspace(-2, 2, 5)
    x = scores(2000, 5, 5) + shift[None, None]
    found = profile(x, jnp.ones(x.shape, bool), LEVEL, False)
    truth = jnp.mean(jax.scipy.stats.norm.sf(found.threshold[:, None] - shift[None]), axis=1)
    inside = (found.share.low <= truth[None]) & (truth[None] <= found.share.high)
    there = (truth > 0.05) & (truth < 0.95)
    covered = np.asarray(inside.mean(axis=0))[np.asarray(there)]
    assert covered.min() > 0.93
    assert 0.94 < covered.mean() < 0.99


def test_one_score_for_all_and_no_common_task():
    x = jnp.full((2, 3, 2), 5.0)
    flat = profile(x, jnp.ones(x.shape, bool), LEVEL, False)
    assert (flat.threshold == 5).all()
    assert (flat.share.estimate == 0).all()
    apart = jnp.zeros(x.shape, bool).at[0, :, 0].set(True).at[1, :, 1].set(True)
    assert jnp.isnan(profile(x, apart, LEVEL, False).share.estimate).all()
