"""The forest of differences, against the Comparison."""

from typing import Any

import numpy as np
import pytest

from jaxviz.comparison import BETTER, EQUAL, UNDECIDED, WORSE
from jaxviz.plots import figure_caption, plot_differences
from tests.comparison.made import comparison

from .drawn import drawn_rows, names, words_beside


def test_the_better_one_stands_first_and_the_largest_difference_on_top():
    c = comparison(means=(1.0, 2.25, 4.0), verdicts=(EQUAL, WORSE, UNDECIDED), margin=1.5)
    figure = plot_differences(c)
    (ax,) = figure.axes
    assert names(ax) == ["PPO − A2C", "PPO − DQN", "DQN − A2C"]
    np.testing.assert_allclose(drawn_rows(ax), [(3, 2, 4), (1.75, 0.75, 2.75), (1.25, 0.25, 2.25)])
    assert words_beside(ax) == ["+3.0 [2.0, 4.0]", "+1.8 [0.8, 2.8]", "+1.2 [0.2, 2.2]"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "margin ±1.5", "better", "practically equal", "undecided",
    ]  # fmt: skip
    assert figure_caption(figure).startswith("Difference in IQM of the final return of each pair, the better one first")


def test_against_a_baseline_differences_keep_their_sign():
    figure = plot_differences(comparison(baseline="DQN", verdicts=(WORSE, BETTER)))
    (ax,) = figure.axes
    assert names(ax) == ["PPO", "A2C"]
    np.testing.assert_allclose(drawn_rows(ax), [(2, 1, 3), (-1, -2, 0)])
    assert ax.get_title(loc="left") == "Against DQN"
    with pytest.raises(ValueError, match="`against` must be one of 'A2C', 'DQN', 'PPO'; got 'SAC'"):
        plot_differences(comparison(), against="SAC")


def test_lower_scores_are_better_where_they_are():
    (ax,) = plot_differences(comparison(minimize=True, verdicts=(BETTER, BETTER, BETTER))).axes
    assert names(ax) == ["A2C − PPO", "DQN − PPO", "A2C − DQN"]
    np.testing.assert_allclose(drawn_rows(ax)[0], (-3, -4, -2))
    assert "← better · worse →" in ax.get_xlabel()


def test_of_many_algorithms_the_best_is_the_reference():
    c = comparison([f"agent {i}" for i in range(12)], np.arange(12.0))
    figure = plot_differences(c)
    (ax,) = figure.axes
    assert names(ax) == [f"agent {i}" for i in range(10, -1, -1)]
    assert "11 of 66 pairs are drawn" in figure_caption(figure)


def test_intervals_without_ends_and_numbers():
    c = comparison(("A", "B"), (1.0, 2.0), width=np.inf)
    (ax,) = plot_differences(c).axes
    assert words_beside(ax) == ["+1.00 [−∞, ∞]"]
    (ax,) = plot_differences(comparison(("A", "B"), (np.nan, 2.0))).axes
    assert words_beside(ax) == ["undefined"]
    (ax,) = plot_differences(comparison(("A",), (1.0,))).axes
    assert [text.get_text() for text in ax.texts] == ["one algorithm: there is nothing to compare"]


def test_other_objects_are_refused_with_the_call_to_make():
    scores: Any = {"PPO": [1.0, 2.0]}
    with pytest.raises(TypeError, match=r"`comparison` must be a Comparison, got .*: give jv.compare\("):
        plot_differences(scores)
