"""Gaussian policies: mean action and standard deviation of every dimension, and the differential entropy."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .. import _host, _masked
from .._types import Array
from ..stats import gaussian_entropy, quantile_band, tanh_gaussian_entropy
from . import _axes, _figure, _inputs, _marks, _observed, _style
from ._figure import Panel, Width
from ._save import PathLike
from ._style import Look

_APART = 7.0
"""Points between the marks of two configurations at one dimension."""
_SINGLE_NAMES = 10
_QUANTILES = "dots: median over the samples of all runs; thick: 25–75%, thin: 10–90%"


class Gaussian(NamedTuple):
    """A policy as given [..., sample, dimension]."""

    mean: Array
    log_std: Array
    squashed: bool

    @property
    def dimensions(self) -> int:
        """Dimensions of the action."""
        return self.mean.shape[-1]

    @property
    def mean_name(self) -> str:
        """What the mean action is called."""
        return "Mean action, tanh of the mean" if self.squashed else "Mean action"


def read(mean: Any, log_std: Any, squashed: bool, action_probs: Any = None) -> Gaussian:
    """`mean` [..., sample, dimension] and `log_std`, spread over the axes it lacks."""
    if action_probs is not None:
        raise ValueError("give either `action_probs` or `mean` and `log_std`, not both")
    if mean is None or log_std is None:
        raise ValueError("a Gaussian policy needs both `mean` and `log_std`")
    mean, log_std = (_masked.as_float(_host.as_array(x, n)) for x, n in ((mean, "mean"), (log_std, "log_std")))
    if mean.ndim < 2 or 0 in mean.shape:
        raise ValueError(f"`mean` must be [..., sample, dimension] with one of each at least, got shape {mean.shape}")
    fits = log_std.ndim <= mean.ndim and all(
        a in (1, b) for a, b in zip(log_std.shape[::-1], mean.shape[::-1], strict=False)
    )
    if not fits:
        raise ValueError(f"`log_std` must have the shape of `mean` {mean.shape} or [dimension], got {log_std.shape}")
    return Gaussian(mean, jnp.broadcast_to(log_std.astype(mean.dtype), mean.shape), squashed)


def entropy(policy: Gaussian) -> Array:
    """Differential entropy of every sample, in nats."""
    if policy.squashed:
        return tanh_gaussian_entropy(policy.mean, policy.log_std)
    return gaussian_entropy(policy.log_std)


def action(policy: Gaussian) -> Array:
    """The mean action; of a squashed policy its image under tanh, which is the median action."""
    return jnp.tanh(policy.mean) if policy.squashed else policy.mean


def dimension_names(policy: Gaussian, names: Sequence[str] | None) -> tuple[str, ...]:
    """`names`, one for each dimension; numbers where there are none."""
    if names is None:
        return tuple(str(d) for d in range(policy.dimensions))
    if len(names) != policy.dimensions:
        raise ValueError(f"`action_names` must name each of the {policy.dimensions} dimensions, got {len(names)}")
    return tuple(names)


class _Samples(NamedTuple):
    """NumPy arrays [configuration, …]; quantiles are over the samples of all runs."""

    action: Any
    """[configuration, quantile, dimension]"""
    std: Any
    entropy: Any
    """[configuration, sample of any run]"""


def draw_samples(
    policy: Gaussian,
    observations: Any,
    save_path: PathLike | None,
    *,
    names: Sequence[str] | None,
    labels: Sequence[str] | None,
    width: Width,
) -> Figure:
    """The figure of `plot_policy_distribution` for a Gaussian policy."""
    batch = policy.mean.shape[:-2]
    known = _inputs.configuration_names(labels, batch[:-1])
    seen = _observations(observations, policy.mean.shape)
    samples = _Samples(*_host.to_host(_samples(policy.mean, policy.log_std, policy.squashed, len(known))))
    if not (abs(samples.entropy) < math.inf).any():
        raise ValueError("no sample has a finite entropy: `mean` and `log_std` must be finite somewhere")
    looks = dict(zip(known, _style.looks(known), strict=True))
    ticks = dimension_names(policy, names)
    with _style.applied():
        panels = [
            Panel(partial(_draw_dimensions, values=samples.action, looks=looks, names=ticks, title=policy.mean_name)),
            Panel(partial(_draw_dimensions, values=samples.std, looks=looks, names=ticks, title="Standard deviation")),
            Panel(partial(_draw_entropy, samples=samples.entropy, looks=looks)),
        ]
        if seen is not None:
            panels.append(Panel(partial(_draw_observations, seen=seen, entropy=samples.entropy[0])))
        figure = _figure.compose(*_figure.in_rows(panels, 3 if seen is None else 2), width=width)
        return _figure.finish(figure, _caption(policy, samples, known, seen is not None), save_path)


@partial(jax.jit, static_argnums=(2, 3))
def _samples(mean: Array, log_std: Array, squashed: bool, configurations: int) -> tuple[Array, Array, Array]:
    policy = Gaussian(mean, log_std, squashed)

    def over_samples(x: Array) -> Array:
        pooled = x.reshape(configurations, -1, x.shape[-1])
        return jax.vmap(lambda rows: quantile_band(rows, valid=jnp.isfinite(rows)))(pooled)

    nats = entropy(policy).reshape(configurations, -1)
    return over_samples(action(policy)), over_samples(jnp.exp(log_std)), nats


def _observations(observations: Any, shape: tuple[int, ...]) -> Any | None:
    """Those of the first configuration [sample of any run, number]."""
    if observations is None:
        return None
    seen = _host.as_array(observations, "observations")
    if seen.shape[: len(shape) - 1] != shape[:-1] or not seen.size:
        raise ValueError(f"`observations` must start with the axes of `mean` {shape[:-1]}, got shape {seen.shape}")
    samples = math.prod(shape[-3:-1])
    return _host.to_host(seen.reshape(-1, samples, math.prod(seen.shape[len(shape) - 1 :]))[0])


def _draw_dimensions(ax: Axes, values: Any, looks: dict[str, Look], names: Sequence[str], title: str) -> None:
    """Median and quantiles over the samples at each dimension, configurations side by side."""
    _axes.label(ax, x="Dimension of the action", title=title, whole_x=True)
    apart = min(_APART, 60 / max(len(names), 1) / max(len(looks), 1) * 2)
    for place, (label, look) in enumerate(looks.items()):
        with _marks.beside(ax, (place - (len(looks) - 1) / 2) * apart):
            _marks.boxes(ax, range(len(names)), values[place], look, label=label if len(looks) > 1 else None)
    _axes.name_places(ax, names, most=_SINGLE_NAMES)


def _draw_entropy(ax: Axes, samples: Any, looks: dict[str, Look]) -> None:
    _axes.label(ax, x="Differential entropy (nats)", y="Share of samples", title="Entropy")
    kept = [row[abs(row) < math.inf] for row in samples]
    ends = [float(v) for row in kept if len(row) for v in (row.min(), row.max())]
    for row, look in zip(kept, looks.values(), strict=True):
        if len(row):
            _marks.histogram(ax, row, look, limits=_axes.apart(min(ends), max(ends)), outline=len(looks) > 1)


def _draw_observations(ax: Axes, seen: Any, entropy: Any) -> None:
    finite = entropy[abs(entropy) < math.inf]
    limits = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    _observed.draw(ax, seen, entropy, limits, name="Entropy (nats)", title="Entropy by observation")


def _caption(policy: Gaussian, samples: _Samples, labels: Sequence[str], with_observations: bool) -> list[str]:
    batch = policy.mean.shape[:-2]
    runs = "one run" if not batch or batch[-1] == 1 else f"n = {batch[-1]} runs"
    undefined = int((~(abs(samples.entropy) < math.inf)).sum())
    kind = "Gaussian policy squashed by tanh" if policy.squashed else "Gaussian policy"
    tanh = " Mean action: tanh of the mean; standard deviation: before tanh." if policy.squashed else ""
    several = len(labels) > 1
    each = " per configuration" if several else ""
    return [
        f"{kind} at {policy.mean.shape[-2]} sampled observations of {runs}{each}.{tanh}",
        f"Mean action and standard deviation of each dimension: {_QUANTILES}.",
        "Entropy: differential, in nats, may be negative.",
        f"{undefined} samples are left out: their entropy is not finite." if undefined else "",
        f"Observations: of {labels[0]}." if several and with_observations else "",
    ]
