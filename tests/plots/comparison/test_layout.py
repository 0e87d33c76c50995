"""Every figure of a Comparison of hostile names, of one algorithm, and of forty on 57 tasks: no word runs out of it."""

import warnings
from itertools import pairwise

import pytest

from jaxviz import plots
from jaxviz.plots import figure_caption
from tests.comparison.made import comparison

DRAW = {
    name: getattr(plots, f"plot_{name}")
    for name in ("differences", "tiers", "coverage", "improvement_matrix", "task_improvements", "task_scores")
}


def drawn(name, c, **options):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure = DRAW[name](c, **options)
        figure.draw_without_rendering()
        box = figure.get_tightbbox()
    assert box.x0 > -0.05
    assert box.x1 < figure.get_figwidth() + 0.05
    assert box.y0 > -0.05
    assert box.y1 < figure.get_figheight() + 0.05
    assert figure_caption(figure)
    return figure


def overlapping(labels):
    boxes = [label.get_window_extent() for label in labels if label.get_text()]
    return [(a, b) for a, b in pairwise(boxes) if a.overlaps(b)]


@pytest.mark.parametrize("width", ["column", "screen"])
@pytest.mark.parametrize("name", DRAW)
def test_hostile_names_stay_in_the_figure(name, width, hostile):
    for ax in drawn(name, hostile, width=width).axes:
        assert not overlapping(ax.get_yticklabels())
        assert not overlapping(ax.get_xticklabels())


@pytest.mark.parametrize("name", [name for name in DRAW if name != "task_scores"])
def test_forty_algorithms_can_be_read(name, forty):
    for ax in drawn(name, forty).axes:
        assert not overlapping(ax.get_yticklabels())
        assert not overlapping(ax.get_xticklabels())


@pytest.mark.parametrize("name", [name for name in DRAW if name != "task_improvements"])
def test_one_algorithm_on_one_task(name):
    drawn(name, comparison(("A",), (1.0,), tasks=("one",)))
