"""Law cases of stopping rules."""

import jax
import numpy as np

from jaxviz.stats.streaming import _stopping
from tests.laws.case import Case


def stops(x, _):
    state = _stopping.Population.init(5, 7)
    state, _ = jax.lax.scan(lambda state, now: (state.update(now), None), state, x)
    return _stopping.should_stop(state, target=50.0, tolerance=8.0, runs=2)


def halving(x, _):
    return _stopping.successive_halving(jax.random.key(3), x, reps=16)


def returns(rng):
    return np.linspace(0, 50, 11)[:, None] + rng.normal(0, 3, (11, 5))


def scores(rng):
    return rng.normal(size=(6, 9)) + np.arange(6)[:, None]


CASES = {
    "should_stop": [Case(stops, returns, masked=False, differentiable=False)],
    "successive_halving": [Case(halving, scores, masked=False, equivariance=None)],
}
