"""The learning curve: returns per update, per evaluation, or means of the episodes in equal intervals of the budget."""

from typing import Literal

import equinox as eqx
import jax.numpy as jnp

from .._run import TrainingRun
from .._shown import Result
from .._steps import EntrySteps
from .._types import Array, Bool, Float, Int
from ..stats.one_run._episodes import Estimand
from ._intervals import episode_intervals
from ._streams import Source, Stream, evaluation_stream, primary_stream, update_returns

CurveEstimand = Estimand | Literal["update", "evaluation"]
"""The return that a curve shows: an estimand of training returns, the value that was recorded for each update, or the
mean of evaluation rollouts."""


class Curve(Result):
    """The learning curve of a run: per update if the run has updates, else by intervals of episodes, else evaluations.

    Nothing is smoothed: the episodes of an interval are averaged at its centre, so that there is no lag.
    """

    step: EntrySteps | None
    """Environment steps; None: only the order is known."""
    order: EntrySteps
    """Number of the entry, from 1: the x axis if only the order is known."""
    value: Float[Array, " point"]
    """Return under `estimand`; NaN at points at which no episode ended."""
    count: Int[Array, " point"]
    """Episodes (or cells, for "hold") behind the value."""
    valid: Bool[Array, " point"]
    intervals: Int[Array, ""] | None
    """Equal intervals of the budget, of which the points are the centres; None: points as they were recorded."""
    estimand: CurveEstimand = eqx.field(static=True)
    """"episode", "pooled", "hold"; "update" where no episodes but means were recorded; "evaluation" for rollouts."""
    source: Source = eqx.field(static=True)
    """"updates", "evaluation" or "episodes"."""


def learning_curve(run: TrainingRun, *, estimand: Estimand) -> Curve:
    """The curve of one run from the best source it has: updates, then episodes, then evaluations."""
    if run.updates is not None:
        value, count = update_returns(run.updates, estimand)
        shown = "update" if run.updates.means and estimand == "episode" else estimand
        return Curve(run.updates.step, _order(value), value, count, count > 0, None, shown, "updates")
    if run.episodes is not None:
        return _episode_curve(primary_stream(run, estimand), has_steps=run.episodes.step is not None)
    return evaluation_curve(run)


def evaluation_curve(run: TrainingRun) -> Curve:
    """The mean over the rollouts of each evaluation."""
    stream, evaluation = evaluation_stream(run), run.evaluation
    assert evaluation is not None
    count = jnp.sum(evaluation.valid, axis=-1, dtype=jnp.int32)
    order = _order(stream.x)
    return Curve(evaluation.step, order, stream.x, count, stream.valid, None, "evaluation", "evaluation")


def _episode_curve(stream: Stream, *, has_steps: bool) -> Curve:
    means = episode_intervals(stream)
    step = means.centre if has_steps else None
    return Curve(
        step, means.centre, means.value, means.counts, means.counts > 0, means.intervals, "episode", "episodes"
    )


def _order(value: Float[Array, " point"]) -> Int[Array, " point"]:
    return jnp.arange(1, value.shape[0] + 1, dtype=jnp.int32)


def step_or_order(curve: Curve) -> EntrySteps:
    """The curve's step axis, or the number of each entry if steps are unknown."""
    return curve.order if curve.step is None else curve.step
