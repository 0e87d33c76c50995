"""Changes of the level of the raw stream."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked, _scans, stats
from ..stats.one_run._change_points import ChangePoints
from ._streams import Stream

CHANGE_BINS = 512
"""Most means that are searched for changes: the time of the search grows with their square."""

MAX_CHANGES = 32
"""Most changes that are reported, a mean of 16 bins apart: the shape of the result is fixed, and figures mark each."""


def change_points(stream: Stream) -> ChangePoints:
    """The optimal piecewise constant fit of the means of at most `CHANGE_BINS` equal parts of the raw stream.

    The parts are those of the run's own entries: padding does not change them.
    """
    order = _scans.running_count(stream.valid)
    entries = jnp.maximum(_masked.count(stream.valid), CHANGE_BINS)  # a shorter run has one entry in each part
    means = stats.interval_means(stream.x, order, total=entries, intervals=CHANGE_BINS, valid=stream.valid)
    found = stats.change_points(means.mean, max_changes=MAX_CHANGES, valid=means.count > 0)
    before = found.index * (entries // CHANGE_BINS) + found.index * (entries % CHANGE_BINS) // CHANGE_BINS
    begins = jax.vmap(partial(_scans.nth_valid, stream.valid))(before)
    return eqx.tree_at(lambda c: c.index, found, jnp.where(found.valid, begins, -1))
