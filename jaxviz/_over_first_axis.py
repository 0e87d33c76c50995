"""Reductions over the first axis, at every place of the others: over the runs of curves.

XLA's own reductions read their operand once each, and those over the first axis of something computed are 30 times
slower on the CPU.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from ._half import single
from ._masked import (
    blank,
    from_origin,
    held_between,
    inverse,
    origin,
    power_of_two,
    ratio,
    safe_sqrt,
    share_of_most,
    undefined_unless,
)
from ._types import Array, Bool, Float, Int

_LEVELS = 5
"""Halvings in one pass: 32 entries of each array are read for each result. Three to six take equally long."""


def means(x: Float[Array, "entry *rest"], present: Bool[Array, "entry *rest"] | None) -> Float[Array, "*rest"]:
    """`_masked.mean` over the first axis, at every place of the others."""
    if not x.shape[0]:
        return jnp.full(x.shape[1:], jnp.nan, x.dtype)
    wide, scale = single(x), share_of_most(x.shape[0])
    if present is None:
        start = origin(wide, None)
        (distance,) = _folded((wide * scale - (start * scale)[None],), (jnp.add,), (0,))
        return from_origin(start, distance, jnp.asarray(x.shape[0], wide.dtype), scale).astype(x.dtype)
    extremes = blank(wide, present, jnp.inf), blank(wide, present, -jnp.inf)
    total, m, low, high = _folded(
        (blank(wide * scale, present), present.astype(jnp.int32), *extremes),
        (jnp.add, jnp.add, jnp.minimum, jnp.maximum),
        (0, 0, jnp.inf, -jnp.inf),
    )
    return held_between(total, m, low, high, x.shape[0]).astype(x.dtype)


def stds(
    x: Float[Array, "entry *rest"], present: Bool[Array, "entry *rest"] | None, ddof: int
) -> Float[Array, "*rest"]:
    """`std` over the first axis, at every place of the others: √((Σ d² − (Σ d)²/m)/(m − ddof)), d = x − centre.

    Two passes: the centre and the largest distance, by which distances are scaled; then both sums.
    """
    if not x.shape[0]:
        return jnp.full(x.shape[1:], jnp.nan, x.dtype)
    wide, there = single(x), jnp.ones((1,) * x.ndim, bool) if present is None else present
    centre, m, unit = _centre(jax.lax.stop_gradient(wide), present)
    near = blank((wide - centre[None]) * inverse(unit)[None], jnp.broadcast_to(there, wide.shape))
    total, squares = _folded((near, near * near), (jnp.add, jnp.add), (0, 0))
    spread = squares - total * total / jnp.maximum(m, 1).astype(wide.dtype)
    mean_square = ratio(undefined_unless(m > ddof, spread), jnp.broadcast_to(m - ddof, spread.shape).astype(wide.dtype))
    return (unit * safe_sqrt(mean_square)).astype(x.dtype)


def _centre(
    x: Float[Array, "entry *rest"], present: Bool[Array, "entry *rest"] | None
) -> tuple[Float[Array, "*rest"], Int[Array, "*#rest"], Float[Array, "*rest"]]:
    """The mean, which equal entries are exactly, their number and a power of two near the largest distance from it."""
    scaled = x * share_of_most(x.shape[0])
    if present is None:
        total, low, high = _folded((scaled, x, x), (jnp.add, jnp.minimum, jnp.maximum), (0, jnp.inf, -jnp.inf))
        m = jnp.asarray(x.shape[0], jnp.int32)
    else:
        total, m, low, high = _folded(
            (
                blank(scaled, present),
                present.astype(jnp.int32),
                blank(x, present, jnp.inf),
                blank(x, present, -jnp.inf),
            ),
            (jnp.add, jnp.add, jnp.minimum, jnp.maximum),
            (0, 0, jnp.inf, -jnp.inf),
        )
    centre = blank(held_between(total, m, low, high, x.shape[0]), m > 0)
    return centre, m, power_of_two(jnp.maximum(high - centre, centre - low)[None], axis=0)


def _folded(
    entries: tuple[Array, ...], ops: tuple[Callable[[Array, Array], Array], ...], nothing: tuple[float, ...]
) -> list[Array]:
    """Each array's entries ⊕ each other along the first axis, half with half: one pass over all of them together.

    `nothing`: the identity of each ⊕, with which they are filled up to a power of two. Barriers keep a pass from being
    computed once for every later one.
    """
    n = entries[0].shape[0]
    size = 1 << (n - 1).bit_length()
    rest = [(0, 0)] * (entries[0].ndim - 1)
    if size > n:
        entries = tuple(
            jnp.pad(x, [(0, size - n), *rest], constant_values=jnp.asarray(one, x.dtype))
            for x, one in zip(entries, nothing, strict=True)
        )
    while size > 1:
        size //= 2
        entries = tuple(op(x[:size], x[size:]) for op, x in zip(ops, entries, strict=True))
        if size > 1 and size.bit_length() % _LEVELS == 0:
            entries = jax.lax.optimization_barrier(entries)
    return [x[0] for x in entries]
