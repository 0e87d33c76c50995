"""Every figure that some training data has the numbers for: drawn, or written to one folder."""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .._explained import explained
from ..aggregation import Aggregate
from ..analysis import Analysis
from ..inputs import from_training_data
from ..view import View, _looks, _series
from ..view._make import view_of
from ._draw import _figure
from ._draw._figure import Width
from .algorithms._reliability import plot_reliability_profile
from .hyperparameters._comparison import plot_hyperparameter_comparison
from .hyperparameters._heatmap import plot_hyperparameter_heatmap
from .hyperparameters._scores import Parameters
from .hyperparameters._sensitivity import plot_hyperparameter_sensitivity
from .policy._distribution import plot_policy_distribution
from .policy._over_training import plot_policy_over_training
from .training._change_points import plot_change_points
from .training._drawdown import knows_falls, plot_drawdown
from .training._episodes import knows_episodes, plot_episode_statistics
from .training._learning_curves import plot_advanced_learning_curves, plot_training_curves
from .training._losses import has_diagnostics, plot_diagnostics, plot_loss_curves
from .training._stability import plot_training_stability

Draw = Callable[..., Figure]


@explained
def create_comprehensive_analysis(
    training_data: Any,
    save_dir: str | os.PathLike[str],
    *,
    target: float | None = None,
    window: int | None = None,
    labels: Sequence[str] | None = None,
    parameters: Sequence[Parameters] | None = None,
    level: float = 0.95,
    width: Width = None,
    suffix: str = ".png",
) -> dict[str, Path]:
    """Draw every figure there is data for into `save_dir`: name of the figure → its file.

    `training_data`: a mapping with `rewards` (or `episode_rewards`) and, if known, `losses`, `eval_rewards`,
    `episode_lengths`, `action_probs` (or `action_mean` and `action_log_std`), `observations`; or a TrainingRun, an
    Analysis, an Aggregate or a View. One analysis serves all figures; single episodes are drawn if the data has them.
    An Analysis made with the groups ``"reliability"`` and ``"change_points"`` is drawn with these too. Several
    configurations are compared, and their falls, change points and policy over training are those of the one with the
    best final level; `parameters`, the hyper-parameters of each, add the sensitivity to the first that varies and,
    if two vary, the map. `suffix`: .png, .pdf or .svg.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> files = jv.plots.create_comprehensive_analysis({"rewards": [0.0, 2.0, 1.0, 3.0, 2.0, 4.0]}, folder)
    >>> sorted(files)
    ['advanced_learning_curves', 'drawdown', 'episode_statistics', 'training_curves', 'training_stability']
    """
    _figure.check_path(f"figure{suffix}")
    if not isinstance(training_data, View | Analysis | Aggregate):
        training_data = from_training_data(training_data)
    view = view_of(training_data, "training_data", target=target, window=window, labels=labels, level=level)
    written = {}
    for name, figure in draw_figures(view, parameters=parameters, width=width):
        path = Path(save_dir) / f"{name}{suffix}"
        written[name] = _figure.save(figure, path, _figure.figure_caption(figure))
    return written


def draw_figures(
    view: View, *, parameters: Sequence[Parameters] | None = None, width: Width = None
) -> Iterator[tuple[str, Figure]]:
    """Every figure that a View has the numbers for, with its name: one at a time, as each may be large."""
    if parameters is not None and len(parameters) != view.configurations:
        count = view.configurations
        raise ValueError(f"`parameters` must describe each of the {count} configurations, got {len(parameters)}")
    for name, draw in (*_figures(view), *_comparisons(view, parameters)):
        with _looks.kept(_by_look(view)):
            figure = draw(view, width=width)
        yield name, figure


def _by_look(view: View) -> list[str]:
    """The names in the order of their looks, which hold in all figures: also where one is drawn alone."""
    return list(dict.fromkeys(view.labels[c] for c in (*view.colored, *view.faded)))


def _figures(view: View) -> Iterator[tuple[str, Draw]]:
    """The figures that the view has the numbers for."""
    yield "training_curves", plot_training_curves
    yield "advanced_learning_curves", plot_advanced_learning_curves
    yield "training_stability", plot_training_stability
    if knows_falls(view):
        yield "drawdown", partial(_of_best, plot_drawdown)
    if view.analysis is not None and view.analysis.change_points is not None:
        yield "change_points", partial(_of_best, plot_change_points)
    if view.summary is not None and view.summary.reliability is not None:
        yield "reliability_profile", _draw_reliability
    if knows_episodes(view):
        yield "episode_statistics", plot_episode_statistics
    if view.analysis is not None and view.analysis.entropy is not None:
        yield "policy_distribution", plot_policy_distribution
    if view.analysis is not None and view.analysis.policies is not None:
        yield "policy_over_training", partial(_of_best, plot_policy_over_training)
    if _series.loss_names(view):
        yield "loss_curves", plot_loss_curves
    if has_diagnostics(view):
        yield "diagnostics", plot_diagnostics


def _of_best(draw: Draw, view: View, **options: Any) -> Figure:
    """A figure of one configuration: the best."""
    return draw(view.only(view.best), **options)


def _draw_reliability(view: View, **options: Any) -> Figure:
    return plot_reliability_profile({n: view.estimates[c] for c, n in enumerate(view.labels)}, **options)


def _comparisons(view: View, parameters: Sequence[Parameters] | None) -> Iterator[tuple[str, Draw]]:
    """Configurations against each other by their final level, if there are several."""
    known = not all(math.isnan(view.final(c)) for c in range(view.configurations))
    if view.configurations == 1 or not known:
        return
    yield "hyperparameter_comparison", plot_hyperparameter_comparison
    varying = set() if parameters is None else {n for one in parameters for n in one if one[n] != parameters[0].get(n)}
    if varying:
        yield "hyperparameter_sensitivity", partial(plot_hyperparameter_sensitivity, parameters=parameters)
    if len(varying) > 1:
        yield "hyperparameter_heatmap", partial(plot_hyperparameter_heatmap, parameters=parameters)
