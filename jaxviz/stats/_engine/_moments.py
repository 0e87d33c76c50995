"""Count, mean and sum of squared deviations of pieces of a window, and how they merge."""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import jax.numpy as jnp

from ..._types import Array, Float
from ._fold import Span


class PieceMoments(NamedTuple):
    """n, x̄ and Σ(x − x̄)² of pieces. None if it is known: n is the piece's length, the sum of a single entry is 0."""

    n: Float[Array, " piece"] | None
    mean: Float[Array, " piece"]
    m2: Float[Array, " piece"] | None


def merge_moments(parts: Sequence[PieceMoments], spans: Sequence[Span]) -> PieceMoments:
    """The moments of adjacent pieces together (Chan, Golub & LeVeque 1983, for many pieces at once).

        δᵢ = x̄ᵢ − x̄₀,  x̄ = x̄₀ + Σnᵢδᵢ/n,  M₂ = ΣM₂ᵢ + Σnᵢδᵢ² − (Σnᵢδᵢ)²/n

    x̄₀ is the mean of a piece that has entries, so equal entries give exactly 0, and rounding is relative to the
    spread of the window itself.
    """
    if parts[0].n is None:
        return _merge_full(parts, spans)
    # Distances are taken from a piece's mean, not from 0: sums of squares about 0 lose every digit of data whose spread
    # is small beside its level. The newest piece is the one that a window most likely shares with its neighbours.
    origin = _newest_mean(parts)
    weights = [jnp.asarray(part.n) for part in parts]
    total = add_up(weights)
    deltas = [jnp.where(weight > 0, part.mean - origin, 0) for part, weight in zip(parts, weights, strict=True)]
    share, between = _about(weights, deltas, jnp.maximum(total, 1))
    return PieceMoments(total, origin + share, add_up([between, *_known([part.m2 for part in parts])]))


def _merge_full(parts: Sequence[PieceMoments], spans: Sequence[Span]) -> PieceMoments:
    """The same for pieces without gaps. The newest is their origin, whose own distance is 0 and takes no arithmetic."""
    unit = spans[-1].size  # most pieces are this long: their weight is 1, a multiplication that XLA leaves out
    weights = [span.size / unit for span in spans]
    origin, others = parts[-1].mean, slice(max(len(parts) - 1, 1))
    deltas = [part.mean - origin for part in parts[others]]
    share, between = _about([jnp.asarray(w, origin.dtype) for w in weights[others]], deltas, sum(weights))
    return PieceMoments(None, origin + share, add_up([unit * between, *_known([part.m2 for part in parts])]))


def _about(weights: Sequence[Array], deltas: Sequence[Array], total: Array | float) -> tuple[Array, Array]:
    """Σnᵢδᵢ/n and Σnᵢδᵢ² − (Σnᵢδᵢ)²/n."""
    weighted = [w * d for w, d in zip(weights, deltas, strict=True)]
    whole = add_up(weighted)
    share = whole / total
    return share, add_up([w * d for w, d in zip(weighted, deltas, strict=True)]) - whole * share


def _known(terms: Sequence[Array | None]) -> list[Array]:
    return [term for term in terms if term is not None]


def add_up(terms: Sequence[Array]) -> Array:
    """Their sum; Python's `sum` would start from 0, one addition more."""
    return reduce(jnp.add, terms)


def _newest_mean(parts: Sequence[PieceMoments]) -> Float[Array, " piece"]:
    """The mean of the newest piece that has entries."""
    chosen = parts[0].mean
    for part in parts[1:]:
        chosen = jnp.where(jnp.asarray(part.n) > 0, part.mean, chosen)
    return chosen
