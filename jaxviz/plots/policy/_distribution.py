"""What a policy does at its sampled observations: actions, entropy, confidence."""

from collections.abc import Sequence
from typing import Any, Unpack

from matplotlib.figure import Figure

from ..._explained import explained
from ...analysis import GaussianEntropy
from ...view import known
from .._draw import _figure
from .._draw._figure import PathLike, Width, Words
from . import _categorical_policy, _gaussian_policy
from ._policy_view import component_names, sampled


@explained
def plot_policy_distribution(
    action_probs: Any = None,
    observations: Any = None,
    save_path: PathLike | None = None,
    *,
    mean: Any = None,
    log_std: Any = None,
    squashed: bool = False,
    action_names: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Which actions a policy takes, how random it is, and how sure of itself.

    `action_probs`: probabilities [sample, action] of one run, [run, sample, action] or [configuration, run, sample,
    action]; or a TrainingRun or an Analysis that has them. Any number of actions from two. `observations` [..., sample,
    …]: where the policy was asked; their first two numbers are drawn coloured by the confidence, the largest action
    probability. Entropy is in nats; dashed lines are the uniform policy.

    A Gaussian policy comes as `mean` [..., sample, dimension] and `log_std` of the same shape, or [dimension], in place
    of `action_probs`; `squashed`: its actions go through tanh. Drawn are the mean action and the standard deviation of
    every dimension over the samples, and the differential entropy, which may be negative.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_policy_distribution([[0.9, 0.1], [0.4, 0.6]])
    >>> print(jv.plots.figure_caption(figure, short=True))
    Policy at 2 sampled observations of one run.
    """
    _figure.check(save_path, words)
    view = sampled(action_probs, observations, labels, mean=mean, log_std=log_std, squashed=squashed)
    entropy = known(view.per_run.entropy)
    if isinstance(entropy, GaussianEntropy):
        names = component_names(action_names, entropy.mean_action.shape[-1], "dimensions")
        rows, caption = _gaussian_policy.rows(view, entropy, names), _gaussian_policy.caption(view, entropy)
    else:
        names = component_names(action_names, entropy.action_marginal.shape[-1], "actions")
        rows, caption = _categorical_policy.rows(view, entropy, names), _categorical_policy.caption(view, entropy)
    return _figure.draw(rows, caption, save_path, width=width, words=words)
