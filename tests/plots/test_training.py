"""Learning curves: what is drawn is what the Analysis and its Aggregate hold."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxviz.plots import figure_caption, plot_advanced_learning_curves, plot_loss_curves, plot_training_curves
from jaxviz.plots._draw import _curves
from jaxviz.view import _view

from .conftest import (
    LABELS,
    TARGET,
    WINDOW,
    assert_band,
    interval_means,
    main_lines,
    panel,
    returns,
    run_lines,
    texts,
    windows_at,
)  # fmt: skip
from .drawn import xs, ys


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_the_line_and_band_of_many_runs_are_the_aggregates(seeds):
    ax = panel(plot_training_curves(seeds), "Learning curve")
    interval = seeds.summary.curve.interval
    ((x, y),) = main_lines(ax)
    np.testing.assert_array_equal(x, seeds.summary.curve.step[0][: len(x)])
    np.testing.assert_array_equal(y, interval.estimate[0][: len(y)])
    assert_band(ax.collections[0], seeds.summary.curve.step[0], interval.low[0], interval.high[0])


def test_the_line_is_thin_where_shorter_runs_have_ended(seeds):
    ax = panel(plot_training_curves(seeds), "Learning curve")
    count = seeds.summary.curve.count[0]
    assert 0 < count[count > 0][-1] < count[0]
    (thin,) = [line for line in ax.lines if line.get_zorder() == 3 and line.get_linewidth() < 1]
    np.testing.assert_array_equal(ys(thin)[1:], seeds.summary.curve.interval.estimate[0][(count < 4) & (count > 0)])


def test_few_runs_are_thin_lines(seeds):
    ax = panel(plot_training_curves(seeds), "Learning curve")
    lines = run_lines(ax)
    assert len(lines) == 4
    for i, (x, y) in enumerate(lines):
        steps = seeds.run.episodes.step[0, i]
        centres, means, filled = interval_means(returns()[1, i], steps, budget=steps[-1])
        np.testing.assert_array_equal(x, centres[filled])
        np.testing.assert_allclose(y, means[filled], rtol=1e-5)


def test_many_runs_are_a_fan(seeds, monkeypatch):
    monkeypatch.setattr(_curves, "MANY_RUNS", 3)
    monkeypatch.setattr(_curves, "FEW_RUNS", 1)
    ax = panel(plot_training_curves(seeds), "Learning curve")
    quantiles = seeds.summary.curve.quantiles[0]
    assert not run_lines(ax)
    for collection, low, high in zip(ax.collections[1:], (0, 1), (4, 3), strict=True):
        assert_band(collection, seeds.summary.curve.step[0], quantiles[low], quantiles[high])


def test_one_run_is_its_episodes_and_their_means(alone):
    figure = plot_training_curves(alone)
    ax = panel(figure, "Learning curve")
    ((x, y),) = main_lines(ax)
    steps = alone.run.episodes.step[0, 0]
    centres, means, filled = interval_means(returns()[1, 2], steps, budget=steps[-1])
    np.testing.assert_array_equal(x, centres[filled])
    np.testing.assert_allclose(y, means[filled], rtol=1e-5)
    dots = next(line for line in ax.lines if line.get_label() == "single episodes")
    np.testing.assert_array_equal(ys(dots), returns()[1, 2])
    np.testing.assert_array_equal(xs(dots), np.cumsum(alone.run.episodes.lengths[0, 0]))
    assert ax.get_xlabel() == "Environment steps"
    assert "One" not in legend(figure)
    words = "mean return of the episodes in 25 equal intervals of training, one run"
    assert words in figure_caption(figure)


def test_last_returns_show_every_run(view):
    figure = plot_training_curves(view)
    ax = panel(figure, "Final return")
    strips = [line for line in ax.lines if line.get_marker() == "o"]
    for c, strip in enumerate(strips):
        np.testing.assert_array_equal(ys(strip), view.analysis.performance.final[c])
        assert (abs(xs(strip) - c) < 0.4).all()
    late = view.run.episodes.step > 0.9 * view.run.episodes.step[..., -1:]
    late[..., -10:] = True  # at least ten episodes
    expected = np.where(late, returns(), np.nan)
    np.testing.assert_allclose(view.analysis.performance.final, np.nanmean(expected, -1), rtol=1e-5)
    solved = view.analysis.performance.solved.sum(axis=1)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [f"{n}/4" for n in solved]
    last = view.summary.performance.final
    bars = [line for line in ax.lines if line.get_color() == "0.1"]
    for c in range(2):
        np.testing.assert_allclose(ys(bars[2 * c]), last.estimate[c])
        np.testing.assert_allclose(ys(bars[2 * c + 1]), [last.low[c], last.high[c]])


def test_configurations_have_their_names_and_looks(view):
    figure = plot_training_curves(view)
    assert legend(figure) == list(LABELS)
    lines = [line for line in figure.axes[0].lines if line.get_label() in LABELS]
    assert len({line.get_color() for line in lines}) == 2
    assert {line.get_linestyle() for line in lines} == {"-"}  # the first four colours are told apart in grey too


def test_the_target_is_dashed_only_where_it_is_given(view, alone):
    ax = panel(plot_training_curves(view), "Learning curve")
    assert f"target {TARGET:g}" in texts(ax)
    assert [TARGET, TARGET] in [list(ys(line)) for line in ax.lines]
    without = panel(plot_training_curves(dataclasses.replace(alone, target=None)), "Learning curve")
    assert not texts(without)


def test_losses_are_drawn_by_name(seeds):
    figure = plot_training_curves(seeds)
    ((x, y),) = main_lines(panel(figure, "Value loss"))
    np.testing.assert_array_equal(y, seeds.summary.losses["value_loss"].interval.estimate[0])
    np.testing.assert_array_equal(x, np.arange(1, 7))
    assert panel(figure, "Value loss").get_xlabel() == "Update"


def test_the_caption_says_how_it_was_made(seeds):
    caption = figure_caption(plot_training_curves(seeds))
    interval = seeds.summary.curve.interval
    assert "covers less" not in caption  # four runs are enough for the scaled percentile interval of an IQM
    for words in (
        "IQM over n = 4 runs",
        "mean return of the episodes in equal intervals of training",
        "final return of each run, the mean over the last tenth of training (10 episodes each)",
        f"95% scaled percentile bootstrap interval (whole runs resampled, {interval.reps} replicates)",
        "environment steps",
        f"target {TARGET:g}",
    ):
        assert words in caption


def test_own_axes_keep_their_figure(seeds):
    figure = Figure()
    before, ax = figure.subplots(1, 2)
    assert plot_training_curves(seeds, ax=ax) is figure
    assert main_lines(ax)
    assert not before.lines
    assert ax.get_legend() is not None
    assert "IQM" in figure_caption(figure)


def test_of_many_runs_those_beside_diverged_ones_are_drawn_where_they_leave_no_estimate(of, monkeypatch):
    """Two of four are the worst of all: one of them is in the middle half, of which the IQM is the mean."""
    monkeypatch.setattr(_curves, "FEW_RUNS", 3)
    values = returns()
    values[1, 2:, 25:] = np.nan
    view = of(values)
    figure = plot_training_curves(view)
    lines = run_lines(panel(figure, "Learning curve"))
    assert len(lines) == 4
    grid, estimate = view.summary.curve.step[1], view.summary.curve.interval.estimate[1]
    last = grid[np.isneginf(estimate).argmax() - 1]
    assert 0 < last < grid[-1]
    x, valid = view.analysis.curve.step[1], view.analysis.curve.valid[1]
    for run, (drawn, _) in enumerate(lines):
        np.testing.assert_array_equal(drawn, x[run][valid[run] & (x[run] >= last)])
    assert "Thin lines: single runs where the estimate is undefined." in figure_caption(figure)
    assert "Thin lines" not in figure_caption(plot_loss_curves(view, names=["value_loss"]))


def test_a_diverged_run_is_counted_and_leaves_the_iqm_of_the_others(of):
    values = returns()
    values[1, 3, 25:] = np.nan
    view = of(values)
    figure = plot_training_curves(view)
    ax = panel(figure, "Learning curve")
    assert ax.get_title(loc="right") == "1 of 8 runs diverged"
    assert "1 of 8 runs diverged" in figure_caption(figure)
    cross = next(line for line in ax.lines if line.get_marker() == "x")
    assert "counts as the worst of all from there on" in figure_caption(figure)
    assert "none where an end is infinite" in figure_caption(figure)
    steps = view.run.episodes.step[1, 3]
    _, means, filled = interval_means(values[1, 3], steps, budget=steps[-1])
    before = means[filled]
    assert ys(cross)[0] == pytest.approx(before[np.isnan(before).argmax() - 1], rel=1e-5)
    assert np.isfinite(main_lines(ax)[1][1]).all()
    assert len(run_lines(ax)) == 8


def test_nothing_finite_is_said(of):
    figure = plot_training_curves(of(np.full_like(returns(), np.nan)))
    assert "no finite value to draw" in texts(panel(figure, "Learning curve"))
    assert "8 of 8 runs diverged" in figure_caption(figure)


def test_advanced_curves_add_evaluation_spread_and_share(seeds):
    figure = plot_advanced_learning_curves(seeds)
    ((_, y),) = main_lines(panel(figure, "Evaluation"))
    np.testing.assert_array_equal(y, seeds.summary.evaluation.interval.estimate[0])
    ((x, y),) = main_lines(panel(figure, "Standard deviation over runs"))
    np.testing.assert_array_equal(y, seeds.summary.curve.std[0][: len(y)])
    assert len(y) == 25
    ((x, y),) = main_lines(panel(figure, "Share of episodes that meet 300"))
    met = (returns()[1] >= 300).astype(float)
    share = np.stack([met[:, i - WINDOW : i].mean(axis=1) for i in range(WINDOW, met.shape[1] + 1)], axis=1)
    each = windows_at(seeds.run.episodes.lengths[0].cumsum(axis=1), share, x)
    there = ~np.isnan(each).any(axis=0)
    assert there.sum() > 20
    np.testing.assert_allclose(y[there], np.median(each[:, there], axis=0), atol=1e-6)


def test_advanced_curves_of_one_run(alone):
    figure = plot_advanced_learning_curves(alone)
    ax = panel(figure, "Evaluation")
    evaluation = alone.analysis.evaluation
    mean, std = evaluation.mean[0, 0], evaluation.std[0, 0]
    assert_band(ax.collections[0], np.arange(1, 4), mean - std, mean + std)
    ((_, y),) = main_lines(panel(figure, f"Standard deviation over {WINDOW} episodes"))
    np.testing.assert_array_equal(y, alone.analysis.windows[str(WINDOW)].std[0, 0, WINDOW - 1 :])


def test_many_configurations_are_grey_but_for_the_best(view, monkeypatch):

    monkeypatch.setattr(_view, "MOST_IN_COLOR", 1)
    monkeypatch.setattr(_view, "COLORED", 1)
    figure = plot_training_curves(view)
    assert legend(figure) == ["1 other configurations", "fast"]
    assert "In colour: the 1 of 2 configurations with the best final return" in figure_caption(figure)
