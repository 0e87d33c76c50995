"""Figures of single tasks, against the Comparison."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.comparison._task_differences import task_differences
from jaxviz.plots import figure_caption, plot_coverage, plot_task_improvements, plot_task_scores
from tests.comparison.made import comparison, interval, whole

from ..drawn import cells
from .drawn import drawn_rows, names, words_beside

MEANS = np.array([[3.0, 1.0, np.nan], [1.0, 2.5, 4.0]])


@pytest.fixture
def ragged():
    """Two algorithms on three tasks; one has no runs of the last task."""
    c = comparison(("A", "B"), (1.0, 2.0), tasks=("x", "y", "z"))
    mean = interval(MEANS, 1.5, estimator="mean")
    tasks = replace(c.tasks, mean=mean, runs=whole([[5, 4, 0], [5, 5, 5]]), diverged=whole([[0, 2, 0], [0, 0, 0]]))
    valid = jnp.asarray(np.arange(5)[None, :, None] < np.asarray(tasks.runs)[:, None])
    return replace(c, tasks=tasks, valid=valid)


def test_intervals_of_differences_are_squared_and_added(ragged):
    found = task_differences(ragged, 0, 1)
    np.testing.assert_allclose(found.estimate, [2, -1.5, np.nan])
    np.testing.assert_allclose(found.low, [2 - 1.5 * 2**0.5, -1.5 - 1.5 * 2**0.5, np.nan], rtol=1e-6)
    np.testing.assert_allclose(found.high, [2 + 1.5 * 2**0.5, -1.5 + 1.5 * 2**0.5, np.nan], rtol=1e-6)
    assert np.asarray(found.n).tolist() == [5, 4, 0]


def test_improvements_are_sorted_and_missing_ones_named(ragged):
    figure = plot_task_improvements(ragged, algorithm="A", against="B")
    (ax,) = figure.axes
    assert names(ax) == ["x", "y", "z"]
    half = 1.5 * 2**0.5
    np.testing.assert_allclose(drawn_rows(ax), [(2, 2 - half, 2 + half), (-1.5, -1.5 - half, -1.5 + half)], rtol=1e-6)
    assert words_beside(ax) == ["+2.0 [−0.1, 4.1]", "−1.5 [−3.6, 0.6]", "no runs of A"]
    assert "A less B, on each task with its 95% square-and-add interval" in figure_caption(figure)


def test_the_best_improves_on_the_baseline_or_on_the_next_best():
    (ax,) = plot_task_improvements(comparison()).axes
    assert ax.get_title(loc="left") == "PPO − DQN"
    (ax,) = plot_task_improvements(comparison(baseline="PPO")).axes
    assert ax.get_title(loc="left") == "DQN − PPO"
    (ax,) = plot_task_improvements(comparison(baseline="A2C"), algorithm="A2C").axes
    assert ax.get_title(loc="left") == "A2C − PPO"
    with pytest.raises(ValueError, match="`algorithm` and `against` are both 'A2C'"):
        plot_task_improvements(comparison(), algorithm="A2C", against="A2C")
    with pytest.raises(ValueError, match="`comparison` has one algorithm"):
        plot_task_improvements(comparison(("A",), (1.0,)))


def test_decades_are_logarithmic_away_from_zero():
    tasks = tuple("abcdef")
    c = comparison(("A", "B"), (1.0, 2.0), tasks=tasks)
    mean = interval([[1.0] * 6, [1000.0, 1.5, 2.0, 0.5, 3.0, 0.0]], 0.2, estimator="mean")
    figure = plot_task_improvements(replace(c, tasks=replace(c.tasks, mean=mean)), algorithm="B", against="A")
    (ax,) = figure.axes
    assert ax.get_xscale() == "symlog"
    assert "logarithmic away from 0" in figure_caption(figure)
    assert not [label for label in ax.get_xticklabels() if "$" in label.get_text()]


def test_coverage_counts_runs_and_marks_holes(ragged):
    figure = plot_coverage(ragged)
    (ax,) = figure.axes
    assert names(ax) == ["x", "y", "z"]  # more tasks than algorithms: they have the rows
    np.testing.assert_array_equal(cells(ax.images[0]), [[5, 5], [4, 5], [np.nan, 5]])
    assert {text.get_text() for text in ax.texts} == {"5", "4 (2 ✕)", ""}
    places = {marks.get_label(): np.asarray(marks.get_offsets()).round().tolist() for marks in ax.collections}
    assert places == {"no runs": [[0, 2]], "with runs that diverged": [[0, 1]]}
    assert figure_caption(figure) == (
        "Number of runs of each algorithm on each task, 24 in all; darker: more. 1 cell of 6 is empty. "
        "2 of 24 runs diverged and count as the worst of their task."
    )


def test_each_task_has_a_panel_with_its_runs(ragged):
    figure = plot_task_scores(ragged)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["x", "y", "z"]
    first, second, third = figure.axes
    rows = {"B": (1.0, -0.5, 2.5), "A": (3.0, 1.5, 4.5)}
    np.testing.assert_allclose(marks(first), list(rows.values()))
    np.testing.assert_allclose(marks(second), [(2.5, 1, 4), (1, 1, 1)])  # of four runs there is no interval
    np.testing.assert_allclose(marks(third), [(4, 2.5, 5.5)])
    assert words_beside(second) == ["2 ✕"]
    assert words_beside(third) == ["no runs"]
    assert names(first) == ["B", "A"]
    assert not any(label.get_visible() for label in third.get_yticklabels())
    dots = np.asarray(second.collections[0].get_offsets())
    np.testing.assert_allclose(dots[dots[:, 1] == 0, 0], np.asarray(ragged.scores)[1, :, 1])
    assert "No intervals of fewer than 5 runs." in figure_caption(figure)
    with pytest.raises(ValueError, match="`tasks` must be some of 'x', 'y', 'z'; got 'w'"):
        plot_task_scores(ragged, tasks=["w"])


def marks(ax):
    """Estimate, low and high of each row, without the dots of single runs."""
    (lines,) = [marks for marks in ax.collections if hasattr(marks, "get_segments")]
    dots = ax.collections[-1]
    ends = np.asarray(lines.get_segments())[:, :, 0]
    return np.column_stack([np.asarray(dots.get_offsets())[:, 0], ends])
