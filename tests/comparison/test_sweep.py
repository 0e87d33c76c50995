"""`jv.analyze_sweep`: what hyper-parameters do, without what noise adds."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.comparison.sweeps._groups import are_crossed, groups_of
from jaxviz.stats.resampling._algorithms import Replicated
from jaxviz.stats.resampling._sweeps import _weights, best_of, main_effect, main_effects

KEY = jax.random.key(0)
RATES, DISCOUNTS = (1e-4, 1e-3, 1e-2), (0.9, 0.99)
GRID = [{"lr": lr, "gamma": gamma} for lr in RATES for gamma in DISCOUNTS]
EFFECTS = np.array([a + b for a in (0.0, 1.0, 3.0) for b in (0.0, 0.5)])


def members(configurations, name):
    (found,) = [one for one in groups_of(configurations) if one.parameter == name]
    return jnp.asarray(found.members, jnp.float32)


def test_values_are_in_order_and_many_numbers_become_ranges():
    rng = np.random.default_rng(1)
    search = [{"lr": float(lr), "net": "abc"[i % 3]} for i, lr in enumerate(10 ** rng.uniform(-4, -1, 40))]
    rate, net = groups_of(search)
    assert (net.parameter, net.values) == ("net", ("a", "b", "c"))
    assert len(rate.values) == 4
    np.testing.assert_array_equal(np.sum(rate.members, axis=0), 1)
    np.testing.assert_array_equal(np.sum(rate.members, axis=1), 10)
    assert [one.values for one in groups_of(GRID)] == [("0.9", "0.99"), ("0.0001", "0.001", "0.01")]
    assert are_crossed(groups_of(GRID), 6)
    assert not are_crossed(groups_of(search), 40)


def test_main_effects_are_those_of_the_analysis_of_variance():
    """Of an additive grid they add up to all of it."""
    x = jnp.asarray(EFFECTS, jnp.float32)
    shares = [float(main_effect(x, jnp.float32(0), members(GRID, name), True)) for name in ("lr", "gamma")]
    expected = [float(np.var([0, 1, 3])), float(np.var([0, 0.5]))]
    np.testing.assert_allclose(shares, np.divide(expected, np.sum(expected)), rtol=1e-5)


def test_noise_is_taken_out(rng):
    """Over many noisy sweeps of a grid, each with its own mean squared error, the median is the truth."""
    error = 0.04
    x = jnp.asarray(EFFECTS + math.sqrt(error) * rng.normal(size=(3000, 6)), jnp.float32)
    shares = jax.vmap(lambda means: main_effect(means, jnp.float32(error), members(GRID, "gamma"), True))(x)
    expected = np.var([0, 0.5]) / (np.var([0, 1, 3]) + np.var([0, 0.5]))
    assert abs(float(jnp.median(shares)) - expected) < 0.005


def test_chance_is_taken_out_of_a_random_search(rng):
    """A value of six that does nothing takes 5/35 of the differences that others make, by chance."""
    search = [{"useless": i % 6} for i in range(36)]
    means = jnp.asarray(rng.normal(size=(3000, 36)), jnp.float32)
    groups = jnp.asarray(groups_of(search)[0].members, jnp.float32)
    for crossed, expected in ((True, 5 / 35), (False, 0)):
        share = jax.vmap(lambda x, c=crossed: main_effect(x, jnp.float32(0), groups, c))(means)
        assert abs(float(jnp.median(share)) - expected) < 0.02


def test_the_interval_of_an_importance_holds_it(rng):
    """In about 95 % of sweeps of a grid, each with normal noise."""
    truth = np.var([0, 1, 3]) / (np.var([0, 1, 3]) + np.var([0, 0.5]))
    error, count = 0.3, 400
    means = EFFECTS + error * rng.normal(size=(count, 6))
    values = means[:, :, None] + error * rng.normal(size=(count, 6, 400))

    def bounds(mean, value):
        ranks = freedom = jnp.ones(1)
        found = Replicated(mean[:, None], value[:, None], freedom, ranks)
        return main_effects(found, members(GRID, "lr"), jnp.float32(0.95), True)

    _, low, high = jax.jit(jax.vmap(bounds))(jnp.asarray(means, jnp.float32), jnp.asarray(values, jnp.float32))
    held = float(jnp.mean((low <= truth) & (truth <= high)))
    assert 0.9 < held <= 1


def test_the_best_of_k_is_its_enumeration(rng):
    x = rng.normal(size=(6, 5, 2))
    found = best_of(KEY, jnp.asarray(x, jnp.float32), jnp.ones(x.shape, bool), reps=500)
    means = x.mean(axis=(1, 2))
    expected = [float(np.mean([max(some) for some in itertools.combinations(means, k)])) for k in range(1, 7)]
    np.testing.assert_allclose(found.naive, expected, rtol=1e-5)
    np.testing.assert_allclose(found.honest[0], means.mean(), atol=0.02)  # one trial chooses nothing


def test_the_best_of_equal_configurations_is_no_better_than_one(rng):
    x, present = jnp.asarray(rng.normal(size=(200, 20, 3, 1)), jnp.float32), jnp.ones((20, 3, 1), bool)
    found = jax.vmap(lambda key, one: best_of(key, one, present, reps=50))(jax.random.split(KEY, 200), x)
    np.testing.assert_allclose(jnp.mean(found.honest, axis=0), 0, atol=0.13)  # three standard errors
    assert float(jnp.mean(found.naive[:, -1])) > 0.9  # the expected maximum of 20 normal means of three


def study(rng, turn=1, runs=4, tasks=("Acro", "Cart")):
    cells = {}
    for task in tasks:
        for mean, configuration in zip(EFFECTS, GRID, strict=True):
            level = turn * (mean + 0.3 * rng.normal(size=(runs, 1)))
            cells[jv.Cell("PPO", task, configuration)] = jv.from_curves(level + np.zeros(20), minimize=turn < 0)
    return jv.Study(cells)


@pytest.fixture(scope="module")
def sweep():
    return jv.analyze_sweep(study(np.random.default_rng(3)), KEY, normalize="raw", reps=500)


def test_a_sweep_of_a_study(sweep):
    assert (sweep.algorithm, sweep.parameters, sweep.crossed) == ("PPO", ("gamma", "lr"), True)
    assert sweep.configurations[0] == "gamma=0.9 lr=0.0001"
    np.testing.assert_allclose(sweep.sensitivity[1].estimate, [0.25, 1.25, 3.25], atol=0.25)
    np.testing.assert_allclose(sweep.importance.estimate[1], 0.961, atol=0.04)
    np.testing.assert_allclose(np.mean(sweep.mean.estimate), np.mean(sweep.sensitivity[0].estimate), rtol=1e-5)
    assert bool(jnp.all(sweep.importance.low <= sweep.importance.estimate))
    assert sweep.expected_best.shape == (6,)


def test_words_of_a_sweep(sweep):
    words = jv.describe(sweep)
    lines = words.splitlines()
    assert lines[0] == "Sweep: 6 configurations of PPO on Acro and Cart, final return"
    assert lines[2].strip().startswith("gamma=0.99 lr=0.01: 3.")
    assert words.index("lr explains") < words.index("gamma explains")
    assert "expected best of k random trials, on runs that did not choose it: 1: " in words


def test_lower_may_be_better(sweep):
    found = jv.analyze_sweep(study(np.random.default_rng(3), turn=-1), KEY, normalize="raw", reps=500)
    for name in ("expected_best", "naive_best"):
        np.testing.assert_allclose(getattr(found, name), -getattr(sweep, name), rtol=1e-5)
    np.testing.assert_allclose(found.mean.low, -sweep.mean.high, rtol=1e-5)
    np.testing.assert_allclose(found.importance.high, sweep.importance.high, rtol=1e-5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            lambda rng: study(rng) | study(rng).as_algorithm("A2C", source="x"),
            "`study` must be of one algorithm, got A2C",
        ),
        (lambda rng: study(rng).select(lr=1e-4, gamma=0.9), "must have several configurations"),
        (lambda rng: study(rng, runs=1), "must have two runs of each configuration"),
    ],
)
def test_what_is_no_sweep_is_named(rng, given, words):
    with pytest.raises(ValueError, match=words):
        jv.analyze_sweep(given(rng), KEY)


def test_the_weights_of_ranks_are_probabilities():
    n = 7
    expected = [[math.comb(n - i, k - 1) / math.comb(n, k) for i in range(1, n + 1)] for k in range(1, n + 1)]
    np.testing.assert_allclose(_weights(n, jnp.float32), expected, rtol=1e-5)
