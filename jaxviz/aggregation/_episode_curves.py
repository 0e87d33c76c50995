"""Curves of episodes on common intervals of the longest budget."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .. import _masked, _steps
from .._steps import EntrySteps, ExactSteps
from .._types import Array, Float, Int
from ..analysis import Curve
from ..analysis._intervals import INTERVALS, centres, most_of


class CommonIntervals(NamedTuple):
    """Means of the episodes of each run in the same intervals; the places behind the last interval are empty."""

    value: Float[Array, "run point"]
    counts: Int[Array, "run point"]
    centre: EntrySteps


def on_common_intervals(curve: Curve, total_steps: ExactSteps, points: int) -> CommonIntervals:
    """Every run's intervals added up to at most `points` equal ones of the longest budget.

    Runs of one budget have intervals of which whole ones make up the common ones; those of other budgets go where
    their centre lies. No run's intervals are wider than the common ones, so that none leaves gaps.
    """
    longest = _steps.largest(total_steps, jnp.ones(total_steps.shape, bool))
    intervals = known(curve.intervals)
    share = _share(total_steps, longest, curve.value.dtype)
    common = _common_count(intervals, share, points)
    size = min(points, INTERVALS[0])
    place = jax.vmap(_places, (None, 0, 0, None))(curve.value.shape[1], intervals, share, common)
    total = _masked.blank(curve.value, curve.count > 0) * curve.count.astype(curve.value.dtype)
    summed, count = (jax.vmap(_sums, (0, 0, None))(part, place, size) for part in (total, curve.count))
    return CommonIntervals(
        value=_masked.ratio(summed, count.astype(summed.dtype)), counts=count, centre=centres(longest, common, size)
    )


def _share(total: ExactSteps, longest: ExactSteps, dtype: jnp.dtype) -> Float[Array, " run"]:
    """Each budget as a share of the longest; 1 for a run without an episode, which has none."""
    own, whole = (_steps.as_float(step, dtype) for step in (total, longest))
    return jnp.where(own > 0, own / jnp.maximum(whole, 1), jnp.ones((), dtype))


def _common_count(intervals: Int[Array, " run"], share: Float[Array, " run"], points: int) -> Int[Array, ""]:
    """The most intervals that are no narrower than those of any run."""
    most = jnp.min(intervals.astype(share.dtype) / share)
    sizes = jnp.asarray([size for size in INTERVALS if size <= points] or [points], jnp.int32)
    return most_of(sizes, most >= sizes.astype(most.dtype))


def _places(
    points: int, intervals: Int[Array, ""], share: Float[Array, ""], common: Int[Array, ""]
) -> Int[Array, " point"]:
    """The common interval that the centre of each of a run's own lies in."""
    centre = (jnp.arange(points, dtype=share.dtype) + 0.5) / intervals.astype(share.dtype) * share
    return jnp.floor(centre * common.astype(share.dtype)).astype(jnp.int32)


def _sums(parts: Array, place: Int[Array, " point"], size: int) -> Array:
    return jnp.zeros((size,), parts.dtype).at[place].add(parts, mode="drop")


def known(intervals: Int[Array, " run"] | None) -> Int[Array, " run"]:
    """The intervals of a curve of episodes, which always has them."""
    assert intervals is not None
    return intervals
