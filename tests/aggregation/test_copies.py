"""Runs that are copies of others are named wherever their numbers stand, in the same words."""

import jax
import numpy as np
import pytest

from jaxviz import aggregate, analyze, describe, from_arrays, stats
from jaxviz.host import copied_rows
from jaxviz.plots import figure_caption, plot_training_curves, plot_training_stability

WORDS = "2 of 6 runs are bit for bit an earlier one"


@pytest.fixture(scope="module")
def returns():
    made = np.random.default_rng(0).normal(0, 1, (6, 60))
    made[3], made[5] = made[0], made[0]
    return made


def test_described_alike_everywhere(returns):
    analysis = analyze(from_arrays(returns))
    summary = aggregate(analysis, jax.random.key(0))
    assert int(summary.copies) == 2
    for words in (
        describe(analysis),
        describe(summary),
        figure_caption(plot_training_curves(analysis)),
        figure_caption(plot_training_stability(analysis)),
    ):
        assert WORDS in " ".join(words.split())


@pytest.fixture(scope="module")
def configurations(returns):
    """The same six runs, and six of which no two are equal."""
    return analyze(from_arrays(np.stack([returns, returns + np.arange(6)[:, None]])), groups=("performance",))


def test_of_each_configuration(configurations):
    summary = aggregate(configurations, jax.random.key(0), reps=8)
    np.testing.assert_array_equal(summary.copies, [2, 0])
    assert "bit for bit" not in describe(summary[1])


def test_unknown_inside_a_transformation(configurations):
    summary = jax.jit(lambda a: aggregate(a, jax.random.key(0), reps=8))(configurations[0])
    assert int(summary.copies) == -1
    assert "bit for bit" not in describe(summary)


def test_the_host_finds_what_the_kernel_finds(rng):
    for _ in range(20):
        x = rng.integers(0, 2, (12, 3)).astype(np.float32)
        x[rng.random(x.shape) < 0.1] = np.nan
        valid = rng.random(x.shape) < 0.8
        np.testing.assert_array_equal(copied_rows(x, valid), stats.duplicate_runs(x, valid=valid))
