"""What a policy does at its sampled observations: actions, entropy, confidence."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...analysis import GaussianEntropy
from ...view import View
from ...view._looks import Look
from .._draw import _axes, _captions, _figure, _marks, _observed
from .._draw._figure import Panel, PathLike, Width
from . import _gaussian_policy, _policy_view

_MOST_NAMED_ACTIONS = 20


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
) -> Figure:
    """Which actions a policy takes, how random it is, and how sure of itself.

    `action_probs`: probabilities [sample, action] of one run, [run, sample, action] or [configuration, run, sample,
    action]; or a TrainingRun or an Analysis that has them. Any number of actions from two. `observations` [..., sample,
    …]: where the policy was asked; their first two numbers are drawn coloured by the confidence, the largest action
    probability. Entropy is in nats; dashed lines are the uniform policy.

    A Gaussian policy comes as `mean` [..., sample, dimension] and `log_std` of the same shape, or [dimension], in place
    of `action_probs`; `squashed`: its actions go through tanh. Drawn are the mean action and the standard deviation of
    every dimension over the samples, and the differential entropy, which may be negative.
    """
    _figure.check_path(save_path)
    gaussian = {"mean": mean, "log_std": log_std, "squashed": squashed}
    view = _policy_view.sampled(action_probs, observations, labels, **gaussian)
    gaussian = isinstance(view.analysis.entropy, GaussianEntropy)
    rows, caption = (_gaussian_policy.drawn if gaussian else _drawn)(view, action_names)
    return _figure.draw(rows, caption, save_path, width=width)


def _drawn(view: View, names: Sequence[str] | None) -> tuple[list[list[Panel]], list[str]]:
    seen = _observed.observations(view)
    panels = [
        Panel(partial(_draw_actions, view=view, names=names), weight=1.7 if seen is None else 1.0),
        Panel(partial(_draw_entropy, view=view)),
        Panel(partial(_draw_confidence, view=view)),
    ]
    if seen is not None:
        panels.append(Panel(partial(_draw_observations, view=view, seen=seen)))
    return _figure.in_rows(panels, 3 if seen is None else 2), _caption(view, seen is not None)


def _actions(view: View) -> int:
    return view.analysis.entropy.action_marginal.shape[-1]


def _draw_actions(ax: Axes, view: View, names: Sequence[str] | None) -> None:
    """Mean probability of each action: bars with one dot per run, or dots side by side for configurations."""
    marginal = view.analysis.entropy.action_marginal
    means = marginal[:, 0] if view.summary is None else view.summary.entropy.action_marginal
    count = marginal.shape[-1]
    _axes.label(ax, x="Action", y="Mean probability", title="Actions", whole_x=True)
    step = 0.7 / len(view.looks)
    for place, (configuration, look) in enumerate(view.looks.items()):
        if view.configurations == 1:
            _marks.bars(ax, range(count), means[configuration], look)
            _draw_run_dots(ax, marginal[configuration], look)
        else:
            shift = (place + 0.5) * step - 0.35
            _marks.dots(
                ax, [a + shift for a in range(count)], means[configuration], look, label=view.labels[configuration]
            )
    _marks.reference(ax, 1 / count)
    _axes.name_places(ax, _policy_view.component_names(names, count, "actions"), most=_MOST_NAMED_ACTIONS)
    _axes.from_zero(ax)


def _draw_run_dots(ax: Axes, marginal: Any, look: Look) -> None:
    for action in range(marginal.shape[-1] if len(marginal) > 1 else 0):
        _marks.strip(ax, marginal[:, action], action, look)


def _draw_entropy(ax: Axes, view: View) -> None:
    entropy, actions = view.analysis.entropy, _actions(view)
    _draw_histogram(ax, view, entropy.sample_entropy, (0.0, math.log(actions)), uniform=math.log(actions))
    _axes.label(ax, x="Entropy (nats)", y="Share of samples", title="Entropy")


def _draw_confidence(ax: Axes, view: View) -> None:
    entropy, actions = view.analysis.entropy, _actions(view)
    _draw_histogram(ax, view, entropy.sample_confidence, (1 / actions, 1.0), uniform=1 / actions)
    _axes.label(ax, x="Confidence, max p", y="Share of samples", title="Confidence")


def _draw_histogram(ax: Axes, view: View, values: Any, limits: tuple[float, float], *, uniform: float) -> None:
    """How the samples of each configuration are distributed; dashed: the uniform policy."""
    several = view.configurations > 1
    for configuration, look in view.looks.items():
        pooled = values[configuration].ravel()
        kept = pooled[pooled == pooled]
        if len(kept):
            label = view.labels[configuration] if several else None
            _marks.histogram(ax, kept, look, limits=limits, outline=several, label=label)
    _marks.vertical_reference(ax, uniform)
    low, high = limits
    ax.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))


def _draw_observations(ax: Axes, view: View, seen: Any) -> None:
    """Where the policy was asked, coloured by confidence."""
    confidence = view.analysis.entropy.sample_confidence[view.colored[0]].ravel()
    limits = (1 / _actions(view), 1.0)
    _observed.draw(ax, seen, confidence, limits, name="Confidence, max p", title="Confidence by observation")


def _caption(view: View, with_observations: bool) -> list[str]:
    entropy, actions = view.analysis.entropy, _actions(view)
    undefined = int((entropy.sample_entropy != entropy.sample_entropy).sum())
    return [
        f"Policy at {_captions.samples(view)}.",
        "Actions: mean probability over samples and runs.",
        "Dots: single runs." if view.configurations == 1 < view.runs else "",
        "Entropy in nats. Confidence: the largest action probability.",
        f"Dashed: the uniform policy, with probabilities 1/{actions} and entropy log {actions}.",
        f"{undefined} samples are left out: their probabilities do not sum to 1." if undefined else "",
        _captions.observations_of(view) if with_observations else "",
        _captions.colors(view, "the others are not drawn"),
    ]
