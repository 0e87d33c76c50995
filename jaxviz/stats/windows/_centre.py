"""A number near the typical entries of a stream, from which the moments of its windows keep their digits."""

from collections.abc import Sequence

import jax.numpy as jnp

from ... import _masked
from ..._own_kernel import own_kernel
from ..._types import Array, Bool, Float
from .._engine._fold import add


def typical(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """The median of the means of five parts of a stream, which one huge entry moves little; 0 if it is not finite."""
    part, usable = -(-x.shape[0] // 5), jnp.isfinite(x) & present
    rows, counted = (
        jnp.pad(a, (0, 5 * part - x.shape[0])).reshape(5, part) for a in (_masked.blank(x, usable), usable)
    )
    return _middle_mean(jnp.sum(rows, axis=1), jnp.sum(counted, axis=1, dtype=jnp.int32).astype(x.dtype))


def typical_of_few(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, "2"]:
    """(`typical(x)`, `typical(|x|)`) of nearly all entries, without reductions, which take as long as all of this."""
    if not x.shape[0]:
        return jnp.zeros(2, x.dtype)
    part, few = max(1, x.shape[0] // 5), 5 - min(x.shape[0], 5)
    x, present = (jnp.pad(a, (0, few)) if few else a for a in (x, present))
    usable = jnp.isfinite(x) & present
    sizes = jnp.stack([_masked.blank(x, usable), _masked.blank(jnp.abs(x), usable), usable.astype(x.dtype)])
    rows = sizes[:, : 5 * part].reshape(3, 5, part)
    total = own_kernel(add([rows[:, :, i] for i in range(part)], []))
    return _middle_mean(total[:2], total[2])


def _middle_mean(total: Float[Array, "*kind 5"], count: Float[Array, "5"]) -> Float[Array, "*kind"]:
    """The median of five means; those of no entry count as the first one, or as that of all."""
    means = own_kernel(total / jnp.broadcast_to(jnp.maximum(count, 1), total.shape))
    whole = add([total[..., i] for i in range(5)], []) / jnp.maximum(add([count[i] for i in range(5)], []), 1)
    instead = jnp.where(count[0] > 0, means[..., 0], whole)
    middle = _median_of_five([jnp.where(count[i] > 0, means[..., i], instead) for i in range(5)])
    return jnp.where(jnp.isfinite(middle), middle, 0)


def _median_of_five(x: Sequence[Float[Array, "*kind"]]) -> Float[Array, "*kind"]:
    low = jnp.maximum(jnp.minimum(x[0], x[1]), jnp.minimum(x[2], x[3]))
    high = jnp.minimum(jnp.maximum(x[0], x[1]), jnp.maximum(x[2], x[3]))
    return jnp.maximum(jnp.minimum(x[4], low), jnp.minimum(high, jnp.maximum(x[4], low)))
