"""Prefix reductions, ordered reductions and positions among valid entries, without XLA's slow CPU prefix sums.

Loops are under `jax.jit` with functions from module level, so that calling a kernel eagerly compiles them only once.
"""

import math
from collections.abc import Callable
from functools import partial, reduce

import jax
import jax.numpy as jnp

from . import _masked, _steps
from ._own_kernel import own_kernel
from ._types import Array, Bool, Float, Int, Num, PyTree

LANES = 128
"""Blocks of a stream that advance side by side. With 16, 32, 64, 128 and 256 of them one stream of 8192 entries takes
0.48, 0.19, 0.11, 0.09 and 0.08 ms on a CPU core: more blocks only lengthen the second loop, which merges them."""
_RADIX = 8
"""Shorter prefixes that each pass merges into one. With 2, 4 and 8 a maximum over [128, 8192] takes 0.8 ms, and 8
needs the fewest passes; 16 shifted copies of longer rows no longer fit the cache: 17 ms."""
_ROW = _RADIX**2
"""Entries of a row of a long stream: prefixes are merged within rows first, then over rows. Rows of 512 take 2.5 ms."""


def running_step_max(step: _steps.EntrySteps) -> _steps.EntrySteps:
    """max_{i≤t} stepᵢ"""
    return _latest_wide(step) if isinstance(step, _steps.WideSteps) else running_max(step)


@jax.jit
def _latest_wide(step: _steps.WideSteps) -> _steps.WideSteps:
    return jax.lax.associative_scan(_steps.maximum, step)


def running_max(x: Num[Array, " entry"]) -> Num[Array, " entry"]:
    """max_{i≤t} xᵢ; NaN from the first NaN on."""
    lowest = -jnp.inf if jnp.issubdtype(x.dtype, jnp.floating) else int(jnp.iinfo(x.dtype).min)
    return _running(x, jnp.maximum, lowest)


def running_count(x: Bool[Array, " entry"]) -> Int[Array, " entry"]:
    """How many of x₀ … xₜ are True."""
    return _running(x.astype(jnp.int32), jnp.add, 0)


def running_sum(x: Float[Array, " entry"]) -> Float[Array, " entry"]:
    """x₀ + … + xₜ; its rounding grows with log₂ t."""
    return _running(x, jnp.add, 0)


@partial(jax.jit, static_argnums=(1, 2))
def _running(x: Num[Array, " entry"], merge: Callable[..., Array], identity: float) -> Num[Array, " entry"]:
    """x₀ ⊕ … ⊕ xₜ: within rows, in passes of `_RADIX` shifted copies, then of the rows before, which are few."""
    n = x.shape[0]
    width = n if n <= _RADIX * _ROW else _ROW
    if width < 2:
        return x
    rows = jnp.pad(own_kernel(x), (0, -n % width), constant_values=identity).reshape(-1, width)
    covered = 1
    while covered < width:
        parts = [_delayed(rows, covered * i, identity) for i in range(_RADIX) if covered * i < width]
        rows, covered = own_kernel(reduce(merge, parts)), covered * _RADIX
    if n > width:
        before = _delayed(_running(rows[:, -1], merge, identity)[None], 1, identity)[0]
        rows = own_kernel(merge(rows, before[:, None]))
    return rows.reshape(-1)[:n]


def _delayed(rows: Num[Array, "row entry"], by: int, fill: float) -> Num[Array, "row entry"]:
    return jax.lax.pad(rows[:, : rows.shape[1] - by], jnp.asarray(fill, rows.dtype), [(0, 0, 0), (by, 0, 0)])


def run_lengths(state: Bool[Array, " entry"], present: Bool[Array, " entry"]) -> Int[Array, " entry"]:
    """Successive existing entries in the state, up to and with each; entries that do not exist repeat the last."""
    rank = running_count(present)
    return rank - running_max(jnp.where(present & ~state, rank, 0))


