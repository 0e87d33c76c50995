"""The page of a Comparison: its sentences, tables and figures are those of it, and names of users stay text."""

import numpy as np
import pytest

from jaxviz import report
from jaxviz.comparison import EQUAL, UNDECIDED, WORSE, Scale
from jaxviz.view._tables import as_csv
from jaxviz.view.comparisons._tables import comparison_tables
from tests.comparison.made import comparison, curves

from .conftest import HOSTILE
from .test_page import Page

NAMES = (*HOSTILE[:2], "PPO")


@pytest.fixture(scope="module")
def compared():
    return comparison(NAMES, verdicts=(EQUAL, WORSE, UNDECIDED), margin=1.5, scale=Scale("atari", "a source"))


@pytest.fixture(scope="module")
def written(compared, tmp_path_factory):
    return report.write(compared, tmp_path_factory.mktemp("compared") / "verdict.html")


@pytest.fixture(scope="module")
def text(written):
    return written.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


def test_verdicts_stand_before_figures_and_tables(text):
    places = [text.index(words) for words in ("PPO is better than", "<figure>", "<table", ">Tasks<", ">Algorithms<")]
    assert places[0] < places[1] < places[2] < places[3] < places[4]
    assert "difference in IQM +3 [2, 4], p = 0.03" in text
    assert "difference in IQM −1 [−2, 0], p = 0.03" in text
    assert "<dt>margin</dt><dd>±1.5</dd>" in text
    assert "<title>Comparison</title>" in text


def test_learning_curves_stand_where_they_belong(compared, tmp_path):
    """Those of all tasks in the overview, those of each task with the tasks."""
    path = report.write(compared, tmp_path / "verdict.html", curves=curves(compared.algorithms, compared.task_names))
    found = path.read_text(encoding="utf-8")
    titles = ("Learning curves over the common tasks", ">Tasks<", "Learning curves on each task", ">Algorithms<")
    places = [found.index(words) for words in titles]
    assert places == sorted(places)
    with pytest.raises(ValueError, match="`curves` are those of one Comparison"):
        report.write([compared, compared], path, curves=curves())


def test_tables_are_those_of_the_comparison(compared, parsed):
    for table, made in zip(parsed.tables, (comparison_tables(compared)[i] for i in (0, 2, 1)), strict=True):
        shown = [[cell[1].replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in table[1:]]
        assert shown == [[cell.text for cell in row] for row in made.rows]
        assert parsed.links[f"{made.name}.csv"] == as_csv(made)
    assert "(n = 5, 1 diverged)" in parsed.links["tasks.md"]
    assert r"\textbf{PPO}" in parsed.links["algorithms.tex"]
    strong = [attributes for tag, attributes in parsed.tags if tag == "td" and "strong" in attributes.get("class", "")]
    assert len(strong) == 1 + 2  # the first tier, and two verdicts


def test_every_figure_has_its_caption_and_its_words_for_the_blind(parsed, text):
    pictures = [attributes for tag, attributes in parsed.tags if tag == "img"]
    titles = [attributes["alt"].split(".")[0] for attributes in pictures]
    assert titles == [
        "Differences and verdicts", "Scores and tiers", "Runs that there are", "Scores on each task",
        "Improvement on each task", "Performance profiles", "Probability of improvement", "Ranks",
    ]  # fmt: skip
    assert text.count("<figcaption>") == len(pictures)
    assert all(attributes["src"].startswith("data:image/svg+xml;base64,") for attributes in pictures)


def test_methods_say_and_cite_what_was_done(text):
    assert "We compared 3 algorithms on 2 tasks with 5 independent runs of each algorithm on each task" in text
    assert "normalised on each task by atari (a source)" in text
    assert "Two are practically equal if that interval is inside ±1.5." in text
    assert text.count("[holm1979]") == 2


def test_names_stay_text(text):
    assert "<script>document.title" not in text
    assert "<img src=x" not in text
    assert "&lt;/script&gt;&lt;script&gt;" in text


def test_beside_others_each_has_its_name(compared, tmp_path):
    single = comparison(("A",), np.ones(1), tasks=("one",))
    text = report.write({"first": compared, "second": single}, tmp_path / "both.html").read_text(encoding="utf-8")
    assert '<a href="#part-2">second</a>' in text
    assert "one algorithm: nothing to compare" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_dark(browser, written, scheme):
    tab = browser.new_page(viewport={"width": 375, "height": 700}, color_scheme=scheme)
    errors = []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(written.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert ("invert" in tab.evaluate("getComputedStyle(document.images[0]).filter")) == (scheme == "dark")
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.images[0]).filter") == "none"
    tab.locator("table.verdicts th button").first.click()
    assert tab.locator("table.verdicts th").first.get_attribute("aria-sort") == "ascending"
    assert errors == []
    tab.close()
