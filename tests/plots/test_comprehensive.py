"""All figures of some data in one folder."""

import pytest

from jaxviz.plots import create_comprehensive_analysis

from .conftest import LABELS, TARGET, WINDOW

EVERYTHING = {
    "training_curves",
    "advanced_learning_curves",
    "training_stability",
    "episode_statistics",
    "policy_distribution",
    "loss_curves",
    "diagnostics",
}


def test_a_run_with_everything_gives_every_figure(run, tmp_path):
    folder = tmp_path / "new" / "folder"
    figures = create_comprehensive_analysis(run, folder, target=TARGET, window=WINDOW, labels=LABELS)
    assert set(figures) == EVERYTHING
    assert {path.name for path in folder.iterdir()} == {f"{name}.png" for name in EVERYTHING}
    assert all(path.stat().st_size > 5000 for path in figures.values())


def test_a_mapping_in_the_words_of_the_figures(tmp_path):
    data = {"episode_rewards": [1, 2, 3, 4], "losses": [0.3, 0.2], "comment": "ignored"}
    figures = create_comprehensive_analysis(data, tmp_path, suffix=".svg")
    assert set(figures) == {
        "training_curves",
        "advanced_learning_curves",
        "training_stability",
        "episode_statistics",
        "loss_curves",
    }
    assert "Trailing mean" in figures["training_stability"].read_text()


def test_what_cannot_be_written_is_known_before_anything_is_computed(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png, \.pdf, \.svg"):
        create_comprehensive_analysis(None, tmp_path, suffix=".bmp")
    with pytest.raises(ValueError, match="needs 'rewards'"):
        create_comprehensive_analysis({"losses": [1.0]}, tmp_path)
