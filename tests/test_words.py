"""The same words everywhere: what `describe`, captions and pages say of small, huge and single things."""

import html
import re

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.inputs.logwrapper import simulate
from tests.known import known

KEY = jax.random.key(0)
plots = jv.plots


def text_of(page):
    """A page as the words that a reader sees."""
    markup = re.sub(r"(?s)<(script|style|svg).*?</\1>", "", page.read_text(encoding="utf-8"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_estimates_far_from_zero_differ_from_their_ends():
    returns = 1e6 + np.linspace(0, 1, 6, dtype=np.float64)[:, None].repeat(40, axis=1)
    summary = jv.aggregate(jv.analyze(jv.from_arrays(returns)), KEY)
    cell = next(re.finditer(r"([\d,.]+) \[([\d,.]+), ([\d,.]+)\]", jv.describe(summary)))
    numbers = [float(x.replace(",", "")) for x in cell.groups()]
    final = known(summary.performance).final
    np.testing.assert_allclose(numbers, [final.estimate, final.low, final.high], atol=0.06, rtol=0)
    assert len(set(numbers)) == 3


def test_a_huge_number_is_short():
    analysis = jv.analyze(jv.from_arrays(np.full((3, 40), 1e30)), target=1e30)
    words = jv.describe(analysis) + jv.describe(jv.aggregate(analysis, KEY))
    assert "final return: 1e+30\n" in words
    assert not re.search(r"\d{7}|(,\d{3}){4}", words)


@pytest.mark.parametrize("draw", [plots.plot_training_curves, plots.plot_advanced_learning_curves])
def test_a_run_of_one_episode_has_no_means(draw):
    assert "Line: return of the only episode, one run." in plots.figure_caption(draw(jv.from_arrays([5.0])))
    two = plots.figure_caption(draw(jv.from_arrays([5.0, 6.0])))
    assert "Line: return of each episode, at the centre of one of 25 equal intervals of training, one run." in two


def test_the_only_episode_is_not_all_of_them():
    drawn = {n: plots.plot_episode_statistics(np.ones(n), np.ones(n)) for n in (1, 2)}
    words = {n: plots.figure_caption(figure) for n, figure in drawn.items()}
    assert "Distributions: the only episode." in words[1]
    assert "Distributions: all 2 episodes, 2 per run." in words[2]


def test_a_compared_target_is_explained():
    results = {"a": np.ones((3, 20)), "b": np.zeros((3, 20))}
    captions = [plots.figure_caption(plots.plot_learning_curve_comparison(results, target=t)) for t in (0.5, None)]
    assert ["Dashed: target 0.5." in caption for caption in captions] == [True, False]


@pytest.mark.parametrize(("capacity", "kept"), [(0, "0 per run, 0 in all"), (3, "3 per run, 6 in all")])
def test_episodes_that_were_not_kept_are_not_counted_as_kept(capacity, kept):
    run = jv.from_purejaxrl({"metrics": simulate(2, updates=9, steps=16, envs=4)}, capacity=capacity)
    words = jv.describe(run)
    assert f"{np.asarray(known(run.episodes).count).sum()} in all\n  kept of them: {kept}; " in words


def test_a_page_of_one_run_has_no_interval(tmp_path):
    words = text_of(jv.report.write(jv.from_arrays([5.0, 6.0]), tmp_path / "one.html", target=3.0))
    assert "One run per configuration: no intervals." in words
    assert not re.search(r"\[[\d.,]+, [\d.,]+\]", words)


def test_one_run_is_no_runs():
    assert jv.describe(jv.from_arrays(np.ones((1, 1, 20)))).startswith("TrainingRun: 1 run\n")
    assert jv.describe(jv.analyze(jv.from_arrays(np.ones((2, 20))))).startswith("Analysis: 2 runs,")
