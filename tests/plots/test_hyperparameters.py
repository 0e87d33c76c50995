"""Configurations against each other: rows and cells against the Analysis and against plain numbers."""

import numpy as np
import pytest

from jaxviz.plots import (
    figure_caption,
    plot_hyperparameter_comparison,
    plot_hyperparameter_heatmap,
    plot_hyperparameter_sensitivity,
)

from .conftest import LABELS, main_lines, texts
from .drawn import cells, vertices, xs, ys

TABLE = [
    {"lr": lr, "clip": clip, "seed_group": group, "score": [lr * 1000 + clip + group + i for i in range(4)]}
    for lr in (0.001, 0.01)
    for clip in (0.1, 0.2, 0.3)
    for group in (0, 1)
]


def dots(ax):
    return [xs(line) for line in ax.lines if line.get_marker() == "o"]


def test_rows_are_configurations_best_first(view):
    (ax,) = plot_hyperparameter_comparison(view, "stability/max_drawdown").axes
    drawn = view.analysis.stability.max_drawdown
    order = np.argsort(-view.summary.stability.max_drawdown.estimate)
    assert [label.get_text() for label in ax.get_yticklabels()] == [LABELS[c] for c in order]
    for values, c in zip(dots(ax), order, strict=True):
        np.testing.assert_allclose(values, drawn[c])
    with pytest.raises(ValueError, match="`metric` must be one of performance/final, "):
        plot_hyperparameter_comparison(view, "speed")


def test_plain_numbers_get_the_iqm_over_runs():
    figure = plot_hyperparameter_comparison({"a": [1.0, 2, 3, 4], "b": [5.0, 6, 7, 80]}, "score")
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a"]
    marks = [xs(line) for line in ax.lines if line.get_marker() in ("None", None) and len(set(xs(line))) == 1]
    np.testing.assert_allclose([x[0] for x in marks], [6.5, 2.5])
    assert "IQM with its 95% interval over n = 4 runs" in figure_caption(figure)
    diverged = plot_hyperparameter_comparison({"a": [1.0, np.nan], "b": [5.0, 6, 7, 8]}, "score")
    assert "1 of 6 runs have no finite value: no estimate there." in figure_caption(diverged)
    assert "undefined" in texts(diverged.axes[0])


def test_cells_of_the_map_and_its_panels():
    figure = plot_hyperparameter_heatmap(TABLE, "score", x="lr", y="clip", facet="seed_group")
    maps = figure.axes[:2]
    assert [ax.get_title(loc="left") for ax in maps] == ["seed_group = 0", "seed_group = 1"]
    assert (maps[0].get_xlabel(), maps[0].get_ylabel()) == ("lr", "clip")
    for group, ax in enumerate(maps):
        expected = [[lr * 1000 + clip + group + 1.5 for lr in (0.001, 0.01)] for clip in (0.1, 0.2, 0.3)]
        np.testing.assert_allclose(cells(ax.images[0]), expected, rtol=1e-5)
    assert "2.6\n" in texts(maps[0])[0]


def test_what_shares_a_cell_is_said_and_missing_cells_are_marked():
    figure = plot_hyperparameter_heatmap(TABLE[:-2], "score", x="lr", y="seed_group", facet="clip")
    assert "–: no such configuration" in figure_caption(figure)
    pairs = [{"lr": row["lr"], "clip": row["clip"], "score": row["score"]} for row in TABLE]
    assert "Of up to 2 configurations in a cell the highest" in figure_caption(
        plot_hyperparameter_heatmap(pairs, "score")
    )
    with pytest.raises(ValueError, match="two or more hyper-parameters"):
        plot_hyperparameter_heatmap({"a": [1.0]}, "score")
    with pytest.raises(ValueError, match="must be different ones of lr, clip"):
        plot_hyperparameter_heatmap(pairs, "score", x="gamma")


def test_sensitivity_stands_at_the_values_with_intervals_and_runs():
    figure = plot_hyperparameter_sensitivity(TABLE, "score", by="clip", hold={"seed_group": 1})
    (ax,) = figure.axes
    assert (ax.get_xlabel(), ax.get_xscale()) == ("lr", "log")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.001", "0.01"]
    assert ax.get_legend_handles_labels()[1] == ["clip=0.1", "clip=0.2", "clip=0.3"]
    for (x, y), clip in zip(main_lines(ax), (0.1, 0.2, 0.3), strict=True):
        np.testing.assert_allclose(x, (0.001, 0.01))
        np.testing.assert_allclose(y, [lr * 1000 + clip + 2.5 for lr in x], rtol=1e-6)
    runs = [ys(line) for line in ax.lines if line.get_marker() == "o" and line.get_alpha()]
    np.testing.assert_allclose(runs[0], np.arange(4) + 2.1)
    ends = np.array([vertices(path)[:, 1] for path in ax.collections[0].get_paths()])
    assert ((ends[:, 0] < main_lines(ax)[0][1]) & (main_lines(ax)[0][1] < ends[:, 1])).all()
    assert "Held: seed_group=1." in figure_caption(figure)


def test_sensitivity_says_what_it_reduced():
    table = [*TABLE[:6], {"lr": 0.0, "clip": 0.1, "seed_group": 0, "score": [0.0, 1, 2, np.nan]}]
    figure = plot_hyperparameter_sensitivity(table, "score", width="column")
    (ax,) = figure.axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "0.001"]
    np.testing.assert_allclose(main_lines(ax)[0][1], [np.nan, 3.8])
    assert "Of up to 6 configurations at a value the one with the highest estimate" in figure_caption(figure)
    assert "1 of 8 runs have no finite value: no estimate there." in figure_caption(figure)
    with pytest.raises(ValueError, match=r"no configuration has \{'clip': 7\}"):
        plot_hyperparameter_sensitivity(TABLE, "score", hold={"clip": 7})
    with pytest.raises(ValueError, match="must be different ones of lr, clip, seed_group; got gamma"):
        plot_hyperparameter_sensitivity(TABLE, "score", x="gamma")
    with pytest.raises(ValueError, match="one or more hyper-parameters"):
        plot_hyperparameter_sensitivity({"a": [1.0]}, "score")
