"""All figures of some data in one folder."""

import pytest

from jaxviz.plots import create_comprehensive_analysis, style

EVERYTHING = {
    "training_curves",
    "advanced_learning_curves",
    "training_stability",
    "drawdown",
    "change_points",
    "reliability_profile",
    "hyperparameter_comparison",
    "hyperparameter_sensitivity",
    "hyperparameter_heatmap",
    "episode_statistics",
    "policy_distribution",
    "policy_over_training",
    "loss_curves",
    "diagnostics",
}


def test_a_run_with_everything_gives_every_figure(view, tmp_path):
    folder = tmp_path / "new" / "folder"
    parameters = [{"lr": 0.1, "clip": 1.0}, {"lr": 0.2, "clip": 2.0}]
    with style(dpi=40):
        figures = create_comprehensive_analysis(view, folder, parameters=parameters)
    assert set(figures) == EVERYTHING
    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in EVERYTHING}
    assert all(path.stat().st_size > 1500 for path in figures.values())


def test_a_mapping_in_the_words_of_the_figures(tmp_path):
    data = {"episode_rewards": [1, 2, 3, 4], "losses": [0.3, 0.2], "comment": "ignored"}
    figures = create_comprehensive_analysis(data, tmp_path, suffix=".svg")
    assert set(figures) == {
        "training_curves",
        "advanced_learning_curves",
        "training_stability",
        "drawdown",
        "episode_statistics",
        "loss_curves",
    }
    assert "Return of each episode" in figures["training_stability"].read_text()  # of four, a window is one


def test_what_cannot_be_written_is_known_before_anything_is_computed(view, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png, \.pdf, \.svg"):
        create_comprehensive_analysis(None, tmp_path, suffix=".bmp")
    with pytest.raises(ValueError, match="`parameters` must describe each of the 2 configurations, got 1"):
        create_comprehensive_analysis(view, tmp_path, parameters=[{}])
    with pytest.raises(ValueError, match="needs 'rewards'"):
        create_comprehensive_analysis({"losses": [1.0]}, tmp_path)
