"""A Gaussian policy over training: entropy, mean action and standard deviation of every dimension."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import _host
from .._types import Array
from ..stats import quantile_band
from . import _axes, _captions, _curves, _figure, _gaussian_policy, _marks, _series, _style
from ._figure import Panel, Width
from ._gaussian_policy import Gaussian
from ._save import PathLike
from ._style import Look

_ENTROPY = Look("0.2", "-")
"""No dimension's colour."""


class _Course(NamedTuple):
    """Means over the samples of each update; NumPy arrays."""

    entropy: Any
    """[run, update]"""
    entropy_quantiles: Any
    """Over runs [quantile, update]."""
    action: Any
    """Over samples and runs [update, dimension]."""
    std: Any


def draw(
    policy: Gaussian, step: Any, save_path: PathLike | None, *, names: Sequence[str] | None, width: Width
) -> Figure:
    """The figure of `plot_policy_over_training` for a Gaussian policy."""
    mean, log_std = (x[None] if x.ndim == 3 else x for x in (policy.mean, policy.log_std))
    if mean.ndim != 4:
        shape = policy.mean.shape
        raise ValueError(f"`mean` must be [update, sample, dimension], or that for every run, got shape {shape}")
    x, x_name = _series.update_axis(step, mean.shape[1])
    course = _Course(*_host.to_host(_course(mean, log_std, policy.squashed)))
    if not (abs(course.entropy) < math.inf).any():
        raise ValueError("no update has a finite entropy: `mean` and `log_std` must be finite somewhere")
    given = _gaussian_policy.dimension_names(policy, names)
    labels = given if names is not None else tuple(f"dimension {name}" for name in given)
    dimensions: dict[str, Any] = {"x": x, "x_name": x_name, "names": labels}
    with _style.applied():
        panels = [
            Panel(partial(_draw_entropy, course=course, x=x, x_name=x_name)),
            Panel(partial(_draw_dimensions, values=course.action, title=policy.mean_name, **dimensions)),
            Panel(partial(_draw_dimensions, values=course.std, title="Standard deviation", **dimensions)),
        ]
        figure = _figure.compose(panels, width=width, row_height=2.6)
        return _figure.finish(figure, _caption(policy, mean.shape, x_name), save_path)


@partial(jax.jit, static_argnums=2)
def _course(mean: Array, log_std: Array, squashed: bool) -> tuple[Array, ...]:
    policy = Gaussian(mean, log_std, squashed)
    entropy = _gaussian_policy.entropy(policy).mean(-1)
    quantiles = quantile_band(entropy, valid=~jnp.isnan(entropy))
    return entropy, quantiles, _gaussian_policy.action(policy).mean((0, 2)), jnp.exp(log_std).mean((0, 2))


def _draw_entropy(ax: Axes, course: _Course, x: Any, x_name: str) -> None:
    _axes.label(ax, x=x_name, title="Differential entropy (nats)", whole_x=x_name != _series.STEPS)
    _curves.draw_median(ax, x, course.entropy, course.entropy_quantiles, _ENTROPY)


def _draw_dimensions(ax: Axes, values: Any, x: Any, x_name: str, names: Sequence[str], title: str) -> None:
    """One line per dimension."""
    _axes.label(ax, x=x_name, title=title, whole_x=x_name != _series.STEPS)
    for name, look, line in zip(names, _style.looks(names), values.T, strict=True):
        _marks.line(ax, x, line, look, label=name)


def _caption(policy: Gaussian, shape: tuple[int, ...], x_name: str) -> list[str]:
    runs, _, samples, _ = shape
    kind = "Gaussian policy squashed by tanh" if policy.squashed else "Gaussian policy"
    tanh = "Mean action: tanh of the mean; standard deviation: before tanh." if policy.squashed else ""
    return [
        f"{kind} at {samples} sampled observations of each update, {'one run' if runs == 1 else f'n = {runs} runs'}: "
        "means over the samples.",
        _captions.median(runs).replace("Line", "Entropy, line"),
        "Entropy: differential, may be negative. Mean action and standard deviation: one line per dimension"
        f"{'' if runs == 1 else ', means over the runs'}.",
        tanh,
        _captions.x_axis(x_name),
    ]
