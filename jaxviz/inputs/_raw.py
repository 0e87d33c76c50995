"""Plain arrays and lists -> TrainingRun."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import _masked, _steps
from .._run import EpisodeSeries, Evaluation, TrainingRun
from .._scans import packed_indices
from .._types import Array
from ..host import as_array, as_lengths, is_ragged, pad_ragged
from . import _parts, _policy


def from_arrays(
    returns: Any,
    *,
    lengths: Any = None,
    step: Any = None,
    valid: Any = None,
    losses: Any = None,
    evaluation_returns: Any = None,
    evaluation_step: Any = None,
    action_probs: Any = None,
    action_mean: Any = None,
    action_log_std: Any = None,
    squashed: bool = False,
    observations: Any = None,
    policy_step: Any = None,
) -> TrainingRun:
    """Plain arrays or lists, one run or many, as a TrainingRun.

    `returns` [..., episode]: episode returns in the order they ended; a list of lists of different lengths is a batch
    of runs. `lengths`, `valid`: the same shape. `step` [episode] or [..., episode]: the environment step at which
    each episode ended; without it and with `lengths`, their cumulative sum; without both, only the order is known.
    `losses`: one array or a mapping name → [..., update]. `evaluation_returns` [..., eval, rollout] or [..., eval].
    `action_probs` [..., sample, action] at `observations` [..., sample, …]; of a Gaussian policy `action_mean`
    [..., sample, dimension] and `action_log_std` of that shape or [dimension], `squashed` if actions go through
    tanh. With an axis of updates before the samples they are the policy over training, at `policy_step` [update].
    Integers and float64 become the default float. ValueError names an argument that does not fit.
    """
    episodes = _read_episodes(returns, lengths, step, valid)
    batch = episodes.returns.shape[:-1]
    gaussian = {"mean": action_mean, "log_std": action_log_std}
    policy, policies = None, None
    if any(part is not None for part in (action_probs, *gaussian.values())):
        sampled = _policy.read_policy(action_probs, observations, **gaussian, squashed=squashed)
        policy, policies = _policy.read_policies(sampled, len(batch), policy_step)
    return TrainingRun(
        episodes=episodes,
        losses=None if losses is None else _parts.read_losses(losses, batch),
        evaluation=_read_evaluation(evaluation_returns, evaluation_step, len(batch)),
        policy=policy,
        policies=policies,
    )


def _read_episodes(returns: Any, lengths: Any, step: Any, valid: Any) -> EpisodeSeries:
    returns, own_valid = _values(returns, "returns")
    if returns.ndim < 1:
        raise ValueError("`returns` must be [..., episode], got a single number")
    returns = _masked.as_float(returns)
    shape = returns.shape
    if valid is not None:
        own_valid = _parts.mask(valid, shape, "valid")
    if lengths is not None:
        lengths = as_lengths(lengths, "lengths")
        if lengths.shape != shape:
            raise ValueError(f"`lengths` must have the shape of `returns` {shape}, got {lengths.shape}")
    if step is not None:
        step = _parts.step_axis(step, shape, "step")
    elif lengths is not None:
        step = _steps.cumulative(jnp.where(own_valid, lengths, 0))
    episodes = EpisodeSeries(
        returns=returns,
        lengths=lengths,
        step=step,
        valid=own_valid,
        count=jnp.sum(own_valid, axis=-1, dtype=jnp.int32),
        overflow=jnp.zeros(shape[:-1], bool),
    )
    return episodes if valid is None else _packed(episodes)


@jax.jit
def _packed(episodes: EpisodeSeries) -> EpisodeSeries:
    """The series with its valid entries first, in their order."""

    shape = episodes.valid.shape
    source, valid = jnp.vectorize(packed_indices, signature="(n)->(n),(n)")(episodes.valid)

    def pack(series: Array) -> Array:
        return jnp.take_along_axis(jnp.broadcast_to(series, shape), source, axis=-1)

    returns, lengths, step = jax.tree.map(pack, (episodes.returns, episodes.lengths, episodes.step))
    return EpisodeSeries(returns, lengths, step, valid, episodes.count, episodes.overflow)


def _values(x: Any, name: str) -> tuple[Array, Array]:
    """An array and its mask; lists of different lengths are padded."""
    if is_ragged(x):
        return pad_ragged(x, name)
    x = as_array(x, name)
    return x, jnp.ones(x.shape, bool)


def _read_evaluation(returns: Any, step: Any, batch_axes: int) -> Evaluation | None:
    """Evaluations; one rollout each if there is no axis of rollouts."""
    if returns is None:
        return None
    returns = as_array(returns, "evaluation_returns")
    if returns.ndim == batch_axes + 1:
        returns = returns[..., None]
    return _parts.read_evaluation(returns, None, step)
