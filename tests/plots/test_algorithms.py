"""Figures of algorithms against each other, against the intervals they were given."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.comparison import EQUAL, WORSE
from jaxviz.plots import (
    figure_caption,
    plot_interval_estimates,
    plot_learning_curve_comparison,
    plot_performance_profiles,
    plot_probability_of_improvement,
    plot_rank_distributions,
)
from jaxviz.stats import Interval

from ..comparison.made import comparison
from .conftest import main_lines, part
from .drawn import rectangles


def interval(estimate, half):
    estimate = jnp.asarray(estimate, jnp.float32)
    count = jnp.asarray(10, jnp.int32)
    return Interval(
        estimate=estimate, low=estimate - half, high=estimate + half, n=count, n_tasks=count,
        level=jnp.asarray(0.95), left_out=jnp.asarray(0, jnp.int32), method="percentile", unit="cell", reps=2000,
    )  # fmt: skip


def bars(ax):
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]


def test_interval_estimates_have_a_panel_per_metric():
    table = {name: {"iqm": interval(0.5 + i, 0.1), "mean": interval(0.6 + i, 0.2)} for i, name in enumerate("ab")}
    figure = plot_interval_estimates(table)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["IQM", "Mean"]
    np.testing.assert_allclose(bars(figure.axes[0]), [(0.4, 0.6), (1.4, 1.6)], rtol=1e-5)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b"]
    assert "95% percentile bootstrap intervals, resampling cells, 2000 replicates, n = 10 runs" in figure_caption(
        figure
    )
    with pytest.raises(ValueError, match="the same metrics"):
        plot_interval_estimates({"a": table["a"], "b": {"iqm": table["b"]["iqm"]}})


def test_profiles_are_drawn_at_their_thresholds():
    tau = np.linspace(0, 2, 21)
    profiles = {"a": interval(np.exp(-tau), 0.05), "b": np.exp(-2 * tau)}
    (ax,) = plot_performance_profiles(profiles, tau).axes
    for (x, y), rate in zip(main_lines(ax), (1, 2), strict=True):
        np.testing.assert_allclose(x, tau)
        np.testing.assert_allclose(y, np.exp(-rate * tau), rtol=1e-5)
    assert len(ax.collections) == 1
    (bent,) = plot_performance_profiles(profiles, tau, nonlinear=True).axes
    x = main_lines(bent)[0][0]
    assert (x[0], x[-1]) == (0, 1)
    assert np.diff(x)[0] > 5 * np.diff(x)[-1]
    with pytest.raises(ValueError, match="the profile of 'b' must have the shape of `thresholds`"):
        plot_performance_profiles({"b": np.ones(3)}, tau)


def test_profiles_of_a_comparison_are_in_its_order_and_better_to_the_right():
    made = comparison(verdicts=(EQUAL, WORSE, WORSE))
    figure = plot_performance_profiles(made)
    (ax,) = figure.axes
    assert [line.get_label() for line in ax.lines] == ["PPO", "DQN", "A2C"]
    np.testing.assert_allclose(np.asarray(ax.lines[0].get_ydata()), made.profile.share.estimate[2])
    assert ax.get_ylabel() == "Share of runs above τ"
    assert not ax.xaxis_inverted()
    lower = plot_performance_profiles(comparison(verdicts=(EQUAL, WORSE, WORSE), minimize=True))
    assert lower.axes[0].xaxis_inverted()
    assert "score less than τ" in figure_caption(lower)
    many = plot_performance_profiles(comparison([f"a{i}" for i in range(10)], range(10)))
    assert len(many.axes[0].lines) == 8
    assert "The first 8 of 10 algorithms" in figure_caption(many)
    with pytest.raises(ValueError, match="`thresholds` are those of the Comparison"):
        plot_performance_profiles(made, "profiles.png")


def test_improvement_has_a_row_per_pair():
    figure = plot_probability_of_improvement(
        {("ours", "base"): interval(0.7, 0.1), ("ours", "other"): interval(0.4, 0.2)}
    )
    (ax,) = figure.axes
    np.testing.assert_allclose(bars(ax), [(0.6, 0.8), (0.2, 0.6)], rtol=1e-5)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ours > base", "ours > other"]
    with pytest.raises(ValueError, match="`comparisons` is empty"):
        plot_probability_of_improvement({})


def test_ranks_fill_their_bars():
    ranks = {"a": [0.7, 0.2, 0.1], "b": [0.2, 0.5, 0.3], "c": [0.1, 0.3, 0.6]}
    (ax,) = plot_rank_distributions(ranks).axes
    widths = np.array([bar.get_width() for bar in rectangles(ax)]).reshape(3, 3)
    np.testing.assert_allclose(widths, np.array(list(ranks.values())).T, rtol=1e-6)
    with pytest.raises(ValueError, match="one probability per rank for each of 2 algorithms"):
        plot_rank_distributions({"a": [1.0], "b": [1.0]})


def test_curves_of_algorithms_share_a_panel(view):
    results = {name: part(view, slice(c, c + 1), slice(None)) for c, name in enumerate(("slow", "fast"))}
    figure = plot_learning_curve_comparison(results, target=300.0)
    (ax,) = figure.axes
    for (_, y), result in zip(main_lines(ax), results.values(), strict=True):
        estimate = result.summary.curve.interval.estimate[0]  # the line ends where fewer runs are left
        np.testing.assert_allclose(y, estimate[: len(y)], rtol=1e-6)
        steps = result.run.episodes.step[0][:, -1]  # the shortest budget ends in this interval of 25 of the longest
        assert len(y) == int(24.5 * steps.min() / steps.max()) + 1
    assert {"slow", "fast"} <= {line.get_label() for line in ax.lines}
    assert "slow 4, fast 4" in figure_caption(figure)
    with pytest.raises(ValueError, match="'both' must be one configuration, it has 2"):
        plot_learning_curve_comparison({"both": view})
