"""Runs that are copies of others, as replicas on several devices or a seed given twice make them."""

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._scans import running_max
from ..._types import Array, Bool, Int, Num, Shaped
from ._over_runs import Curves
from ._scores import CellMask, cell_validity


@explained
def duplicate_runs(x: Curves, *, valid: CellMask | None = None) -> Bool[Array, " run"]:
    """Which runs are an earlier one again: the same entries, bit for bit, in the same places.

    Shapes: [run, *entry] → [run]. A run whose valid entries are all equal is none: many seeds solve a task with 500 in
    every episode, but two of them do not have one curve by chance. n identical runs are one run: an interval over them
    is too narrow. NaN equals NaN.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(stats.duplicate_runs(scores))
    [False False False False]
    """
    x = _masked.as_float(x)
    if not x.shape[0]:
        return jnp.zeros(0, bool)
    present = cell_validity(x, valid).reshape(x.shape[0], -1) if x.size else jnp.zeros((x.shape[0], 1), bool)
    x = _masked.blank(x.reshape(present.shape), present) if x.size else jnp.zeros(present.shape, x.dtype)
    words = _words(x, present)
    first = _first_alike(words)
    same = jnp.all(words == words[first], axis=1)
    start = x[jnp.arange(x.shape[0]), jnp.argmax(present, axis=1)]
    varies = jnp.any(present & (x != start[:, None]), axis=1)
    return (first < jnp.arange(x.shape[0], dtype=jnp.int32)) & same & varies


def _words(x: Num[Array, "run entry"], present: Bool[Array, "run entry"]) -> Shaped[Array, "run word"]:
    """The bits of all entries and of the mask."""
    size = jnp.finfo(x.dtype).bits
    bits = jax.lax.bitcast_convert_type(x, jnp.uint16 if size == 16 else jnp.uint32).astype(jnp.uint32)
    return jnp.concatenate([bits.reshape(x.shape[0], -1), present.astype(jnp.uint32)], axis=1)


def _first_alike(words: Shaped[Array, "run word"]) -> Int[Array, " run"]:
    """The first run with the same two 32-bit sums of words, each word times an odd number of its place."""
    runs, size = words.shape
    place = jnp.arange(1, size + 1, dtype=jnp.uint32)
    sums = [
        jnp.sum((words ^ (words >> 15)) * (_scrambled(place * jnp.uint32(odd)) | 1)[None], axis=1, dtype=jnp.uint32)
        for odd in (0x9E3779B1, 0x85EBCA77)
    ]
    index = jnp.arange(runs, dtype=jnp.int32)
    *ordered, run = jax.lax.sort((*sums, index), num_keys=3)
    new = jnp.zeros(runs, bool).at[:1].set(True)
    for key in ordered:
        new = new.at[1:].set(new[1:] | (key[1:] != key[:-1]))
    return jnp.zeros(runs, jnp.int32).at[run].set(run[running_max(jnp.where(new, index, 0))])


def _scrambled(x: Shaped[Array, " word"]) -> Shaped[Array, " word"]:
    """Bits that look random (the finalizer of MurmurHash3)."""
    x = (x ^ (x >> 16)) * jnp.uint32(0x85EBCA6B)
    x = (x ^ (x >> 13)) * jnp.uint32(0xC2B2AE35)
    return x ^ (x >> 16)
