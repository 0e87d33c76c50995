"""One figure function in many panels of a study."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from jaxviz import plots

untyped: Any = plots
RATES = (1e-2, 1e-3)
TASKS = ("Acrobot-v1", "CartPole-v1", "MountainCar-v0", "Pendulum-v1")


@pytest.fixture(scope="module")
def analysis():
    """Two algorithms, two learning rates and four tasks, one cell of which is missing; 3 runs each."""
    rng = np.random.default_rng(0)
    cells = {
        jv.Cell(algorithm, task, {"lr": rate}): jv.from_arrays(rng.normal(10 * t, 1, (3, 40)).astype(np.float32))
        for algorithm in ("PPO", "A2C")
        for t, task in enumerate(TASKS)
        for rate in RATES
        if (task, rate) != ("Acrobot-v1", 1e-3)
    }
    return jv.analyze(jv.Study(cells), groups=("performance",))


class Seen:
    """A figure function of the caller's: notes what it is given, and draws a point for each name."""

    def __init__(self):
        self.panels = []

    def __call__(self, results, *, ax):
        self.panels.append(dict(results))
        ax.plot([0, 1], [0, 1], label=next(iter(results)))
        ax.set(xlabel="x", ylabel="y")


def titles(figure):
    return [ax.get_title(loc="left") for ax in figure.axes if ax.axison]


def test_a_panel_for_each_value_with_the_cells_that_have_it(analysis):
    seen = Seen()
    figure = plots.plot_grid(analysis, seen, col="task", row="lr", columns=2)
    assert titles(figure) == [f"{task}\nlr={rate}" for rate in sorted(RATES) for task in TASKS]
    assert [set(panel) for panel in seen.panels] == [{"A2C", "PPO"}] * 7
    expected = [jv.Cell("PPO", task, {"lr": rate}) for rate in sorted(RATES) for task in TASKS]
    given = [panel["PPO"] for panel in seen.panels]
    for cell, results in zip([c for c in expected if c in analysis.cells], given, strict=True):
        np.testing.assert_array_equal(results.performance.final, analysis.cells[cell].performance.final)
    assert figure.axes[0].texts[0].get_text() == "no run"
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in figure.axes]
    assert labels[:2] == [("", ""), ("", "y")]
    assert labels[4:6] == [("x", "y"), ("x", "")]


def test_lines_are_called_by_what_else_differs(analysis):
    seen = Seen()
    figure = plots.plot_grid(analysis, seen, col="task")
    assert set(seen.panels[1]) == {f"{name} lr={rate}" for name in ("A2C", "PPO") for rate in RATES}
    assert figure.axes[1].get_title(loc="right") == "n = 3"
    labelled = [ax.get_xlabel() for ax in figure.axes if ax.axison]
    assert labelled == ["", "x", "x", "x"], "the lowest panel of each column"


def test_figures_of_scores_take_the_scores_of_a_panel(analysis):
    figure = plots.plot_grid(analysis, plots.plot_score_distributions, col="lr", row="task", title="Scores")
    (lowest, *_) = [ax for ax in figure.axes if ax.get_title(loc="left") == "lr=0.01\nPendulum-v1"]
    drawn = {line.get_label(): np.asarray(line.get_xdata()) for line in lowest.lines}
    final = jnp.sort(analysis.cells[jv.Cell("PPO", "Pendulum-v1", {"lr": 1e-2})].performance.final)
    np.testing.assert_allclose(np.sort(drawn["PPO"])[1:-1], final, rtol=1e-6)
    colors = {line.get_color() for ax in figure.axes for line in ax.lines if line.get_label() == "PPO"}
    assert len(colors) == 1
    assert figure.legends[0].get_title().get_text() == "Scores"
    assert "One panel for each lr and task" in plots.figure_caption(figure)
    assert "Runs: " not in plots.figure_caption(figure)


def test_what_cannot_be_one_panel_is_named(analysis):
    with pytest.raises(ValueError, match=r"`col` and `row` must be among 'algorithm', 'task', 'variant', 'lr'"):
        plots.plot_grid(analysis, Seen(), col="rate")
    with pytest.raises(ValueError, match=r"shows one line, and the panel 'Acrobot-v1' has A2C lr=0.01, PPO"):
        plots.plot_grid(analysis, plots.plot_training_curves)
    with pytest.raises(TypeError, match="`study` must be"):
        untyped.plot_grid({"PPO": [1.0, 2.0]}, Seen())
    for options in ({"columns": 0}, {"col": "lr", "row": "lr"}):
        with pytest.raises(ValueError, match="`columns` must be at least 1, and `row` another than `col`"):
            untyped.plot_grid(analysis, Seen(), **options)
