"""Count, mean and sum of squared deviations of pieces of a window, and how they merge."""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import jax.numpy as jnp

from .._types import Array, Float
from ._fold import Span


class Moments(NamedTuple):
    """n, x̄ and Σ(x − x̄)² of pieces. None where it is known: n is the piece's length, the sum of a single entry is 0."""

    count: Float[Array, " piece"] | None
    mean: Float[Array, " piece"]
    m2: Float[Array, " piece"] | None


def merge_moments(parts: Sequence[Moments], spans: Sequence[Span]) -> Moments:
    """The moments of adjacent pieces together (Chan, Golub & LeVeque 1983, for many pieces at once).

        δᵢ = x̄ᵢ − x̄₀,  x̄ = x̄₀ + Σnᵢδᵢ/n,  M₂ = ΣM₂ᵢ + Σnᵢδᵢ² − (Σnᵢδᵢ)²/n

    x̄₀ is the mean of a piece that has entries, so equal entries give exactly 0, and cancellation is bounded by what the
    window's own spread explains.
    """
    counted = parts[0].count is not None
    unit = 1 if counted else spans[-1].size  # weights of 1, which cost nothing, where all pieces are equally long
    origin = _newest_mean(parts)
    weights = [
        jnp.asarray(span.size / unit if part.count is None else part.count, origin.dtype)
        for part, span in zip(parts, spans, strict=True)
    ]
    total = _sum(weights)
    deltas = [_deviation(part, origin) for part in parts]
    weighted = [w * d for w, d in zip(weights, deltas, strict=True)]
    share = _sum(weighted) / jnp.maximum(total, 1)
    between = _sum([w * d for w, d in zip(weighted, deltas, strict=True)]) - _sum(weighted) * share
    m2 = _sum([unit * between] + [part.m2 for part in parts if part.m2 is not None])
    return Moments(total if counted else None, origin + share, m2)


def _sum(terms: Sequence[Array]) -> Array:
    return reduce(jnp.add, terms)


def _newest_mean(parts: Sequence[Moments]) -> Float[Array, " piece"]:
    """The mean of the newest piece that has entries."""
    chosen = parts[0].mean
    for part in parts[1:]:
        chosen = part.mean if part.count is None else jnp.where(part.count > 0, part.mean, chosen)
    return chosen


def _deviation(part: Moments, origin: Float[Array, " piece"]) -> Float[Array, " piece"]:
    """Distance of the piece's mean from `origin`, 0 for a piece without entries."""
    delta = part.mean - origin
    return delta if part.count is None else jnp.where(part.count > 0, delta, 0)
