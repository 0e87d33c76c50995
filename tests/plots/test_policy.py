"""Policy figures against the Analysis, and from raw probabilities."""

import dataclasses
import math

import equinox as eqx
import numpy as np
import pytest

from jaxviz.plots import figure_caption, plot_policy_distribution, plot_policy_over_training
from jaxviz.plots._draw import _curves
from jaxviz.stats import tanh_gaussian_entropy

from .conftest import main_lines, panel, run_lines
from .drawn import cells, outline, rectangles, vertices, xs, ys


@pytest.fixture(scope="module")
def probs():
    return np.random.default_rng(0).dirichlet(np.ones(17), (3, 50)).astype(np.float32)


def test_bars_are_the_mean_over_runs_and_dots_the_runs(seeds):
    ax = panel(plot_policy_distribution(seeds), "Actions")
    marginal = seeds.analysis.entropy.action_marginal[0]
    np.testing.assert_allclose([bar.get_height() for bar in rectangles(ax)], marginal.mean(axis=0), rtol=1e-6)
    dots = [ys(line) for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(dots, marginal.T)


def test_histograms_hold_every_sample(seeds):
    figure = plot_policy_distribution(seeds)
    entropy = seeds.analysis.entropy.sample_entropy[0]
    ax = panel(figure, "Entropy")
    heights = outline(ax.patches[0])[:, 1]
    expected, _ = np.histogram(entropy, bins=30, range=(0, math.log(3)))
    np.testing.assert_allclose(heights.max(), expected.max() / entropy.size)
    assert xs(ax.lines[0])[0] == pytest.approx(math.log(3))
    assert xs(panel(figure, "Confidence").lines[0])[0] == pytest.approx(1 / 3)


def test_observations_are_coloured_by_confidence(seeds):
    ax = panel(plot_policy_distribution(seeds), "Confidence by observation")
    (dots,) = ax.collections
    np.testing.assert_array_equal(dots.get_offsets(), seeds.run.policy.observations[0].reshape(-1, 4)[:, :2])
    np.testing.assert_array_equal(cells(dots), seeds.analysis.entropy.sample_confidence[0].ravel())


def test_many_actions_from_raw_arrays(probs):
    figure = plot_policy_distribution(probs, action_names=[f"action {i}" for i in range(17)])
    ax = panel(figure, "Actions")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [f"action {i}" for i in range(17)]
    np.testing.assert_allclose([bar.get_height() for bar in rectangles(ax)], probs.mean((0, 1)), rtol=1e-5)
    assert "n = 3 runs" in figure_caption(figure)


def test_configurations_are_dots_side_by_side(view):
    figure = plot_policy_distribution(view)
    ax = panel(figure, "Actions")
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_label() for line in dots] == list(view.labels)
    assert (xs(dots[0]) < xs(dots[1])).all()


def test_what_is_no_policy_is_an_error(probs):
    with pytest.raises(ValueError, match="sum to 1"):
        plot_policy_distribution(probs * 3)
    with pytest.raises(ValueError, match="two actions"):
        plot_policy_distribution(np.ones((3, 50, 1)))
    with pytest.raises(ValueError, match="each of the 17 actions"):
        plot_policy_distribution(probs, action_names=["left", "right"])
    with pytest.raises(ValueError, match="`observations` must start with"):
        plot_policy_distribution(probs, np.zeros((3, 7, 2)))


@pytest.fixture(scope="module")
def gaussian():
    """Mean [run, update, sample, dimension] and log σ of the same shape."""
    rng = np.random.default_rng(0)
    shape = (2, 3, 50, 4)
    return rng.normal(size=shape).astype(np.float32), rng.normal(-1, 0.2, shape).astype(np.float32)


def test_gaussian_policies_have_quantiles_of_every_dimension(gaussian):
    mean, log_std = gaussian
    figure = plot_policy_distribution(mean=mean[:, 0], log_std=log_std[0, 0, 0], observations=mean[:, 0, :, :2])
    for title, values in {"Mean action": mean[:, 0], "Standard deviation": np.exp(log_std[0, 0, 0])}.items():
        (dots,) = panel(figure, title).lines
        flat = np.broadcast_to(values, mean[:, 0].shape).reshape(-1, 4)
        np.testing.assert_allclose(ys(dots), np.median(flat, axis=0), rtol=1e-5)
        thin, thick = panel(figure, title).collections
        for bar, ends in ((thin, (0.1, 0.9)), (thick, (0.25, 0.75))):
            drawn = np.array([vertices(path)[:, 1] for path in bar.get_paths()]).T
            np.testing.assert_allclose(drawn, np.quantile(flat, ends, axis=0), rtol=1e-5)
    entropy = (0.5 * math.log(2 * math.pi * math.e) + log_std[0, 0, 0]).sum()
    assert outline(panel(figure, "Entropy").patches[0])[:, 1].max() == pytest.approx(1)
    np.testing.assert_allclose(cells(panel(figure, "Entropy by observation").collections[0]), entropy, rtol=1e-5)
    assert "Gaussian policy at 50 sampled observations of n = 2 runs." in figure_caption(figure)


