"""Where things stand on the page: nothing runs out of the figure, and a few figures look as they did.

JAXVIZ_WRITE_BASELINES=1 writes the pictures that figures are compared with; look at them before they are committed.
"""

import os
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.testing.compare import compare_images

from jaxviz import plots

from .test_hyperparameters import TABLE

BASELINES = Path(__file__).parent / "baseline"
DRAWN_WITH = (3, 11)
"""The matplotlib of the pictures: another one sets type a little differently."""
TOLERANCE = 6.0
"""Root mean square of the difference of pixels, of 255: a moved panel or legend is above 10."""


def gaussian(**options):
    rng = np.random.default_rng(0)
    return plots.plot_policy_distribution(
        mean=rng.normal(size=(50, 3)), log_std=rng.normal(-1, 0.2, (50, 3)), observations=rng.normal(size=(50, 2)),
        **options,
    )  # fmt: skip


@pytest.fixture
def figures(view, seeds):
    """Name → what draws a figure."""
    return {
        "curves": lambda: plots.plot_training_curves(seeds),
        "configurations": lambda: plots.plot_training_stability(view, 10),
        "sensitivity": lambda: plots.plot_hyperparameter_sensitivity(TABLE, "score", by="clip", hold={"seed_group": 0}),
        "gaussian": gaussian,
    }


@pytest.mark.skipif(mpl.__version_info__[:2] != DRAWN_WITH, reason="the pictures are of another matplotlib")
@pytest.mark.parametrize("name", ["curves", "configurations", "sensitivity", "gaussian"])
def test_it_looks_as_it_did(figures, name, tmp_path):
    baseline, drawn = BASELINES / f"{name}.png", tmp_path / f"{name}.png"
    with plots.style(dpi=50):
        figure = figures[name]()
    figure.savefig(drawn, dpi=50)
    if os.environ.get("JAXVIZ_WRITE_BASELINES"):
        baseline.write_bytes(drawn.read_bytes())
    assert compare_images(str(baseline), str(drawn), TOLERANCE) is None


def test_outcomes_below_strips_stay_apart(view):
    figure = plots.plot_training_curves(view, width="column")
    figure.draw_without_rendering()
    ax = next(ax for ax in figure.axes if ax.get_title(loc="left") == "Final return")
    first, second = (label.get_window_extent() for label in ax.get_xticklabels())
    assert first.x1 < second.x0
    assert ax.xaxis.label.get_text() == "solved"
    assert ax.xaxis.label.get_window_extent().x1 < figure.bbox.x1


@pytest.mark.parametrize("width", ["column", "screen"])
def test_words_of_a_map_stay_in_their_cells(width):
    table = [
        {"arch": arch, "lr": lr, "ent": ent, "score": [1000.0 + i, 1200, 1300, 9000]}
        for i, arch in enumerate(("mlp", "a transformer with many layers", "a gru"))
        for lr in (1e-4, 1e-3)
        for ent in range(5)
    ]
    figure = plots.plot_hyperparameter_heatmap(table, "score", x="arch", y="lr", width=width)
    figure.draw_without_rendering()
    maps = [ax for ax in figure.axes if ax.images]
    assert len(maps) == 5
    for ax in maps:
        cell = ax.get_window_extent().width / 3
        assert all(text.get_window_extent().width <= cell for text in [*ax.texts, *ax.get_xticklabels()])


@pytest.mark.parametrize("width", ["column", "screen"])
def test_no_word_runs_out_of_the_figure(width):
    names = {"W" * 90: [0.5, 0.5], "MOMENTUM WARMUP " * 6: [0.5, 0.5]}
    figures = [
        plots.plot_rank_distributions(names, width=width),
        plots.plot_hyperparameter_sensitivity(
            [{name: i, "score": float(i)} for i in range(3) for name in ("MAXIMUM MOMENTUM",)], "score", width=width
        ),
        gaussian(width=width),
    ]
    for figure in figures:
        figure.draw_without_rendering()
        drawn = figure.get_tightbbox()
        assert drawn.x0 > -0.03
        assert drawn.x1 < figure.get_figwidth() + 0.03
