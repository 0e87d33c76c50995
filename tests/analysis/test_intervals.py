"""Curves of episodes by equal intervals of the budget, against NumPy."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import _steps, analyze, from_arrays
from jaxviz.analysis._intervals import centres
from tests.known import known

BIG = 4 * 10**10 + 7


@pytest.mark.parametrize(("episodes", "intervals"), [(4, 25), (40, 25), (249, 25), (250, 50), (999, 100), (1000, 200)])
def test_a_straight_line_is_drawn_without_lag(episodes, intervals):
    """Returns that are the episode's own number: every interval stands at the mean of its numbers, within rounding."""
    curve = analyze(from_arrays(np.arange(1.0, episodes + 1)), groups=()).curve
    assert int(known(curve.intervals)) == intervals
    valid = np.asarray(curve.valid)
    value, x = (np.asarray(part, np.float64)[valid] for part in (curve.value, curve.order))
    edges = np.arange(intervals + 1) * episodes // intervals
    means = [(low + 1 + high) / 2 for low, high in itertools.pairwise(edges) if high > low]
    np.testing.assert_allclose(value, means, rtol=1e-6)
    np.testing.assert_array_equal(x, np.floor(means))


@pytest.mark.parametrize("total", [0, 1, 7, 199, 12_345, 2**31 - 1, BIG])
@pytest.mark.parametrize("intervals", [25, 200])
def test_centres_are_exact(total, intervals):
    edges = np.array([k * total // intervals for k in range(intervals + 1)])
    expected = (edges[:-1] + edges[1:] + 1) // 2
    wide = _steps.wide(total)
    forms = [wide] if total > 2**31 - 1 else [wide, jnp.asarray(total, jnp.int32)]
    for form in forms:
        got = jax.jit(centres, static_argnums=2)(form, jnp.asarray(intervals, jnp.int32), 200)
        np.testing.assert_array_equal(np.asarray(got)[:intervals], expected)
        assert (np.asarray(got)[intervals:] == total).all()
