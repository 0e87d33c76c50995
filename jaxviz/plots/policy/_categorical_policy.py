"""Policies of several actions: how often each is taken, the entropy, and how sure of itself the policy is."""

import math
from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes

from ..._types import Array
from ...aggregation import PolicyEntropyAggregate
from ...analysis import PolicyEntropy
from ...view import View
from ...view._looks import Look
from .._draw import _axes, _captions, _figure, _marks, _observed
from .._draw._figure import Panel

_MOST_NAMED_ACTIONS = 20
"""With more actions that have only numbers, not every one is named."""


def rows(view: View, entropy: PolicyEntropy, names: Sequence[str]) -> list[list[Panel]]:
    """The panels of `plot_policy_distribution` for a policy of several actions."""
    seen = _observed.observations(view)
    actions = partial(_draw_actions, view=view, entropy=entropy, names=names)
    panels = [
        Panel(actions, weight=1.7 if seen is None else 1.0),
        Panel(partial(_draw_entropy, view=view, entropy=entropy)),
        Panel(partial(_draw_confidence, view=view, entropy=entropy)),
    ]
    if seen is not None:
        panels.append(Panel(partial(_draw_observations, view=view, entropy=entropy, seen=seen)))
    return _figure.in_rows(panels, 3 if seen is None else 2)


def _draw_actions(ax: Axes, view: View, entropy: PolicyEntropy, names: Sequence[str]) -> None:
    """Mean probability of each action: bars with one dot per run, or dots side by side for configurations."""
    means, count = _mean_probabilities(view, entropy), len(names)
    _axes.label(ax, x="Action", y="Mean probability", title="Actions", whole_x=True)
    step = 0.7 / len(view.looks)
    for place, (configuration, look) in enumerate(view.looks.items()):
        if view.configurations == 1:
            _marks.bars(ax, range(count), means[configuration], look)
            _draw_run_dots(ax, entropy.action_marginal[configuration], look)
        else:
            along = [action + (place + 0.5) * step - 0.35 for action in range(count)]
            _marks.dots(ax, along, means[configuration], look, label=view.labels[configuration])
    _marks.reference(ax, 1 / count)
    _axes.name_places(ax, names, most=_MOST_NAMED_ACTIONS)
    _axes.from_zero(ax)


def _mean_probabilities(view: View, entropy: PolicyEntropy) -> Array:
    """Of each configuration [configuration, action]: the mean over its runs, or its only run."""
    if view.summary is None:
        return entropy.action_marginal[:, 0]
    over_runs = view.summary.entropy
    assert isinstance(over_runs, PolicyEntropyAggregate)
    return over_runs.action_marginal


def _draw_run_dots(ax: Axes, marginal: Array, look: Look) -> None:
    for action in range(marginal.shape[-1] if len(marginal) > 1 else 0):
        _marks.strip(ax, marginal[:, action], action, look)


def _draw_entropy(ax: Axes, view: View, entropy: PolicyEntropy) -> None:
    uniform = math.log(_actions(entropy))
    _draw_histogram(ax, view, entropy.sample_entropy, (0.0, uniform), uniform=uniform)
    _axes.label(ax, x="Entropy (nats)", y="Share of samples", title="Entropy")


def _draw_confidence(ax: Axes, view: View, entropy: PolicyEntropy) -> None:
    uniform = 1 / _actions(entropy)
    _draw_histogram(ax, view, entropy.sample_confidence, (uniform, 1.0), uniform=uniform)
    _axes.label(ax, x="Confidence, max p", y="Share of samples", title="Confidence")


def _actions(entropy: PolicyEntropy) -> int:
    return entropy.action_marginal.shape[-1]


def _draw_histogram(ax: Axes, view: View, values: Array, limits: tuple[float, float], *, uniform: float) -> None:
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


def _draw_observations(ax: Axes, view: View, entropy: PolicyEntropy, seen: Array) -> None:
    """Where the policy was asked, coloured by confidence."""
    confidence = entropy.sample_confidence[view.colored[0]].ravel()
    limits = (1 / _actions(entropy), 1.0)
    _observed.draw_observed(ax, seen, confidence, limits, name="Confidence, max p", title="Confidence by observation")


def caption(view: View, entropy: PolicyEntropy) -> list[str]:
    """What the panels show."""
    actions = _actions(entropy)
    undefined = int((entropy.sample_entropy != entropy.sample_entropy).sum())
    return [
        f"Policy at {_captions.samples(view, entropy)}.",
        "Actions: mean probability over samples and runs.",
        "Dots: single runs." if view.configurations == 1 < view.runs else "",
        "Entropy in nats. Confidence: the largest action probability.",
        f"Dashed: the uniform policy, with probabilities 1/{actions} and entropy log {actions}.",
        f"{undefined} samples are left out: their probabilities do not sum to 1." if undefined else "",
        _captions.observations_of(view) if _observed.observations(view) is not None else "",
        _captions.colors(view, "the others are not drawn"),
    ]
