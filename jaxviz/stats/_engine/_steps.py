"""The environment steps of a stream's entries."""

import jax.numpy as jnp

from ..._types import Array, Float, Integer, Steps


def entry_steps(x: Float[Array, " entry"], step: Steps | None) -> Integer[Array, " entry"]:
    """The integer steps of a stream; None means the entry index."""
    if step is None:
        return jnp.arange(x.shape[0])
    step = jnp.asarray(step)
    if step.shape != x.shape:
        raise ValueError(f"`step` must have the shape of the data {x.shape}, got {step.shape}")
    if not jnp.issubdtype(step.dtype, jnp.integer):
        raise ValueError(f"`step` must hold integers, got dtype {step.dtype}")
    return step
