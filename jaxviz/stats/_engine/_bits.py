"""Selecting order statistics bit by bit, 32 entries at a time: no sorting.

A float is mapped to an unsigned integer of the same order. 32 entries are packed into words: plane b is the word whose
bits mark the entries that have a 0 at bit b, from the top bit down. A set of entries is a mask of words too, and its
k-th smallest entry (k = 0 is the smallest) is found by

    zeros = members & plane,  c = popcount(zeros);  k < c: keep the zeros, else keep the ones and k ← k − c

once for each bit. The members of overlapping windows differ only in their masks.
"""

from collections.abc import Callable, Sequence
from functools import reduce

import jax
import jax.numpy as jnp

from ..._types import Array, Bool, Float, Integer

WORD = 32


def planes(rows: Float[Array, "32 *word"]) -> Integer[Array, "bit *word"]:
    """Planes of 32 rows of entries, entry (r, g) being bit r of word g. Shapes: [32, word] → [32 or 64, word]."""
    return jnp.concatenate([_transposed(~word)[::-1] for word in _ordered_words(rows)])


def pack(rows: Bool[Array, "32 *word"]) -> Integer[Array, " *word"]:
    """32 rows of flags as words, row r being bit r."""
    bit = jnp.arange(WORD, dtype=jnp.uint32).reshape(WORD, *[1] * (rows.ndim - 1))
    return jnp.sum(rows.astype(jnp.uint32) << bit, axis=0, dtype=jnp.uint32)


def descend(
    members: Sequence[Integer[Array, "*#lane"]],
    k: Integer[Array, "*#lane"],
    levels: Sequence[Sequence[Integer[Array, "*#lane"]]],
    dtype: jnp.dtype,
) -> Float[Array, "*lane"]:
    """The k-th smallest member, unrolled into a single kernel: for few words and many selections.

    `members` are words, and `levels` the planes of these words.
    """
    bits = []
    for level in levels:
        zeros = [m & z for m, z in zip(members, level, strict=True)]
        one, k, take = _branch(k, reduce(jnp.add, map(jax.lax.population_count, zeros)))
        members = [z ^ (m & take) for m, z in zip(members, zeros, strict=True)]
        bits.append(one)
    return _from_bits(bits, dtype)


def descend_in_loop(
    members: Integer[Array, "*lane word"],
    k: Integer[Array, "*lane"],
    levels: Integer[Array, "bit *plane"],
    dtype: jnp.dtype,
    reach: Callable[[Array], Array] = lambda level: level,
) -> Float[Array, "*lane"]:
    """The k-th smallest member, one bit in each round of a loop: for many words.

    `reach` gives the words of the members out of one level's planes.
    """

    def descend_one(carry, level):
        members, k = carry
        zeros = members & reach(level)
        one, k, take = _branch(k, jnp.sum(jax.lax.population_count(zeros), axis=-1, dtype=jnp.uint32))
        return (zeros ^ (members & take[..., None]), k), one

    _, bits = jax.lax.scan(descend_one, (members, k), levels)
    return _from_bits(list(bits), dtype)


def _branch(
    k: Integer[Array, "*#lane"], zeros: Integer[Array, "*#lane"]
) -> tuple[Integer[Array, "*lane"], Integer[Array, "*lane"], Integer[Array, "*lane"]]:
    """(1 if the bit of the k-th member is 1, k among the kept members, all ones if these are the ones)."""
    one = (k >= zeros).astype(jnp.uint32)
    take = -one
    return one, k - (zeros & take), take


def _ordered_words(x: Float[Array, "..."]) -> list[Integer[Array, "..."]]:
    """Integers that order like `x`, as words of 32 bits, the leading word first."""
    size = x.dtype.itemsize * 8
    whole = jax.lax.bitcast_convert_type(x, _unsigned(x.dtype))
    top = jnp.asarray(1 << (size - 1), whole.dtype)
    whole = jnp.where(whole & top != 0, ~whole, whole | top)
    return [(whole >> jnp.asarray(s, whole.dtype)).astype(jnp.uint32) for s in range(size - WORD, -1, -WORD)]


def _from_bits(bits: Sequence[Integer[Array, "..."]], dtype: jnp.dtype) -> Float[Array, "..."]:
    """The inverse of `_ordered_words`, from single bits."""
    whole = jnp.zeros_like(bits[0], _unsigned(dtype))
    for bit in bits:
        whole = (whole << 1) | bit.astype(whole.dtype)
    top = jnp.asarray(1 << (len(bits) - 1), whole.dtype)
    return jax.lax.bitcast_convert_type(jnp.where(whole & top != 0, whole ^ top, ~whole), dtype)


def _unsigned(dtype: jnp.dtype) -> jnp.dtype:
    return jnp.dtype(f"uint{jnp.dtype(dtype).itemsize * 8}")


def _transposed(rows: Integer[Array, "32 *word"]) -> Integer[Array, "32 *word"]:
    """Bit b of row r ↔ bit r of row b, by exchanging ever smaller blocks (Warren, Hacker's Delight, 7-3)."""
    gap, low = WORD // 2, (1 << WORD // 2) - 1
    shape = rows.shape
    while gap:
        pairs = rows.reshape(WORD // (2 * gap), 2, gap, -1)
        a, b = pairs[:, 0], pairs[:, 1]
        moved = ((a >> gap) ^ b) & jnp.uint32(low)
        rows = jnp.stack([a ^ (moved << gap), b ^ moved], axis=1)
        gap //= 2
        low ^= low << gap
    return rows.reshape(shape)
