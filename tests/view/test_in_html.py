"""What notebooks show: words that are escaped, and curves without script."""

import math
import xml.etree.ElementTree as ET

import jax
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.view._in_html import picture
from tests.comparison.made import comparison


@pytest.fixture(scope="module")
def analysis():
    return jv.analyze(jv.from_curves(np.random.default_rng(0).normal(size=(3, 20))), groups=("performance",))


def parsed(result):
    page = result._repr_html_()
    assert "<script" not in page
    return ET.fromstring(page)


def test_an_analysis_has_a_line_a_run(analysis):
    shown = parsed(analysis)
    assert len(shown.findall(".//path")) == 3
    assert shown.findtext("pre") == jv.describe(analysis)


def test_an_aggregate_has_its_band(analysis):
    shown = parsed(jv.aggregate(analysis, jax.random.key(0), reps=20))
    assert [path.get("fill") for path in shown.iter("path")] == ["currentColor", "none"]


def test_runs_and_comparisons_have_their_words():
    run, compared = jv.from_curves(np.zeros((2, 5))), comparison()
    assert parsed(run).findtext("pre") == jv.describe(run)
    assert parsed(compared).findtext("pre") == jv.describe(compared)


def test_names_are_escaped():
    runs = jv.from_curves(np.zeros(5), name="<b>return</b>")
    assert "<b>" not in str(runs._repr_html_())


def test_what_is_traced_is_left_to_repr(analysis):
    seen = []
    jax.eval_shape(lambda x: seen.append(x._repr_html_()), analysis)
    assert seen == [None]


def test_lines_break_where_nothing_is_known():
    shown = ET.fromstring(picture([[0.0, 1.0, math.nan, 1.0]], []))
    path = shown.find("path")
    assert path is not None
    assert path.get("d") == "M2.0 58.0h0L80.7 2.0M238.0 2.0h0"
    assert picture([[math.nan]], []) == ""
