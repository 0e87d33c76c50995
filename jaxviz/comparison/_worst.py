"""Scores of runs that diverged."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, Bool, Float


@jax.jit
def worst_if_diverged(
    x: Float[Array, "algorithm run task"],
    valid: Bool[Array, "algorithm run task"],
    diverged: Bool[Array, "algorithm run task"],
) -> Float[Array, "algorithm run task"]:
    """Scores with those of diverged runs as low as the lowest of the task; of a task on which all diverged 0."""
    known = valid & ~diverged & jnp.isfinite(x)
    lowest = jnp.min(jnp.where(known, x, jnp.inf), axis=(0, 1))
    return jnp.where(
        known, x, _masked.blank(jnp.broadcast_to(lowest, x.shape), valid & jnp.isfinite(lowest)[None, None])
    )
