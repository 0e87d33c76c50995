"""Permutation tests over tasks: which of two algorithms is first is exchanged in whole tasks."""

from functools import partial

import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Bool, Float, PRNGKeyArray
from .._engine._draws import random_words, replicate_words
from ._relabelled import TIE


@partial(jax.jit, static_argnames="reps")
def sign_flipped(
    key: PRNGKeyArray, difference: Float[Array, "pair task"], both: Bool[Array, "pair task"], *, reps: int
) -> Float[Array, " pair"]:
    """Two-sided p that differences of tasks are symmetric about 0, for tasks that stand for others like them.

        T = d̄/(s/√M),  p = (1 + #{|T*| ≥ |T|})/(B + 1),  signs of whole tasks drawn

    With up to log₂ B tasks all signs are enumerated, and p is their share. Fewer than two tasks → NaN.
    """
    tasks = difference.shape[1]
    exact = 2**tasks <= reps
    index = jnp.arange(2**tasks if exact else reps, dtype=jnp.int32)
    if exact:
        bits = (index[None] >> jnp.arange(tasks, dtype=jnp.int32)[:, None]) & 1
    else:
        bits = (random_words(replicate_words(key, index), tasks, 1)[:, 0] >> 31).astype(jnp.int32)
    sign = (1 - 2 * bits).astype(difference.dtype)
    n = jnp.sum(both, axis=1).astype(difference.dtype)

    def share(total: Float[Array, "pair *sign"], squares: Float[Array, "pair *sign"]) -> Float[Array, "pair *sign"]:
        """|Σ d|/√(Σ d²): T² grows with it."""
        return jnp.abs(total) / jnp.where(squares > 0, jnp.sqrt(squares), 1)

    d = _masked.blank(difference, both)
    squares = jnp.sum(d * d, axis=1)
    observed = share(jnp.sum(d, axis=1), squares)
    values = share(jnp.einsum("pt,tb->pb", d, sign, precision="highest"), squares[:, None])
    extreme = jnp.sum(values >= observed[:, None] * (1 - TIE) - TIE, axis=1).astype(difference.dtype)
    p = extreme / index.size if exact else (1 + extreme) / (reps + 1)
    return _masked.undefined_unless((n > 1) & ~jnp.isnan(observed), p)
