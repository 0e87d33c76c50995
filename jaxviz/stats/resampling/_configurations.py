"""Configurations chosen by some runs and reported on by others: halves, or what a bootstrap leaves out."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Bool, Float, Int, PRNGKeyArray
from .._engine._draws import Words, count_ranks, draw_ranks, replicate_words

_CELLS_PER_CHUNK = 1 << 22
"""Counts of runs that are held at once."""


class Resampled(eqx.Module):
    """What replicates choose, for all tasks together and for each."""

    together: Float[Array, " task"]
    """Mean score of the runs that a replicate left out, of the configuration that it chose for all tasks."""
    each: Float[Array, " task"]
    """The same of the configuration that it chose for the task."""
    share_together: Float[Array, " configuration"]
    """Of replicates, those that chose it."""
    share_each: Float[Array, "configuration task"]


@jax.jit
def halves(key: PRNGKeyArray, present: Bool[Array, "configuration run task"]) -> Bool[Array, "configuration run task"]:
    """The half of the runs of each configuration and task, ⌊n/2⌋ of them at random, that choose."""
    luck = jnp.where(present, jax.random.uniform(key, present.shape), jnp.inf)
    place = jnp.argsort(jnp.argsort(luck, axis=1), axis=1)
    return present & (place < jnp.sum(present, axis=1, keepdims=True, dtype=jnp.int32) // 2)


@jax.jit
def heights(
    x: Float[Array, "configuration run task"], present: Bool[Array, "configuration run task"]
) -> Float[Array, "configuration task"]:
    """Mean over runs; −∞ where there are none: nobody chooses that."""
    means = jax.vmap(jax.vmap(_masked.mean, in_axes=1))(x, present)
    return jnp.where(jnp.any(present, axis=1), means, -jnp.inf)


@partial(jax.jit, static_argnames="reps")
def resampled(
    key: PRNGKeyArray,
    x: Float[Array, "configuration run task"],
    present: Bool[Array, "configuration run task"],
    *,
    reps: int,
) -> Resampled:
    """The nested bootstrap: runs of every configuration are drawn anew, the highest mean is chosen, and the runs that
    were not drawn say how good it is.

    A configuration without runs of a task is never chosen for it, nor for all tasks. A replicate that draws all runs
    of what it chose says nothing about that task.
    """
    order = jnp.argsort(~present, axis=1, stable=True)
    x, present = (jnp.moveaxis(jnp.take_along_axis(a, order, axis=1), 1, 0)[..., None] for a in (x, present))
    x = _masked.blank(x, present)
    chunks = -(-reps * x.size // _CELLS_PER_CHUNK)
    lanes = -(-reps // chunks)

    def chunk(b: Int[Array, " lane"]) -> tuple[Array, ...]:
        means, left, known = _drawn(replicate_words(key, b), x, present)
        counted = (b < reps)[None, None]
        together = jnp.argmax(jnp.sum(means, axis=1, keepdims=True), axis=0)
        places = (jnp.broadcast_to(together, means.shape[1:]), jnp.argmax(means, axis=0))
        reported = (part for place in places for part in _reported(left, known & counted, place))
        return *reported, *(_times(place, counted, means) for place in (together, places[1]))

    parts = jax.lax.map(chunk, jnp.arange(chunks * lanes, dtype=jnp.int32).reshape(chunks, lanes))
    together, of_them, each, of_each, shares, by_task = (jnp.sum(part, axis=0) for part in parts)
    return Resampled(
        _masked.ratio(together, of_them), _masked.ratio(each, of_each), shares[:, 0] / reps, by_task / reps
    )


def _drawn(
    words: Words, x: Float[Array, "run configuration task 1"], present: Bool[Array, "run configuration task 1"]
) -> tuple[Array, Array, Array]:
    """[configuration, task, replicate]: the mean of the drawn runs, that of those left out, and whether there are."""
    n = jnp.sum(present, axis=0, dtype=jnp.int32)
    live = n.reshape(-1, 1)
    counts = count_ranks(draw_ranks(words, x.shape[0], live), live).reshape(*x.shape[:3], -1)
    drawn, left = counts.astype(x.dtype), (present & (counts == 0)).astype(x.dtype)
    return jnp.where(n > 0, _mean(x, drawn), -jnp.inf), _mean(x, left), jnp.any(left > 0, axis=0)


def _mean(
    x: Float[Array, "run configuration task 1"], weight: Float[Array, "run configuration task replicate"]
) -> Float[Array, "configuration task replicate"]:
    return _masked.ratio(jnp.sum(x * weight, axis=0), jnp.sum(weight, axis=0))


def _reported(
    left: Float[Array, "configuration task replicate"],
    known: Bool[Array, "configuration task replicate"],
    place: Int[Array, "task replicate"],
) -> tuple[Float[Array, " task"], Float[Array, " task"]]:
    """Sum and number of what the chosen ones are known to reach."""
    mean, there = (jnp.take_along_axis(part, place[None], axis=0)[0] for part in (left, known))
    return jnp.sum(_masked.blank(mean, there), axis=-1), jnp.sum(there, axis=-1).astype(left.dtype)


def _times(place: Int[Array, "task replicate"], counted: Bool[Array, "1 1 replicate"], means: Array) -> Array:
    """How often each configuration is chosen [configuration, task]."""
    configuration = jax.lax.broadcasted_iota(jnp.int32, (means.shape[0], *place.shape), 0)
    return jnp.sum((configuration == place[None]) & counted, axis=-1).astype(means.dtype)
