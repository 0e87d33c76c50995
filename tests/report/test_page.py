"""The HTML parsed: its numbers are those of the Aggregate, and names of users stay text."""

import base64
import itertools
import json
import re
from html.parser import HTMLParser

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import TrainingRun, aggregate, report
from jaxviz._run import UpdateReturns
from jaxviz.host import to_host
from tests.known import known, unchecked

from .conftest import HOSTILE, TARGET


class Page(HTMLParser):
    """Tags, data-value and text of the cells of every table, JSON islands and links."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.tables, self.islands, self.links = [], [], [], {}
        self.inside = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag == "td":
            self.tables[-1][-1].append([attributes["data-value"], ""])
        if "download" in attributes:
            self.links[attributes["download"]] = base64.b64decode(attributes["href"].split(",")[1]).decode()
        self.inside = "json" if attributes.get("type") == "application/json" else tag

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside == "td":
            self.tables[-1][-1][-1][1] += data.replace("\N{NO-BREAK SPACE}", " ")
        if self.inside == "json":
            self.islands.append(json.loads(data))


@pytest.fixture(scope="module")
def parsed(page):
    return Page(page.read_text(encoding="utf-8"))


def column(table, place):
    return np.array([float(row[place][0] or "nan") for row in table[1:]], np.float32)


def test_key_numbers_are_those_of_the_aggregate(parsed, analysis):
    summary = to_host(aggregate(analysis, jax.random.key(0)))
    performance = known(summary.performance)
    table = parsed.tables[0]
    expected = [performance.final, performance.best, performance.area_under_curve]
    expected += [performance.solved, known(summary.crossing).restricted_mean]
    for place, interval in enumerate(expected, start=2):
        np.testing.assert_array_equal(column(table, place), interval.estimate)
    low, high = performance.final.low[1], performance.final.high[1]
    shown = known(re.fullmatch(r"\S+ \[(\S+), (\S+)\]", table[2][2][1]))
    np.testing.assert_allclose([float(shown[1]), float(shown[2])], [low, high], rtol=1e-3)
    np.testing.assert_array_equal(column(table, -1), summary.diverged)


def test_the_headline_is_the_last_tenth_of_training(parsed, run):
    """Of 40 episodes of 7 steps the last tenth are 4, and ten are the fewest."""
    last = np.asarray(run.episodes.returns)[..., -10:].mean(-1)
    np.testing.assert_allclose(column(parsed.tables[1], 2), last.ravel(), rtol=1e-6)
    for name in ("configurations", "seeds"):
        assert parsed.links[f"{name}.csv"].split(",")[2] == "final return"


def test_every_seed_has_its_row(parsed, analysis):
    host = to_host(analysis)
    table = parsed.tables[1]
    assert len(table) == 1 + 3 * 4
    np.testing.assert_array_equal(column(table, 2), host.performance.final.ravel())
    assert [row[-1][1] for row in table[1:]] == ["no"] * 11 + ["yes"]


def test_curves_are_means_of_equal_intervals(parsed, run):
    """40 episodes of 7 steps in 25 intervals; the last run diverges after step 210, and one interval ends at 212."""
    (island,) = parsed.islands
    returns, step = np.asarray(run.episodes.returns)[1, 1], 7 * np.arange(1, 41)
    edges = np.arange(26) * 280 // 25
    means = [returns[(step > low) & (step <= high)].mean() for low, high in itertools.pairwise(edges)]
    assert [run["seed"] for run in island["runs"]] == [0, 1, 2, 3] * 3
    centres = [low + (high - low + 1) // 2 for low, high in itertools.pairwise(edges)]
    np.testing.assert_allclose(island["runs"][5]["points"], np.stack([centres, means], -1), rtol=1e-5)
    assert len(island["runs"][-1]["points"]) == (edges[1:] <= 212).sum() == 19
    assert island["target"] == TARGET


def test_hostile_names_stay_text(parsed, page):
    scripts = [attributes for tag, attributes in parsed.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "curves-1"}, {}]
    assert all("onerror" not in attributes for _, attributes in parsed.tags)
    assert parsed.islands[0]["labels"] == list(HOSTILE)
    assert [row[0][1] for row in parsed.tables[0][1:]] == list(HOSTILE)
    assert "<img src=x" not in page.read_text(encoding="utf-8")


def test_nothing_points_to_a_network(page, parsed):
    for _, attributes in parsed.tags:
        for name in ("src", "href"):
            assert attributes.get(name, "data:").startswith(("data:", "#"))


def test_a_target_that_no_run_reached_takes_longer_than_the_budget(parsed):
    cells = [cell for row in parsed.tables[0][1:] for cell in row if cell[1].startswith("> ")]
    assert cells == [["280.0", "> 280"]]


def test_downloads_are_the_table(parsed):
    lines = parsed.links["configurations.csv"].splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("configuration,runs,")
    assert parsed.links["seeds.md"].count("\n") == 2 + 12
    assert r"\& " in parsed.links["configurations.tex"]
    assert r"\begin{tabular}{l" in parsed.links["configurations.tex"]


def test_warnings_are_in_words(page):
    text = page.read_text(encoding="utf-8")
    for words in (
        "1 of 12 runs diverged",
        "300 environment steps were asked",
    ):
        assert words in text


def test_methods_cite_what_was_used(page):
    text = page.read_text(encoding="utf-8")
    assert "interquartile mean (IQM) over runs with 95% scaled percentile bootstrap intervals" in text
    assert text.count("[agarwal2021]") == 2


def test_hold_last_values_are_detected(tmp_path):
    count = jnp.full((2, 6), 3)
    updates = UpdateReturns(None, None, None, jnp.ones((2, 6)) * 9.0, count, jnp.tile(jnp.arange(1, 7) * 10, (2, 1)))
    page = report.write(TrainingRun(updates=updates), tmp_path / "hold.html")
    assert "hold-last values" in page.read_text(encoding="utf-8")


def test_a_run_without_an_episode_is_named(tmp_path):
    count = jnp.array([[3] * 6, [0] * 6])
    updates = UpdateReturns(count.astype(float) * 9.0, None, count, None, None, jnp.tile(jnp.arange(1, 7) * 10, (2, 1)))
    text = report.write(TrainingRun(updates=updates), tmp_path / "empty.html").read_text(encoding="utf-8")
    assert "No episode finished in 1 of 2 runs" in text


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"`runs\[0\]` must be a TrainingRun, an Analysis or a Comparison, got 3"):
        unchecked(report.write, [3], tmp_path / "r.html")
    with pytest.raises(ValueError, match="`runs` is empty"):
        report.write([], tmp_path / "r.html")
