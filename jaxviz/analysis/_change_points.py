"""Changes of the level of the raw stream."""

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked, stats
from ..stats.one_run._change_points import ChangePoints
from ._streams import Stream

CHANGE_BINS = 512
"""Most means that are searched for changes: the time of the search grows with their square."""

MAX_CHANGES = 32
"""Most changes that are reported, a mean of 16 bins apart: the shape of the result is fixed, and figures mark each."""


def change_points(stream: Stream) -> ChangePoints:
    """The optimal piecewise constant fit of the means of at most `CHANGE_BINS` equal parts of the raw stream."""
    size = max(1, -(-stream.x.shape[0] // CHANGE_BINS))
    short = -stream.x.shape[0] % size
    x, valid = (jnp.pad(a, (0, short)).reshape(-1, size) for a in (stream.x, stream.valid))
    means = jax.vmap(_masked.mean)(x, valid)
    found = stats.change_points(means, max_changes=MAX_CHANGES, valid=jnp.any(valid, axis=1))
    return eqx.tree_at(lambda c: c.index, found, jnp.where(found.valid, found.index * size, -1))
