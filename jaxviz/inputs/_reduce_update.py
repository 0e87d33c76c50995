"""One update's step stream -> the few numbers that `analyze` needs, inside the training scan."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked, _steps
from .._explained import explained
from .._run import UpdateReturns
from .._types import Array, ArrayLike, Bool, Float, Int, Num
from ..stats.learning import _entropy
from ..stats.one_run import _episodes, _order
from . import _fields, _parts
from ._axes import Layout, named, reordered
from ._clock import check_clock
from ._stream import Reading, StreamRead

HELD = "returned_episode_returns"
QUARTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
ENTROPY = "policy_entropy"


class ReducedUpdate(eqx.Module):
    """The sums that are kept of one update; stacked by a scan, [*batch, update], `from_purejaxrl` reads them."""

    total: Float[Array, "*update"]
    """Σ D·R: sum of the returns of the episodes that ended."""
    count: Int[Array, "*update"]
    """Σ D: how many ended."""
    length_total: Float[Array, "*update"] | None
    """Σ D·L: sum of their lengths."""
    weighted_total: Float[Array, "*update"] | None
    """Σ D·L·R: sum of their returns, each weighted by its length."""
    hold_total: Float[Array, "*update"] | None
    """Σ A·Hold over (step, env); None if `info` does not hold the latest finished return."""
    hold_count: Int[Array, "*update"] | None
    quartiles: Float[Array, "*update 5"] | None
    """Minimum, quartiles and maximum of the returns of the episodes that ended; NaN if none did."""
    steps: Int[Array, "*update"]
    """Environment steps of the update, over all environments."""
    losses: dict[str, Float[Array, "*update"]]


@explained
def reduce_update(
    info: Any,
    *,
    losses: Mapping[str, Any] | None = None,
    probs: ArrayLike | None = None,
    logits: ArrayLike | None = None,
    returns: str | None = None,
) -> ReducedUpdate:
    """The statistics of one update of one run, in place of `metric = traj_batch.info`.

        metric = jv.reduce_update(traj_batch.info, losses={"value_loss": value_loss})

    Memory is then [seed, update] × few numbers in place of the info of every step. `info`: that of
    `LogWrapper`, of one rollout [step, env] (or [step]), under any of the names that `from_gymnax` knows; more leading
    axes come from `jax.vmap`. `losses`: name → array of any shape (epochs and minibatches), of which the mean
    is kept. `probs` or `logits` [..., action]: the mean entropy of the policy is kept as the loss "policy_entropy", in
    nats. `returns`: the entry to read as the return, e.g. ``"returned_won_episode"``.

    Sums are kept, so that all three estimands follow exactly: "episode" and "pooled" are Σ D·R / Σ D, "hold" is
    Σ A·Hold / Σ A, in which an environment counts from its first finished episode on. A wrapper that does not hold the
    latest finished return (its returns are not called `returned_episode_returns`) gives no "hold". NaN rewards of one
    seed leave the others alone. ValueError names an entry that is missing or has the wrong shape.

    >>> ended, held = np.array([False, True, True, False]), np.array([0.0, 2.0, 1.0, 1.0])  # [step]
    >>> info = {"returned_episode": ended, "returned_episode_returns": held, "returned_episode_lengths": held}
    >>> update = jv.reduce_update(info)
    >>> float(update.total), int(update.count)
    (3.0, 2)
    """
    info = _fields.as_mapping(info, "info")
    mask_name, done = _fields.required(info, _fields.MASKS, "info")
    _, values = _fields.required(info, _fields.RETURNS if returns is None else (returns,), "info")
    lengths = _fields.optional(info, _fields.LENGTHS, "info")
    valid = _fields.optional(info, _fields.VALID, "info")
    for name, x in {"returns": values, "lengths": lengths, "valid": valid}.items():
        if x is not None and x.shape != done.shape:
            raise ValueError(f"`info` has {name} of shape {x.shape}, but `{mask_name}` has shape {done.shape}")
    if done.dtype != bool or not 1 <= done.ndim <= 2:
        raise ValueError(f"`{mask_name}` must be boolean [step, env] of one update, got {done.dtype} {done.shape}")
    values = _masked.as_float(values)
    holds = HELD in info and returns in (None, HELD)
    kept = _ended(values, lengths, done) | _held(values, lengths, valid, holds=holds)
    series = {name: jnp.mean(_masked.as_float(x)) for name, x in _fields.flatten_names(losses or {}).items()}
    return ReducedUpdate(**kept, losses=_with_entropy(series, probs, logits))


def _ended(returns: Float[Array, "..."], lengths: Num[Array, "..."] | None, done: Bool[Array, "..."]) -> dict[str, Any]:
    total, count = _episodes.ended_sums(*_rollout(returns, done))
    length_total = weighted_total = None
    if lengths is not None:
        lengths = lengths.astype(total.dtype)
        length_total, _ = _episodes.ended_sums(*_rollout(lengths, done))
        weighted_total, _ = _episodes.ended_sums(*_rollout(lengths * returns, done))
    return {
        "total": total,
        "count": count,
        "length_total": length_total,
        "weighted_total": weighted_total,
        "quartiles": _order.quantile(
            returns.reshape(-1), jnp.asarray(QUARTILES, returns.dtype), valid=done.reshape(-1)
        ),
        "steps": jnp.asarray(done.size, jnp.result_type(int)),
    }


def _held(
    returns: Float[Array, "..."], lengths: Num[Array, "..."] | None, valid: Bool[Array, "..."] | None, *, holds: bool
) -> dict[str, Any]:
    """The wrapper's own held returns; those of an environment that has not finished an episode have length 0."""
    if valid is None and holds and lengths is not None:
        valid = lengths > 0
    if valid is None:
        return {"hold_total": None, "hold_count": None}
    hold_total, hold_count = _episodes.ended_sums(*_rollout(returns, valid))
    return {"hold_total": hold_total, "hold_count": hold_count}


