"""A policy of several actions over training: entropy, perplexity, and the mean probability of every action."""

import math
from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes

from ...view import View, _looks, _series
from ...view._series import PolicyQuantity
from .._draw import _axes, _captions, _curves, _marks
from .._draw._figure import Panel

_TITLES: dict[PolicyQuantity, str] = {"entropy": "Entropy (nats)", "perplexity": "Perplexity (actions)"}


def panels(view: View, names: Sequence[str]) -> list[Panel]:
    """The panels of `plot_policy_over_training` for a policy of several actions."""
    actions = len(names)
    return [
        Panel(partial(_draw_mean, view=view, name="entropy", lowest=0, uniform=math.log(actions))),
        Panel(partial(_draw_mean, view=view, name="perplexity", lowest=1, uniform=actions)),
        Panel(partial(_draw_actions, view=view, names=names)),
    ]


def _draw_mean(ax: Axes, view: View, name: PolicyQuantity, lowest: float, uniform: float) -> None:
    """The mean over the samples, between a certain and the uniform policy."""
    series = _series.policy_curve(view, name)
    _axes.label(ax, x=series.x_name, title=_TITLES[name], whole_x=series.counted)
    _curves.draw_median(ax, series, _looks.look(0))
    _marks.reference(ax, uniform, "uniform")
    ax.set_ylim(lowest, uniform * 1.12)


def _draw_actions(ax: Axes, view: View, names: Sequence[str]) -> None:
    """Mean probabilities stacked to one."""
    series, marginal = _series.policy_curve(view, "entropy"), _series.policy_means(view, "action_marginal")
    _axes.label(ax, x=series.x_name, title="Mean probability of actions", whole_x=series.counted)
    _marks.stacked_areas(ax, series.middle_x(0), marginal.T, names)
    ax.set_ylim(0, 1)
    ax.margins(x=0)


def caption(view: View, samples: str) -> list[str]:
    """What the panels show. `samples`: the observations at which the policy was asked, in words."""
    return [
        f"Policy at {samples}: means over the samples.",
        _captions.median_line(view.runs),
        "Perplexity: exponential of the entropy, the effective number of actions. Dashed: the uniform policy.",
        "Right: mean probability of each action over samples and runs.",
    ]
