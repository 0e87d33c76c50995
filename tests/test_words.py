"""The same words everywhere: what `describe`, captions and pages say of small, huge and single things."""

import html
import re
from dataclasses import replace
from functools import cache

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.inputs.logwrapper import simulate
from tests.known import known
from tests.marks import exhaustive

KEY = jax.random.key(0)
plots = jv.plots
CAMPED = np.concatenate([np.linspace(0, 1, 8), np.linspace(100, 101, 8)])[:, None].repeat(40, axis=1)
"""Sixteen runs in two camps; the other tests of several runs have this shape, which compiles once."""


def level_runs(levels):
    """Runs [run, 40] whose returns stay where they are."""
    return np.asarray(levels)[:, None].repeat(40, axis=1)


def text_of(page):
    """A page as the words that a reader sees."""
    markup = re.sub(r"(?s)<(script|style|svg).*?</\1>", "", page.read_text(encoding="utf-8"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_estimates_far_from_zero_differ_from_their_ends():
    returns = level_runs(1e6 + np.linspace(0, 1, len(CAMPED)))
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
    results = {"a": np.ones(CAMPED.shape), "b": np.zeros(CAMPED.shape)}
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
    assert jv.describe(jv.analyze(jv.from_arrays(np.ones(CAMPED.shape)))).startswith("Analysis: 16 runs,")


def test_two_camps_are_said_everywhere(tmp_path):
    """p of 16 runs in two tight camps is far below the level; nothing is said of one camp, or of few runs."""
    run, one, few = map(jv.from_arrays, (CAMPED, level_runs(np.linspace(0, 1, len(CAMPED))), CAMPED[6:9]))
    analysis = jv.analyze(run)
    page = text_of(jv.report.write(run, tmp_path / "camps.html"))
    caption = plots.figure_caption(plots.plot_training_curves(run))
    texts = [jv.describe(analysis), jv.describe(jv.aggregate(analysis, KEY)), page, caption]
    texts.append(jv.describe(jv.view.make_view(run)))
    for text in texts:
        assert re.search(r"Camps of seeds in all runs: .*\(Hartigan's dip test, p = 0.0\d+, level 5%\)", text)
    for analysis in (jv.analyze(one), jv.analyze(few, target=1.0)):
        assert "Camps" not in jv.describe(analysis) + jv.describe(jv.aggregate(analysis, KEY))


def test_camps_have_the_names_of_their_configurations():
    both = jv.analyze(jv.from_arrays(np.stack([CAMPED, level_runs(np.linspace(0, 1, 16))])), groups=("performance",))
    summary = jv.aggregate(both, KEY)
    assert "Camps of seeds in PPO: " in jv.describe(summary, labels=["PPO", "DQN"])
    assert "in DQN" not in jv.describe(summary, labels=["PPO", "DQN"])
    assert "Camps of seeds in 0: " in jv.describe(both)


APART = {"metric": (("cost", False), ("win rate", False)), "minimize": (("cost", True), ("cost", False))}
"""Metrics, and whether lower is better, of two results that do not go together."""


@cache
def of_metric(name, minimize):
    return jv.from_arrays(np.random.default_rng(0).normal(5, 1, CAMPED.shape), name=name, minimize=minimize)


@cache
def summary_of_metric(name, minimize):
    return replace(_summary(), metric=name, minimize=minimize)


@cache
def _summary():
    groups = ("performance", "reliability")
    return jv.aggregate(jv.analyze(jv.from_arrays(CAMPED), groups=groups), KEY)


FORMS = [summary_of_metric, exhaustive(of_metric)]
"""Aggregates compile once whatever they are of; of runs each metric and each figure compiles its own analysis."""


@pytest.mark.parametrize("word", APART)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "draw",
    [plots.plot_learning_curve_comparison, plots.plot_reliability_profile, plots.plot_hyperparameter_comparison],
)
def test_what_differs_in_its_metric_is_not_compared(draw, form, word):
    a, b = (form(*metric) for metric in APART[word])
    with pytest.raises(ValueError, match=f"`results` must agree in `{word}`, got .*\\(a\\), .*\\(b\\)"):
        draw({"a": a, "b": b})


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_a_table_that_differ_in_their_metric_are_not_compared(form):
    rows = [{"lr": lr, "final": form(*metric)} for lr, metric in zip((0.1, 0.2), APART["minimize"], strict=True)]
    with pytest.raises(ValueError, match="`results` must agree in `minimize`"):
        plots.plot_hyperparameter_sensitivity(rows)


@cache
def view_of_metric(name, minimize):
    view = jv.view.make_view(jv.from_arrays(CAMPED))
    named = {part: replace(getattr(view, part), metric=name, minimize=minimize) for part in ("analysis", "summary")}
    return replace(view, **named)


@pytest.mark.parametrize("form", [view_of_metric, exhaustive(of_metric)])
def test_a_page_names_the_metric_and_the_direction_of_each_section(tmp_path, form):
    sections = {name: form(*metric) for name, metric in zip("ab", APART["minimize"], strict=True)}
    words = text_of(jv.report.write(sections, tmp_path / "page.html"))
    assert words.count("metric cost, lower is better") == words.count("metric cost, higher is better") == 1


def test_a_name_of_a_mapping_is_that_of_a_line():
    one = plots.plot_training_curves({"PPO": CAMPED[0]})
    assert jv.view.make_view({"PPO": CAMPED[:1]}).labels == ("PPO",)
    two = jv.view.make_view({"PPO": CAMPED[0], "DQN": CAMPED[1]})
    assert (two.labels, two.runs) == (("PPO", "DQN"), 1)
    assert [line.get_label() for line in one.axes[0].lines] != []
    legend = plots.plot_training_curves({"PPO": CAMPED[0], "DQN": CAMPED[1]}).legends
    assert {text.get_text() for part in legend for text in part.get_texts()} >= {"PPO", "DQN"}
