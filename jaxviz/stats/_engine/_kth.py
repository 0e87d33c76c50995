"""The k-th smallest entries of one stream, for several k at once.

Under `jax.vmap` many short streams (runs at each of many steps) become lanes of one unrolled kernel; few or long ones
go through a loop over bits, which is quick to compile.
"""

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap

from ..._own_kernel import own_kernel
from ..._types import Array, Bool, Float, Int, Integer
from ._bits import WORD, descend, descend_in_loop, pack, planes

_SHORT = 128
"""Most entries of a stream whose words are unrolled over lanes. Of 1024 streams on a CPU core, lanes and loop take 0.25
and 0.94 ms with 100 entries each, but 3.2 and 1.0 ms with 256: the words of more do not stay in registers."""
_MANY = 256
"""Fewest streams that become lanes. With 128 of them the loop takes as long and compiles in less time."""


@jax.custom_jvp
def kth_smallest(x: Float[Array, " entry"], present: Bool[Array, " entry"], k: Int[Array, " k"]) -> Float[Array, " k"]:
    """Sorted present entries at the positions `k`, 0 being the smallest. Shapes: [entry], [entry], [k] → [k].

    Every k must be below the number of present entries, none of which is NaN; otherwise the values mean nothing.
    Gradients go to the first entry of that value.
    """
    wide = x if jnp.finfo(x.dtype).bits >= 32 else x.astype(jnp.float32)
    return _select(wide, present, k.astype(jnp.uint32)).astype(x.dtype)


@kth_smallest.defjvp
def _kth_smallest_jvp(primals, tangents):
    x, present, k = primals
    values = kth_smallest(x, present, k)
    source = jnp.argmax((x[None, :] == values[:, None]) & present[None, :], axis=1)
    return values, tangents[0][source]


@jax.jit
def _select_in_loop(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], k: Integer[Array, " k"]
) -> Float[Array, " k"]:
    words = -(-x.shape[0] // WORD)
    levels = planes(_rows(x, words))
    members = jnp.broadcast_to(pack(_rows(present, words)), (k.shape[0], words))
    return own_kernel(descend_in_loop(members, k, levels[:, None, :], x.dtype))  # else put together for every reader


_select = custom_vmap(_select_in_loop)


@_select.def_vmap
def _select_batch(size: int, batched: list[bool], x: Array, present: Array, k: Array) -> tuple[Array, bool]:
    if size < _MANY or x.shape[-1] > _SHORT:
        return jax.vmap(_select_in_loop, in_axes=[0 if b else None for b in batched])(x, present, k), True
    lanes = [
        jnp.moveaxis(a, 0, -1) if b else jnp.broadcast_to(a[..., None], (*a.shape, size))
        for a, b in zip((x, present, k), batched, strict=True)
    ]
    return jnp.moveaxis(_select_lanes(*lanes), -1, 0), True


@jax.jit
def _select_lanes(
    x: Float[Array, "entry lane"], present: Bool[Array, "entry lane"], k: Integer[Array, "k lane"]
) -> Float[Array, "k lane"]:
    words = -(-x.shape[0] // WORD)
    levels = own_kernel(planes(_rows(x, words)))
    members = own_kernel(pack(_rows(present, words)))
    members = [jnp.broadcast_to(member, k.shape) for member in members]
    return own_kernel(descend(members, k, [[plane[None, :] for plane in level] for level in levels], x.dtype))


def _rows(x: Array, words: int) -> Array:
    """The entries of a stream (or of lanes of streams) as 32 rows, filled up with zeros."""
    tail = jnp.zeros((WORD * words - x.shape[0], *x.shape[1:]), x.dtype)
    return jnp.concatenate([x, tail]).reshape(WORD, words, *x.shape[1:])
