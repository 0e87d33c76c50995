"""Quantiles of a stream that is seen piece by piece: counts in bins, whose merge is exact and of any order."""

import math
from typing import Self, TypeVar

import equinox as eqx
import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Int
from ._moments import counted, entries, no_count, saturating_sum


class BinnedQuantiles(Result):
    """Quantiles read from counts."""

    value: Float[Array, "*q"]
    """NaN if nothing was seen, if a NaN was seen, and beyond the bins."""
    beyond: Bool[Array, "*q"]
    """The quantile lies beyond the bins."""
    saturated: Bool[Array, ""]
    """There were more entries than a count can hold: the later ones are missing."""


class RunningHistogram(Result):
    """Counts between fixed edges, edges[i] ≤ x < edges[i + 1]; the last edge belongs to the last bin.

    A quantile is interpolated inside the bin of the entry at its rank (the lower of two): it is off by less than the
    width of that bin. Unit of x. Merges in any order, and to the same bits.
    """

    edges: Float[Array, " edge"]
    counts: Int[Array, " bin"]
    """First those below the edges, then the bins, then those above, then NaN."""
    total: Int[Array, ""]
    saturated: Bool[Array, ""]

    @classmethod
    @explained
    def init(cls, edges: ArrayLike) -> Self:
        """Nothing seen; `edges` rise."""
        edges = _masked.as_float(edges)
        if edges.ndim != 1 or edges.shape[0] < 2:
            raise ValueError(f"`edges` must be [edge] with at least two edges, got shape {edges.shape}")
        counts = jnp.zeros(edges.shape[0] + 2, jnp.result_type(int))
        return cls(edges, counts, no_count(), jnp.zeros((), bool))

    @explained
    def update(self, x: ArrayLike, *, valid: Bool[ArrayLike, "..."] | None = None) -> Self:
        """With the valid entries of `x`, of any shape."""
        x, present = entries(x, valid, self.edges.dtype)
        place = _edges_upto(self.edges, x)
        place = jnp.where(x == self.edges[-1], self.edges.shape[0] - 1, place)
        return _added(self, jnp.where(jnp.isnan(x), self.edges.shape[0] + 1, place), present)

    @explained
    def merge(self, other: Self) -> Self:
        """Both streams together; they must have the same edges."""
        if self.edges.shape != other.edges.shape:
            raise ValueError(f"both must have the same `edges`, got shapes {self.edges.shape} and {other.edges.shape}")
        return _merged(self, other)

    @explained
    def finalize(self, q: ArrayLike) -> BinnedQuantiles:
        """Quantiles at the shares `q` in [0, 1], interpolated inside their bins."""
        rank, place, before = _bin_of(q, self.counts, self.edges.dtype)
        bins = self.edges.shape[0] - 1
        inside = jnp.clip(place - 1, 0, bins - 1)
        low, high = self.edges[inside], self.edges[inside + 1]
        share = (rank - before.astype(rank.dtype) + 0.5) / jnp.maximum(self.counts[place], 1).astype(rank.dtype)
        beyond = (place == 0) | (place > bins)
        return _quantiles(self, low + (high - low) * jnp.clip(share, 0, 1), beyond)


class QuantileSketch(Result):
    """Quantiles within a relative error, from counts in bins that widen with the distance from 0.

        bin of x:  ⌈log_γ |x|⌉,  γ = (1 + α)/(1 − α);   its value 2γⁱ/(γ + 1), within α·|x| of all it holds

    A quantile is within `relative_error` α of an entry of the stream at that rank (the lower of two). Values
    nearer to 0 than `smallest` count as 0; those farther than `largest` are beyond. The memory is fixed: about
    2·ln(largest/smallest)/2α counts. Unit of x. Merges in any order, and to the same bits. Source: Masson, Rim &
    Lee 2019 (DDSketch), without its collapsing of bins.
    """

    counts: Int[Array, " bin"]
    """Beyond below, negative bins from far to near, zero, positive bins from near to far, beyond above, NaN."""
    total: Int[Array, ""]
    saturated: Bool[Array, ""]
    relative_error: float = eqx.field(static=True)
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)

    @classmethod
    @explained
    def init(cls, *, relative_error: float = 0.01, smallest: float = 1e-3, largest: float = 1e6) -> Self:
        """Nothing seen."""
        if not 0 < relative_error < 1:
            raise ValueError(f"`relative_error` must be in (0, 1), got {relative_error}")
        if not 0 < smallest < largest:
            raise ValueError(f"`smallest` must be above 0 and below `largest`, got {smallest} and {largest}")
        none, unflagged = no_count(), jnp.zeros((), bool)
        empty = cls(none[None], none, unflagged, relative_error, smallest, largest)
        return eqx.tree_at(lambda s: s.counts, empty, jnp.zeros(2 * empty.bins + 4, none.dtype))

    @property
    def bins(self) -> int:
        """Bins on either side of 0."""
        return math.ceil(math.log(self.largest / self.smallest) / self._width)

    @property
    def _width(self) -> float:
        """log γ."""
        return 2 * math.atanh(self.relative_error)

    @explained
    def update(self, x: ArrayLike, *, valid: Bool[ArrayLike, "..."] | None = None) -> Self:
        """With the valid entries of `x`, of any shape."""
        x, present = entries(x, valid, _masked.as_float(x).dtype)
        size = jnp.abs(x)
        away = jnp.log(jnp.maximum(size, self.smallest) / self.smallest) / self._width
        away = jnp.clip(jnp.floor(jnp.where(jnp.isnan(away), 0, away)), 0, self.bins).astype(jnp.int32) + 1
        away = jnp.where(size < self.smallest, 0, away)
        place = self.bins + 1 + jnp.where(x < 0, -away, away)
        return _added(self, jnp.where(jnp.isnan(x), 2 * self.bins + 3, place), present)

    @explained
    def merge(self, other: Self) -> Self:
        """Both streams together; they must have been made alike."""
        settings = [(s.relative_error, s.smallest, s.largest) for s in (self, other)]
        if settings[0] != settings[1]:
            raise ValueError(f"both must have the same settings, got {settings[0]} and {settings[1]}")
        return _merged(self, other)

    @explained
    def finalize(self, q: ArrayLike) -> BinnedQuantiles:
        """Quantiles at the shares `q` in [0, 1]."""
        rank, place, _ = _bin_of(q, self.counts, _masked.as_float(q).dtype)
        away = jnp.abs(place - self.bins - 1)
        middle = self.smallest * jnp.exp((away.astype(rank.dtype) - 1) * self._width) * (1 + self.relative_error)
        value = jnp.where(away == 0, 0, jnp.where(place > self.bins, middle, -middle))
        return _quantiles(self, _masked.undefined_unless(~jnp.isnan(rank), value), away > self.bins)


