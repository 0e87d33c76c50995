"""Raw arrays, lists and results as views, and errors in the words of the figures."""

import dataclasses

import equinox as eqx
import jax
import numpy as np
import pytest

from jaxviz import analyze, from_arrays, from_purejaxrl
from jaxviz.plots import figure_caption, plot_training_curves, plot_training_stability
from jaxviz.view import make_view
from jaxviz.view._series import learning_curve

from .conftest import (
    EPISODES,
    LABELS,
    RUNS,
    TARGET,
    WINDOW,
    analyzed,
    interval_means,
    made,
    main_lines,
    panel,
    run_lines,
    texts,
)  # fmt: skip
from .drawn import ys


def test_an_analysis_and_a_run_give_the_same_view(run, view):
    again = make_view(analyzed(run), labels=LABELS)
    assert again.run is None
    assert again.target == TARGET
    for a, b in zip(jax.tree.leaves(again.summary), jax.tree.leaves(view.summary), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_aggregate_has_curves_but_no_runs(seeds):
    only = dataclasses.replace(seeds, analysis=None, run=None)
    figure = plot_training_curves(only)
    assert len(main_lines(panel(figure, "Learning curve"))) == 1
    assert not [line for line in panel(figure, "Final return").lines if line.get_marker() == "o"]
    assert panel(plot_training_stability(only, WINDOW), "Trailing mean").lines


def test_aggregates_are_views(view):
    again = make_view(view.summary, labels=LABELS)
    assert again.runs == RUNS
    assert again.target == TARGET
    assert again.analysis is None


def test_one_short_run_of_integers_is_drawn():
    figure = plot_training_curves([3, 1, 2, 5], [0.3, 0.2])
    ax = panel(figure, "Learning curve")
    ((x, y),) = main_lines(ax)
    np.testing.assert_array_equal(x, [1, 2, 3, 4])
    np.testing.assert_allclose(y, [3, 1, 2, 5])
    assert ax.get_xlabel() == "Episode"
    assert "return of each episode, at the centre of one of 25 equal intervals of training, one run" in figure_caption(
        figure
    )


def test_one_episode_is_a_dot():
    figure = plot_training_curves([7.0])
    dots = [line for line in panel(figure, "Learning curve").lines if line.get_marker() == "o"]
    assert [ys(line).tolist() for line in dots] == [[7.0], [7.0]]
    assert not texts(panel(figure, "Learning curve"))


def test_runs_of_different_lengths_end_where_they_end(run):
    ends = np.arange(EPISODES) < np.array([[40, 30, 20, 10], [40, 40, 40, 40]])[:, :, None]
    short = eqx.tree_at(lambda r: (r.episodes.valid, r.episodes.count), run, (ends, ends.sum(-1)))
    figure = plot_training_curves(made(short))
    thin = run_lines(panel(figure, "Learning curve"))
    kept = [
        step[valid] for step, valid in zip(*(np.reshape(x, (8, -1)) for x in (run.episodes.step, ends)), strict=True)
    ]
    assert [len(x) for x, _ in thin] == [interval_means(s, s, budget=s[-1])[2].sum() for s in kept]
    assert "thin dots: fewer, as runs end; 1 at last" in figure_caption(figure)


@pytest.mark.parametrize(
    ("rewards", "options", "words"),
    [
        ([], {}, "`rewards` is empty"),
        (None, {}, "`rewards` is None"),
        (np.zeros((0, 5)), {}, "no run to draw"),
        (3.0, {}, r"`rewards` must be \[..., episode\], got a single number"),
        (["a", "b"], {}, "`rewards` must be an array of numbers"),
        ([[1.0], [[2.0]]], {}, "`rewards`"),
        ([1.0, 2.0], {"window": 0}, "`window` must be a positive integer, or None for each run's own, got 0"),
        ([1.0, 2.0], {"losses": {}}, "`losses` is empty"),
        (np.ones((2, 3)), {"losses": [1.0, 2.0]}, "1 batch axes and an update axis"),
    ],
)
def test_bad_input_is_named(rewards, options, words):
    with pytest.raises(ValueError, match=words):
        plot_training_curves(rewards, **options)


def test_data_that_is_there_already_is_not_given_twice(run):
    with pytest.raises(ValueError, match="a TrainingRun brings its own data: leave `losses` out"):
        plot_training_curves(run, [1.0])


def test_labels_name_each_configuration(run):
    with pytest.raises(ValueError, match="each of the 2 configurations"):
        make_view(analyzed(run), labels=["one"])
    with pytest.raises(ValueError, match="each of the 2 configurations"):
        make_view(analyzed(run), labels="ab")


def test_another_target_than_the_analysis_has_is_an_error(run):
    analysis = analyzed(run)
    with pytest.raises(ValueError, match="made with target 300; analyse again to draw it with 5"):
        plot_training_curves(analysis, target=5)


def test_held_values_alone_are_drawn_and_named():
    run = from_purejaxrl({"metrics": {"returns": np.arange(6.0), "timesteps": np.arange(6), "loss": np.ones(6)}})
    assert "hold" in figure_caption(plot_training_curves(run))


def test_nothing_to_draw_is_said_so():
    mask = np.zeros((2, 0, 4, 3), bool)
    run = from_purejaxrl({"returned_episode": mask, "returned_episode_returns": mask.astype(np.float32)})
    for x in (run, analyze(run)):
        with pytest.raises(ValueError, match="nothing to draw: the learning curve has no point"):
            plot_training_curves(x)
    with pytest.raises(ValueError, match="no run to draw"):
        plot_training_curves(analyze(run)[:0])


def test_a_window_longer_than_the_only_run_is_said():
    """Updates and episodes of one run, of which no trailing window is full."""
    cells = np.ones((2, 4, 3), bool)
    returns = np.arange(24.0).reshape(2, 4, 3)
    metrics = {"returned_episode": cells, "returned_episode_returns": returns, "returned_episode_lengths": cells * 1}
    figure = plot_training_curves(from_purejaxrl(metrics), window=100)
    assert "over 100 episodes" in figure_caption(figure)


def test_seconds_end_with_the_training_and_not_with_the_last_interval():
    """400 episodes of 5 steps: 50 intervals of 40 steps, the last with its centre at 1980 of 2000 steps."""
    view = make_view(from_arrays(np.arange(400.0)[None], lengths=np.full((1, 400), 5)))
    x, _ = learning_curve(view).in_seconds([100.0]).run(0, 0)
    np.testing.assert_allclose(x[-1], 100 * 1980 / 2000, rtol=1e-3)
