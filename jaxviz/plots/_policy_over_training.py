"""A policy over training: how random it is, how many actions that amounts to, and which ones it takes."""

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
from ..inputs import _parts
from ..stats import categorical_entropy, perplexity, quantile_band
from . import (
    _axes,
    _captions,
    _curves,
    _figure,
    _gaussian_over_training,
    _gaussian_policy,
    _marks,
    _save,
    _series,
    _style,
)
from ._figure import Panel, Width
from ._save import PathLike


class _Course(NamedTuple):
    """Means over the samples of each update, and over runs their quantiles; NumPy arrays."""

    entropy: Any
    """[run, update]"""
    perplexity: Any
    entropy_quantiles: Any
    """[quantile, update]"""
    perplexity_quantiles: Any
    marginal: Any
    """Mean over samples and runs [update, action]."""


def plot_policy_over_training(
    action_probs: Any = None,
    step: Any = None,
    save_path: PathLike | None = None,
    *,
    mean: Any = None,
    log_std: Any = None,
    squashed: bool = False,
    action_names: Sequence[str] | None = None,
    width: Width = None,
) -> Figure:
    """Entropy, perplexity and the mean probability of every action over training.

    `action_probs`: probabilities [update, sample, action] of one run or [run, update, sample, action] of many, at
    sampled observations. `step` [update]: environment steps. One run: its line. Many: the median over runs, with the
    runs as thin lines (up to 10) or bands of their quantiles. Dashed: the uniform policy. Entropy is in nats;
    perplexity, its exponential, is how many actions the policy is effectively undecided between.

    A Gaussian policy comes as `mean` and `log_std` [..., update, sample, dimension] in place of `action_probs`, see
    `plot_policy_distribution`: its differential entropy, and mean action and standard deviation of every dimension.
    """
    _save.check_path(save_path)
    if mean is not None or log_std is not None:
        policy = _gaussian_policy.read(mean, log_std, squashed, action_probs)
        return _gaussian_over_training.draw(policy, step, save_path, names=action_names, width=width)
    probs = _read(action_probs)
    runs, updates, _, actions = probs.shape
    x, x_name = _series.update_axis(step, updates)
    names = _names(action_names, actions)
    course = _Course(*_host.to_host(_course(probs)))
    if not (course.entropy == course.entropy).any():
        raise ValueError("`action_probs` must be probabilities that sum to 1 over the last axis; no sample does")
    with _style.applied():
        panels = [
            Panel(partial(_draw_mean, course=course, x=x, name="entropy", uniform=math.log(actions), x_name=x_name)),
            Panel(partial(_draw_mean, course=course, x=x, name="perplexity", uniform=actions, x_name=x_name)),
            Panel(partial(_draw_actions, marginal=course.marginal, x=x, names=names, x_name=x_name)),
        ]
        figure = _figure.compose(panels, width=width, row_height=2.6)
        return _figure.finish(figure, _caption(runs, probs.shape[2], x_name), save_path)


def _read(action_probs: Any) -> Array:
    """[run, update, sample, action]"""
    if action_probs is None:
        raise ValueError("`action_probs` is missing: give probabilities, or `mean` and `log_std` of a Gaussian policy")
    probs = _parts.read_policy(action_probs).probs
    if probs.ndim == 3:
        probs = probs[None]
    if probs.ndim != 4 or 0 in probs.shape or probs.shape[-1] < 2:
        raise ValueError(
            f"`action_probs` must be [update, sample, action] or [run, update, sample, action] with two actions at "
            f"least, got shape {jnp.shape(action_probs)}"
        )
    return probs


def _names(names: Sequence[str] | None, actions: int) -> tuple[str, ...]:
    if names is None:
        return tuple(f"action {a}" for a in range(actions))
    if len(names) != actions:
        raise ValueError(f"`action_names` must name each of the {actions} actions, got {len(names)}")
    return tuple(names)


@jax.jit
def _course(probs: Array) -> tuple[Array, ...]:
    entropy = categorical_entropy(probs).mean(-1)
    effective = perplexity(probs).mean(-1)
    bands = (quantile_band(x, valid=~jnp.isnan(x)) for x in (entropy, effective))
    return (entropy, effective, *bands, probs.mean((0, 2)))


def _draw_mean(ax: Axes, course: _Course, x: Any, name: str, uniform: float, x_name: str) -> None:
    title = {"entropy": "Entropy (nats)", "perplexity": "Perplexity (actions)"}[name]
    _axes.label(ax, x=x_name, title=title, whole_x=x_name != _series.STEPS)
    _curves.draw_median(ax, x, getattr(course, name), getattr(course, f"{name}_quantiles"), _style.look(0))
    _marks.reference(ax, uniform, "uniform")
    ax.set_ylim(0 if name == "entropy" else 1, uniform * 1.12)


def _draw_actions(ax: Axes, marginal: Any, x: Any, names: Sequence[str], x_name: str) -> None:
    """Mean probabilities stacked to one."""
    _axes.label(ax, x=x_name, title="Mean probability of actions", whole_x=x_name != _series.STEPS)
    _marks.stacked_areas(ax, x, marginal.T, names)
    ax.set_ylim(0, 1)
    ax.margins(x=0)


def _caption(runs: int, samples: int, x_name: str) -> list[str]:
    shown = "one run" if runs == 1 else f"n = {runs} runs"
    return [
        f"Policy at {samples} sampled observations of each update, {shown}: means over the samples.",
        _captions.median(runs),
        "Perplexity: exponential of the entropy, the effective number of actions. Dashed: the uniform policy.",
        "Right: mean probability of each action over samples and runs.",
        _captions.x_axis(x_name),
    ]
