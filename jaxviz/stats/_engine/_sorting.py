"""Sorting one stream without XLA's CPU sort: a network of minima and maxima along the leading axis.

A stream is a column. Under `jax.vmap` every batch axis, whichever it is, becomes columns of one array [entry, lanes],
so a compare-exchange of two rows is one vector minimum and one vector maximum over all streams at once.
On other backends than the CPU XLA's own sort is used.

Order: ascending, −inf first, +inf last. A NaN makes the whole sorted stream NaN.
Gradients: entry i of the result is an entry of the input, and its gradient goes there.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap

from ... import _masked
from ..._types import Array, Bool, Float, Int, Num

Rows = tuple[Num[Array, "row lane"], ...]
"""Keys that are sorted, and arrays that follow them."""
Halves = tuple[Num[Array, "block gap lane"], ...]
"""One half of the rows of every block."""
Before = Callable[[Halves, Halves], Bool[Array, "block gap lane"]]
"""Which rows of the first belong before those of the second."""


@jax.custom_jvp
def sort(x: Float[Array, " entry"]) -> Float[Array, " entry"]:
    """x₍₁₎ ≤ … ≤ x₍ₙ₎; all NaN if any entry is NaN. Shapes: [entry] → [entry]."""
    return _masked.undefined_unless(~jnp.any(jnp.isnan(x)), _sort_columns(x[:, None])[:, 0])


@sort.defjvp
def _sort_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    order = argsort(x)
    return _masked.undefined_unless(~jnp.any(jnp.isnan(x)), x[order]), dx[order]


def argsort(x: Float[Array, " entry"]) -> Int[Array, " entry"]:
    """Index in `x` of its smallest, …, largest entry; equal entries in the order of `x`. Shapes: [entry] → [entry]."""
    return _argsort_columns(jax.lax.stop_gradient(x)[:, None])[:, 0]


def _on_lanes(sort_rows):
    """`sort_rows` over [entry, lane] whose batch axes become lanes, so that batching never changes the network."""
    batched = custom_vmap(sort_rows)

    @batched.def_vmap
    def _(batch_size, in_batched, x):
        del in_batched
        entries, lanes = x.shape[1:]
        columns = jnp.moveaxis(x, 0, 1).reshape(entries, batch_size * lanes)
        return jnp.moveaxis(batched(columns).reshape(entries, batch_size, lanes), 1, 0), True

    return batched


@_on_lanes
def _sort_columns(x: Float[Array, "entry lane"]) -> Float[Array, "entry lane"]:
    return jax.lax.platform_dependent(x, cpu=_network, default=lambda x: jax.lax.sort(x, dimension=0))


@_on_lanes
def _argsort_columns(x: Float[Array, "entry lane"]) -> Int[Array, "entry lane"]:
    return jax.lax.platform_dependent(x, cpu=_index_network, default=_xla_argsort)


def _xla_argsort(x: Float[Array, "entry lane"]) -> Int[Array, "entry lane"]:
    index = jax.lax.broadcasted_iota(jnp.int32, x.shape, 0)
    return jax.lax.sort((x, index), dimension=0, num_keys=1)[1]


@jax.jit
def _network(x: Float[Array, "entry lane"]) -> Float[Array, "entry lane"]:
    (ordered,) = _bitonic((_padded(x, jnp.inf),), lambda a, b: a[0] < b[0])
    return ordered[: x.shape[0]]


@jax.jit
def _index_network(x: Float[Array, "entry lane"]) -> Int[Array, "entry lane"]:
    """Pairs (value, index) in lexicographic order, so that no two are equal and padding stays behind +inf entries."""
    padded = _padded(x, jnp.inf)
    index = jax.lax.broadcasted_iota(jnp.int32, padded.shape, 0)

    def before(a: Halves, b: Halves) -> Bool[Array, "block gap lane"]:
        return (a[0] < b[0]) | ((a[0] == b[0]) & (a[1] < b[1]))

    return _bitonic((padded, index), before)[1][: x.shape[0]]


def _padded(x: Float[Array, "entry lane"], fill: float) -> Float[Array, "padded lane"]:
    """`x` continued with `fill` to a power of two."""
    size = 1 << max(x.shape[0] - 1, 0).bit_length()
    return jnp.concatenate([x, jnp.full((size - x.shape[0], x.shape[1]), fill, x.dtype)])


def _bitonic(rows: Rows, before: Before) -> Rows:
    """Batcher's bitonic network over the leading axis, whose length is a power of two."""
    size, run = rows[0].shape[0], 1
    while run < size:
        rows = _exchange(rows, run, before, mirrored=True)
        gap = run // 2
        while gap:
            rows = _exchange(rows, gap, before, mirrored=False)
            gap //= 2
        run *= 2
    return rows


def _exchange(rows: Rows, gap: int, before: Before, *, mirrored: bool) -> Rows:
    """Order row i and row i + gap of every block of 2·gap rows; `mirrored`: row i and the i-th from the block's end."""
    size, lanes = rows[0].shape
    flip = slice(None, None, -1 if mirrored else 1)
    low = tuple(r.reshape(size // (2 * gap), 2, gap, lanes)[:, 0] for r in rows)
    high = tuple(r.reshape(size // (2 * gap), 2, gap, lanes)[:, 1, flip] for r in rows)
    swap = before(high, low)
    ordered = (
        jnp.stack([jnp.where(swap, b, a), jnp.where(swap, a, b)[:, flip]], axis=1)
        for a, b in zip(low, high, strict=True)
    )
    return tuple(r.reshape(size, lanes) for r in ordered)


def compare_exchanges(size: int) -> list[tuple[int, int]]:
    """Pairs (i, j), i < j, whose ordering one after another sorts `size` entries (Batcher's odd-even merge sort)."""
    pairs = []
    run = 1
    while run < size:
        gap = run
        while gap:
            for start in range(gap % run, size - gap, 2 * gap):
                for i in range(start, min(start + gap, size - gap)):
                    if i // (2 * run) == (i + gap) // (2 * run):
                        pairs.append((i, i + gap))
            gap //= 2
        run *= 2
    return pairs
