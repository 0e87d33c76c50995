"""Intervals end where a quantity ends."""

import jax
import numpy as np
import pytest

from jaxviz import aggregate, analyze, describe, from_arrays
from tests.known import known


def analyzed(returns):
    """The analysis of five runs of 400 episodes."""
    groups = ("performance", "stability", "convergence", "drawdown")
    return analyze(from_arrays(returns), target=5.0, groups=groups)


@pytest.fixture(scope="module")
def summary():
    """Five runs of which one falls far and one not at all: stretched quantiles reach below 0."""
    falls = np.array([0.0, 0.01, 0.02, 5, 9])[:, None]
    returns = 10 - falls * (np.arange(400) > 300) + np.random.default_rng(0).normal(0, 1e-3, (5, 400))
    return aggregate(analyzed(returns), jax.random.key(0))


def test_no_drawdown_variation_or_share_is_out_of_range(summary):
    stability, drawdown = summary.stability, summary.drawdown
    for interval in (stability.max_drawdown, stability.forgetting, stability.coefficient_of_variation):
        assert 0 <= interval.low <= interval.estimate <= interval.high
    for interval in (stability.consistency, drawdown.time_under_water):
        assert 0 <= interval.low <= interval.high <= 1
    assert stability.final_to_peak.high <= 1 or np.isnan(stability.final_to_peak.high)


def test_levels_are_not_cut(summary):
    assert summary.performance.final.low < summary.performance.final.estimate < summary.performance.final.high


def test_infinite_ends_of_diverged_runs_stay():
    returns = np.ones((5, 400)) + np.arange(5)[:, None]
    returns[1:, -1] = np.nan
    found = known(aggregate(analyzed(returns), jax.random.key(0)).stability).max_drawdown
    assert found.high == np.inf


def test_describe_says_why_a_run_has_no_final_level():
    returns = np.ones((5, 400))
    returns[2, -1] = np.inf
    assert "final return: 1 (diverged in 1 of 5)" in describe(analyzed(returns))
