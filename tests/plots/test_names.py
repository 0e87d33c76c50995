"""Names are shown as they are, whatever they would be elsewhere."""

import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxviz import plots
from jaxviz.plots import plot_differences
from jaxviz.plots._draw import _axes, _glyphs, _style
from jaxviz.plots.training._gradients import in_natural_order
from jaxviz.view._series import distinct_labels
from tests.comparison.made import comparison

from .comparison.drawn import names


def test_two_dollars_are_no_mathematics(tmp_path):
    c = comparison(("$\\frac{", "b$c$"), (1.0, 2.0))
    plot_differences(c, tmp_path / "a.svg")
    assert "b$c$ − $\\frac{" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_a_figure_of_the_caller_keeps_its_size_and_needs_no_canvas():
    own = Figure(figsize=(4, 3))
    for ax in own.subplots(1, 2):
        plot_differences(comparison(("$\\frac{" + "long " * 20, "b$"), (1.0, 2.0)), ax=ax)
        assert names(ax)[0].startswith("b$ − $\\frac{")
    own.draw_without_rendering()
    assert tuple(own.get_size_inches()) == (4, 3)


def test_control_characters_are_written_out():
    (ax,) = plot_differences(comparison(("a\x07", "b\u202e"), (1.0, 2.0), baseline="a\x07"), against="b\u202e").axes
    assert names(ax) == ["a\\x07"]
    assert ax.get_title(loc="left") == "Against b\\u202e"


def test_a_name_that_begins_with_an_underscore_is_in_the_legend():
    runs = {"_ours": np.arange(12.0).reshape(2, 6), "base": np.ones((2, 6))}
    (legend,) = plots.plot_learning_curve_comparison(runs).legends
    assert [text.get_text().lstrip("\N{ZERO WIDTH SPACE}") for text in legend.get_texts()] == ["_ours", "base"]


def test_characters_that_no_font_has_are_one_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        plots.plot_tiers(comparison(("\U000f0000模型", "基线"), (1.0, 2.0)))
    (found,) = [one for one in caught if "Glyph" in str(one.message)]
    assert "install a font that has them" in str(found.message)


def test_installed_fonts_of_other_scripts_are_taken(monkeypatch):
    monkeypatch.setattr(_glyphs, "_installed", lambda: ("STIXGeneral",))
    with _style.applied():
        assert mpl.rcParams["font.family"][1:] == ["STIXGeneral"]
    assert "STIXGeneral" not in mpl.rcParams["font.family"]


def test_noise_of_single_precision_does_not_fill_a_panel():
    own = Figure()
    ax = own.subplots()
    ax.plot([0, 1, 2], [500, 500.0003, 500])
    _axes.widen_constants(ax)
    assert ax.get_ylim() == pytest.approx((475, 525), abs=0.01)
    ax.set_ylim(1e6 - 4, 1e6 + 4)
    _axes.widen_constants(ax)
    assert ax.get_ylim() == (1e6 - 4, 1e6 + 4)


def test_layers_are_ordered_by_their_numbers():
    paths = ["decoder", "layer_0/b", "layer_0/w", "layer_10/b", "layer_10/w", "layer_2/b", "layer_2/w", "a_1"]
    ordered = ["decoder", "layer_0/b", "layer_0/w", "layer_2/b", "layer_2/w", "layer_10/b", "layer_10/w", "a_1"]
    assert in_natural_order(paths) == ordered


def test_losses_that_read_alike_have_the_part_that_differs():
    names = [f"agent/critic_{i}/loss/mean" for i in (0, 1)] + ["actor/entropy", "mean"]
    assert list(distinct_labels(names).values()) == [
        "Mean (agent/critic_0/loss)", "Mean (agent/critic_1/loss)", "Entropy", "Mean (mean)",
    ]  # fmt: skip
    assert distinct_labels(names[:3])[names[1]] == "Mean (critic_1)"
