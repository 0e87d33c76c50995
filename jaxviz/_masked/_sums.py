"""Sums of long streams as one loop, in vectors."""

from collections.abc import Callable, Sequence

import jax.numpy as jnp

from .._own_kernel import own_kernel
from .._types import Array, Float, Num

LANES = 256
"""Of a reduction over a long stream."""
_SLICES = 8
"""Of a sum that are read at once; with 2, 4, 6, 8, 16 and 32 a sum over [128, 8192] takes 355, 273, 318, 244, 500 and
417 µs: memory is read ahead for no more."""
_SUMMED = 4096
"""Most entries that are added one after another."""


def lane_count(n: int) -> int:
    """Of a stream of `n` entries that is reduced side by side, in at most 1024 rows; 0 for a short one."""
    return 0 if n < 4 * LANES else max(LANES, -(-n // 1024))


def total(x: Float[Array, " entry"]) -> Float[Array, ""]:
    """Σ xᵢ of any expression, in eighths that are added side by side: one loop, in vectors, that stores an eighth.

    XLA's CPU compiler hands a reduction to a library that makes a pass of its own for each operation of the expression:
    Σ(x·s − o) over [128, 8192] takes 1.5 times as long there.
    """
    return in_eighths(jnp.add, jnp.sum, x)


def in_eighths(
    op: Callable[[Array, Array], Array], reduction: Callable[[Array], Array], x: Num[Array, " entry"]
) -> Num[Array, ""]:
    part = x.shape[0] // _SLICES
    if part * _SLICES < 4 * LANES:
        return reduction(x)
    ends = range(part, part * _SLICES + 1, part)
    folded = own_kernel(_in_pairs(op, [x[end - part : end] for end in ends]))
    rest = x[part * _SLICES :]
    whole = in_eighths(op, reduction, folded) if part > _SUMMED else reduction(folded)
    return op(whole, reduction(rest)) if rest.shape[0] else whole


def _in_pairs(op: Callable[[Array, Array], Array], parts: Sequence[Num[Array, " entry"]]) -> Num[Array, " entry"]:
    half = len(parts) // 2
    return parts[0] if not half else op(_in_pairs(op, parts[:half]), _in_pairs(op, parts[half:]))