def _rollout(values: Num[Array, "..."], mask: Bool[Array, "..."]) -> tuple[Array, Array]:
    """Both as [step, env]."""
    return values.reshape(values.shape[0], -1), mask.reshape(mask.shape[0], -1)


def _with_entropy(losses: dict[str, Array], probs: ArrayLike | None, logits: ArrayLike | None) -> dict[str, Array]:
    if probs is None and logits is None:
        return losses
    if ENTROPY in losses:
        raise ValueError(f"`losses` has {ENTROPY!r} already: give `probs` or `logits`, or the entropy itself, not both")
    entropy = _entropy.categorical_entropy(probs, logits=logits)
    return losses | {ENTROPY: jnp.mean(entropy)}


def read_reduced(metrics: ReducedUpdate, reading: Reading) -> StreamRead:
    """Stacked updates [*batch, update], or as the caller named their axes, as parts of a run."""
    if metrics.total.ndim < 1:
        raise ValueError("`metrics` is one reduced update: stack the updates with a scan, [..., update]")
    if reading.agents is not None or reading.returns is not None:
        raise ValueError("`metrics` are reduced already: give `agents` and `returns` to the stream or to reduce_update")
    check_clock(reading.clock)
    layout = None
    if reading.axes is not None:
        layout = Layout(named(metrics.total.shape, reading.axes, "metrics"), metrics.total.shape)
        metrics = _ordered(metrics, layout)
    every, start = reading.clock.step_every or 1, reading.clock.step_start or 0
    step = _steps.shifted(_steps.cumulative(_steps.product(metrics.steps, every)), start)
    updates = UpdateReturns(
        total=metrics.total,
        length_total=metrics.length_total,
        count=metrics.count,
        hold_total=metrics.hold_total,
        hold_count=metrics.hold_count,
        step=step,
        quartiles=metrics.quartiles,
        weighted_total=metrics.weighted_total,
    )
    losses = _parts.read_losses(metrics.losses, metrics.total.shape[:-1], step) if metrics.losses else None
    parts = {"updates": updates, "losses": losses, "total_steps": _steps.ends(step)}
    return StreamRead(parts, layout, [])


def _ordered(metrics: ReducedUpdate, layout: Layout) -> ReducedUpdate:
    """[*batch, update], agents first; devices and batches of updates are one run, whose quartiles are then unknown."""
    if "update" not in layout.names or {"step", "env"} & set(layout.names):
        raise ValueError(f'`axes` of reduced updates must name "update", and no step or env; got {layout.names}')
    joined = tuple(range(len(layout.runs) + 1, len(layout.names)))
    metrics = jax.tree.map(lambda x: reordered(x, layout.names, layout), metrics)
    if not joined:
        return metrics
    losses = {name: jnp.mean(x, axis=joined) for name, x in metrics.losses.items()}
    sums = dataclasses.replace(metrics, losses={}, quartiles=None)
    return dataclasses.replace(jax.tree.map(lambda x: jnp.sum(x, axis=joined, dtype=x.dtype), sums), losses=losses)
