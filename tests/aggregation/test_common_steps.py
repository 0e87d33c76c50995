"""Curves of runs with other steps, as Brax's seeds of different budgets have them."""

import jax
import numpy as np
import pytest

from jaxviz import aggregate, analyze, from_dataframe
from jaxviz.aggregation._common_steps import _joined
from tests.known import known

STEP = np.array([[0, 10, 20, 0], [0, 15, 30, 45], [5, 0, 0, 0]])
VALID = np.array([[True, True, True, False], [True] * 4, [True, False, False, False]])
VALUES = np.array([[0.0, 10.0, 20.0, 99.0], [0.0, 150.0, 300.0, 450.0], [7.0, 99.0, 99.0, 99.0]], np.float32)


def joined(step, values, valid):
    return [np.asarray(x) for x in _joined(*(jax.numpy.asarray(x) for x in (step, values, valid)))]


def test_a_run_is_on_the_line_between_its_values_and_nowhere_else():
    step, values, valid = joined(STEP, VALUES, VALID)
    np.testing.assert_array_equal(step, [[0, 15, 30, 45]] * 3)
    np.testing.assert_array_equal(valid, [[True, True, False, False], [True] * 4, [False] * 4])
    for run in range(3):
        expected = np.interp(step[run], STEP[run][VALID[run]], VALUES[run][VALID[run]])
        np.testing.assert_allclose(values[run][valid[run]], expected[valid[run]], rtol=1e-6)


def test_configurations_have_steps_of_their_own():
    mirrored = STEP[::-1] * 2, VALUES[::-1] * 2, VALID[::-1]
    step, values, valid = joined(
        np.stack([STEP, mirrored[0]]), np.stack([VALUES, mirrored[1]]), np.stack([VALID, mirrored[2]])
    )
    np.testing.assert_array_equal(step[:, 0], [[0, 15, 30, 45], [0, 30, 60, 90]])
    np.testing.assert_allclose(values[1][::-1][valid[0]], 2 * values[0][valid[0]], rtol=1e-6)


def test_shared_steps_stay_to_the_bit():
    step = np.where(VALID, np.arange(1, 5) * 7, 0)
    values = np.random.default_rng(0).normal(size=VALUES.shape).astype(np.float32)
    grid, same, valid = joined(step, values, VALID)
    np.testing.assert_array_equal(grid, [[7, 14, 21, 28]] * 3)
    np.testing.assert_array_equal(same, values)
    np.testing.assert_array_equal(valid, VALID)


@pytest.mark.parametrize("rows", ["update", "evaluation"])
def test_the_curve_over_runs(rows):
    """Two runs on one line each, measured every 10 and every 15 steps: their mean is the line between."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = pandas.DataFrame({"run": [0] * 7 + [1] * 4, "t": [*range(0, 61, 10), *range(0, 46, 15)]})
    table["r"] = table["t"] * np.where(table["run"] == 0, 1.0, 3.0)
    run = from_dataframe(table, returns="r", step="t", run="run", rows=rows)
    curve = aggregate(analyze(run, groups=()), jax.random.key(0)).curve
    np.testing.assert_array_equal(known(curve.step), np.arange(0, 61, 10))
    np.testing.assert_array_equal(curve.count, [2, 2, 2, 2, 2, 1, 1])
    np.testing.assert_allclose(curve.mean[:5], np.arange(0, 41, 10) * 2, rtol=1e-6)
