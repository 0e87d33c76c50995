"""Tiers and probabilities of improvement, against the Comparison."""

from dataclasses import replace

import numpy as np
import pytest

from jaxviz.comparison import BETTER, EQUAL, UNDECIDED, WORSE
from jaxviz.plots import figure_caption, plot_improvement_matrix, plot_tiers
from jaxviz.plots.comparison._tiers import joined
from tests.comparison.made import comparison, interval, whole

from ..drawn import cells
from .drawn import drawn_rows, names, words_beside


def test_tiers_are_sorted_and_bars_join_what_cannot_be_told_apart():
    c = replace(comparison(verdicts=(UNDECIDED, WORSE, EQUAL)), tier=whole([2, 1, 1]))
    figure = plot_tiers(c)
    (ax,) = figure.axes
    assert names(ax) == ["PPO", "DQN", "A2C"]
    np.testing.assert_allclose(drawn_rows(ax), [(4, 3, 5), (2, 1, 3), (1, 0, 2)])
    assert words_beside(ax) == ["tier 1", "tier 2", "4.0 [3.0, 5.0]", "2.0 [1.0, 3.0]", "1.0 [0.0, 2.0]"]
    bars = [np.asarray(line.get_ydata()).round().tolist() for line in ax.lines]
    assert bars == [[0, 1], [1, 2]]
    assert figure_caption(figure).startswith("IQM with its 95% scaled percentile bootstrap interval")


@pytest.mark.parametrize(
    ("verdicts", "bars"),
    [
        ((UNDECIDED,) * 6, [(0, 3)]),
        ((BETTER,) * 6, []),
        ((UNDECIDED, BETTER, BETTER, UNDECIDED, BETTER, UNDECIDED), [(0, 1), (1, 2), (2, 3)]),
        ((UNDECIDED, BETTER, UNDECIDED, UNDECIDED, UNDECIDED, UNDECIDED), [(0, 1), (1, 3)]),
    ],
)
def test_a_bar_needs_every_pair_of_its_stretch(verdicts, bars):
    assert joined(comparison("ABCD", (4, 3, 2, 1), verdicts), range(4)) == bars


def test_with_a_baseline_most_pairs_are_not_compared_and_none_are_joined():
    figure = plot_tiers(comparison(baseline="DQN"))
    assert not figure.axes[0].lines
    assert "Bars" not in figure_caption(figure)


def test_the_matrix_has_both_orders_of_a_pair():
    c = comparison(("A", "B"), (2.0, 1.0), (BETTER,))
    c = replace(c, pairs=replace(c.pairs, improvement=interval([0.8], 0.11, estimator="probability of improvement")))
    figure = plot_improvement_matrix(c)
    ax = figure.axes[0]
    np.testing.assert_allclose(cells(ax.images[0]), [[np.nan, 0.8], [0.2, np.nan]], rtol=1e-6)
    written = {text.get_text(): text.get_fontweight() for text in ax.texts if text.get_text()}
    assert written == {"0.80\n[0.69, 0.91]": "bold", "0.20\n[0.09, 0.31]": "bold"}
    assert "Bold" in figure_caption(figure)
    assert "Bold" not in figure_caption(plot_improvement_matrix(comparison()))


def test_with_a_baseline_the_matrix_is_one_column():
    ax = plot_improvement_matrix(comparison(baseline="DQN")).axes[0]
    assert names(ax) == ["PPO", "A2C"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["DQN"]
