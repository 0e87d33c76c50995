"""A policy of several actions over training: entropy, perplexity, and the mean probability of every action."""

import math
from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes

from ..._types import Array
from ...view import View, _looks, _series
from ...view._series import PolicyQuantity
from .._draw import _axes, _captions, _curves, _marks
from .._draw._figure import Panel

_MOST_AREAS = 8
"""Areas that colours tell apart."""
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
    often, rest = _most_taken(marginal)
    others = (f"{len(rest)} other actions", marginal[:, rest].sum(axis=1)) if rest else None
    _marks.stacked_areas(ax, series.middle_x(0), [*marginal[:, often].T], [names[a] for a in often], others=others)
    ax.set_ylim(0, 1)
    ax.margins(x=0)


def _most_taken(marginal: Array) -> tuple[list[int], list[int]]:
    """Actions that have an area, in their order, and the rest: seven colours and a grey can be told apart, 18 cannot.

    `marginal` [update, action]. Those are kept that were most probable at some update, so an action that is taken only
    at the end of training is among them.
    """
    count = marginal.shape[1]
    if count <= _MOST_AREAS:
        return list(range(count)), []
    known = marginal[(marginal == marginal).all(axis=1)]
    peaks = known.max(axis=0).tolist() if len(known) else [0.0] * count
    often = sorted(sorted(range(count), key=lambda a: -peaks[a])[: _MOST_AREAS - 1])
    return often, [a for a in range(count) if a not in often]


def caption(view: View, samples: str, actions: int) -> list[str]:
    """What the panels show. `samples`: the observations at which the policy was asked, in words."""
    which = "each action" if actions <= _MOST_AREAS else f"the {_MOST_AREAS - 1} actions that were most probable once"
    return [
        f"Policy at {samples}: means over the samples.",
        _captions.median_line(view.runs),
        "Perplexity: exponential of the entropy, the effective number of actions. Dashed: the uniform policy.",
        f"Right: mean probability of {which} over samples and runs.",
    ]
