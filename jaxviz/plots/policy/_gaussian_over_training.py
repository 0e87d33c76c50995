"""A Gaussian policy over training: entropy, mean action and standard deviation of every dimension."""

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes

from ...analysis import PolicyCourse
from ...view import View, _looks, _series
from ...view._looks import Look
from ...view._series import PolicyVector
from .._draw import _axes, _captions, _curves, _marks
from .._draw._figure import Panel
from . import _gaussian_policy

_ENTROPY = Look("0.2", "-")
"""No dimension's colour."""


def panels(view: View, course: PolicyCourse, names: Sequence[str]) -> list[Panel]:
    """The panels of `plot_policy_over_training` for a Gaussian policy."""
    action = _gaussian_policy.mean_name(course)
    return [
        Panel(partial(_draw_entropy, view=view)),
        Panel(partial(_draw_dimensions, view=view, name="mean_action", names=names, title=action)),
        Panel(partial(_draw_dimensions, view=view, name="mean_std", names=names, title="Standard deviation")),
    ]


def _draw_entropy(ax: Axes, view: View) -> None:
    series = _series.policy_curve(view, "entropy")
    _axes.label(ax, x=series.x_name, title="Differential entropy (nats)", whole_x=series.counted)
    _curves.draw_median(ax, series, _ENTROPY)


def _draw_dimensions(ax: Axes, view: View, name: PolicyVector, names: Sequence[str], title: str) -> None:
    """One line per dimension: the mean over samples and runs."""
    series, values = _series.policy_curve(view, "entropy"), _series.policy_means(view, name)
    _axes.label(ax, x=series.x_name, title=title, whole_x=series.counted)
    for label, look, line in zip(names, _looks.looks(names), values.T, strict=True):
        _marks.line(ax, series.middle_x(0), line, look, label=label)


def caption(view: View, course: PolicyCourse, samples: str) -> list[str]:
    """What the panels show. `samples`: the observations at which the policy was asked, in words."""
    policy, tanh = _gaussian_policy.kind(course)
    means = "" if view.runs == 1 else ", means over the runs"
    return [
        f"{policy} at {samples}: means over the samples.",
        _captions.median_line(view.runs).replace("Line", "Entropy, line"),
        f"Entropy: differential, may be negative. Mean action and standard deviation: one line per dimension{means}.",
        tanh,
    ]
