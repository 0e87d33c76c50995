"""Bootstrap intervals with a named resampling unit.

Replicate b draws with `fold_in(key, b)`: the same key gives the same bits whatever the chunk size, and the first B₁
replicates of a longer run are the B₁-replicate run.
"""

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Int, Num, PRNGKeyArray
from ._across_runs import cell_validity as cell_validity
from ._intervals import Interval, percentile_bounds

Unit = Literal["cell", "run", "task+run", "run+episode"]


def pointwise(statistic: Callable) -> Callable:
    """`statistic` of one-task scores, applied at every point of a curve set [run, *point]."""

    def at_each_point(curves: ArrayLike, *, valid: Bool[Array, " run *point"] | None = None) -> Float[Array, "*point"]:
        curves = _masked.as_float(curves)
        valid = cell_validity(curves, valid)
        return statistic(curves[:, None], valid=valid[:, None])

    return at_each_point


def draw_runs(key: PRNGKeyArray, live: Bool[Array, " run"]) -> Int[Array, " run"]:
    """Run indices of one replicate: as many draws among the live runs as there are live runs, then repeats."""
    n = jnp.sum(live, dtype=jnp.int32)
    order = jnp.argsort(~live, stable=True)
    return order[jax.random.randint(key, live.shape, 0, jnp.maximum(n, 1))]


def bootstrap_interval(
    key: PRNGKeyArray,
    statistic: Callable[..., Float[Array, "*component"]],
    *data: Num[Array, " run *rest"],
    unit: Unit,
    method: str = "percentile",
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid: Bool[Array, " run *rest"] | None = None,
) -> Interval:
    """Bootstrap interval of any statistic of runs."""
    if unit != "run" or method != "percentile":
        raise NotImplementedError
    arrays = [_masked.as_float(x) for x in data]
    masks = cell_validity(arrays[0], valid)
    runs = arrays[0].shape[0]
    live = jnp.any(masks.reshape(runs, -1), axis=1)
    n = jnp.sum(live, dtype=jnp.int32)

    def replicate(b):
        drawn = draw_runs(jax.random.fold_in(key, b), live)
        kept = jnp.arange(runs) < n
        rows = masks[drawn] & jnp.expand_dims(kept, tuple(range(1, masks.ndim)))
        return statistic(*(x[drawn] for x in arrays), valid=rows)

    replicates = jax.lax.map(replicate, jnp.arange(reps), batch_size=min(reps, 64))
    estimate = statistic(*arrays, valid=masks)
    low, high = percentile_bounds(replicates, level)
    defined = n > 1
    return Interval(
        estimate,
        _masked.undefined_unless(jnp.broadcast_to(defined, low.shape), low),
        _masked.undefined_unless(jnp.broadcast_to(defined, high.shape), high),
        n=n,
        n_tasks=jnp.asarray(arrays[0].shape[1] if arrays[0].ndim > 1 else 1, jnp.int32),
        level=jnp.asarray(level, estimate.dtype),
        method=method,
        unit=unit,
        reps=reps,
    )
