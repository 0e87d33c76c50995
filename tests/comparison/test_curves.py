"""`jv.compare_curves`: runs of any steps and lengths at equal shares of the budget, against NumPy."""

from typing import Any

import jax
import numpy as np
import pytest
from scipy.stats import trim_mean

import jaxviz as jv

untyped: Any = jv
"""For a call that a type checker refuses."""
KEY = jax.random.key(0)
POINTS = 5


def run(values, every, **settings):
    """Runs [run, update] with an update every so many steps."""
    steps = every * np.arange(1, values.shape[1] + 1)
    return jv.from_curves(values, step=steps, **settings)


@pytest.fixture(scope="module")
def given():
    """Two algorithms on two tasks and one on a third; one goes twice as far, one updates half as often."""
    rng = np.random.default_rng(0)
    values = {
        ("A", "x"): (rng.normal(size=(4, 20)), 50), ("A", "y"): (rng.normal(size=(4, 20)), 50),
        ("B", "x"): (rng.normal(size=(4, 40)), 50), ("B", "y"): (rng.normal(size=(4, 10)), 100),
        ("B", "z"): (rng.normal(size=(4, 20)), 50),
    }  # fmt: skip
    values["B", "y"][0][1, 6:] = np.inf  # it diverged
    values["A", "y"][0][2, 17:] = np.nan  # it was not recorded
    return values


@pytest.fixture(scope="module")
def study(given):
    return jv.Study({jv.Cell(*name): run(x, every) for name, (x, every) in given.items()})


@pytest.fixture(scope="module")
def curves(study):
    return jv.compare_curves(study, KEY, normalize={"x": (0, 2), "y": (-1, 1), "z": (0, 1)}, points=POINTS, reps=200)


def at_points(given, name, budget):
    """[run, point] by NumPy."""
    x, every = given[name]
    steps = every * np.arange(1, x.shape[1] + 1)
    return np.stack([np.interp(budget * np.arange(1, POINTS + 1) / POINTS, steps, row) for row in x])


def test_runs_are_taken_at_shares_of_the_common_budget(curves, given):
    assert curves.common == ("x", "y")
    assert curves.budget.tolist() == [1000, 1000, 1000]
    np.testing.assert_allclose(curves.share, [0.2, 0.4, 0.6, 0.8, 1.0], rtol=1e-6)
    expected = trim_mean(at_points(given, ("B", "x"), 1000), 0.25)
    np.testing.assert_allclose(curves.by_task.estimate[1, 0], expected, rtol=1e-4, atol=1e-5)
    assert curves.runs[0].tolist() == [[4] * POINTS, [4, 4, 4, 4, 3], [0] * POINTS]


def test_the_iqm_is_over_all_runs_of_the_common_tasks(curves, given):
    for place, name in enumerate("AB"):
        x = at_points(given, (name, "x"), 1000) / 2
        y = (at_points(given, (name, "y"), 1000) + 1) / 2
        y = np.where(np.isposinf(y) | (np.isnan(y) & (name == "B")), -np.inf, y)
        both = np.concatenate([x, y])
        expected = [trim_mean(np.sort(column[~np.isnan(column)]), 0.25) for column in both.T]
        np.testing.assert_allclose(curves.iqm.estimate[place], expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(curves.band.estimate[place], curves.iqm.estimate[place])
    inside = (curves.band.low <= curves.iqm.low) & (curves.iqm.high <= curves.band.high)
    assert np.mean(inside) > 0.7


def test_a_run_that_diverged_is_the_worst_from_then_on(curves):
    assert curves.runs[1, 1].tolist() == [4] * POINTS
    finite = np.isfinite(curves.by_task.estimate[1, 1])
    assert finite.all()
    assert np.isneginf(curves.by_task.low[1, 1, -1]) or curves.by_task.low[1, 1, -1] < curves.by_task.estimate[1, 1, -1]


def test_lower_is_better(given):
    """The negated metric gives the negated curves, and the same key the same bits."""
    named = {"name": "cost", "minimize": True}
    turned = jv.Study({jv.Cell(*name): run(-x, every, **named) for name, (x, every) in given.items()})
    ends = {"x": (0.0, -2.0), "y": (1.0, -1.0), "z": (0.0, -1.0)}
    found = jv.compare_curves(turned, KEY, normalize=ends, points=POINTS, reps=200)
    plain = jv.Study({jv.Cell(*name): run(x, every) for name, (x, every) in given.items()})
    same = jv.compare_curves(plain, KEY, normalize={t: (-a, -b) for t, (a, b) in ends.items()}, points=POINTS, reps=200)
    np.testing.assert_array_equal(found.iqm.low, same.iqm.low)
    np.testing.assert_array_equal(found.by_task.low, -same.by_task.high)


def test_what_cannot_be_compared_is_told(given):
    apart = jv.Study({jv.Cell("A", "x"): run(*given["A", "x"]), jv.Cell("B", "y"): run(*given["B", "y"])})
    with pytest.raises(ValueError, match="no task has runs of all algorithms"):
        jv.compare_curves(apart, KEY)
    with pytest.raises(TypeError, match="`study` must be"):
        untyped.compare_curves({"A": [1.0, 2.0]}, KEY)
