"""Lower is better: every order, choice, arrow and word turns with the run."""

import numpy as np
import pytest

from jaxviz import analyze, from_curves
from jaxviz.plots import (
    figure_caption,
    plot_drawdown,
    plot_hyperparameter_comparison,
    plot_hyperparameter_heatmap,
    plot_hyperparameter_sensitivity,
    plot_reliability_profile,
)
from tests.known import known

PARAMETERS = [{"lr": 1, "clip": 2}] * 2


def costs(runs: int = 3):
    """Two configurations whose costs end at 4 and at 2."""
    falling = np.linspace(10, [4, 2], 60).T[:, None] + np.linspace(0, 0.3, runs)[None, :, None]
    return from_curves(falling, name="cost", minimize=True)


@pytest.fixture(scope="module")
def analysis():
    return analyze(costs(), groups=("performance",))


def rows(figure):
    return [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


def test_the_lowest_cost_comes_first(analysis):
    figure = plot_hyperparameter_comparison(analysis, labels=["four", "two"])
    assert rows(figure) == ["two", "four"]
    assert figure.axes[0].get_xlabel() == "Cost, last tenth of training"
    assert "Lowest first." in figure_caption(figure)
    figure = plot_hyperparameter_comparison(analysis, labels=["four", "two"], minimize=False)
    assert rows(figure) == ["four", "two"]


def test_numbers_without_a_run_are_turned_by_the_caller():
    table = {"a": [1.0, 2.0], "b": [3.0, 4.0]}
    assert rows(plot_hyperparameter_comparison(table)) == ["b", "a"]
    assert rows(plot_hyperparameter_comparison(table, minimize=True)) == ["a", "b"]


def test_falls_are_better_small_whatever_the_metric():
    steady, falling = np.full((1, 2, 40), 5.0), np.where(np.arange(40) < 30, 9.0, 1.0) * np.ones((1, 2, 1))
    analysis = analyze(from_curves(np.concatenate([falling, steady])), groups=("stability",))
    figure = plot_hyperparameter_comparison(analysis, "stability/max_drawdown", labels=["falling", "steady"])
    assert rows(figure) == ["steady", "falling"]


@pytest.mark.parametrize("plot", [plot_hyperparameter_sensitivity, plot_hyperparameter_heatmap])
def test_the_lowest_of_those_that_share_a_place_is_shown(plot, analysis):
    figure = plot(analysis, parameters=PARAMETERS)
    assert "the lowest estimate is shown" in figure_caption(figure).replace("the one with the", "the")
    shown = plot(analysis, parameters=PARAMETERS, minimize=False)
    assert "the highest estimate is shown" in figure_caption(shown).replace("the one with the", "the")


def test_the_value_shown_is_the_lowest(analysis):
    (image,) = plot_hyperparameter_heatmap(analysis, parameters=PARAMETERS).axes[0].images
    assert float(known(image.get_array())[0, 0]) == pytest.approx(2.5, abs=0.5)


def test_arrows_and_falls_turn():
    run = costs(8)
    profile = plot_reliability_profile({"a": analyze(run, groups=("reliability",))[0]})
    titles = [ax.get_title(loc="left") for ax in profile.axes]
    figure = plot_drawdown(analyze(run, groups=("windows", "stability", "convergence"))[0])
    assert {"Median performance ↓", "Short-term risk (CVaR) ↓", "Long-term risk (CVaR) ↓"} <= set(titles)
    assert "6 of 8 runs with the highest rises" in figure_caption(figure)
