"""Episodes by equal intervals of the budget: as many intervals as the episodes of the run fill."""

from typing import NamedTuple

import jax.numpy as jnp

from .. import _masked, _steps, stats
from .._steps import EntrySteps, ExactSteps
from .._types import Array, Bool, Float, Int
from ..stats.one_run._interval_means import equal_edges
from ._streams import Stream

INTERVALS = (200, 100, 50, 25)
"""Numbers of intervals to choose from. Each divides the one before it, so that runs are brought to common intervals by
adding up whole ones."""
_EPISODES = 5
"""Fewest episodes per interval, on average, unless the fewest intervals are too many already."""


class EpisodeIntervals(NamedTuple):
    """Means of the episodes that ended in each interval; the places behind the last interval are empty."""

    value: Float[Array, " point"]
    counts: Int[Array, " point"]
    centre: EntrySteps
    """Centre of each interval in steps; the end of the last one behind it."""
    intervals: Int[Array, ""]


def episode_intervals(stream: Stream) -> EpisodeIntervals:
    """Means of the entries of one run in equal intervals of its own steps."""
    finest = INTERVALS[0]
    intervals = interval_count(_masked.count(stream.valid))
    step = _steps.where(stream.valid, stream.step, _steps.highest(stream.step))  # the padding is in no interval
    means = stats.interval_means(stream.x, step, total=stream.total, intervals=finest)
    total = _masked.blank(means.mean, means.count > 0) * means.count.astype(means.mean.dtype)
    merged, counts = (_merged(part, intervals) for part in (total, means.count))
    return EpisodeIntervals(
        value=_masked.ratio(merged, counts.astype(merged.dtype)),
        counts=counts,
        centre=centres(stream.total, intervals, finest),
        intervals=intervals,
    )


def interval_count(episodes: Int[Array, ""]) -> Int[Array, ""]:
    """The most intervals that hold `_EPISODES` episodes on average."""
    sizes = jnp.asarray(INTERVALS, jnp.int32)
    return most_of(sizes, episodes >= _EPISODES * sizes)


def most_of(sizes: Int[Array, " size"], fits: Bool[Array, " size"]) -> Int[Array, ""]:
    """The first of the falling `sizes` that fits, or the last."""
    return jnp.where(jnp.any(fits), sizes[jnp.argmax(fits)], sizes[-1])


def _merged(parts: Array, intervals: Int[Array, ""]) -> Array:
    """Sums over the finest intervals that make up each of the `intervals`; 0 behind them."""
    finest = parts.shape[0]
    sums = [jnp.sum(parts.reshape(size, -1), axis=1, dtype=parts.dtype) for size in INTERVALS]
    padded = [jnp.pad(s, (0, finest - s.shape[0])) for s in sums]
    return jnp.select([intervals == size for size in INTERVALS[:-1]], padded[:-1], padded[-1])


def centres(total: ExactSteps, intervals: Int[Array, ""], points: int) -> EntrySteps:
    """Centres of equal intervals of (0, total]: the mean of the steps in each, rounded down; `total` behind them.

    The step in an interval of one is its centre, so that the episodes of a short run stand at their own numbers.
    """
    finest = INTERVALS[0]
    width, edges = finest // intervals, equal_edges(total, finest)
    k = jnp.arange(points, dtype=jnp.int32)
    low, high = (edges[jnp.minimum(end * width, finest)] for end in (k, k + 1))
    return _steps.plus(low, _steps.halved(_steps.plus(_steps.minus(high, low), 1)))
