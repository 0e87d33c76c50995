"""Stability figures against the Analysis."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from jaxviz import from_curves, from_rejax
from jaxviz.plots import figure_caption, plot_drawdown, plot_training_stability
from jaxviz.plots._draw import _marks, _settled
from jaxviz.stats.across_runs._over_runs import QUANTILE_LEVELS
from jaxviz.view._trailing import trailing
from tests.known import known, known_as

from .conftest import WINDOW, assert_band, main_lines, panel, returns, texts
from .drawn import ys

FALLS = "Falls from the peak of the trailing mean"
VARIATION = "Coefficient of variation, σ/|mean|"


def test_one_run_has_its_mean_with_its_standard_deviation(alone):
    figure = plot_training_stability(alone, WINDOW)
    ax = panel(figure, "Trailing mean")
    windows = alone.analysis.windows[str(WINDOW)]
    full = slice(WINDOW - 1, None)
    mean, std = windows.mean[0, 0, full], windows.std[0, 0, full]
    ((x, y),) = main_lines(ax)
    np.testing.assert_array_equal(y, mean)
    np.testing.assert_array_equal(x, alone.run.episodes.step[0, 0, full])
    assert_band(ax.collections[0], x, mean - std, mean + std)
    ((_, cv),) = main_lines(panel(figure, VARIATION))
    np.testing.assert_array_equal(cv, windows.cv[0, 0, full])


def test_falls_of_one_run_are_numbers(alone):
    ax = panel(plot_training_stability(alone, WINDOW), FALLS)
    stability = alone.analysis.stability
    drawn = [ys(line)[0] for line in ax.lines]
    assert drawn == [stability.max_drawdown[0, 0], stability.forgetting[0, 0]]
    assert float(texts(ax)[0]) == pytest.approx(float(stability.max_drawdown[0, 0]), rel=1e-3)


def at_steps(view, series, x):
    """Quantiles over runs, each of which stands with its last episode up to each step, until its training ended."""
    step, ends = view.run.episodes.step[0], view.analysis.total_steps[0]
    runs = np.full((len(step), len(x)), np.nan)
    for row, values, ended, end in zip(runs, series, step, ends, strict=True):
        place = np.searchsorted(ended, x, side="right") - 1
        row[:] = np.where((place >= 0) & (x <= end), values[np.maximum(place, 0)], np.nan)
    known = [row[np.isfinite(row)] for row in runs.T]
    return np.array([np.quantile(row, QUANTILE_LEVELS) if row.size else np.full(5, np.nan) for row in known]).T


def test_many_runs_have_quantiles_and_strips(seeds):
    figure = plot_training_stability(seeds, WINDOW)
    windows = seeds.analysis.windows[str(WINDOW)]
    for title, name in (("Trailing mean", "mean"), ("Trailing standard deviation", "std"), (VARIATION, "cv")):
        ax = panel(figure, title)
        x = known(trailing(seeds, WINDOW).over_runs_x)[0]
        values = at_steps(seeds, getattr(windows, name)[0], x)
        ((line_x, y),) = main_lines(ax)
        np.testing.assert_array_equal(line_x, x[: len(y)])
        np.testing.assert_allclose(y, values[2, : len(y)], rtol=1e-5)
        assert_band(ax.collections[0], x, values[0], values[4])
        assert_band(ax.collections[1], x, values[1], values[3])
    strips = [ys(line) for line in panel(figure, FALLS).lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(strips[0], seeds.analysis.stability.max_drawdown[0])
    np.testing.assert_array_equal(strips[1], seeds.analysis.stability.forgetting[0])
    assert f"over {WINDOW} episodes" in figure_caption(figure)
    assert "median over n = 4 runs" in figure_caption(figure)


def test_a_run_that_diverges_is_the_worst_of_the_quantiles(of):
    values = returns()
    values[1, 3, 25:], values[1, 2, 30:] = np.nan, np.inf
    figure = plot_training_stability(of(values).only(1), WINDOW)
    ax = panel(figure, "Trailing mean")
    ((_, y),) = main_lines(ax)
    known = y[~np.isnan(y)]
    # Two of four runs diverge: the median has no finite value from there on, and a finite one before.
    first = int(np.argmax(known == -np.inf))
    assert 10 < first < len(known)
    assert np.isfinite(known[:first]).all()
    assert (known[first:] == -np.inf).all()
    assert "2 of 4 runs diverged: in line and bands the worst of all from there on." in figure_caption(figure)


def test_the_name_of_a_target_stands_where_lines_leave_room():
    for line, target, side in (([0, 100], 90, "left"), ([0, -100], -5, "right"), ([np.nan, np.nan], 1, "left")):
        ax = Figure().subplots()
        ax.plot([0, 1], line)
        _marks.target(ax, target)
        _settled.settle([ax])
        assert ax.texts[0].get_text() == f"target {target}".replace("-", "\N{MINUS SIGN}")
        assert ax.texts[0].get_horizontalalignment() == side


def test_variation_is_logarithmic_where_the_mean_passes_zero(of):
    figure = plot_training_stability(of(returns() - 250), WINDOW)
    assert panel(figure, VARIATION).get_yscale() == "log"
    assert panel(plot_training_stability(of(returns()), WINDOW), "Trailing mean").get_yscale() == "linear"


def test_another_window_than_the_analysis_has_is_an_error(view):
    with pytest.raises(ValueError, match=r"the windows of this Analysis are 10; analyse again with windows=\(7,\)"):
        plot_training_stability(view, 7)
    assert f"over {WINDOW} episodes" in figure_caption(plot_training_stability(view))


def test_a_run_that_is_shorter_than_the_window_says_so():
    """A window that was named is that window, and never silently another."""
    figure = plot_training_stability([3.0, 4.0, 5.0], 7)
    assert "over 7 episodes" in figure_caption(figure)
    assert texts(panel(figure, "Trailing mean")) == ["fewer than 7 episodes, or none finite"]
    assert texts(panel(figure, FALLS)) == ["undefined: no run has 7 episodes, all finite"]


def test_evaluations_are_drawn_as_they_are_by_default():
    values = np.random.default_rng(0).normal(50, 5, (3, 9, 4))
    lengths = np.full(values.shape, 10)
    figure = plot_training_stability(from_rejax((lengths, values)))
    ((x, y),) = main_lines(panel(figure, "Return of each evaluation"))
    np.testing.assert_array_equal(x, np.arange(1, 10))
    np.testing.assert_allclose(y, np.median(values.mean(-1), axis=0), rtol=1e-5)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Return of each evaluation", "Falls from the peak"]
    assert "below the best evaluation so far" in figure_caption(figure)
    assert "railing" not in figure_caption(figure)


def test_a_cost_rises_from_its_lowest():
    values = np.array([9.0, 5.0, 7.0, 2.0, 3.0])
    figure = plot_training_stability(from_curves(values, name="cost", minimize=True))
    strips = [ys(line)[0] for line in panel(figure, "Rises from the lowest cost").lines]
    assert strips == [2, 1]  # from 5 to 7, and from 2 to 3
    assert "distance above the best update so far" in figure_caption(figure)
    below = plot_drawdown(from_curves(values, name="cost", minimize=True))
    ((_, y),) = main_lines(panel(below, "Drawdown"))
    np.testing.assert_array_equal(y, values - np.minimum.accumulate(values))
    assert "eturn" not in figure_caption(figure) + figure_caption(below)


def test_an_interval_without_an_end_is_an_arrow(of):
    values = returns()
    values[1, 3, 39:] = np.nan
    figure = plot_training_stability(of(values).only(1), WINDOW)
    largest = known_as(Annotation, panel(figure, FALLS).texts[0])
    assert largest.xy == (0, 1)  # of all four runs the one that diverged fell furthest: the bar ends at the upper edge
    assert "(arrow: no finite end)" in figure_caption(figure)
