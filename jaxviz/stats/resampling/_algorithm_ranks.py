"""Ranks of algorithms over tasks, with the uncertainty that few runs leave."""

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Float, PRNGKeyArray
from ._counts import means_by_task
from ._replicates import OneSample
from ._units import about_common_origin, make_sample

REPLICATES_AT_ONCE = 256
"""Replicates that are ranked under one `vmap`: all pairs of algorithms on all tasks of these are in memory."""


@explained
@computed_in_single(narrow=False)
def rank_distribution(
    key: PRNGKeyArray,
    scores: Mapping[str, ArrayLike],
    *,
    reps: int = 2000,
    valid: Mapping[str, Bool[ArrayLike, "..."]] | None = None,
) -> dict[str, Float[Array, " rank"]]:
    """Probability of each rank of each algorithm, by resampling the runs of every task.

    P[a, r] = (1/M) Σ_t P*(algorithm a has rank r on task t by the mean of its resampled runs), 1 = best

    Shapes: name → [run] or [run, task], numbers of runs may differ → name → [rank]. Rows and columns sum to 1. Tied
    algorithms share their ranks' probability equally; rliable's colab breaks ties at random. Each algorithm draws for
    itself (unit `cell`). A task without a valid run of some algorithm, or a NaN score, → NaN for all.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> print(stats.rank_distribution(jax.random.key(0), {"PPO": x[:, None], "DQN": x[:, None] - 9}, reps=100)["PPO"])
    [1. 0.]
    """
    names = sorted(scores)
    if not names:
        raise ValueError("`scores` must have at least one algorithm")
    samples = [make_sample((scores[name],), valid[name] if valid else None, "cell") for name in names]
    tasks = {sample.live().size // sample.live().shape[0] for sample in samples}
    if len(tasks) > 1:
        raise ValueError(f"`scores` must have the same tasks for every algorithm, got {sorted(tasks)} tasks")
    near = about_common_origin(samples, 1)  # an offset of all scores would make ties of means that differ
    shares = _distribution(key, [OneSample(means_by_task, sample) for sample in near], reps)
    return dict(zip(names, shares, strict=True))


@explained
@computed_in_single(narrow=False)
def mean_rank(distribution: Mapping[str, Float[ArrayLike, " rank"]]) -> dict[str, Float[Array, ""]]:
    """Expected rank of each algorithm, Σ_r r·P[a, r]; ↓, 1 = always best.

    Shapes: name → [rank], as from `rank_distribution` → name → [].

    >>> round(float(stats.mean_rank({"PPO": np.array([0.75, 0.25]), "DQN": np.array([0.25, 0.75])})["PPO"]), 3)
    1.25
    """

    def expected(share: ArrayLike) -> Float[Array, ""]:
        share = _masked.as_float(share)
        return jnp.sum(share * jnp.arange(1, share.shape[0] + 1, dtype=share.dtype))

    return {name: expected(share) for name, share in distribution.items()}


@partial(jax.jit, static_argnames="reps")
def _distribution(key: PRNGKeyArray, algorithms: list[OneSample], reps: int) -> Float[Array, "algorithm rank"]:
    keys = [jax.random.fold_in(key, place) for place in range(len(algorithms))]
    means = [algorithm.replicates(k, reps) for algorithm, k in zip(algorithms, keys, strict=True)]
    replicates = jnp.stack(means, axis=1)
    shares = jax.lax.map(_shares_of_ranks, replicates, batch_size=min(reps, REPLICATES_AT_ONCE))
    return jnp.mean(shares, axis=0)


def _shares_of_ranks(means: Float[Array, "algorithm task"]) -> Float[Array, "algorithm rank"]:
    """1/e on each of the e ranks that an algorithm shares with its equals, averaged over tasks."""
    better = jnp.sum(means[None] > means[:, None], axis=1, dtype=jnp.int32)
    equals = jnp.sum(means[None] == means[:, None], axis=1, dtype=jnp.int32)
    place = jnp.arange(means.shape[0], dtype=jnp.int32)[None, :, None]
    shared = (place >= better[:, None]) & (place < (better + equals)[:, None])
    share = shared.astype(means.dtype) / jnp.maximum(equals, 1)[:, None].astype(means.dtype)
    defined = ~jnp.any(jnp.isnan(means), axis=0)
    return jnp.mean(_masked.undefined_unless(jnp.broadcast_to(defined, share.shape), share), axis=2)
