"""Names are shown as they are, whatever they would be elsewhere."""

from matplotlib.figure import Figure

from jaxviz.plots import plot_differences
from tests.comparison.made import comparison

from .drawn import names


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
