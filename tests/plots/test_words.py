"""Names and limits of the caller's in place of the figure's own."""

import inspect
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxviz import plots

from .conftest import panel

FIGURES = [getattr(plots, name) for name in plots.__all__ if name.startswith("plot_")]


@pytest.mark.parametrize("function", FIGURES, ids=lambda function: function.__name__)
def test_every_figure_takes_them_and_no_others(function):
    names = list(inspect.signature(function).parameters)
    assert names[-5:] == ["title", "x_label", "y_label", "x_limits", "y_limits"]
    with pytest.raises(TypeError, match="has no argument `titel`; did you mean `title`"):
        function(None, titel="a")


def test_the_first_panel_has_them_and_the_title_is_above_all(seeds):
    figure = plots.plot_training_curves(
        seeds.analysis, title="$a_b$", x_label="Games", y_label="Points", x_limits=(0, None), y_limits=(-10, 600)
    )
    curve, loss = panel(figure, "Learning curve"), figure.axes[-1]
    assert (curve.get_xlabel(), curve.get_ylabel()) == ("Games", "Points")
    assert curve.get_ylim() == (-10, 600)
    assert curve.get_xlim()[0] == 0
    assert loss.get_xlabel() != "Games"
    title = figure.legends[0].get_title()
    assert title.get_text() == "$a_b$"
    assert not title.get_parse_math()


def test_axes_of_the_callers_get_them(seeds):
    ax = Figure().add_subplot()
    plots.plot_training_curves(seeds.analysis, ax=ax, title="Mine", x_label="Games", x_limits=(5, 30))
    assert (ax.get_title() or ax.get_title(loc="left"), ax.get_xlabel(), ax.get_xlim()) == ("Mine", "Games", (5, 30))


def test_a_figure_of_one_panel_has_the_title_there():
    limits: Any = (np.int64(0), 3)
    figure = plots.plot_score_distributions({"a": [1.0, 2.0]}, title="Finals", y_label="Share", x_limits=limits)
    (ax,) = figure.axes
    assert "Finals" in (ax.get_title(), ax.get_title(loc="left"))
    assert ax.get_ylabel() == "Share"
    assert ax.get_xlim() == (0, 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"x_limits": 3}, r"`x_limits` must be two numbers, or None for an end, as in \(0, 500\); got 3"),
        ({"y_limits": (1, 1)}, r"`y_limits` must be two different numbers"),
        ({"y_limits": (0, float("nan"))}, r"`y_limits` must be two numbers"),
        ({"title": 3}, r"`title` must be a text, got 3"),
    ],
)
def test_what_is_no_name_or_limit_is_refused(words, message):
    with pytest.raises((TypeError, ValueError), match=message):
        plots.plot_score_distributions({"a": [1.0, 2.0]}, **words)
