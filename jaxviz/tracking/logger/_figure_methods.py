"""The logger's methods that draw: each makes one figure of `jaxviz.plots` and logs it with its numbers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._explained import explained
from ...analysis import PolicyEntropy
from ...host import host_array
from .. import _values
from . import _columns
from ._session import Session
from ._temporary import in_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class FigureMethods(ABC):
    """The methods of `MLflowLogger` that draw. `step` is part of the file's name: a later figure keeps the earlier."""

    @abstractmethod
    def _active(self) -> Session: ...

    @abstractmethod
    def log_training_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None: ...

    @explained
    def log_figure(self, figure: "Figure", name: str, *, step: int | None = None, folder: str = "figures") -> None:
        """A matplotlib figure as a file: `name` with the suffix png (default), pdf or svg."""
        from ...plots import figure_caption, save

        stem, dot, suffix = name.rpartition(".")
        stem, suffix = (stem, suffix) if dot and suffix in ("png", "pdf", "svg") else (name, "png")
        numbered = stem if step is None else f"{stem}_{_values.step_of(step)}"
        recorder = self._active().recorder

        def log(temporary: Path) -> None:
            path = save(figure, temporary / f"figure.{suffix}", figure_caption(figure))
            recorder.artifact(recorder.run, f"{numbered}.{suffix}", path, folder)

        in_folder(f"{numbered}.{suffix}", log)

    @explained
    def log_training_curves(self, episode_rewards: Any, losses: Any = None, **options: Any) -> None:
        """The figure of `plots.plot_training_curves`; `options` are its own: target, window, labels, …"""
        from ...plots import plot_training_curves

        self.log_figure(plot_training_curves(episode_rewards, losses, **options), "training_curves")

    @explained
    def log_advanced_learning_curves(
        self, episode_rewards: Any, losses: Any = None, eval_rewards: Any = None, **options: Any
    ) -> None:
        """The figure of `plots.plot_advanced_learning_curves`; `options` are its own."""
        from ...plots import plot_advanced_learning_curves

        figure = plot_advanced_learning_curves(episode_rewards, losses, eval_rewards, **options)
        self.log_figure(figure, "advanced_learning_curves")

    @explained
    def log_training_stability(self, episode_rewards: Any, window_size: int = 100, **options: Any) -> None:
        """The figure of `plots.plot_training_stability`; `options` are its own."""
        from ...plots import plot_training_stability

        self.log_figure(plot_training_stability(episode_rewards, window_size, **options), "training_stability")

    @explained
    def log_episode_progress(
        self, episode_rewards: Any, episode_lengths: Any = None, step: int | None = None, **options: Any
    ) -> None:
        """The figure of `plots.plot_episode_progress`; `options` are its own."""
        from ...plots import plot_episode_progress

        self.log_figure(
            plot_episode_progress(episode_rewards, episode_lengths, **options), "episode_progress", step=step
        )

    @explained
    def log_loss_curves(self, losses: Any, step: int | None = None, **options: Any) -> None:
        """Losses so far: a mapping of series (or one series) as metrics `loss/name` by update, and their figure.

        The last update of the series is `step`; without it they count from 0. Series of many runs [run, update] are
        drawn, with their spread; as metrics they go by `log_analysis`.
        """
        from ...plots import plot_loss_curves

        self.log_figure(plot_loss_curves(losses, **options), "loss_curves", step=step)
        named = losses if isinstance(losses, Mapping) else {"loss": losses}
        recorder = self._active().recorder
        for name, series in _values.flatten(named).items():
            values = host_array(series)
            if values.ndim <= 1:
                column = _columns.series(values, name)
                first = 0 if step is None else _values.step_of(step) - len(column) + 1
                steps = host_array(range(first, first + len(column)))
                recorder.columns(recorder.run, steps, {recorder.metrics.of(f"loss/{name}"): column})

    @explained
    def log_policy_distribution(
        self,
        action_probs: Any = None,
        observations: Any = None,
        step: int | None = None,
        *,
        mean: Any = None,
        log_std: Any = None,
        squashed: bool = False,
        labels: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        """The figure of `plots.plot_policy_distribution`, and its entropy and confidence in numbers.

        `action_probs` [..., sample, action], or `mean` and `log_std` [..., sample, dimension] of a Gaussian policy;
        `options` are those of the figure.
        """
        from ...plots import plot_policy_distribution
        from ...plots.policy._policy_view import sampled
        from ...view import known

        view = sampled(action_probs, observations, labels, mean=mean, log_std=log_std, squashed=squashed)
        self.log_figure(plot_policy_distribution(view, **options), "policy_distribution", step=step)
        entropy = known(view.per_run.entropy)
        numbers = {"policy/entropy": entropy.sample_entropy}
        if isinstance(entropy, PolicyEntropy):
            numbers["policy/confidence"] = entropy.sample_confidence
        self.log_training_metrics(numbers, step)

    @explained
    def log_hyperparameter_comparison(
        self, results: Any, metric: str | None = None, *, labels: Sequence[str] | None = None, **options: Any
    ) -> None:
        """The figure of `plots.plot_hyperparameter_comparison` of configurations × seeds; `options` are its own."""
        from ...plots import plot_hyperparameter_comparison

        chosen = {} if metric is None else {"metric": metric}
        figure = plot_hyperparameter_comparison(results, **chosen, labels=labels, **options)
        self.log_figure(figure, "hyperparameter_comparison")
