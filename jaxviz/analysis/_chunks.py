"""How many runs are analysed at a time: on the CPU as many as the cache holds, so that no pass waits for memory."""

import math
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax.core import Tracer

from .._own_kernel import own_kernel
from .._run import TrainingRun
from .._types import Array, ArrayLike, PyTree

Results = TypeVar("Results", bound=PyTree)

_CACHED_ENTRIES = 1 << 18
"""Entries of one series of all runs of a chunk: 1 MiB in float32, so that the series of several passes stay in the
cache. A prototype took 4.1–4.4 ms for 128 runs of 8192 episodes in chunks of these 32 runs, 3.4–8.5 ms in one piece
(page faults on fresh buffers); chunks of 8 or 16 runs gained nothing.
"""


def runs_together(run: TrainingRun) -> int | None:
    """Runs of a batch to analyse at a time; None: all at once, as on accelerators and for runs on several devices."""
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


def map_in_chunks(batched: Callable[[TrainingRun], Results], runs: TrainingRun, together: int | None) -> Results:
    """`batched(runs)`, at most `together` runs of the leading axis at a time.

    All chunks have one size, so there is one program; if that does not divide the runs, the last chunk overlaps.
    """
    count = jax.tree.leaves(runs)[0].shape[0]
    chunks = 1 if together is None else -(-count // together)
    if chunks <= 1:
        return batched(runs)
    size = -(-count // chunks)
    last = count - size

    def chunk(_: None, start: Array) -> tuple[None, Results]:
        part = jax.tree.map(lambda leaf: own_kernel(jax.lax.dynamic_slice_in_dim(leaf, start, size)), runs)
        return None, batched(part)

    starts = jnp.minimum(size * jnp.arange(chunks, dtype=jnp.int32), last)
    _, results = jax.lax.scan(chunk, None, starts)
    return jax.tree.map(lambda leaf: _joined(leaf, count), results)


def _joined(chunks: Array, count: int) -> Array:
    """Chunks [chunk, run, ...] in a row, without the runs that the last one shares with the one before it."""
    number, size = chunks.shape[:2]
    if number * size == count:
        return chunks.reshape(count, *chunks.shape[2:])
    head = chunks[:-1].reshape((number - 1) * size, *chunks.shape[2:])
    return jnp.concatenate([head, chunks[-1, number * size - count :]])
