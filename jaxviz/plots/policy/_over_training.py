"""A policy over training: how random it is, how many actions that amounts to, and which ones it takes."""

from collections.abc import Sequence
from typing import Any, Unpack

from matplotlib.figure import Figure

from ..._explained import explained
from ...view import View, _series, counted, known
from .._draw import _captions, _figure
from .._draw._figure import PathLike, Width, Words
from . import _categorical_over_training, _gaussian_over_training
from ._policy_view import component_names, over_training


@explained
def plot_policy_over_training(
    action_probs: Any = None,
    step: Any = None,
    save_path: PathLike | None = None,
    *,
    mean: Any = None,
    log_std: Any = None,
    squashed: bool = False,
    action_names: Sequence[str] | None = None,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Entropy, perplexity and the mean probability of every action over training.

    `action_probs`: probabilities [update, sample, action] of one run or [run, update, sample, action] of many, at
    sampled observations; or a TrainingRun or an Analysis of one configuration that has them. `step` [update]:
    environment steps. One run: its line. Many: the median over runs, with the runs as thin lines (up to 10) or bands of
    their quantiles. Dashed: the uniform policy. Of
    more than eight actions the seven that were most probable at some update have an area each, the others one together:
    18 colours cannot be told apart. Entropy is in nats; perplexity, its exponential, is how many actions
    the policy is effectively undecided between.

    A Gaussian policy comes as `mean` and `log_std` [..., update, sample, dimension] in place of `action_probs`, see
    `plot_policy_distribution`: its differential entropy, and mean action and standard deviation of every dimension.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> probs = np.array([[[0.5, 0.5], [0.6, 0.4]], [[0.9, 0.1], [0.8, 0.2]]])  # [update, sample, action]
    >>> figure = jv.plots.plot_policy_over_training(probs, step=[1000, 2000])
    >>> print(jv.plots.figure_caption(figure, short=True))
    Policy at 2 sampled observations of each update, one run: means over the samples.
    """
    _figure.check(save_path, words)
    view = over_training(action_probs, step, mean=mean, log_std=log_std, squashed=squashed)
    course = known(view.per_run.policies)
    if course.action_marginal is None:
        names = component_names(action_names, known(course.mean_action).shape[-1], "dimensions", prefix="dimension ")
        panels = _gaussian_over_training.panels(view, course, names)
        said = _gaussian_over_training.caption(view, course, _samples(view))
    else:
        names = component_names(action_names, course.action_marginal.shape[-1], "actions", prefix="action ")
        panels = _categorical_over_training.panels(view, names)
        said = _categorical_over_training.caption(view, _samples(view), len(names))
    caption = [*said, _captions.x_axis(_series.policy_curve(view, "entropy").x_name)]
    return _figure.draw([panels], caption, save_path, width=width, row_height=2.6, words=words)


def _samples(view: View) -> str:
    """``20 sampled observations of each update, n = 3 runs``."""
    policies = None if view.run is None else view.run.policies
    many = "sampled observations" if policies is None else counted(policies.rows.shape[-2], "sampled observation")
    return f"{many} of each update, {_captions.runs(view.runs)}"
