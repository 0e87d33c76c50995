"""Policy figures against the Analysis, and from raw probabilities."""

import math

import numpy as np
import pytest

from jaxviz.plots import figure_caption, plot_policy_distribution

from .conftest import panel


@pytest.fixture(scope="module")
def probs():
    return np.random.default_rng(0).dirichlet(np.ones(17), (3, 50)).astype(np.float32)


def test_bars_are_the_mean_over_runs_and_dots_the_runs(seeds):
    ax = panel(plot_policy_distribution(seeds), "Actions")
    marginal = seeds.analysis.entropy.action_marginal[0]
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], marginal.mean(axis=0), rtol=1e-6)
    dots = [line.get_ydata() for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(dots, marginal.T)


def test_histograms_hold_every_sample(seeds):
    figure = plot_policy_distribution(seeds)
    entropy = seeds.analysis.entropy.sample_entropy[0]
    ax = panel(figure, "Entropy")
    heights = ax.patches[0].get_path().vertices[:, 1]
    expected, _ = np.histogram(entropy, bins=30, range=(0, math.log(3)))
    np.testing.assert_allclose(heights.max(), expected.max() / entropy.size)
    assert ax.lines[0].get_xdata()[0] == pytest.approx(math.log(3))
    assert panel(figure, "Confidence").lines[0].get_xdata()[0] == pytest.approx(1 / 3)


def test_observations_are_coloured_by_confidence(seeds):
    ax = panel(plot_policy_distribution(seeds), "Confidence by observation")
    (dots,) = ax.collections
    np.testing.assert_array_equal(dots.get_offsets(), seeds.run.policy.observations[0].reshape(-1, 4)[:, :2])
    np.testing.assert_array_equal(dots.get_array(), seeds.analysis.entropy.sample_confidence[0].ravel())


def test_many_actions_from_raw_arrays(probs):
    figure = plot_policy_distribution(probs, action_names=[f"action {i}" for i in range(17)])
    ax = panel(figure, "Actions")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [f"action {i}" for i in range(17)]
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], probs.mean((0, 1)), rtol=1e-5)
    assert "n = 3 runs" in figure_caption(figure)


def test_configurations_are_dots_side_by_side(subject):
    figure = plot_policy_distribution(subject)
    ax = panel(figure, "Actions")
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_label() for line in dots] == list(subject.labels)
    assert (dots[0].get_xdata() < dots[1].get_xdata()).all()


def test_what_is_no_policy_is_an_error(probs):
    with pytest.raises(ValueError, match="sum to 1"):
        plot_policy_distribution(probs * 3)
    with pytest.raises(ValueError, match="two actions"):
        plot_policy_distribution(np.ones((3, 50, 1)))
    with pytest.raises(ValueError, match="each of the 17 actions"):
        plot_policy_distribution(probs, action_names=["left", "right"])
    with pytest.raises(ValueError, match="`observations` must start with"):
        plot_policy_distribution(probs, np.zeros((3, 7, 2)))
