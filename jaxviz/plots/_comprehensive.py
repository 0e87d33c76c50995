"""Every figure that some training data has the numbers for, in one folder."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .._aggregate import Aggregate
from .._analysis import Analysis
from ..inputs import from_training_data
from . import _save, _series
from ._episodes import knows_episodes, plot_episode_statistics
from ._figure import Width
from ._inputs import Subject, make_subject
from ._losses import has_diagnostics, plot_diagnostics, plot_loss_curves
from ._policy import plot_policy_distribution
from ._stability import plot_training_stability
from ._training import plot_advanced_learning_curves, plot_training_curves

Draw = Callable[..., Figure]


def create_comprehensive_analysis(
    training_data: Any,
    save_dir: str | os.PathLike[str],
    *,
    target: float | None = None,
    window: int | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    suffix: str = ".png",
) -> dict[str, Path]:
    """Draw every figure there is data for into `save_dir`: name of the figure → where it was written.

    `training_data`: a mapping with `rewards` (or `episode_rewards`) and, where known, `losses`, `eval_rewards`,
    `episode_lengths`, `action_probs`, `observations`; or a TrainingRun, an Analysis or an Aggregate. One analysis
    serves all figures; single episodes are drawn where the data has them. `suffix`: .png, .pdf or .svg.
    """
    _save.check_path(f"figure{suffix}")
    if not isinstance(training_data, Analysis | Aggregate):
        training_data = from_training_data(training_data)
    subject = make_subject(training_data, target=target, window=window, labels=labels, level=level)
    written = {}
    for name, draw in _figures(subject):
        written[name] = Path(save_dir) / f"{name}{suffix}"
        draw(subject, save_path=written[name], width=width)
    return written


def _figures(subject: Subject) -> Iterator[tuple[str, Draw]]:
    """The figures that the subject has the numbers for."""
    yield "training_curves", plot_training_curves
    yield "advanced_learning_curves", plot_advanced_learning_curves
    yield "training_stability", plot_training_stability
    if knows_episodes(subject):
        yield "episode_statistics", plot_episode_statistics
    if subject.analysis is not None and subject.analysis.entropy is not None:
        yield "policy_distribution", plot_policy_distribution
    if _series.loss_names(subject):
        yield "loss_curves", plot_loss_curves
    if has_diagnostics(subject):
        yield "diagnostics", plot_diagnostics
