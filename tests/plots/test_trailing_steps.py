"""Trailing statistics of several runs stand at environment steps, wherever these are known."""

import numpy as np
import pytest

from jaxviz import analyze, from_arrays, from_curves
from jaxviz.plots import figure_caption, plot_drawdown, plot_training_stability
from jaxviz.view import from_analysis, make_view
from jaxviz.view._trailing import trailing

COUNTS, LENGTHS = (300, 150, 100), (10, 20, 30)


def with_lengths(returns, lengths):
    return from_arrays(returns, lengths=[np.full(n, length) for n, length in zip(COUNTS, lengths, strict=True)])


@pytest.fixture(scope="module")
def run():
    """All runs have the return step/1000, with episodes of 10, 20 and 30 steps."""
    returns = [np.arange(1, n + 1) * length / 1000 for n, length in zip(COUNTS, LENGTHS, strict=True)]
    return with_lengths(returns, LENGTHS)


def test_runs_with_other_episodes_meet_at_steps(run):
    """Windows of a tenth lag 145 to 135 steps behind; the number of the episode would tear the runs apart threefold."""
    view = make_view(run)
    found = trailing(view)
    x, quantiles = found.quantiles("mean", 0)
    assert found.x_name == "Environment steps"
    assert x[-1] == 3000
    full = x >= 330
    for row in quantiles:
        np.testing.assert_allclose(row[full], (x[full] - 140) / 1000, atol=0.025)


def test_a_run_that_ended_counts_until_its_end():
    returns = [np.full(n, level) for n, level in zip(COUNTS, (1.0, 3.0, 5.0), strict=True)]
    x, quantiles = trailing(make_view(with_lengths(returns, (10, 10, 10)))).quantiles("mean", 0)
    np.testing.assert_array_equal(quantiles[2][(x >= 300) & (x <= 1000)], 3)
    np.testing.assert_array_equal(quantiles[2][(x > 1000) & (x <= 1500)], 2)
    np.testing.assert_array_equal(quantiles[2][x > 1500], 1)


def test_common_steps_are_the_steps():
    step = 1 + 5_000_000_000 * np.arange(20)
    run = from_curves(np.tile(np.linspace(0, 1, 20), (4, 1)), step=step)
    view = from_analysis(analyze(run, groups=("windows",)), run)
    x, quantiles = trailing(view).quantiles("mean", 0)
    np.testing.assert_array_equal(x, step)
    np.testing.assert_array_equal(quantiles[2], np.linspace(0, 1, 20).astype(np.float32))


def test_figures_say_steps(run):
    for figure in (plot_training_stability(run), plot_drawdown(run)):
        names = {ax.get_xlabel() for ax in figure.axes} - {""}
        assert names == {"Environment steps"}
    for figure in (plot_training_stability(analyze(run)), plot_drawdown(analyze(run))):
        assert {ax.get_xlabel() for ax in figure.axes} - {""} == {"Entry (number of the episode)"}
        assert "x: entries (episodes) by their number, as an Analysis has no steps of them" in figure_caption(figure)
    ordered = plot_training_stability(analyze(from_arrays(np.ones((3, 40))), groups=("windows", "stability")))
    assert {ax.get_xlabel() for ax in ordered.axes} - {""} == {"Episode"}