def test_squashed_gaussian_over_training(gaussian):
    mean, log_std = gaussian
    figure = plot_policy_over_training(mean=mean, log_std=log_std, squashed=True, step=[10, 20, 30])
    entropy = np.asarray(tanh_gaussian_entropy(mean, log_std)).mean(-1)
    np.testing.assert_allclose(
        [y for _, y in run_lines(panel(figure, "Differential entropy (nats)"))], entropy, rtol=1e-4
    )
    lines = main_lines(panel(figure, "Mean action, tanh of the mean"))
    np.testing.assert_array_equal(lines[0][0], [10, 20, 30])
    np.testing.assert_allclose([y for _, y in lines], np.tanh(mean).mean((0, 2)).T, rtol=1e-4, atol=1e-6)
    lines = main_lines(panel(figure, "Standard deviation"))
    np.testing.assert_allclose([y for _, y in lines], np.exp(log_std).mean((0, 2)).T, rtol=1e-5)


def test_over_training_an_analysis_is_drawn_as_it_is(seeds, alone, view):
    course = seeds.analysis.policies
    figure = plot_policy_over_training(seeds)
    ax = panel(figure, "Perplexity (actions)")
    np.testing.assert_array_equal([y for _, y in run_lines(ax)], course.perplexity[0])
    np.testing.assert_array_equal(main_lines(ax)[0][1], seeds.summary.policies.perplexity.quantiles[0, 2])
    assert "Policy at 5 sampled observations of each update, n = 4 runs" in figure_caption(figure)
    (line,) = main_lines(panel(plot_policy_over_training(alone), "Entropy (nats)"))[:1]
    np.testing.assert_array_equal(line[1], alone.analysis.policies.entropy[0, 0])
    with pytest.raises(ValueError, match="one configuration, it has 2"):
        plot_policy_over_training(view)
    with pytest.raises(ValueError, match="brings its own data: leave `step` out"):
        plot_policy_over_training(seeds, step=[1, 2, 3])


def test_of_many_runs_those_beside_a_diverged_one_are_drawn_where_there_is_no_median(seeds, monkeypatch):
    monkeypatch.setattr(_curves, "FEW_RUNS", 3)
    ax = panel(plot_policy_over_training(seeds), "Entropy (nats)")
    assert len(ax.collections) == 2
    assert not run_lines(ax)
    gone = seeds.summary.policies.entropy.quantiles.copy()
    gone[..., 2:] = np.nan
    summary = eqx.tree_at(lambda s: s.policies.entropy.quantiles, seeds.summary, gone)
    ax = panel(plot_policy_over_training(dataclasses.replace(seeds, summary=summary)), "Entropy (nats)")
    for (x, y), run in zip(run_lines(ax), seeds.analysis.policies.entropy[0], strict=True):
        np.testing.assert_array_equal(x, [2, 3])
        np.testing.assert_array_equal(y, run[1:])


def test_what_is_no_gaussian_policy_is_an_error(gaussian, probs):
    mean, log_std = gaussian
    with pytest.raises(ValueError, match="both `mean` and `log_std`"):
        plot_policy_distribution(mean=mean)
    with pytest.raises(ValueError, match="not both"):
        plot_policy_distribution(probs, mean=mean, log_std=log_std)
    with pytest.raises(ValueError, match="`log_std` must have the shape of `mean`"):
        plot_policy_distribution(mean=mean, log_std=np.zeros(3))
    with pytest.raises(ValueError, match="each of the 4 dimensions, got 1"):
        plot_policy_distribution(mean=mean[0, 0], log_std=log_std[0, 0], action_names=["x"])
    with pytest.raises(ValueError, match=r"`mean` must be \[update, sample, dimension\]"):
        plot_policy_over_training(mean=mean[0, 0], log_std=log_std[0, 0])
    for figure in (plot_policy_distribution, plot_policy_over_training):
        with pytest.raises(ValueError, match="`action_probs` is missing"):
            figure()
