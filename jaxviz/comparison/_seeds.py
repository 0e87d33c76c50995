"""How many further runs would probably settle an undecided pair."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, Float, Int
from ..stats.resampling._differences import Differences
from ._results import UNDECIDED

MOST = 1000
"""Runs beyond which nobody goes on."""


def further_seeds(
    differences: Differences,
    level: Float[Array, " pair"],
    runs: Int[Array, " pair"],
    margin: Float[Array, ""],
    verdict: Int[Array, " pair"],
) -> Float[Array, " pair"]:
    """Until the difference is told from 0, or with a margin until it is known to be inside, whichever comes first.

    The difference that was seen is taken for the true one, so the number is a rough one.
    """
    distance = jnp.abs(differences.estimate)
    ways = jnp.stack([distance, margin - distance]), jnp.stack([level, 2 * level - 1])
    wanted, inside = jax.lax.map(lambda way: differences.needed(runs, *way), ways)
    wanted = jnp.where(jnp.isnan(margin), wanted, jnp.fmin(wanted, inside))
    further = jnp.maximum(jnp.ceil(wanted - runs.astype(wanted.dtype)), 1)
    return _masked.undefined_unless((verdict == UNDECIDED) & (further <= MOST), further)
