"""One View of whatever the caller has; words, figures and pages read it and compute nothing again."""

import dataclasses

import equinox as eqx
import jax
import numpy as np
import pytest
from typer.testing import CliRunner

from jaxviz import aggregate, analyze, describe, plots, report, save_run
from jaxviz.cli import app
from jaxviz.host import to_host
from jaxviz.plots._comprehensive import draw_figures
from jaxviz.plots._draw._figure import add_caption
from jaxviz.report import _content, _words
from jaxviz.report._section import Section
from jaxviz.report._write import write_sections
from jaxviz.view import View, from_analysis, known, make_view

from .conftest import CONFIGURATIONS, LABELS, RUNS, TARGET, WINDOW

ONCE = {"analyze": 1, "aggregate": 1}
NEVER = {"analyze": 0, "aggregate": 0}


@pytest.fixture(scope="module")
def view(run):
    return make_view(run, window=WINDOW, target=TARGET, labels=LABELS)


def test_a_view_has_the_numbers_of_analyze_and_aggregate(run, view):
    analysis = analyze(run, windows=(WINDOW,), target=TARGET)
    summary = aggregate(analysis, jax.random.key(0))
    for found, expected in ((view.per_run, analysis), (view.estimates, summary)):
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(to_host(expected)), strict=True):
            assert type(a) is np.ndarray
            np.testing.assert_array_equal(a, b)
    assert (view.configurations, view.runs, view.labels) == (CONFIGURATIONS, RUNS, LABELS)
    assert (view.target, view.window, view.entry, view.x_unit) == (TARGET, (WINDOW, WINDOW), "episode", "step")
    assert make_view(view) is view


def test_results_that_are_known_are_not_made_again(run, view, computed):
    again = from_analysis(view.per_run, run, LABELS, summary=view.summary)
    assert describe(again) == describe(view)
    assert again.target == TARGET
    assert computed == NEVER


def test_one_run_each_has_estimates_without_intervals(run, computed):
    alone = make_view(run[:, :1], window=WINDOW)
    assert alone.summary is None
    assert computed["aggregate"] == 0
    last = known(alone.estimates.performance).last_window
    np.testing.assert_array_equal(last.estimate, known(alone.per_run.performance).last_window[:, 0])
    assert np.isnan(last.low).all()
    assert alone.estimates is alone.estimates
    assert computed == ONCE


def test_an_aggregate_has_no_single_runs(view, tmp_path):
    only = make_view(view.summary, labels=LABELS)
    assert only.results is only.estimates
    with pytest.raises(ValueError, match="an Aggregate has no single runs"):
        _ = only.per_run
    with pytest.raises(ValueError, match="an Aggregate has no single runs"):
        report.write(only, tmp_path / "page.html")
    with pytest.raises(ValueError, match="needs an Analysis or an Aggregate"):
        dataclasses.replace(only, summary=None)


def test_describe_has_a_row_for_each_configuration(view):
    lines = describe(view).splitlines()
    assert [line.split()[0] for line in lines[2 : 2 + CONFIGURATIONS]] == list(LABELS)
    assert lines[1:] == describe(view.summary, labels=LABELS).splitlines()[1:]


def test_words_give_the_level_that_was_asked_for(view):
    """Two digits would make 98% of 97.5%."""
    level = np.full(CONFIGURATIONS, 0.975, np.float32)
    other = eqx.tree_at(lambda summary: summary.curve.interval.level, view.estimates, level)
    narrow = dataclasses.replace(view, summary=other)
    for text in (describe(narrow), _content.key_caption(narrow), _words.methods(narrow)):
        assert "97.5%" in text


def test_a_page_analyses_once_and_aggregates_once(run, tmp_path, computed):
    report.write(run, tmp_path / "page.html", window=WINDOW, target=TARGET, labels=LABELS)
    assert computed == ONCE


def test_all_figures_take_one_analysis_and_one_aggregate(run, tmp_path, computed):
    plots.create_comprehensive_analysis(run, tmp_path, window=WINDOW, target=TARGET)
    assert computed == ONCE


def test_the_command_analyses_once_and_aggregates_once(run, tmp_path, computed):
    saved = save_run(tmp_path / "run", run, metadata={"labels": list(LABELS)})
    options = ["-o", str(tmp_path / "figures"), "--target", str(TARGET), "--window", str(WINDOW)]
    done = CliRunner().invoke(app, ["analyze", str(saved), *options])
    assert done.exit_code == 0, done.output
    assert computed == ONCE


def test_words_figures_and_page_of_a_view_compute_nothing(view, tmp_path, computed):
    describe(view)
    report.write(view, tmp_path / "page.html")
    assert plots.create_comprehensive_analysis(view, tmp_path)
    assert computed == NEVER


def test_figures_are_drawn_once_for_page_and_log(view, tmp_path, monkeypatch):
    with plots.style(captions=False):
        figures = dict(draw_figures(view))
    monkeypatch.setattr(_content, "draw_figures", None)
    page = write_sections([Section("run", view, {}, figures)], tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<figcaption>") == len(figures)
    for name, figure in figures.items():
        before = figure.get_figheight()
        logged = plots.save(add_caption(figure), tmp_path / f"{name}.png", plots.figure_caption(figure))
        assert logged.stat().st_size > 5000
        assert figure.get_figheight() > before


def test_a_view_is_complete(view):
    assert {field.name for field in dataclasses.fields(View)} == {
        "analysis", "summary", "run", "labels", "target", "runs", "level"
    }  # fmt: skip
    assert view.cells == [(c, r) for c in range(CONFIGURATIONS) for r in range(RUNS)]
    assert view.run_name(1, 2) == "large, seed 2"
    assert view.only(0).run_name(0, 2) == "seed 2"


def test_words_say_which_entries_are_behind_a_number(view):
    """Of 20 episodes of 5 steps the last tenth are two, and ten are the fewest."""
    assert (view.window_words, view.final_name) == (f"{WINDOW} episodes", "final return")
    assert view.final_words == "the last tenth of training (10 episodes each)"
    assert view.only(0).final_words == "the last tenth of training (10 episodes each)"
    window, entries = np.array([[6, 7, 8], [13, 14, 15]]), np.array([[10, 10, 10], [10, 12, 1200]])
    own = eqx.tree_at(lambda a: (a.window, a.performance.final_entries), view.analysis, (window, entries))
    words = dataclasses.replace(view, analysis=own)
    assert words.window_words == "6 to 15 episodes (a tenth of each run's)"
    assert words.final_words == "the last tenth of training (10 to 1,200 episodes each)"
    assert words.only(0).window_words == "6 to 8 episodes (a tenth of each run's)"
