"""Sample efficiency, reliability, drawdown, change points, the policy over training, wall-clock time, LaTeX."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import plots
from jaxviz.plots import figure_caption
from jaxviz.stats import Interval
from jaxviz.view import _compute
from tests.known import known

from .conftest import WINDOW, analyzed, assert_band, made, main_lines, panel, run_lines
from .drawn import points, vertices, xs


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


def test_drawdown_marks_a_collapse_where_it_began(of):
    returns = np.tile(np.concatenate([np.linspace(0, 100, 20), np.full(20, 5.0)]), (2, 4, 1))
    view = of(returns).only(1)
    ax = panel(plots.plot_drawdown(view, WINDOW), "Collapses")
    assert "collapse, did not come back" in ax.get_legend_handles_labels()[1]
    marks = [points(line)[0] for line in ax.lines if line.get_marker() == "v"]
    half_lost = view.analysis.convergence.collapse.step[0]
    assert [int(x) for x, _ in marks] == view.run.episodes.step[0, :, 19].tolist()  # the last one before returns fall
    assert all(x < lost for (x, _), lost in zip(marks, half_lost, strict=True))
    np.testing.assert_allclose([y for _, y in marks], returns[1, 0, 10:20].mean(), rtol=1e-4)


def test_drawdown_crosses_out_runs_that_diverged_not_those_that_ended(run):
    returns, valid = np.array(run.episodes.returns), np.array(run.episodes.valid)
    valid[..., 30:] = False
    returns[1, 2, 20:] = np.nan
    short = eqx.tree_at(lambda r: (r.episodes.returns, r.episodes.valid), run, (returns, valid))
    view = made(short).only(1)
    ax = panel(plots.plot_drawdown(view, WINDOW), "Collapses")
    (cross,) = (line for line in ax.lines if line.get_marker() == "x")
    assert xs(cross)[0] == int(known(short.episodes).step[1, 2, 19])


def test_change_points_stand_where_the_level_changes(of):
    level = np.repeat([0.0, 100.0], 20) + np.random.default_rng(0).normal(0, 1, (2, 4, 40))
    view = of(level)
    figure = plots.plot_change_points(view.only(0))
    found, steps = view.analysis.change_points, view.run.episodes.step[0]
    for run, line in enumerate(panel(figure, "Changes of level").lines):
        index = found.index[0, run][found.valid[0, run]]
        assert 20 in index
        assert xs(line).tolist() == steps[run, index].tolist()
    assert figure_caption(figure).startswith("Configuration: slow.")


def test_reliability_has_a_panel_per_metric(view):
    rows = {name: view.summary[c] for c, name in enumerate(view.labels)}
    figure = plots.plot_reliability_profile(rows)
    assert len(figure.axes) == 5
    estimate = view.summary.reliability.median_performance.estimate
    drawn = [xs(line)[0] for line in figure.axes[0].lines]
    np.testing.assert_allclose(drawn, estimate, rtol=1e-6)
    assert "Risks: mean of the worst 5%" in figure_caption(figure)
    with pytest.raises(ValueError, match="`results` is empty"):
        plots.plot_reliability_profile({})


def test_raw_arrays_are_analysed_with_the_groups_a_figure_needs(run, view, monkeypatch):
    """An Analysis is not analysed again."""
    asked = []

    def analyze(given, **options):
        assert given.episodes.returns.shape == (4, 40)
        asked.append(options["groups"])
        return known

    known = analyzed(run)[0]
    monkeypatch.setattr(_compute, "analyze", analyze)
    monkeypatch.setattr(_compute, "aggregate", lambda *_, **__: view.summary[0])
    returns = np.asarray(run.episodes.returns[0])
    plots.plot_change_points(known)
    plots.plot_drawdown(known)
    plots.plot_reliability_profile({"a": known})
    assert not asked
    plots.plot_change_points(returns)
    plots.plot_reliability_profile({"a": returns})
    assert asked == [("windows", "performance", "change_points"), ("reliability",)]


def test_policy_over_training_is_entropy_perplexity_and_actions():
    probs = np.random.default_rng(0).dirichlet(np.ones(17), (3, 6, 20)).astype(np.float32)
    figure = plots.plot_policy_over_training(probs)
    entropy = -(probs * np.log(probs)).sum(-1).mean(-1)
    ax = panel(figure, "Entropy (nats)")
    np.testing.assert_allclose([y for _, y in run_lines(ax)], entropy, rtol=1e-4)
    np.testing.assert_allclose(main_lines(ax)[0][1], np.median(entropy, 0), rtol=1e-4)
    *areas, others = panel(figure, "Mean probability of actions").collections
    means = probs.mean((0, 2))
    often = np.sort(np.argsort(-means.max(axis=0))[:7])
    assert [area.get_label() for area in areas] == [f"action {a}" for a in often]
    assert others.get_label() == "10 other actions"
    heights = vertices(others.get_paths()[0])[:, 1]
    assert heights.max() == pytest.approx(1, abs=1e-5)
    assert heights.min() == pytest.approx(means[:, often].sum(axis=1).min(), rel=1e-4)
    with pytest.raises(ValueError, match="sum to 1"):
        plots.plot_policy_over_training(probs * 3)


def test_wall_clock_time_ends_at_the_seconds(seeds):
    figure = plots.plot_training_curves(seeds, seconds=12.0)
    analysis = seeds.per_run
    last = np.where(analysis.curve.valid, np.asarray(analysis.curve.step), 0).max()  # the centre of the last interval
    expected = 12.0 * last / np.asarray(analysis.total_steps).max()
    assert 11.5 < expected < 12.0
    assert max(x.max() for x, _ in run_lines(figure.axes[0])) == pytest.approx(expected)
    assert figure.axes[0].get_xlabel() == "Wall-clock time (s)"
    with pytest.raises(ValueError, match="`seconds` must be one positive number"):
        plots.plot_training_curves(seeds, seconds=-1)


def test_captions_for_latex_escape(seeds):
    caption = figure_caption(plots.plot_training_curves(seeds), latex=True)
    assert r"95\% scaled" in caption
