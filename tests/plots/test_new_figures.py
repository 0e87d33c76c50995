"""Times to a target, distributions of scores, best of k, importance, trials, and the best, median and worst run."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats as scipy_stats

from jaxviz import plots, stats
from jaxviz.comparison import Scale, Sweep
from jaxviz.host import to_host
from jaxviz.plots import figure_caption
from tests.known import unchecked

from .drawn import points, rectangles, xs, ys

STEP = np.array([300, 100, 200, 400, 400])
REACHED = np.array([True, True, False, True, False])


def labelled(ax, name):
    (line,) = (line for line in ax.lines if line.get_label() == name)
    return line


def test_times_to_a_target_are_what_scipy_says():
    figure = plots.plot_time_to_target({"PPO": stats.kaplan_meier(STEP, REACHED)})
    ax = figure.axes[0]
    data = scipy_stats.CensoredData(uncensored=STEP[REACHED], right=STEP[~REACHED])
    expected = scipy_stats.ecdf(data).cdf
    line = labelled(ax, "PPO")
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_allclose(ys(line), np.concatenate([[0], expected.evaluate(xs(line)[1:])]), rtol=1e-5)
    (strokes,) = (line for line in ax.lines if line.get_marker() == "|")
    assert xs(strokes).tolist() == [200, 400]
    assert "PPO 3 of 5" in figure_caption(figure)
    assert ax.get_ylim() == (-0.02, 1.02)


def test_times_of_runs_that_never_met_it_are_drawn_at_zero():
    ax = plots.plot_time_to_target({"none": stats.kaplan_meier(STEP, np.zeros(5, bool))}).axes[0]
    assert set(ys(labelled(ax, "none"))) == {0.0}
    with pytest.raises(TypeError, match="KaplanMeier"):
        unchecked(plots.plot_time_to_target, {"PPO": [1.0, 2.0]})


def test_a_distribution_of_scores_is_the_empirical_one():
    scores = np.array([3.0, 1.0, 2.0, 2.0])
    line = labelled(plots.plot_score_distributions({"a": scores}).axes[0], "a")
    x, y = points(line)[1:-1].T
    expected = scipy_stats.ecdf(scores).cdf
    np.testing.assert_allclose([y[x == at].max() for at in (1, 2, 3)], expected.evaluate([1, 2, 3]))
    assert (ys(line)[0], ys(line)[-1]) == (0, 1)


@pytest.mark.parametrize(("minimize", "ends"), [(False, (0.25, 1.0)), (True, (0.0, 0.75))])
def test_runs_without_a_score_are_the_worst(minimize, ends):
    figure = plots.plot_score_distributions({"a": [3.0, np.nan, 2.0, 2.5]}, minimize=minimize)
    line = labelled(figure.axes[0], "a")
    assert (ys(line)[0], ys(line)[-1]) == ends
    assert "counted as the worst: a 1" in figure_caption(figure)
    with pytest.raises(ValueError, match=r"`scores` must have one number per run \[run\], got shape \(0,\)"):
        plots.plot_score_distributions({"a": []})


@pytest.fixture(scope="module")
def sweep():
    estimate = jnp.array([0.2, 0.7])
    interval = stats.Interval(
        estimate, estimate - 0.1, estimate + 0.1, n=jnp.array(6), n_tasks=jnp.array(1), level=jnp.array(0.95),
        left_out=jnp.array(0), method="percentile", unit="run", reps=100,
    )  # fmt: skip
    return Sweep(
        mean=interval, runs=jnp.full((2, 1), 3), sensitivity=(interval, interval), importance=interval,
        expected_best=jnp.array([1.0, 2.0, 2.5]), naive_best=jnp.array([1.0, 2.4, 3.1]), algorithm="PPO",
        configurations=("a", "b"), parameters=("clip", "lr"), values=(("1", "2"), ("3", "4")), task_names=("one",),
        score="final return", metric="return", minimize=False, scale=Scale("raw"), crossed=True, remarks=(),
    )  # fmt: skip


def test_the_best_of_k_is_drawn_beside_the_naive_one(sweep):
    ax = plots.plot_best_of_k(sweep).axes[0]
    assert points(labelled(ax, "other runs")).tolist() == [[1, 1.0], [2, 2.0], [3, 2.5]]
    assert ys(labelled(ax, "same runs")).tolist() == pytest.approx([1.0, 2.4, 3.1])
    assert ax.get_ylabel() == "Final return"
    with pytest.raises(TypeError, match="Sweep"):
        unchecked(plots.plot_best_of_k, {"a": 1})


def test_the_most_important_parameter_stands_first(sweep):
    ax = plots.plot_importance(sweep).axes[0]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["lr", "clip"]
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in rectangles(ax)]
    np.testing.assert_allclose(bars, [(0.6, 0.8), (0.1, 0.3)], rtol=1e-5)


def test_trials_stand_at_their_values_and_the_best_is_ringed():
    table = [
        {"lr": lr, "clip": clip, "opt": opt, "score": [lr * 100 + clip]}
        for lr, clip, opt in ((1e-4, 0.1, "sgd"), (1e-2, 0.2, "adam"), (1e-3, 0.3, "sgd"))
    ]
    figure = plots.plot_trials(table, "score")
    assert [ax.get_xlabel() for ax in figure.axes] == ["lr", "clip", "opt"]
    assert [ax.get_xscale() for ax in figure.axes] == ["log", "linear", "linear"]
    dots, ring = figure.axes[0].lines
    np.testing.assert_allclose(points(dots), [[1e-2, 1.2], [1e-3, 0.4], [1e-4, 0.11]], rtol=1e-5)
    np.testing.assert_allclose(points(ring), [[1e-2, 1.2]], rtol=1e-5)
    assert [tick.get_text() for tick in figure.axes[2].get_xticklabels()] == ["sgd", "adam"]
    with pytest.raises(ValueError, match="no hyper-parameter varies"):
        plots.plot_trials(table[:1], "score")


def test_the_best_the_median_and_the_worst_run_are_named(seeds):
    figure = plots.plot_representative_runs(seeds)
    order = np.argsort(-np.asarray(to_host(seeds.scores))[0])
    names = [str(line.get_label()) for line in figure.axes[0].lines if line.get_zorder() == 3]
    assert names == [f"{what}: seed {order[i]}" for what, i in (("best", 0), ("median", 1), ("worst", 3))]
    assert sum(line.get_label() == "1 other run" for line in figure.axes[0].lines) == 1
