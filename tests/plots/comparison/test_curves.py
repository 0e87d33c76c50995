"""Learning curves of algorithms: what is drawn is what `jv.compare_curves` found."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxviz.plots import figure_caption, plot_common_curves, plot_task_curves
from tests.comparison.made import curves

from .conftest import HOSTILE


def lines(ax):
    """Name → x, y."""
    return {line.get_label(): tuple(map(np.asarray, line.get_data())) for line in ax.lines}


def test_lines_are_the_estimates_at_steps():
    (ax,) = plot_common_curves(curves()).axes
    drawn = lines(ax)
    assert list(drawn) == ["A2C", "DQN", "PPO"]
    np.testing.assert_allclose(drawn["PPO"][0], [200, 400, 600, 800, 1000])
    np.testing.assert_allclose(drawn["PPO"][1], [3, 4, 5, 6, 7])
    assert ax.get_xlabel() == "Environment steps"
    assert ax.get_ylabel() == "IQM of the return"


def test_budgets_that_differ_share_an_axis_of_shares():
    figure = plot_common_curves(curves(budgets=(1000.0, 5000.0)), simultaneous=True)
    (ax,) = figure.axes
    np.testing.assert_allclose(lines(ax)["A2C"][0], [0.2, 0.4, 0.6, 0.8, 1.0], rtol=1e-6)
    assert ax.get_xlabel() == "Share of the budget"
    assert "95% band that holds the whole curve" in figure_caption(figure)
    bands = [np.asarray(band.get_paths()[0].vertices)[:, 1] for band in ax.collections]
    assert (bands[2].min(), bands[2].max()) == (3 - 2, 7 + 2)


def test_a_panel_for_each_task_up_to_its_budget():
    figure = plot_task_curves(curves(budgets=(1000.0, 5000.0)))
    first, second = figure.axes
    assert (first.get_title(loc="left") or first.get_title(), lines(second)["DQN"][0][-1]) == ("Cart", 5000)
    finite = lines(first)["A2C"][1]
    assert np.isfinite(finite).tolist() == [True, True, False, False, False]
    assert plot_task_curves(curves(), tasks=["Pole"]).axes[0].get_title(loc="left") in ("Pole", "")
    with pytest.raises(ValueError, match="`tasks` must be some of 'Cart', 'Pole'; got 'Cat'"):
        plot_task_curves(curves(), tasks=["Cat"])


def test_of_many_algorithms_the_best_have_colours():
    names = [f"agent {i}" for i in range(40)]
    figure = plot_common_curves(curves(names))
    grey = [line for line in figure.axes[0].lines if line.get_label() == "other algorithms"]
    assert len(grey) == 35
    assert [line.get_label() for line in figure.axes[0].lines][-5:] == [f"agent {i}" for i in (39, 38, 37, 36, 35)]
    assert "In colour: the 5 best at the end" in figure_caption(figure)


def test_names_are_what_they_are(recwarn):
    figure = plot_common_curves(curves(HOSTILE))
    figure.canvas.draw()
    shown = [text.get_text().lstrip("\N{ZERO WIDTH SPACE}") for text in figure.legends[0].get_texts()]
    assert len(shown) == len(HOSTILE)
    assert "a$b$c_x" in shown
    assert "_private" in shown


def test_the_callers_axes_are_drawn_into():
    ax = Figure().subplots()
    assert plot_common_curves(curves(), ax=ax) is ax.figure
    assert len(ax.lines) == 3
