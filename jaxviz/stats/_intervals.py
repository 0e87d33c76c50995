"""Intervals: what they carry, and how replicates become bounds."""

import equinox as eqx
import jax.numpy as jnp

from .._types import Array, ArrayLike, Float, Int


class Interval(eqx.Module):
    """An estimate with its bounds and everything a caption has to say about them."""

    estimate: Float[Array, "..."]
    low: Float[Array, "..."]
    """Lower bound; NaN where the interval is undefined (one run, a NaN replicate)."""
    high: Float[Array, "..."]
    """Upper bound."""
    n: Int[Array, "..."]
    """Number of runs the estimate is made from; per component where runs are ragged."""
    n_tasks: Int[Array, ""]
    """Number of tasks."""
    level: Float[Array, ""]
    """Nominal coverage, 1 − α."""
    method: str = eqx.field(static=True)
    """How bounds were made: "percentile", "basic", "bc", "bca", "studentized", "normal", "t", …"""
    unit: str = eqx.field(static=True)
    """What was resampled: "cell", "run", "task+run", "run+episode"; "none" where nothing was."""
    reps: int = eqx.field(static=True)
    """Number of bootstrap replicates; 0 where nothing was resampled."""


def percentile_bounds(
    replicates: Float[Array, "replicate *component"], level: ArrayLike
) -> tuple[Float[Array, "*component"], Float[Array, "*component"]]:
    """Q(α/2) and Q(1 − α/2) of the replicates, type 7; a NaN replicate → NaN."""
    alpha = 1 - jnp.asarray(level, replicates.dtype)
    low, high = jnp.quantile(replicates, jnp.stack([alpha / 2, 1 - alpha / 2]), axis=0)
    return low, high
