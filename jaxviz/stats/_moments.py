"""Count, mean and sum of squared deviations of pieces of a window, and how they merge."""

from collections.abc import Sequence
from functools import reduce
from operator import add
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
    origin = _newest_mean(parts)
    counts = [float(s.size) if p.count is None else p.count for p, s in zip(parts, spans, strict=True)]
    total = reduce(add, counts)
    deltas = [_deviation(p, origin) for p in parts]
    weighted = [n * d for n, d in zip(counts, deltas, strict=True)]
    first = reduce(add, weighted)
    share = first / jnp.maximum(total, 1)
    squares = [w * d for w, d in zip(weighted, deltas, strict=True)] + [p.m2 for p in parts if p.m2 is not None]
    return Moments(None if isinstance(total, float) else total, origin + share, reduce(add, squares) - first * share)


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
