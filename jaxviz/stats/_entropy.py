"""Entropy of policies, in nats, positive."""

import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Float


def categorical_entropy(*, probs: ArrayLike) -> Float[Array, "..."]:
    """H = −Σ p log p."""
    p = _masked.as_float(probs)
    positive = p > 0
    terms = jnp.where(positive, -p * jnp.log(jnp.where(positive, p, 1)), 0)
    ok = jnp.all(p >= 0, -1) & (jnp.abs(jnp.sum(p, -1) - 1) <= 1e-3)
    return _masked.undefined_unless(ok, jnp.sum(terms, -1))


def normalized_entropy(*, probs: ArrayLike) -> Float[Array, "..."]:
    h = categorical_entropy(probs=probs)
    return _masked.ratio(h, jnp.full_like(h, jnp.log(jnp.asarray(jnp.shape(probs)[-1], h.dtype))))


def perplexity(*, probs: ArrayLike) -> Float[Array, "..."]:
    return jnp.exp(categorical_entropy(probs=probs))


def confidence(probs: ArrayLike) -> Float[Array, "..."]:
    return jnp.max(_masked.as_float(probs), axis=-1)


def marginal_entropy(probs: ArrayLike) -> Float[Array, ""]:
    return categorical_entropy(probs=jnp.mean(_masked.as_float(probs), axis=0))


def mutual_information(probs: ArrayLike) -> Float[Array, ""]:
    return jnp.maximum(marginal_entropy(probs) - jnp.mean(categorical_entropy(probs=probs)), 0)
