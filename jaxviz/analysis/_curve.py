"""The learning curve: returns per update, per evaluation, or trailing means of episodes."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked, stats
from .._run import EpisodeSeries, Evaluation, TrainingRun, UpdateReturns
from .._steps import EntrySteps
from .._types import Array, Bool, Float, Int
from ..stats.one_run._episodes import Estimand

CurveEstimand = Estimand | Literal["evaluation"]
"""The return that a curve shows: an estimand of training returns, or the mean of evaluation rollouts."""
Source = Literal["updates", "evaluation", "episodes"]
"""The part of a run that a curve comes from."""


class Curve(eqx.Module):
    """The learning curve of a run: per update if the run has updates, else per episode, else per evaluation."""

    step: EntrySteps | None
    """Environment steps; None: only the order is known."""
    value: Float[Array, " point"]
    """Return under `estimand`; NaN at points at which no episode ended."""
    count: Int[Array, " point"]
    """Episodes (or cells, for "hold") behind the value."""
    valid: Bool[Array, " point"]
    estimand: CurveEstimand = eqx.field(static=True)
    """"episode", "pooled", "hold"; "evaluation" for evaluation rollouts."""
    source: Source = eqx.field(static=True)
    """"updates", "evaluation" or "episodes" (the trailing mean over `window` episodes)."""
    window: int = eqx.field(static=True)
    """Episodes in the trailing mean; 1 for a curve that is not smoothed."""


def learning_curve(run: TrainingRun, *, estimand: Estimand, window: int) -> Curve:
    """The curve of one run from the best source it has: updates, then episodes, then evaluations."""
    if run.updates is not None:
        return _update_curve(run.updates, estimand)
    if run.episodes is not None:
        return _episode_curve(run.episodes, window)
    assert run.evaluation is not None  # a TrainingRun has one of the three
    return evaluation_curve(run.evaluation)


def _update_curve(updates: UpdateReturns, estimand: Estimand) -> Curve:
    total, count = (updates.hold_total, updates.hold_count) if estimand == "hold" else (updates.total, updates.count)
    if total is None or count is None:
        known = "hold" if estimand != "hold" else "episode"
        raise ValueError(
            f"`estimand={estimand!r}` needs sums that this run does not have: its updates only hold {known!r} values; "
            f"pass estimand={known!r}"
        )
    value = _masked.ratio(total, count.astype(total.dtype))
    return Curve(updates.step, value, count, count > 0, estimand, "updates", 1)


def evaluation_curve(evaluation: Evaluation) -> Curve:
    """The mean over the rollouts of each evaluation."""
    mean = jax.vmap(_masked.mean)(evaluation.returns, evaluation.valid)
    count = jnp.sum(evaluation.valid, axis=-1, dtype=jnp.int32)
    return Curve(evaluation.step, mean, count, count > 0, "evaluation", "evaluation", 1)


def _episode_curve(episodes: EpisodeSeries, window: int) -> Curve:
    """The trailing mean at each episode; over all episodes so far until there are `window` of them."""
    window = max(1, min(window, episodes.returns.shape[-1]))
    returns = _masked.blank(episodes.returns, episodes.valid)
    value = _masked.undefined_unless(episodes.valid, stats.rolling_mean(returns, window, min_count=1))
    order = jnp.arange(1, episodes.returns.shape[-1] + 1, dtype=jnp.int32)
    seen = jnp.minimum(order, jnp.minimum(_masked.count(episodes.valid), window))
    return Curve(episodes.step, value, seen, episodes.valid, "episode", "episodes", window)


def step_or_index(curve: Curve) -> EntrySteps:
    """The curve's step axis, or the index of each point if steps are unknown."""
    return jnp.arange(curve.value.shape[0]) if curve.step is None else curve.step
