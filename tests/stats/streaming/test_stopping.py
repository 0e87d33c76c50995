"""Stopping rules of populations, by the numbers they say they read."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.compiled import stats

RUNS, WINDOW = 4, 10


@jax.jit
def seen(returns):
    """A population after [time, run] returns."""
    start = stats.Population.init(RUNS, WINDOW)
    return jax.lax.scan(lambda state, now: (state.update(now), None), start, returns)[0]


def histories():
    """One run that got there, one that is flat below, one that rises, one that is flat but noisy."""
    rng = np.random.default_rng(0)
    t = np.arange(30.0)
    columns = [np.full(30, 480.0), np.full(30, 200.0), 10 * t, 200 + 80 * rng.normal(size=30)]
    return np.stack(columns, axis=1).astype(np.float32)


def test_reached_and_flat_by_run():
    got = stats.should_stop(seen(histories()), target=475.0, tolerance=5.0)
    assert got.reached.tolist() == [True, False, False, False]
    assert got.flat.tolist() == [True, True, False, False]
    assert not bool(got.stop)


@pytest.mark.parametrize(("runs", "stop"), [(1, True), (2, True), (3, False), (None, False)])
def test_k_of_n_runs_stop(runs, stop):
    assert bool(stats.should_stop(seen(histories()), target=475.0, tolerance=5.0, runs=runs).stop) is stop


def test_a_run_with_too_few_returns_is_not_done():
    few = histories()
    few[5:] = np.nan
    got = stats.should_stop(seen(few), target=0.0, tolerance=1e6, runs=1)
    assert not np.asarray(got.reached | got.flat).any()


def test_the_mean_of_the_window_decides():
    x = np.full((30, RUNS), 100.0, np.float32)
    x[-1] = 0
    means = x[-WINDOW:].mean(0)
    for target, reached in ((means[0] - 0.01, True), (means[0] + 0.01, False)):
        assert np.asarray(stats.should_stop(seen(x), target=target).reached).all() == reached


def test_a_while_loop_ends_when_it_says_so():
    def going(carry):
        return ~stats.should_stop(carry[0], target=50.0, runs=3).stop

    def update(carry):
        state, i = carry
        return state.update(jnp.full(RUNS, i, jnp.float32)), i + 1

    state = stats.Population.init(RUNS, WINDOW)
    _, updates = jax.jit(lambda s: jax.lax.while_loop(going, update, (s, 0)))(state)
    assert int(updates) == 56  # the mean of 46 … 55 is 50.5


def test_halving_keeps_the_best_and_those_that_cannot_be_told_apart():
    rng = np.random.default_rng(1)
    far = np.array([0.0, 1, 2, 3, 4, 5])[:, None] * 100 + rng.normal(size=(6, 12))
    key = jax.random.key(0)
    first = stats.successive_halving(key, far)
    assert first.alive.tolist() == [False, False, False, True, True, True]
    second = stats.successive_halving(key, far, alive=first.alive, keep=0.34)
    assert second.alive.tolist() == [False, False, False, False, True, True]
    near = rng.normal(size=(6, 12))
    assert np.asarray(stats.successive_halving(key, near).alive).sum() > 3
    scores = far[2].astype(np.float32)
    expected = stats.bootstrap_interval(key, stats.iqm, scores, unit="run", method="percentile", reps=1000)
    assert float(first.low[2]) == pytest.approx(float(expected.low), rel=1e-5)


def test_halving_drops_diverged_configurations_first_and_works_with_one_run():
    scores = np.array([[1.0], [np.nan], [3.0], [2.0]])
    got = stats.successive_halving(jax.random.key(0), scores)
    assert got.alive.tolist() == [False, False, True, True]
    assert np.isnan(got.low).all()
    nothing = stats.successive_halving(jax.random.key(0), np.full((3, 2), np.nan))
    assert not np.asarray(nothing.alive).any()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: stats.should_stop(stats.Population.init(3, 2)), "needs a rule"),
        (lambda: stats.should_stop(stats.Population.init(3, 2), target=1.0, runs=4), "`runs` must be from 1 to 3"),
        (lambda: stats.Population.init(0, 2), "`runs` must be at least 1"),
        (lambda: stats.Population.init(3, 2).update(jnp.ones(2)), "`returns` must be .run."),
        (lambda: stats.successive_halving(jax.random.key(0), jnp.ones(3)), "`scores` must be"),
        (lambda: stats.successive_halving(jax.random.key(0), jnp.ones((3, 2)), keep=0.0), "`keep` must be in"),
        (
            lambda: stats.successive_halving(jax.random.key(0), jnp.ones((3, 2)), alive=jnp.ones(2, bool)),
            "`alive` must be boolean",
        ),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
