"""Gaussian policies: mean action and standard deviation of every dimension, and the differential entropy."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes

from ...host import to_host
from ...view import View
from .._draw import _axes, _captions, _figure, _marks, _observed
from .._draw._figure import Panel
from ._policy_view import component_names

_APART = 7.0
"""Points between the marks of two configurations at one dimension."""
_SINGLE_NAMES = 10
_QUANTILES = "dots: median over the samples of all runs; thick: 25–75%, thin: 10–90%"


def drawn(view: View, names: Sequence[str] | None) -> tuple[list[list[Panel]], list[str]]:
    """Rows of panels of `plot_policy_distribution` for a Gaussian policy, and the caption."""
    seen, entropy = _observed.observations(view), view.analysis.entropy
    ticks = component_names(names, entropy.mean_action.shape[-1], "dimensions")
    panels = [
        Panel(partial(_draw_dimensions, view=view, name="sample_action", names=ticks, title=mean_name(entropy))),
        Panel(partial(_draw_dimensions, view=view, name="sample_std", names=ticks, title="Standard deviation")),
        Panel(partial(_draw_entropy, view=view)),
    ]
    if seen is not None:
        own = entropy.sample_entropy[view.colored[0]].ravel()
        panels.append(Panel(partial(_draw_observations, seen=seen, entropy=own)))
    return _figure.in_rows(panels, 3 if seen is None else 2), _caption(view, seen is not None)


def mean_name(gaussian: Any) -> str:
    """What the mean action is called; `gaussian` says whether it is squashed."""
    return "Mean action, tanh of the mean" if gaussian.squashed else "Mean action"


def kind(gaussian: Any) -> tuple[str, str]:
    """The policy in words, and what tanh does to what is drawn."""
    if not gaussian.squashed:
        return "Gaussian policy", ""
    return "Gaussian policy squashed by tanh", "Mean action: tanh of the mean; standard deviation: before tanh."


def _draw_dimensions(ax: Axes, view: View, name: str, names: Sequence[str], title: str) -> None:
    """Median and quantiles over the samples at each dimension, configurations side by side."""
    _axes.label(ax, x="Dimension of the action", title=title, whole_x=True)
    values, looks = to_host(view.analysis.entropy.over_samples(name)), view.looks
    apart = min(_APART, 60 / max(len(names), 1) / max(len(looks), 1) * 2)
    for place, (configuration, look) in enumerate(looks.items()):
        label = view.labels[configuration] if view.configurations > 1 else None
        with _marks.beside(ax, (place - (len(looks) - 1) / 2) * apart):
            _marks.boxes(ax, range(len(names)), values[configuration], look, label=label)
    _axes.name_places(ax, names, most=_SINGLE_NAMES)


def _draw_entropy(ax: Axes, view: View) -> None:
    _axes.label(ax, x="Differential entropy (nats)", y="Share of samples", title="Entropy")
    looks, entropy = view.looks, view.analysis.entropy.sample_entropy
    kept = [_finite(entropy[configuration].ravel()) for configuration in looks]
    ends = [float(v) for row in kept if len(row) for v in (row.min(), row.max())]
    for row, look in zip(kept, looks.values(), strict=True):
        if len(row):
            limits = _axes.apart(min(ends), max(ends))
            _marks.histogram(ax, row, look, limits=limits, outline=view.configurations > 1)


def _finite(entropy: Any) -> Any:
    return entropy[abs(entropy) < math.inf]


def _draw_observations(ax: Axes, seen: Any, entropy: Any) -> None:
    finite = _finite(entropy)
    limits = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    _observed.draw(ax, seen, entropy, limits, name="Entropy (nats)", title="Entropy by observation")


def _caption(view: View, with_observations: bool) -> list[str]:
    entropy = view.analysis.entropy
    undefined = int((~(abs(entropy.sample_entropy) < math.inf)).sum())
    policy, tanh = kind(entropy)
    return [
        f"{policy} at {_captions.samples(view)}.",
        tanh,
        f"Mean action and standard deviation of each dimension: {_QUANTILES}.",
        "Entropy: differential, in nats, may be negative.",
        f"{undefined} samples are left out: their entropy is not finite." if undefined else "",
        _captions.observations_of(view) if with_observations else "",
        _captions.colors(view, "the others are not drawn"),
    ]