def _edges_upto(edges: Float[Array, " edge"], x: Float[Array, " entry"]) -> Int[Array, " entry"]:
    """How many edges are ≤ x, in steps that each compare with several edges: the time goes into steps."""
    n = edges.shape[0]
    steps = max(1, math.ceil(math.log(n + 1, _EDGES_AT_ONCE)))
    ways = math.ceil((n + 1) ** (1 / steps))
    padded, found = jnp.pad(edges, (0, ways**steps - n), constant_values=jnp.inf), 0
    for size in (ways**step for step in reversed(range(steps))):
        met = (padded[found + i * size - 1] <= x for i in range(1, ways))
        found = found + size * sum(m.astype(jnp.int32) for m in met)
    return jnp.minimum(found, n)


def _bin_of(
    q: ArrayLike, counts: Int[Array, " bin"], dtype: jnp.dtype
) -> tuple[Float[Array, "*q"], Int[Array, "*q"], Int[Array, "*q"]]:
    """Rank q·(n − 1), the bin of the entry at (or just below) it, and how many entries lie before that bin."""
    up_to = jnp.cumsum(counts[:-1])
    q = _levels.level(q, dtype, name="q", within="[0, 1]")
    last = jnp.maximum(up_to[-1] - 1, 0)
    rank = q * last.astype(dtype)
    entry = jnp.minimum(jnp.floor(_masked.blank(rank, ~jnp.isnan(rank))).astype(counts.dtype), last)
    place = jnp.minimum(jnp.searchsorted(up_to, entry, side="right"), counts.shape[0] - 2)
    return rank, place, up_to[place] - counts[place]


def _quantiles(
    state: "RunningHistogram | QuantileSketch", value: Float[Array, "*q"], beyond: Bool[Array, "*q"]
) -> BinnedQuantiles:
    seen = jnp.any(state.counts[:-1] > 0)
    defined = seen & (state.counts[-1] == 0) & ~beyond
    return BinnedQuantiles(_masked.undefined_unless(defined, value), beyond & seen, state.saturated)


_EDGES_AT_ONCE = 12
"""Ways that one step distinguishes. A binary search has more steps, each of which waits for a gather; comparing with
all edges at once compiles slowly. 8192 entries among 129 edges: 0.08 ms with 2 ways, 0.05 with 12, 0.06 (and 2.7 s to
compile) with 130."""

Binned = TypeVar("Binned", RunningHistogram, QuantileSketch)


def _added(state: Binned, place: Int[Array, " entry"], present: Bool[Array, " entry"]) -> Binned:
    """`state` with new entries in the bins `place`; nothing more once a bin might overflow, which is flagged."""
    total, full = saturating_sum(state.total, counted(present))
    counts = state.counts.at[place].add((present & ~full).astype(state.counts.dtype))
    return eqx.tree_at(lambda s: (s.counts, s.total, s.saturated), state, (counts, total, state.saturated | full))


def _merged(a: Binned, b: Binned) -> Binned:
    counts, _ = saturating_sum(a.counts, b.counts)
    total, full = saturating_sum(a.total, b.total)
    flag = a.saturated | b.saturated | full
    return eqx.tree_at(lambda s: (s.counts, s.total, s.saturated), a, (counts, total, flag))
