"""Equal algorithms are rarely told apart, and different ones often: a small part of `python -m benchmarks.verdicts`."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks.experiments import SHAPES, Cell, drawn, judged, without_margin
from benchmarks.verdicts import errors, power

EXPERIMENTS, REPS = 400, 300
MONTE_CARLO = 3 * math.sqrt(5 * 95 / EXPERIMENTS)
"""Three standard errors of 5 %, in points."""


@pytest.mark.parametrize("shape", ["sd 1, 3", "camps"])
def test_equal_algorithms_are_rarely_told_apart(shape):
    x = drawn(SHAPES[shape], Cell(2, 5, 1), EXPERIMENTS).x
    found = errors(judged(x, without_margin(x), "these tasks", REPS))
    assert np.all(found.verdicts <= 5 + MONTE_CARLO)
    assert np.all(found.verdicts <= np.minimum(found.intervals, found.tests)), "a verdict takes both"
    assert np.all(found.covered >= 95 - MONTE_CARLO)


def test_two_standard_deviations_are_found_as_often_as_by_other_tests():
    found = power(SHAPES["normal"], Cell(2, 5, 1), 2.0, EXPERIMENTS, REPS)
    assert found.mean >= found.mann_whitney - MONTE_CARLO
    assert found.iqm >= 40


def test_experiments_are_those_of_equal_algorithms_by_their_seed():
    a, b = (drawn(SHAPES["log-normal"], Cell(3, 4, 2), 500, seed).x for seed in (0, 0))
    assert jnp.array_equal(a, b)
    middle = np.median(np.log(np.asarray(a, np.float64)), axis=(0, 2))
    np.testing.assert_allclose(middle, 0, atol=0.2)
