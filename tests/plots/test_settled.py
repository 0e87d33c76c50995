"""Panels after everything is drawn: what they span, what lies beyond, and where labels stand."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from jaxviz.plots._draw import _axes, _curves, _figure, _marks
from jaxviz.plots._draw._figure import Panel
from jaxviz.view import _looks

from .drawn import xs, ys

LOOK = _looks.look(0)
X: Any = np.arange(60.0)


def panel(draw):
    """The panel of a figure that `draw` made, and the figure."""
    figure = _figure.draw([[Panel(draw)]], ["Line: a curve; band: none.", "x: steps."])
    return figure.axes[0], figure


def curve(*spikes, at=30, level: Any = None) -> Any:
    y = np.sin(X / 5) * 10 if level is None else level
    y = y.copy()
    y[at : at + len(spikes)] = spikes
    return y


def marks(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker]


def test_a_spike_does_not_hide_the_rest_and_is_counted():
    ax, figure = panel(lambda ax: _marks.line(ax, X, curve(1e30, -1e4), LOOK))
    low, high = ax.get_ylim()
    assert (low, high) == pytest.approx((-11.6, 11.6), abs=0.3)
    (above,), (below,) = marks(ax, "^"), marks(ax, "v")
    assert (xs(above).tolist(), ys(above).tolist()) == ([30], [1])
    assert (xs(below).tolist(), ys(below).tolist()) == ([31], [0])
    assert "2 values beyond the axis, 1e30 at most" in [text.get_text() for text in ax.texts]
    assert "values beyond the axis" in _figure.figure_caption(figure)


@pytest.mark.parametrize("y", [curve(100.0), np.linspace(0, 500, 60), np.full(60, 7.0), curve(*[1e6] * 20)])
def test_what_is_ordinary_is_drawn_whole(y: Any):
    ax, figure = panel(lambda ax: _marks.line(ax, X, y, LOOK))
    assert ax.get_ylim()[0] < y.min() <= y.max() < ax.get_ylim()[1]
    assert len(ax.lines) == 1
    assert "beyond" not in _figure.figure_caption(figure)


def test_a_target_stays_in_a_panel_that_was_cut():
    def draw(ax):
        _marks.line(ax, X, curve(1e30), LOOK)
        _marks.target(ax, 100.0)

    assert panel(draw)[0].get_ylim()[1] > 100


def label_of(ax):
    (label,) = (text for text in ax.texts if isinstance(text, Annotation))
    return label


@pytest.mark.parametrize(
    ("x", "y", "side"), [(X, np.where(X < 30, 475, 0), "right"), (X, np.where(X < 30, 0, 475), "left")]
)
def test_the_label_of_a_target_is_clear_of_lines(x: Any, y: Any, side):
    def draw(ax):
        _marks.line(ax, x, y + 5.0, LOOK)
        _marks.line(ax, x, X * 0 + 900, LOOK)
        _marks.target(ax, 475.0)

    ax, figure = panel(draw)
    figure.draw_without_rendering()
    label = label_of(ax)
    assert label.get_horizontalalignment() == side
    box = label.get_window_extent().transformed(ax.transData.inverted())
    crossed = [(x > box.x0) & (x < box.x1) & (line > box.y0) & (line < box.y1) for line in map(ys, ax.lines[:2])]
    assert not np.any(crossed)


def test_a_label_at_the_top_stands_below_its_line_and_not_in_the_title():
    def draw(ax):
        _marks.line(ax, X, X * 100 / 59, LOOK)
        _marks.target(ax, 400.0)

    assert label_of(panel(draw)[0]).get_verticalalignment() == "top"


def test_no_line_strikes_out_why_nothing_is_drawn():
    def draw(ax):
        _marks.target(ax, 400.0)
        _axes.missing(ax, "nothing")

    ax = panel(draw)[0]
    assert not any(line.get_visible() for line in ax.lines)


def test_losses_that_span_decades_have_a_logarithmic_axis():
    def scale(y: Any):
        def draw(ax):
            _marks.line(ax, X, y, LOOK)
            _axes.log_if_decades(ax, _curves.heights(ax))

        return panel(draw)[0].get_yscale()

    assert scale(10.0 ** -(X / 15)) == "log"
    assert scale(1 + X) == "linear"
    assert scale(curve(1e4)) == "linear"
    assert scale(curve(1e30, level=1 + X)) == "linear"


def test_panels_below_each_other_have_one_width():
    def draw(scale):
        return Panel(lambda ax: _marks.line(ax, X, X * scale, LOOK))

    figure = _figure.draw([[draw(1)], [draw(123456.7e-9)]], ["Lines."])
    figure.draw_without_rendering()
    first, second = (ax.get_position() for ax in figure.axes)
    assert (first.x0, first.x1) == pytest.approx((second.x0, second.x1))


def test_a_caption_has_a_short_form():
    _, figure = panel(lambda ax: _marks.line(ax, X, X, LOOK))
    assert _figure.figure_caption(figure) == "Line: a curve; band: none. x: steps."
    assert _figure.figure_caption(figure, short=True) == "Line: a curve."
    assert _figure.figure_caption(Figure(), short=True) == ""


def test_numbers_beyond_prefixes_are_powers_of_ten():
    assert [_axes.si(v) for v in (1e30, -2e15, 1.5e6)] == ["1e30", "−2e15", "1.5M"]
