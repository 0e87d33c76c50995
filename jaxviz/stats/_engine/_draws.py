"""Which run is drawn where: counter-based random indices, and how often each run was drawn.

Replicate b owns the two words that `fold_in(key, b)` generates. Its draw i in stream s (a task, or the only stream) is
made from block (s, i) of a threefry counter under these words, so that every draw is a pure function of (key, b, s, i):
it depends neither on the number of replicates nor on how they are split into chunks or over devices.
"""

import jax
import jax.numpy as jnp

from ..._types import Array, Int, PRNGKeyArray, Shaped

Words = tuple[Shaped[Array, "..."], Shaped[Array, "..."]]

NARROW_LIMIT = 118
"""Up to this many runs 16 bits are enough: the bias of a bootstrapped mean is at most N/2¹⁷ standard deviations
(every run at an extreme), less than 1 % of its standard error 1/√N."""

WIDE_LIMIT = 2**16 - 1
"""Most runs that 32 bits can draw from: each half of a word is multiplied by their number in 32 bits."""
BYTE_LIMIT = 127
"""The largest count that fits one byte, so that a vector instruction compares 32 to 64 draws."""
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
"""Of threefry-2x32, in bits, for even and odd groups of rounds (Salmon et al. 2011, table 2)."""


def threefry(words: Words, counter: Words) -> Words:
    """Threefry-2x32 with 20 rounds (Salmon et al. 2011), the generator behind `jax.random`.

    Written out because XLA then fuses it with its readers; `jax.random` walks through memory once per round.
    """
    keys = (*words, words[0] ^ words[1] ^ jnp.uint32(0x1BD11BDA))
    a, b = counter[0] + keys[0], counter[1] + keys[1]
    for group in range(5):
        for distance in ROTATIONS[group % 2]:
            a = a + b
            b = ((b << jnp.uint32(distance)) | (b >> jnp.uint32(32 - distance))) ^ a
        a = a + keys[(group + 1) % 3]
        b = b + keys[(group + 2) % 3] + jnp.uint32(group + 1)
    return a, b


def replicate_words(key: PRNGKeyArray, replicates: Int[Array, "*replicate"]) -> Words:
    """The two words of each replicate, from fold_in(key, b)."""

    def words(b: Int[Array, ""]) -> Words:
        first, second = jax.random.bits(jax.random.fold_in(key, b), (2,), jnp.uint32)
        return first, second

    return jax.vmap(words)(replicates) if replicates.ndim else words(replicates)


def random_words(
    words: Words, size: int, streams: int, first_stream: int = 0
) -> Shaped[Array, "draw stream *replicate"]:
    """`size` uniform 32-bit words in every stream of every replicate."""
    return jnp.concatenate(_blocks(words, -(-size // 2), streams, first_stream))[:size]


def _blocks(words: Words, blocks: int, streams: int, first_stream: int) -> Words:
    """Two words per (block, stream, replicate)."""
    shape = (blocks, streams, *words[0].shape)
    block = jax.lax.broadcasted_iota(jnp.uint32, shape, 0)
    stream = jax.lax.broadcasted_iota(jnp.uint32, shape, 1) + jnp.uint32(first_stream)
    a, b = (jnp.broadcast_to(word[None, None], shape) for word in words)
    return threefry((a, b), (stream, block))


def draw_ranks(
    words: Words, size: int, live: Int[Array, "stream ..."], first_stream: int = 0
) -> Int[Array, "draw stream *replicate"]:
    """`size` independent draws from 0 … live − 1 in every stream of every replicate, by multiply and shift.

    `live` [stream], with one axis for each of the replicates', of their size or of size 1.
    """
    if size > WIDE_LIMIT:
        raise ValueError(f"at most {WIDE_LIMIT} runs, tasks or episodes can be resampled, got {size}")
    low16, bound = jnp.uint32(0xFFFF), live.astype(jnp.uint32)[None]
    if size <= NARROW_LIMIT:
        a, b = _blocks(words, -(-size // 4), live.shape[0], first_stream)
        bits = jnp.concatenate([a & low16, a >> 16, b & low16, b >> 16])[:size]
        return ((bits * bound) >> 16).astype(jnp.int32)
    bits = random_words(words, size, live.shape[0], first_stream)
    carried = ((bits & low16) * bound) >> 16
    return (((bits >> 16) * bound + carried) >> 16).astype(jnp.int32)


def count_ranks(
    ranks: Int[Array, "draw stream replicate"], live: Int[Array, "stream ..."]
) -> Int[Array, "run stream replicate"]:
    """How often each rank occurs among the first `live` draws of its stream; `live` as for `draw_ranks`."""
    runs = ranks.shape[0]
    draw = jax.lax.broadcasted_iota(jnp.int32, ranks.shape, 0)
    ranks = jnp.where(draw < live.reshape(1, live.shape[0], -1), ranks, jnp.int32(runs))
    return _count_by_comparing(ranks) if live.shape[0] > 1 and runs <= BYTE_LIMIT else _count_by_adding(ranks)


def _count_by_comparing(ranks: Int[Array, "draw stream replicate"]) -> Int[Array, "run stream replicate"]:
    """One byte per count and one fused pass: N² comparisons, but 32 to 64 in an instruction."""
    ranks = ranks.astype(jnp.int8)
    run = jax.lax.broadcasted_iota(jnp.int8, ranks.shape, 0)
    counts = jnp.zeros(ranks.shape, jnp.int8)
    for draw in range(ranks.shape[0]):
        counts = counts + (ranks[draw][None] == run).astype(jnp.int8)
    return counts


def _count_by_adding(ranks: Int[Array, "draw stream replicate"]) -> Int[Array, "run stream replicate"]:
    """A scatter: N additions one at a time, but quick to compile and without a limit."""
    runs, streams, replicates = ranks.shape
    lanes = ranks.reshape(runs, -1)
    lane = jax.lax.broadcasted_iota(jnp.int32, lanes.shape, 1)
    counts = jnp.zeros(lanes.shape, jnp.int32).at[lanes, lane].add(1, mode="drop")
    return counts.reshape(runs, streams, replicates)
