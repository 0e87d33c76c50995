"""Sampled policies: action probabilities or a Gaussian's parameters, at one moment or at every update."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import _masked
from .._run import GaussianSample, PolicySample, PolicySeries
from .._steps import ExactSteps
from .._types import Array
from ..host import as_array
from ._parts import step_axis

Sample = PolicySample | GaussianSample


def read_policy(
    probs: Any = None,
    observations: Any = None,
    *,
    mean: Any = None,
    log_std: Any = None,
    squashed: bool = False,
    names: tuple[str, str, str] = ("action_probs", "action_mean", "action_log_std"),
) -> Sample:
    """Action probabilities [..., sample, action], or the parameters [..., sample, dimension] of a Gaussian policy.

    `observations` [..., sample, …]: the observations of the samples. `names`: of the three arguments in errors.
    """
    if mean is None and log_std is None:
        if probs is None:
            given, first, second = names
            raise ValueError(f"`{given}` is missing: give probabilities, or `{first}` and `{second}` of a Gaussian")
        return _read_probs(probs, observations, names[0])
    if probs is not None:
        raise ValueError(f"give either `{names[0]}` or `{names[1]}` and `{names[2]}`, not both")
    if mean is None or log_std is None:
        raise ValueError(f"a Gaussian policy needs both `{names[1]}` and `{names[2]}`")
    return _read_gaussian(mean, log_std, squashed, observations, names[1:])


def read_policies(
    policy: Sample, batch_axes: int, step: Any = None, *, step_name: str = "policy_step"
) -> tuple[Sample, PolicySeries | None]:
    """The policy at the end, and over training if the samples have an axis of updates behind the batch axes.

    `step` [update] or [*batch, update]; `step_name`: its name in errors.
    """
    shape = policy.rows.shape[:-1]
    if len(shape) != batch_axes + 2:
        if step is not None:
            raise ValueError(
                f"`{step_name}` needs a policy over training [..., update, sample, …], got samples {shape}"
            )
        return policy, None
    if shape[-2] == 0:
        raise ValueError(f"a policy over training needs one update at least, got samples {shape}")
    steps = None if step is None else step_axis(step, shape[:-1], step_name)
    last = jax.tree.map(lambda leaf: jnp.take(leaf, -1, axis=batch_axes), policy)
    return last, PolicySeries(policy, steps)


def beside_updates(series: PolicySeries, step: ExactSteps) -> PolicySeries:
    """The series at the steps of the updates [*batch, update], if there is one sample for each."""
    same = series.rows.shape[:-2] == step.shape
    return PolicySeries(series.sample, step if same else None)


def _read_probs(probs: Any, observations: Any, name: str) -> PolicySample:
    probs = _masked.as_float(as_array(probs, name))
    if probs.ndim < 2:
        raise ValueError(f"`{name}` must be [*batch, sample, action], got shape {probs.shape}")
    return PolicySample(probs, _read_observations(observations, probs, name))


def _read_gaussian(
    mean: Any, log_std: Any, squashed: bool, observations: Any, names: tuple[str, ...]
) -> GaussianSample:
    """`log_std` is spread over the axes it lacks."""
    mean, log_std = (_masked.as_float(as_array(x, n)) for x, n in zip((mean, log_std), names, strict=True))
    if mean.ndim < 2 or 0 in mean.shape:
        raise ValueError(
            f"`{names[0]}` must be [..., sample, dimension] with one of each at least, got shape {mean.shape}"
        )
    fits = log_std.ndim <= mean.ndim and all(
        a in (1, b) for a, b in zip(log_std.shape[::-1], mean.shape[::-1], strict=False)
    )
    if not fits:
        raise ValueError(
            f"`{names[1]}` must have the shape of `{names[0]}` {mean.shape} or [dimension], got {log_std.shape}"
        )
    log_std = jnp.broadcast_to(log_std.astype(mean.dtype), mean.shape)
    return GaussianSample(mean, log_std, _read_observations(observations, mean, names[0]), bool(squashed))


def _read_observations(observations: Any, samples: Array, name: str) -> Array | None:
    if observations is None:
        return None
    observations = as_array(observations, "observations")
    if observations.shape[: samples.ndim - 1] != samples.shape[:-1]:
        raise ValueError(
            f"`observations` must start with the axes of `{name}` {samples.shape[:-1]}, got shape {observations.shape}"
        )
    return observations
