"""Which task carries a difference."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, Bool, Float, Int
from ..stats.resampling._algorithms import aggregates_once
from ._settings import Estimator


def without_tasks(
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    pairs: Int[Array, "pair 2"],
    estimator: Estimator,
) -> Float[Array, "pair task"]:
    """The difference of each pair with each task left out; NaN where it is the only one, or not of both."""
    both = jnp.all(jnp.any(present[pairs], axis=2), axis=1)

    def aggregate(x: Array, present: Array, tasks: Bool[Array, " task"]) -> Float[Array, ""]:
        return aggregates_once(x, present, tasks, (estimator,))[0]

    def one(pair: Int[Array, "2"], both: Bool[Array, " task"]) -> Float[Array, " task"]:
        def left_out(task: Int[Array, ""]) -> Float[Array, ""]:
            tasks = both & (jnp.arange(both.shape[0], dtype=jnp.int32) != task)
            first, second = jax.vmap(aggregate, in_axes=(0, 0, None))(x[pair], present[pair], tasks)
            return _masked.undefined_unless(both[task] & jnp.any(tasks), first - second)

        return jax.vmap(left_out)(jnp.arange(both.shape[0], dtype=jnp.int32))

    return jax.lax.map(lambda pair: one(*pair), (pairs, both))
