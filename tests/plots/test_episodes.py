"""Episode figures against the run and the Analysis."""

import dataclasses

import numpy as np
import pytest

from jaxviz.plots import figure_caption, plot_episode_progress, plot_episode_statistics

from .conftest import EPISODES, WINDOW, main_lines, panel, returns, run_lines, windows_at
from .drawn import outline, xs, ys


def rolling(x):
    return np.stack([x[..., i - WINDOW : i].mean(-1) for i in range(WINDOW, x.shape[-1] + 1)], axis=-1)


def test_lengths_have_the_same_curves_as_returns(seeds):
    figure = plot_episode_statistics(seeds)
    step = seeds.run.episodes.lengths[0].cumsum(axis=1)
    for title, values in (
        ("Returns over training", returns()[1]),
        ("Lengths over training", seeds.run.episodes.lengths[0]),
    ):
        ((x, y),) = main_lines(panel(figure, title))
        each = windows_at(step, rolling(values.astype(float)), x)
        there = ~np.isnan(each).any(axis=0)
        assert there.sum() > 20
        np.testing.assert_allclose(y[there], np.median(each[:, there], axis=0), rtol=1e-4)


def test_one_run_shows_its_episodes(alone):
    figure = plot_episode_statistics(alone)
    ax = panel(figure, "Lengths over training")
    dots = next(line for line in ax.lines if line.get_label() == "single episodes")
    np.testing.assert_array_equal(ys(dots), alone.run.episodes.lengths[0, 0])
    assert ax.get_xlabel() == "Environment steps"
    ((_, y),) = main_lines(ax)
    np.testing.assert_allclose(y, rolling(alone.run.episodes.lengths[0, 0].astype(float)), rtol=1e-5)


def test_distributions_and_pairs_hold_every_episode(seeds):
    figure = plot_episode_statistics(seeds)
    ax = panel(figure, "Return by length")
    (dots,) = ax.lines
    np.testing.assert_array_equal(xs(dots), seeds.run.episodes.lengths[0].ravel())
    np.testing.assert_array_equal(ys(dots), returns()[1].ravel())
    heights = outline(panel(figure, "All returns").patches[0])[:, 1]
    counts, _ = np.histogram(returns()[1], bins=30)
    np.testing.assert_allclose(heights.max(), counts.max() / (4 * EPISODES), rtol=1e-6)
    assert f"all {4 * EPISODES} episodes, {EPISODES} per run" in figure_caption(figure)


def test_without_lengths_only_returns_are_drawn(seeds):
    episodes = dataclasses.replace(seeds.run.episodes, lengths=None)
    figure = plot_episode_statistics(dataclasses.replace(seeds, run=dataclasses.replace(seeds.run, episodes=episodes)))
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Returns over training", "All returns"]


def test_what_has_no_single_episodes_is_an_error(seeds):
    with pytest.raises(ValueError, match="single episodes are not known"):
        plot_episode_statistics(dataclasses.replace(seeds, run=None))
    with pytest.raises(ValueError, match="`rewards` is missing"):
        plot_episode_statistics([1, 2, 3])
    with pytest.raises(ValueError, match="`episode_lengths` must have the shape of `rewards`"):
        plot_episode_statistics([1, 2, 3], [1.0, 2.0])


def test_progress_counts_the_episodes_that_ended_by_each_step(seeds):
    figure = plot_episode_progress(seeds)
    lines = run_lines(panel(figure, "Episodes ended"))
    assert len(lines) == 4
    for (x, y), steps in zip(lines, seeds.run.episodes.step[0], strict=True):
        np.testing.assert_array_equal(x, steps)
        np.testing.assert_array_equal(y, np.arange(1, EPISODES + 1))
    assert "one line per run" in figure_caption(figure)
    episodes = dataclasses.replace(seeds.run.episodes, step=None)
    unknown = dataclasses.replace(seeds, run=dataclasses.replace(seeds.run, episodes=episodes))
    assert [ax.get_title(loc="left") for ax in plot_episode_progress(unknown).axes] == ["Returns over training"]
