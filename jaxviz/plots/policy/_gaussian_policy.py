"""Gaussian policies: mean action and standard deviation of every dimension, and the differential entropy."""

import math
from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes

from ..._types import Array
from ...analysis import GaussianEntropy, PolicyCourse
from ...host import to_host
from ...view import View
from .._draw import _axes, _captions, _figure, _marks, _observed
from .._draw._figure import Panel

_APART = 7.0
"""Points between the marks of two configurations at one dimension."""
_SINGLE_NAMES = 10
_QUANTILES = "dots: median over the samples of all runs; thick: 25–75%, thin: 10–90%"


def rows(view: View, entropy: GaussianEntropy, names: Sequence[str]) -> list[list[Panel]]:
    """The panels of `plot_policy_distribution` for a Gaussian policy."""
    seen = _observed.observations(view)
    actions, deviations = to_host((entropy.over_samples("sample_action"), entropy.over_samples("sample_std")))
    panels = [
        Panel(partial(_draw_dimensions, view=view, quantiles=actions, names=names, title=mean_name(entropy))),
        Panel(partial(_draw_dimensions, view=view, quantiles=deviations, names=names, title="Standard deviation")),
        Panel(partial(_draw_entropy, view=view, entropy=entropy)),
    ]
    if seen is not None:
        own = entropy.sample_entropy[view.colored[0]].ravel()
        panels.append(Panel(partial(_draw_observations, seen=seen, entropy=own)))
    return _figure.in_rows(panels, 3 if seen is None else 2)


def mean_name(gaussian: GaussianEntropy | PolicyCourse) -> str:
    """What the mean action is called; `gaussian` says whether it is squashed."""
    return "Mean action, tanh of the mean" if gaussian.squashed else "Mean action"


def kind(gaussian: GaussianEntropy | PolicyCourse) -> tuple[str, str]:
    """The kind of policy in words, and the effect of tanh on the panels."""
    if not gaussian.squashed:
        return "Gaussian policy", ""
    return "Gaussian policy squashed by tanh", "Mean action: tanh of the mean; standard deviation: before tanh."


def _draw_dimensions(ax: Axes, view: View, quantiles: Array, names: Sequence[str], title: str) -> None:
    """Median and quantiles over the samples at each dimension, configurations side by side."""
    _axes.label(ax, x="Dimension of the action", title=title, whole_x=True)
    looks = view.looks
    apart = min(_APART, 60 / max(len(names), 1) / max(len(looks), 1) * 2)
    for place, (configuration, look) in enumerate(looks.items()):
        label = view.labels[configuration] if view.configurations > 1 else None
        with _marks.beside(ax, (place - (len(looks) - 1) / 2) * apart):
            _marks.boxes(ax, range(len(names)), quantiles[configuration], look, label=label)
    _axes.name_places(ax, names, most=_SINGLE_NAMES)


def _draw_entropy(ax: Axes, view: View, entropy: GaussianEntropy) -> None:
    _axes.label(ax, x="Differential entropy (nats)", y="Share of samples", title="Entropy")
    looks = view.looks
    kept = [_finite(entropy.sample_entropy[configuration].ravel()) for configuration in looks]
    ends = [float(v) for row in kept if len(row) for v in (row.min(), row.max())]
    for row, look in zip(kept, looks.values(), strict=True):
        if len(row):
            limits = _axes.apart(min(ends), max(ends))
            _marks.histogram(ax, row, look, limits=limits, outline=view.configurations > 1)


def _finite(entropy: Array) -> Array:
    return entropy[abs(entropy) < math.inf]


def _draw_observations(ax: Axes, seen: Array, entropy: Array) -> None:
    finite = _finite(entropy)
    limits = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    _observed.draw_observed(ax, seen, entropy, limits, name="Entropy (nats)", title="Entropy by observation")


def caption(view: View, entropy: GaussianEntropy) -> list[str]:
    """What the panels show."""
    undefined = int((~(abs(entropy.sample_entropy) < math.inf)).sum())
    policy, tanh = kind(entropy)
    return [
        f"{policy} at {_captions.samples(view, entropy)}.",
        tanh,
        f"Mean action and standard deviation of each dimension: {_QUANTILES}.",
        "Entropy: differential, in nats, may be negative.",
        f"{undefined} samples are left out: their entropy is not finite." if undefined else "",
        _captions.observations_of(view) if _observed.observations(view) is not None else "",
        _captions.colors(view, "the others are not drawn"),
    ]
