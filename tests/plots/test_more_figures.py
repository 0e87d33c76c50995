"""Sample efficiency, reliability, drawdown, change points, the policy over training, wall-clock time, LaTeX."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import plots
from jaxviz.plots import figure_caption
from jaxviz.stats import Interval

from .conftest import WINDOW, assert_band, main_lines, panel, run_lines


def interval(estimate):
    estimate, count = jnp.asarray(estimate), jnp.asarray(10, jnp.int32)
    return Interval(
        estimate=estimate, low=estimate - 0.1, high=estimate + 0.1, n=count, n_tasks=count, level=jnp.asarray(0.95),
        left_out=jnp.asarray(0, jnp.int32), method="percentile", unit="cell", reps=2000,
    )  # fmt: skip


def test_sample_efficiency_is_drawn_at_its_steps():
    step, score = np.arange(1, 6) * 1000, np.linspace(0.1, 0.9, 5, dtype=np.float32)
    figure = plots.plot_sample_efficiency({"a": interval(score)}, step)
    ((x, y),) = main_lines(figure.axes[0])
    np.testing.assert_array_equal(x, step)
    np.testing.assert_array_equal(y, score)
    assert_band(figure.axes[0].collections[0], x, score - 0.1, score + 0.1)
    with pytest.raises(ValueError, match="the Interval of 'a' must have the shape"):
        plots.plot_sample_efficiency({"a": interval(score)}, step[:3])


def test_drawdown_is_the_deepest_fall_of_the_analysis(seeds):
    figure = plots.plot_drawdown(seeds, WINDOW)
    lowest = [np.nanmin(y) for _, y in main_lines(panel(figure, "Drawdown"))]
    np.testing.assert_allclose(lowest, -seeds.analysis.stability.max_drawdown[0], rtol=1e-4)
    assert len(main_lines(panel(figure, "Collapses"))) == 4


def test_drawdown_marks_a_collapse():
    rise = np.concatenate([np.linspace(0, 100, 60), np.full(60, 5.0)])
    ax = panel(plots.plot_drawdown(rise, 10), "Collapses")
    assert "collapse, did not come back" in ax.get_legend_handles_labels()[1]


def test_change_points_stand_where_the_level_changes():
    level = np.repeat([0.0, 100.0], 60) + np.random.default_rng(0).normal(0, 1, (3, 120))
    ax = panel(plots.plot_change_points(level, window=10), "Changes of level")
    assert [line.get_xdata().tolist()[0] for line in ax.lines] == [61] * 3


def test_reliability_has_a_panel_per_metric():
    runs = np.random.default_rng(0).normal(size=(4, 60)) + np.linspace(0, 9, 60)
    figure = plots.plot_reliability_profile({"a": runs, "b": runs + 1})
    assert len(figure.axes) == 5
    assert "Risks: mean of the worst 5%" in figure_caption(figure)
    with pytest.raises(ValueError, match="`results` is empty"):
        plots.plot_reliability_profile({})


def test_policy_over_training_is_entropy_perplexity_and_actions():
    probs = np.random.default_rng(0).dirichlet(np.ones(17), (3, 6, 20)).astype(np.float32)
    figure = plots.plot_policy_over_training(probs)
    entropy = -(probs * np.log(probs)).sum(-1).mean(-1)
    ax = panel(figure, "Entropy (nats)")
    np.testing.assert_allclose([y for _, y in run_lines(ax)], entropy, rtol=1e-4)
    np.testing.assert_allclose(main_lines(ax)[0][1], np.median(entropy, 0), rtol=1e-4)
    assert len(panel(figure, "Mean probability of actions").collections) == 17
    with pytest.raises(ValueError, match="sum to 1"):
        plots.plot_policy_over_training(probs * 3)


def test_wall_clock_time_ends_at_the_seconds(seeds):
    figure = plots.plot_training_curves(seeds, seconds=12.0)
    assert max(x.max() for x, _ in run_lines(figure.axes[0])) == pytest.approx(12.0)
    assert figure.axes[0].get_xlabel() == "Wall-clock time (s)"
    with pytest.raises(ValueError, match="`seconds` must be one positive number"):
        plots.plot_training_curves(seeds, seconds=-1)


def test_captions_for_latex_escape(seeds):
    caption = figure_caption(plots.plot_training_curves(seeds), latex=True)
    assert r"95\% percentile" in caption
