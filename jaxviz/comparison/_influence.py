"""Which task carries a difference."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, Bool, Float, Int
from ..stats.resampling._algorithms import AGGREGATES, aggregates_once
from ._settings import Estimator


def without_tasks(
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    pairs: Int[Array, "pair 2"],
    estimator: Estimator,
) -> Float[Array, "pair task"]:
    """The difference of each pair with each task left out; NaN where it is the only one, or not of both."""
    both = jnp.all(jnp.any(present[pairs], axis=2), axis=1)
    place = AGGREGATES.index(estimator)

    def one(pair: Int[Array, "2"], both: Bool[Array, " task"]) -> Float[Array, " task"]:
        def left_out(task: Int[Array, ""]) -> Float[Array, ""]:
            tasks = both & (jnp.arange(both.shape[0], dtype=jnp.int32) != task)
            first, second = (aggregates_once(x[a], present[a], tasks)[place] for a in pair)
            return _masked.undefined_unless(both[task] & jnp.any(tasks), first - second)

        return jax.lax.map(left_out, jnp.arange(both.shape[0], dtype=jnp.int32))

    return jax.lax.map(lambda pair: one(*pair), (pairs, both))
