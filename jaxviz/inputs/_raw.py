"""Plain arrays and lists -> TrainingRun."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from .. import _masked, _steps
from .._explained import explained
from .._joining import packed
from .._run import EpisodeSeries, TrainingRun
from .._types import Array
from ..host import as_array, as_lengths, check_order, check_total, is_ragged, pad_ragged
from . import _parts, _policy
from ._agent_dicts import stack_named


@explained
def from_arrays(
    returns: Any = None,
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
    total_steps: Any = None,
    name: str = "return",
    minimize: bool = False,
) -> TrainingRun:
    """Plain arrays or lists, one run or many, as a TrainingRun.

    `returns` [..., episode]: episode returns in the order they ended; a list of lists of different lengths is a batch
    of runs; a mapping of agents, ``{"agent_0": …}``, has the agents as its first axis. `lengths`, `valid`: the same
    shape. `step` [episode] or [..., episode]: the environment step at which each episode ended; without it and with
    `lengths`, their cumulative sum; without both, only the order is known.
    `losses`: one array or a mapping name → [..., update]. `evaluation_returns` [..., eval, rollout] or [..., eval],
    lists also of different lengths, at `evaluation_step` [eval] or [..., eval]. Without `returns` they are all there
    is: two axes are then [run, eval], unless `evaluation_step` has one entry for each row. `total_steps`: environment
    steps that were run, one number or [...]. `name`: words for the quantity, e.g. ``"win rate"``; `minimize`: lower is
    better.
    `action_probs` [..., sample, action] at `observations` [..., sample, …]; of a Gaussian policy `action_mean`
    [..., sample, dimension] and `action_log_std` of that shape or [dimension], `squashed` if actions go through
    tanh. With an axis of updates before the samples they are the policy over training, at `policy_step` [update].
    Integers and float64 become the default float. ValueError names an argument that does not fit.

    >>> jv.from_arrays([[1.0, 2.0, 3.0], [2.0, 4.0]], lengths=[[5, 6, 7], [5, 8]])
    TrainingRun: 2 runs
      episodes: 2 to 3 per run, 5 in all
    """
    if isinstance(returns, Mapping):
        returns = stack_named(returns, "returns")
    episodes, evaluation = None, None
    if returns is not None or evaluation_returns is None:
        episodes = _read_episodes(returns, lengths, step, valid)
    elif any(x is not None for x in (lengths, step, valid)):
        raise ValueError("`lengths`, `step` and `valid` belong to `returns`, which are not given")
    batch_axes = None if episodes is None else episodes.returns.ndim - 1
    if evaluation_returns is not None:
        evaluation = _parts.read_evaluations(evaluation_returns, evaluation_step, batch_axes)
    run = TrainingRun(episodes=episodes, evaluation=evaluation, metric=name, minimize=minimize)
    policy, policies = None, None
    gaussian = {"mean": action_mean, "log_std": action_log_std}
    if any(part is not None for part in (action_probs, *gaussian.values())):
        sampled = _policy.read_policy(action_probs, observations, **gaussian, squashed=squashed)
        policy, policies = _policy.read_policies(sampled, len(run.batch_shape), policy_step)
    total_steps = _parts.read_total(total_steps, run.batch_shape)
    if episodes is not None:
        check_total(total_steps, episodes.step, episodes.valid)
    return dataclasses.replace(
        run,
        losses=None if losses is None else _parts.read_losses(losses, run.batch_shape),
        policy=policy,
        policies=policies,
        total_steps=total_steps,
    )


def _read_episodes(returns: Any, lengths: Any, step: Any, valid: Any) -> EpisodeSeries:
    given = returns
    returns, own_valid = _values(returns, "returns")
    if returns.ndim < 1:
        raise ValueError("`returns` must be [..., episode], got a single number")
    returns = _masked.as_float(returns)
    shape = returns.shape
    for name, x in {"lengths": lengths, "step": step}.items():
        _parts.check_rows(x, name, given, shape)
    if valid is not None:
        own_valid = _parts.own_mask(valid, own_valid, given)
    if lengths is not None:
        lengths = as_lengths(lengths, "lengths")
        if lengths.shape != shape:
            raise ValueError(f"`lengths` must have the shape of `returns` {shape}, got {lengths.shape}")
    if step is not None:
        step = _parts.step_axis(step, shape, "step")
        check_order(step, own_valid, "step")
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
    return episodes if valid is None else packed(episodes)


def _values(x: Any, name: str) -> tuple[Array, Array]:
    """An array and its mask; lists of different lengths are padded."""
    if is_ragged(x):
        return pad_ragged(x, name)
    x = as_array(x, name)
    return x, jnp.ones(x.shape, bool)
