"""Data in half precision, and what kernels give for it."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from tests.laws.collect import Named

SUMS = {"mann_kendall", "update_statistics"}
"""With fields that stay float32 because they grow with the stream."""
IN_SINGLE = {
    "tolerance_interval", "fraction_of_runs", "kaplan_meier", "median_crossing", "restricted_mean", "fraction_reached",
    "restricted_mean_interval", "steps_saved", "steps_saved_interval", "rank_per_task", "bootstrap_interval",
    "bootstrap_difference", "bootstrap_comparison", "improvement_interval", "aggregate_intervals", "simultaneous_band",
    "rank_distribution", "mean_rank", "permutation_test", "dip_test", "welch_test", "mann_whitney", "pairwise", "power",
    "seeds_needed", "simulated_power", "successive_halving", "empty_updates", "mean_length", "success_rate",
    "env_steps", "benjamini_yekutieli_thresholds", "sequential_alphas",
}  # fmt: skip
"""Times, ranks, p-values, levels, shares and intervals stay float32: they need digits that the data need not have."""
NORMALISED = {"categorical_entropy", "normalized_entropy", "perplexity", "confidence"}
"""Probabilities rounded to bfloat16 do not add up to 1 within the tolerance."""


def in_half(named: Named, dtype: str) -> object:
    """The case's data rounded to float16 or bfloat16."""
    return jax.tree.map(lambda leaf: rounded(leaf, dtype) if leaf.dtype.kind == "f" else leaf, named.data("float32"))


def rounded(leaf: ArrayLike, dtype: DTypeLike) -> np.ndarray:
    """By NumPy: JAX outside jit compiles a program for each shape."""
    with np.errstate(over="ignore"):
        return np.asarray(leaf).astype(np.dtype(dtype))


def single(tree: object) -> object:
    """The same numbers with floating leaves in float32."""
    return jax.tree.map(lambda x: rounded(x, "float32") if jnp.issubdtype(x.dtype, jnp.floating) else x, tree)
