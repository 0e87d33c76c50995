"""Loss and diagnostic figures, with and without returns."""

from typing import Any

import numpy as np
import pytest

from jaxviz.plots import figure_caption, plot_diagnostics, plot_kl_divergence, plot_loss_curves

from .conftest import main_lines, panel
from .drawn import points, ys


def test_every_series_has_a_panel(seeds):
    figure = plot_loss_curves(seeds)
    for name, title in (("approx_kl", "Approximate KL"), ("grad_norm", "Grad norm"), ("value_loss", "Value loss")):
        ((_, y),) = main_lines(panel(figure, title))
        np.testing.assert_array_equal(y, seeds.summary.losses[name].interval.estimate[0])
    assert "value of each update" in figure_caption(figure)


def test_names_choose(seeds):
    assert len(plot_loss_curves(seeds, names=["grad_norm"]).axes) == 1
    with pytest.raises(ValueError, match="must be among approx_kl, grad_norm, value_loss; got 'entropy'"):
        plot_loss_curves(seeds, names=["entropy"])


def test_diagnostics_are_chosen_by_name(seeds):
    assert [ax.get_title(loc="left") for ax in plot_diagnostics(seeds).axes] == ["Approximate KL", "Grad norm"]
    with pytest.raises(ValueError, match="no series has"):
        plot_diagnostics({"loss": np.ones(3)})


def test_losses_of_one_run_without_returns():
    values = np.array([3.0, np.nan, 1.0, 0.5])
    figure = plot_loss_curves({"policy": {"loss": values}})
    (x, y), *lonely = main_lines(panel(figure, "Loss"))
    assert len(lonely) == 1
    np.testing.assert_array_equal(x, [1, 2, 3, 4])
    np.testing.assert_array_equal(y, values.astype(np.float32))
    assert "Not finite in some run: policy/loss" in figure_caption(figure)


def test_a_value_between_gaps_is_a_dot():
    figure = plot_loss_curves({"loss": np.array([np.nan, 2.0, np.nan, 1.0])})
    dots = next(line for line in figure.axes[0].lines if line.get_marker() == "o")
    assert points(dots).tolist() == [[2, 2], [4, 1]]


def test_kl_against_its_target():
    figure = plot_kl_divergence([0.01, 0.02, 0.03, 0.05], target=0.02)
    ax = panel(figure, "KL")
    assert [0.02, 0.02] in [list(ys(line)) for line in ax.lines]
    assert "Dashed: target 0.02" in figure_caption(figure)


@pytest.mark.parametrize(
    ("losses", "words"),
    [({}, "is empty"), ({"a": 1.0}, r"must be \[..., update\]"), ({"a": []}, "one update at least")],
)
def test_what_is_no_series_is_an_error(losses, words):
    with pytest.raises(ValueError, match=words):
        plot_loss_curves(losses)


def test_a_path_is_no_losses():
    path: Any = "losses.npz"
    with pytest.raises(TypeError, match=r"got 'losses.npz': give jv\.load_run\(path\)"):
        plot_loss_curves(path)
