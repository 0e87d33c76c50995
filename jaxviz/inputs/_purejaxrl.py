"""PureJaxRL results -> TrainingRun."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from .. import _host, _masked
from .._run import Evaluation, LossSeries, PolicySample, TrainingRun, UpdateReturns
from . import _fields, _parts
from ._gymnax import read_info
from ._reduce_update import ReducedUpdate, read_reduced

_DQN_KEYS = ("returns", "timesteps")


def from_purejaxrl(out: Any, *, axes: str | None = None, capacity: int | None = None) -> TrainingRun:
    """What PureJaxRL's `train` returns, alone or under any number of vmaps, as a TrainingRun.

    `out` is the whole result (a mapping with `metrics`, or `metric` as in ppo_rnn) or the metrics themselves: arrays
    [..., update, step, env], or as named by `axes` (see `from_gymnax`). The x axis comes from the shapes; `timestep`
    is only a cross-check. The value-based scripts (dqn) are read too: their `returns` [..., update] are held values
    averaged over environments, so only the estimand "hold" exists. Metrics may also be the stacked results of
    `reduce_update`, [..., update].

    Optional in `out`: `losses` or `loss_info`, a mapping name → [..., update, …] (epochs and minibatches are
    averaged); `evaluation`, a mapping with `returns` [..., eval, rollout] and, where known, `lengths`, `step`;
    `policy`, a mapping with `probs` [..., sample, action] and `observations`.
    `capacity`: as in `from_gymnax`. ValueError names what is missing or has the wrong shape.
    """
    if isinstance(out, ReducedUpdate):
        return read_reduced(out)
    out = _fields.as_mapping(out, "out")
    found = _fields.find(out, ("metrics", "metric"))
    owner, metrics = found if found is not None else ("metrics", out)
    if isinstance(metrics, ReducedUpdate):
        return _with_extras(read_reduced(metrics), out)
    metrics = _fields.as_mapping(metrics, owner)
    if _is_dqn(metrics):
        run = _from_dqn(metrics)
    else:
        default = ("update", "step", "env")
        episodes, updates = read_info(metrics, owner, axes=axes, default=default, capacity=capacity)
        run = TrainingRun(episodes=episodes, updates=updates)
    return run if found is None else _with_extras(run, out)


def _is_dqn(metrics: Mapping[str, Any]) -> bool:
    return _fields.find(metrics, _fields.MASKS) is None and all(key in metrics for key in _DQN_KEYS)


def _from_dqn(metrics: Mapping[str, Any]) -> TrainingRun:
    returns = _masked.as_float(_host.as_array(metrics["returns"], "metrics['returns']"))
    if returns.ndim < 1:
        raise ValueError("`metrics['returns']` must be [..., update], got a single number")
    step = _parts.step_axis(metrics["timesteps"], returns.shape, "metrics['timesteps']")
    held = jnp.ones(returns.shape, jnp.int32)
    updates = UpdateReturns(None, None, None, hold_total=returns, hold_count=held, step=step)
    losses = {name: metrics[name] for name in ("loss",) if name in metrics}
    batch = returns.shape[:-1]
    return TrainingRun(updates=updates, losses=_parts.read_losses(losses, batch, step) if losses else None)


def _with_extras(run: TrainingRun, out: Mapping[str, Any]) -> TrainingRun:
    """`run` with the losses, evaluation and policy sample that stand beside the metrics."""
    losses = _fields.find(out, ("losses", "loss_info"))
    evaluation = out.get("evaluation")
    policy = out.get("policy")
    return TrainingRun(
        episodes=run.episodes,
        updates=run.updates,
        losses=run.losses if losses is None else _read_losses(losses[1], run),
        evaluation=None if evaluation is None else _read_evaluation(evaluation),
        policy=None if policy is None else _read_policy(policy),
    )


def _read_losses(losses: Any, run: TrainingRun) -> LossSeries:
    """Losses on the step axis of the updates, where there is one loss per update; beside those of reduced updates."""
    series = _parts.read_losses(losses, run.batch_shape)
    length = next(iter(series.values.values())).shape
    if run.updates is None or run.updates.step.shape != length:
        return series
    reduced = {} if run.losses is None else run.losses.values
    return LossSeries({**reduced, **series.values}, run.updates.step)


def _read_evaluation(evaluation: Any) -> Evaluation:
    named = _fields.as_mapping(evaluation, "evaluation")
    _, returns = _fields.required(named, ("returns", "episode_returns"), "evaluation")
    lengths = _fields.find(named, ("lengths", "episode_lengths"))
    return _parts.read_evaluation(
        returns, None if lengths is None else lengths[1], named.get("step"), named.get("valid")
    )


def _read_policy(policy: Any) -> PolicySample:
    named = _fields.as_mapping(policy, "policy")
    _, probs = _fields.required(named, ("probs", "action_probs"), "policy")
    return _parts.read_policy(probs, named.get("observations"))
