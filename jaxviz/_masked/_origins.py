"""Numbers near the entries, from which their distances keep the digits."""

import jax
import jax.numpy as jnp

from .._types import Array, Bool, Float, Int
from ._presence import blank
from ._quotients import divided, instead
from ._sums import in_eighths


def share_of_most(n: int) -> float:
    """A power of two below 1/n: n floats times it have a sum that is one."""
    return 2.0 ** -(n.bit_length() + 1)


def origin(x: Float[Array, "entry *rest"], present: Bool[Array, " entry"] | None) -> Float[Array, "*rest"]:
    """A number near the entries, from which their distances keep the digits: the middle one of three entries, or 0.

    The first entry alone may be an outlier: with 1e6 before 8191 zeros, their mean would be off by 6e-5.
    """
    if not x.shape[0]:
        return jnp.zeros(x.shape[1:], x.dtype)
    if present is None:
        a, b, c = (jax.lax.index_in_dim(x, i, keepdims=False) for i in (0, x.shape[0] // 2, -1))
        there = jnp.asarray(True)
    else:
        begin, end = _ends(present)
        there, begin = begin <= end, jnp.minimum(begin, end)
        half = (begin + end) // 2
        a, b, c = x[begin], x[jnp.where(present[half], half, begin)], x[end]
    return blank(middle_of(a, b, c), there)


def _ends(present: Bool[Array, " entry"]) -> tuple[Int[Array, ""], Int[Array, ""]]:
    """`first_index` and `last_index` of a mask in memory, in eighths; none → the length of the stream and 0."""
    order = jnp.arange(present.shape[0], dtype=jnp.int32)
    begin = in_eighths(jnp.minimum, jnp.min, jnp.where(present, order, present.shape[0]))
    return begin, in_eighths(jnp.maximum, jnp.max, jnp.where(present, order, 0))


def middle_of(a: Float[Array, "*rest"], b: Float[Array, "*rest"], c: Float[Array, "*rest"]) -> Float[Array, "*rest"]:
    middle = jax.lax.stop_gradient(jnp.maximum(jnp.minimum(a, b), jnp.minimum(jnp.maximum(a, b), c)))
    return blank(middle, jnp.isfinite(middle))


def origins(x: Float[Array, "entry *rest"], there: Bool[Array, "entry *rest"]) -> Float[Array, "*rest"]:
    """The `origin` of each column, of entries that are finite and `there`."""
    columns = x.reshape(x.shape[0], -1)
    found = jax.vmap(origin, in_axes=1)(columns, (there & jnp.isfinite(x)).reshape(columns.shape))
    return found.reshape(x.shape[1:])


def from_origin(
    start: Float[Array, "*shape"], distance: Float[Array, "*shape"], m: Float[Array, "*#shape"], scale: float = 1
) -> Float[Array, "*shape"]:
    """The mean of m ≥ 1 entries whose distances from `start` add up to distance/scale.

    No distance → exactly that; sums that are exact as integers are divided as a whole, and so are rounded once.
    """
    total = distance / scale + m * start
    exact = jnp.abs(distance / scale) + m * jnp.abs(start) < 2**24
    whole = divided(jnp.where(exact, total, 0), m)
    average = jnp.where(exact, whole, start + divided(distance, m) / scale)
    return instead(average, jax.lax.stop_gradient(jnp.where(distance == 0, start, average)))
