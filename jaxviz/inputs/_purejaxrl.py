"""PureJaxRL results -> TrainingRun."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from .. import _masked
from .._explained import explained
from .._run import Evaluation, LossSeries, TrainingRun, UpdateReturns
from .._types import Array
from ..host import as_array
from . import _fields, _parts, _policy
from ._axes import AgentOrder, Layout, to_batch
from ._clock import Clock
from ._gymnax import read_info
from ._reduce_update import ReducedUpdate, read_reduced
from ._stream import Reading, StreamRead, say

_DQN_KEYS = ("returns", "timesteps")


@explained
def from_purejaxrl(
    out: Any,
    *,
    axes: str | None = None,
    agents: int | None = None,
    agent_order: AgentOrder | None = None,
    step_every: int | None = None,
    step_start: int | None = None,
    capacity: int | None = None,
    returns: str | None = None,
    name: str = "return",
    minimize: bool = False,
) -> TrainingRun:
    """A result of PureJaxRL's `train`, alone or under any number of vmaps, as a TrainingRun.

    `out` is the whole result (a mapping with `metrics`, or `metric` as in ppo_rnn) or the metrics themselves: arrays
    [..., update, step, env], or as named by `axes`. The x axis comes from the shapes. The value-based scripts (dqn)
    are read too: their `returns` [..., update] are held values averaged over environments, so only the estimand "hold"
    exists. Metrics may also be the stacked results of `reduce_update`, [..., update], or as named by `axes`, e.g.
    ``"update agent"``.

    Optional in `out`: `losses` or `loss_info`, a mapping name → [..., update, …] (epochs and minibatches are
    averaged) or PPO's ``(total_loss, (value_loss, actor_loss, entropy))``; `evaluation`, a mapping with `returns`
    [..., eval, rollout] and, if known, `lengths`, `step`; `policy`, a mapping with `probs` [..., sample, action], or
    `mean` and `log_std` [..., sample, dimension] of a Gaussian (`squashed`: its actions go through tanh), and
    `observations`, with an axis of updates before the samples if it was sampled over training. Their batch axes are
    those of `axes` in the same order, or all but the agents': then each agent gets the same. Losses of Stoix keep its
    order, [device, update, batch, …].
    All other arguments, and series per update among the metrics: as in `from_gymnax`. ValueError names an entry that is
    missing or has the wrong shape.

    >>> ended = np.array([[[False], [True]], [[True], [False]]])  # [update, step, env]
    >>> held = np.array([[[0.0], [2.0]], [[1.0], [1.0]]])
    >>> metrics = {"returned_episode": ended, "returned_episode_returns": held, "returned_episode_lengths": held}
    >>> jv.from_purejaxrl({"metrics": metrics})
    TrainingRun: one run
      episodes: 2 per run, 2 in all
      updates: 2, to step 4
      updates in which no episode ended: 0.0%
    """
    reading = Reading(axes, agents, agent_order, Clock(step_every, step_start), capacity, returns)
    if isinstance(out, ReducedUpdate):
        stream = read_reduced(out, reading)
        return TrainingRun(**stream.parts, metric=name, minimize=minimize)
    out = _fields.as_mapping(out, "out")
    found = _fields.find(out, ("metrics", "metric"))
    owner, metrics = found if found is not None else ("metrics", out)
    stream = _read_metrics(metrics, owner, reading)
    say(stream.notices)
    run = TrainingRun(**stream.parts, metric=name, minimize=minimize)
    return run if found is None else _with_extras(run, out, stream.layout)


def _read_metrics(metrics: Any, owner: str, reading: Reading) -> StreamRead:
    if isinstance(metrics, ReducedUpdate):
        return read_reduced(metrics, reading)
    metrics = _fields.as_mapping(metrics, owner)
    if not _is_dqn(metrics):
        return read_info(metrics, owner, reading, default=("update", "step", "env"))
    if reading != Reading():
        raise ValueError(
            f"`{owner}` are those of dqn, [..., update], which have their own steps and no environments: give no "
            "axes, agents, steps, capacity or returns"
        )
    return _read_dqn(metrics)


def _is_dqn(metrics: Mapping[str, Any]) -> bool:
    return _fields.find(metrics, _fields.MASKS) is None and all(key in metrics for key in _DQN_KEYS)


def _read_dqn(metrics: Mapping[str, Any]) -> StreamRead:
    returns = _masked.as_float(as_array(metrics["returns"], "metrics['returns']"))
    if returns.ndim < 1:
        raise ValueError("`metrics['returns']` must be [..., update], got a single number")
    step = _parts.step_axis(metrics["timesteps"], returns.shape, "metrics['timesteps']")
    held = jnp.ones(returns.shape, jnp.int32)
    updates = UpdateReturns(None, None, None, hold_total=returns, hold_count=held, step=step)
    losses = {name: metrics[name] for name in ("loss",) if name in metrics}
    series = _parts.read_losses(losses, returns.shape[:-1], step) if losses else None
    return StreamRead({"updates": updates, "losses": series}, None, [])


def _with_extras(run: TrainingRun, out: Mapping[str, Any], layout: Layout | None) -> TrainingRun:
    """`run` with the losses, evaluation and policy sample that stand beside the metrics."""
    losses = _fields.find(out, ("losses", "loss_info"))
    evaluation = out.get("evaluation")
    policy = out.get("policy")
    return dataclasses.replace(
        run,
        losses=run.losses if losses is None else _read_losses(losses[1], run, layout),
        evaluation=None if evaluation is None else _read_evaluation(evaluation, run, layout),
        **({} if policy is None else _read_policy(policy, run, layout)),
    )


def _read_losses(losses: Any, run: TrainingRun, layout: Layout | None) -> LossSeries:
    """Losses, on the step axis of the updates if there is one per update, then beside those among the metrics."""
    series = _parts.read_losses(losses, run.batch_shape, layout=layout)
    length = next(iter(series.values.values())).shape
    if run.updates is None or run.updates.sums.shape != length:
        return series
    reduced = {} if run.losses is None else run.losses.values
    return LossSeries({**reduced, **series.values}, run.updates.step)


def _read_evaluation(evaluation: Any, run: TrainingRun, layout: Layout | None) -> Evaluation:
    named = _fields.as_mapping(evaluation, "evaluation")
    _, returns = _fields.required(named, ("returns", "episode_returns"), "evaluation")
    lengths = _fields.optional(named, ("lengths", "episode_lengths"), "evaluation")
    valid = _fields.optional(named, ("valid",), "evaluation")
    returns, lengths, valid = (_beside(x, run, layout) for x in (returns, lengths, valid))
    return _parts.read_evaluation(returns, lengths, named.get("step"), valid)


def _read_policy(policy: Any, run: TrainingRun, layout: Layout | None) -> dict[str, Any]:
    """The policy at the end, and over training if it was sampled over training."""
    named = _fields.as_mapping(policy, "policy")
    known = {"probs": ("probs", "action_probs"), "observations": ("observations",)}
    known |= {"mean": ("mean", "action_mean"), "log_std": ("log_std", "action_log_std")}
    parts = {name: _beside(_fields.optional(named, keys, "policy"), run, layout) for name, keys in known.items()}
    names = ("policy['probs']", "policy['mean']", "policy['log_std']")
    sample = _policy.read_policy(**parts, squashed=bool(named.get("squashed", False)), names=names)
    last, series = _policy.read_policies(sample, len(run.batch_shape), named.get("step"))
    if series is not None and series.step is None and run.updates is not None and run.updates.step is not None:
        series = _policy.beside_updates(series, run.updates.step)
    return {"policy": last, "policies": series}


def _beside(x: Array | None, run: TrainingRun, layout: Layout | None) -> Array | None:
    return None if x is None else to_batch(x, layout, run.batch_shape)
