"""How many runs are worked on at a time: on the CPU so many that what is written is read again from the cache."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.core import Tracer

from .._own_kernel import own_kernel
from .._run import TrainingRun
from .._types import ArrayLike, PyTree

_CACHED_ENTRIES = 1 << 18
"""Entries of one series of all runs together that stay in a CPU's cache: 1 MiB in float32."""


def runs_together(run: TrainingRun) -> int | None:
    """Runs of a batch to work on at a time; None: all at once, as on accelerators and for runs on several devices."""
    if not run.batch_shape:
        return None
    leaves = jax.tree.leaves(run)
    if jax.default_backend() != "cpu" or any(_devices(leaf) > 1 for leaf in leaves):
        return None
    runs = math.prod(run.batch_shape)
    longest = max(leaf.size for leaf in leaves) // max(runs, 1)
    return max(1, _CACHED_ENTRIES // max(longest, 1))


def _devices(leaf: ArrayLike) -> int:
    return 1 if isinstance(leaf, Tracer) or not isinstance(leaf, jax.Array) else len(leaf.devices())


def map_in_chunks(batched: Callable[[PyTree], PyTree], runs: PyTree, together: int | None) -> PyTree:
    """`batched(runs)`, at most `together` runs of the leading axis at a time.

    All chunks have one size, so there is one program; where that does not divide the runs, the last chunk overlaps.
    """
    count = jax.tree.leaves(runs)[0].shape[0]
    chunks = 1 if together is None else -(-count // together)
    if chunks <= 1:
        return batched(runs)
    size = -(-count // chunks)
    last = count - size

    def chunk(_: None, start: jax.Array) -> tuple[None, PyTree]:
        part = jax.tree.map(lambda leaf: own_kernel(jax.lax.dynamic_slice_in_dim(leaf, start, size)), runs)
        return None, batched(part)

    starts = jnp.minimum(size * jnp.arange(chunks, dtype=jnp.int32), last)
    _, results = jax.lax.scan(chunk, None, starts)
    return jax.tree.map(lambda leaf: _joined(leaf, count), results)


def _joined(chunks: jax.Array, count: int) -> jax.Array:
    """Chunks [chunk, run, ...] in a row, without what the last one shares with the one before it."""
    number, size = chunks.shape[:2]
    if number * size == count:
        return chunks.reshape(count, *chunks.shape[2:])
    head = chunks[:-1].reshape((number - 1) * size, *chunks.shape[2:])
    return jnp.concatenate([head, chunks[-1, number * size - count :]])
