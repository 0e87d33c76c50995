"""A Gaussian policy over training: entropy, mean action and standard deviation of every dimension."""

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes

from ...view import View, _looks, _series
from ...view._looks import Look
from .._draw import _axes, _captions, _curves, _marks
from .._draw._figure import Panel
from . import _gaussian_policy
from ._policy_view import component_names

_ENTROPY = Look("0.2", "-")
"""No dimension's colour."""


def panels(view: View, names: Sequence[str] | None) -> list[Panel]:
    """The panels of `plot_policy_over_training` for a Gaussian policy."""
    course = view.analysis.policies
    labels = component_names(names, course.mean_action.shape[-1], "dimensions", prefix="dimension ")
    titles = {"mean_action": _gaussian_policy.mean_name(course), "mean_std": "Standard deviation"}
    dimensions = [
        Panel(partial(_draw_dimensions, view=view, name=name, names=labels, title=title))
        for name, title in titles.items()
    ]
    return [Panel(partial(_draw_entropy, view=view)), *dimensions]


def _draw_entropy(ax: Axes, view: View) -> None:
    series = _series.policy_curve(view, "entropy")
    _axes.label(ax, x=series.x_name, title="Differential entropy (nats)", whole_x=series.counted)
    _curves.draw_median(ax, series, _ENTROPY)


def _draw_dimensions(ax: Axes, view: View, name: str, names: Sequence[str], title: str) -> None:
    """One line per dimension: the mean over samples and runs."""
    series, values = _series.policy_curve(view, "entropy"), _series.policy_means(view, name)
    _axes.label(ax, x=series.x_name, title=title, whole_x=series.counted)
    for label, look, line in zip(names, _looks.looks(names), values.T, strict=True):
        _marks.line(ax, series.middle_x(0), line, look, label=label)


def caption(view: View, samples: str) -> list[str]:
    """`samples`: where the policy was asked, in words."""
    policy, tanh = _gaussian_policy.kind(view.analysis.policies)
    means = "" if view.runs == 1 else ", means over the runs"
    return [
        f"{policy} at {samples}: means over the samples.",
        _captions.median(view.runs).replace("Line", "Entropy, line"),
        f"Entropy: differential, may be negative. Mean action and standard deviation: one line per dimension{means}.",
        tanh,
    ]
