"""Welch's test of many pairs of algorithms that have very few runs: each borrows the variance of all."""

import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Bool, Float, Int
from .._engine._distributions import t_two_sided

LENT = 2
"""Degrees of freedom with which the mean variance of all algorithms counts beside the own."""


@jax.jit
def moderated_welch(
    x: Float[Array, "algorithm run"], present: Bool[Array, "algorithm run"], pairs: Int[Array, "pair 2"]
) -> Float[Array, " pair"]:
    """Two-sided p of each pair, with s² = (2·s̄² + (n − 1)s²_own)/(n + 1) in place of s²_own from three algorithms on.

    t = (x̄ − ȳ)/√(s²ₓ/n + s²_y/m), ν of Welch and Satterthwaite with n − 1 and m − 1. Equal runs everywhere → p = 1;
    fewer than two runs of a side → NaN. Holds its level with three or four runs, where permutations cannot reach 0.05.
    """
    n = jnp.sum(present, axis=1).astype(x.dtype)
    x = x - _masked.origins(x.reshape(-1, 1), present.reshape(-1, 1))[0]
    mean = jax.vmap(_masked.mean)(_masked.blank(x, present), present)
    own = jax.vmap(lambda x, there: _masked.variance(x, there, 1))(_masked.blank(x, present), present)
    if x.shape[0] > 2:
        known = n > 1
        shared = _masked.ratio(jnp.sum(_masked.blank(own, known)), jnp.sum(known).astype(x.dtype))
        own = (LENT * shared + (n - 1) * own) / (n - 1 + LENT)
    share = own / jnp.maximum(n, 1)
    first, second = pairs[:, 0], pairs[:, 1]
    error = share[first] + share[second]
    difference = mean[first] - mean[second]
    a, b = _masked.ratio(share[first], error), _masked.ratio(share[second], error)
    freedom = 1 / (_masked.ratio(a * a, n[first] - 1) + _masked.ratio(b * b, n[second] - 1))
    same = (error == 0) & (difference == 0) & (n[first] > 1) & (n[second] > 1)
    p = jax.vmap(t_two_sided)(_masked.ratio(difference, jnp.sqrt(error)), freedom)
    return jnp.where(same, 1, p)
