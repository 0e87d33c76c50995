"""Counts and means of finished episodes."""

import jax.numpy as jnp

from .. import _masked, stats
from .._run import TrainingRun, UpdateReturns
from .._shown import Result
from .._types import Array, Bool, Float, Int, Num


class EpisodeStatistics(Result):
    """Counts and means of the finished episodes."""

    count: Int[Array, ""]
    """Episodes that ended, also those that were not kept."""
    overflow: Bool[Array, ""]
    """More episodes ended than were kept."""
    mean_return: Float[Array, ""]
    mean_length: Float[Array, ""] | None
    step_weighted_return: Float[Array, ""] | None
    empty_updates: Float[Array, ""] | None
    """Share of updates in which no episode ended, ↓."""


def episode_statistics(run: TrainingRun) -> EpisodeStatistics | None:
    """Counts and means over all finished episodes of one run; None for a run that has evaluations alone."""
    episodes = run.episodes
    if episodes is None:
        return None if run.updates is None else _from_sums(run.updates)
    returns, lengths, valid = episodes.returns, episodes.lengths, episodes.valid
    counts = None if run.updates is None else run.updates.count
    every = None if counts is None else _of_updates(run.updates, counts)
    return EpisodeStatistics(
        count=episodes.count,
        overflow=episodes.overflow,
        mean_return=_masked.mean(returns, valid),
        mean_length=None if lengths is None else _masked.mean(lengths.astype(returns.dtype), valid),
        step_weighted_return=None if lengths is None else stats.step_weighted_return(returns, lengths, valid=valid),
        empty_updates=None if every is None else _masked.mean((counts == 0).astype(returns.dtype), every),
    )


def _from_sums(updates: UpdateReturns) -> EpisodeStatistics | None:
    """The same from the sums of the updates; None if only held values or means are known."""
    if updates.total is None or updates.count is None or updates.means:
        return None
    count = jnp.sum(updates.count, dtype=jnp.int32)
    ended, lengths, weighted = count.astype(updates.total.dtype), updates.length_total, updates.weighted_total
    empty = (updates.count == 0).astype(updates.total.dtype)
    return EpisodeStatistics(
        count=count,
        overflow=jnp.zeros((), bool),
        mean_return=_masked.ratio(jnp.sum(updates.total), ended),
        mean_length=None if lengths is None else _masked.ratio(jnp.sum(lengths), ended),
        step_weighted_return=(
            None if weighted is None or lengths is None else _masked.ratio(jnp.sum(weighted), jnp.sum(lengths))
        ),
        empty_updates=_masked.mean(empty, _of_updates(updates, empty)),
    )


def _of_updates(updates: UpdateReturns | None, series: Num[Array, " update"]) -> Bool[Array, " update"]:
    """Which entries are updates."""
    return jnp.ones(series.shape, bool) if updates is None or updates.valid is None else updates.valid