@partial(jax.jit, static_argnums=(0, 1))
def ordered_reduce(
    merge: Callable[..., PyTree],
    summary: Callable[..., PyTree],
    streams: tuple[PyTree, ...],
    *shared: PyTree,
) -> PyTree:
    """s₀ ⊕ s₁ ⊕ … in order, with s = summary(*entries) and a ⊕ b = merge(a, b, *shared), elementwise on arrays.

    ⊕ is associative and need not commute; the summary of all-zero (invalid) entries must be its identity. The stream
    is cut into blocks that advance side by side on the vector lanes, then their summaries are merged: a short loop on
    every backend, and rounding that grows with the length of a block, not of the stream.
    """
    n = jax.tree.leaves(streams)[0].shape[0]
    length = max(1, -(-n // LANES))
    rows = jax.tree.map(lambda s: jnp.pad(s, (0, length * LANES - n)).reshape(LANES, length).T, streams)

    def fold(total: PyTree, now: PyTree) -> tuple[PyTree, None]:
        return merge(total, now, *shared), None

    start, rest = summary(*jax.tree.map(lambda row: row[0], rows)), jax.tree.map(lambda row: row[1:], rows)
    lanes, _ = jax.lax.scan(lambda total, row: fold(total, summary(*row)), start, rest)
    first, others = jax.tree.map(lambda a: a[0], lanes), jax.tree.map(lambda a: a[1:], lanes)
    return jax.lax.scan(fold, first, others)[0]


def suffix_merge(merge: Callable[[PyTree, PyTree], PyTree], entries: PyTree) -> PyTree:
    """eₜ ⊕ … ⊕ eₙ₋₁ for every t, ⊕ associative and all zeros its identity: two short loops instead of one of n steps.

    Blocks advance side by side on the vector lanes, and each then takes in the sum of the blocks after it.
    """
    n = jax.tree.leaves(entries)[0].shape[0]
    length = max(1, math.isqrt(n))
    lanes = -(-n // length)
    rows = jax.tree.map(lambda e: jnp.pad(e, (0, length * lanes - n)).reshape(lanes, length).T, entries)

    def include(after: PyTree, now: PyTree) -> tuple[PyTree, PyTree]:
        together = merge(now, after)
        return together, together

    none = jax.tree.map(lambda r: jnp.zeros_like(r[0]), rows)
    first, inside = jax.lax.scan(include, none, rows, reverse=True)
    nothing = jax.tree.map(lambda r: jnp.zeros_like(r[0]), first)
    _, blocks = jax.lax.scan(include, nothing, first, reverse=True)
    later = jax.tree.map(lambda b: jnp.pad(b[1:], (0, 1))[None, :], blocks)
    return jax.tree.map(lambda r: r.T.reshape(-1)[:n], merge(inside, later))


def nth_valid(present: Bool[Array, " entry"], rank: Int[Array, ""]) -> Int[Array, ""]:
    """Index of the valid entry with `rank` valid entries before it; the length of the stream if there is none."""
    n = present.shape[0]
    length = max(1, -(-n // LANES))
    blocks = jnp.pad(present, (0, length * LANES - n)).reshape(LANES, length)
    ends = jnp.cumsum(jnp.sum(blocks, axis=1, dtype=jnp.int32), dtype=jnp.int32)
    block = jnp.argmax(ends > rank).astype(jnp.int32)
    inside = jnp.cumsum(blocks[block], dtype=jnp.int32)
    before = ends[block] - inside[-1]
    index = block * length + jnp.argmax(inside > rank - before).astype(jnp.int32)
    return jnp.where(rank < ends[-1], index, n)


def head(present: Bool[Array, " entry"], size: Int[Array, ""]) -> Bool[Array, " entry"]:
    """The first `size` valid entries."""
    return present & (_indices(present) < nth_valid(present, size))


def tail(present: Bool[Array, " entry"], size: Int[Array, ""]) -> Bool[Array, " entry"]:
    """The last `size` valid entries; all if there are fewer."""
    skipped = jnp.maximum(_masked.count(present) - size, 0)
    return present & (_indices(present) >= nth_valid(present, skipped))


def packed_indices(present: Bool[Array, " entry"]) -> tuple[Int[Array, " entry"], Bool[Array, " entry"]]:
    """Indices of the valid entries in order, then filler, and a mask of the places that are used."""
    n = present.shape[0]
    rank = running_count(present)
    order = jnp.arange(n, dtype=jnp.int32)
    indices = jnp.zeros((n,), jnp.int32).at[jnp.where(present, rank - 1, n)].set(order, mode="drop")
    return indices, order < _masked.count(present)


def _indices(present: Bool[Array, " entry"]) -> Int[Array, " entry"]:
    return jnp.arange(present.shape[0], dtype=jnp.int32)
