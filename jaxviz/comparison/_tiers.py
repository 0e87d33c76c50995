"""Algorithms that cannot be told apart, in place of strict ranks."""

import jax
import jax.numpy as jnp

from .._soon_compiled import jit_lightly
from .._types import Array, Int
from ._results import BETTER, WORSE, Pairs


@jit_lightly(static_argnames="algorithms")
def tiers(pairs: Pairs, algorithms: int) -> Int[Array, " algorithm"]:
    """1 + the longest chain of algorithms above, each better than the next."""
    zeros = jnp.zeros((algorithms, algorithms), bool)
    beats = zeros.at[pairs.first, pairs.second].set(pairs.verdict == BETTER)
    beats = beats.at[pairs.second, pairs.first].max(pairs.verdict == WORSE)

    def deepen(_: Array, tier: Int[Array, " algorithm"]) -> Int[Array, " algorithm"]:
        return 1 + jnp.max(jnp.where(beats, tier[:, None], 0), axis=0)

    return jax.lax.fori_loop(0, algorithms, deepen, jnp.ones(algorithms, jnp.int32))
