"""Differences of algorithms on single tasks."""

import jax

from .. import _masked
from .._types import Array, Bool, Float, Int


@jax.jit
def differences_by_task(
    x: Float[Array, "algorithm run task"], present: Bool[Array, "algorithm run task"], pairs: Int[Array, "pair 2"]
) -> Float[Array, "pair task"]:
    """Mean over the runs of the first of each pair less that of the second; NaN where one has no run."""
    means = jax.vmap(jax.vmap(_masked.mean, in_axes=1))(x, present)
    return means[pairs[:, 0]] - means[pairs[:, 1]]
