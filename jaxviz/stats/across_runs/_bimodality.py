"""Whether runs fall into more than one camp: Hartigan's dip test."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._scans import running_max
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Int
from .._engine._dip_table import QUANTILES, SIZES, TAILS
from ..one_run._order import sorted_valid

FEWEST_RUNS = 4
"""Three runs and fewer have the smallest dip there is, whatever they are."""
ROWS_AT_ONCE = 256
"""Entries whose slopes to all others are in memory together."""


class DipTest(Result):
    """Hartigan's dip test of unimodality."""

    statistic: Float[Array, ""]
    """D, from 1/(2n) (as unimodal as n runs can be) to ¼ (two points)."""
    p_value: Float[Array, ""]
    """Against the uniform distribution; from 5e-4 to 1."""
    n: Int[Array, ""]
    """Number of runs."""


@explained
@computed_in_single(narrow=False)
def dip_test(x: ArrayLike, *, valid: Bool[ArrayLike, " entry"] | None = None) -> DipTest:
    """Hartigan's dip test that the runs come from a distribution with one mode: small p, more than one camp.

    D = min_G max_t |F(t) − G(t)|, F the share of runs ≤ t, G every distribution function with one mode (convex up to
    it and concave from there)

    Shapes: [run] → []. Pure number; neither shift nor scale changes it. p is the share of uniform samples of n with a
    dip of at least D, interpolated in a table made by `python -m benchmarks.dip_table`, never below 5e-4. Of unimodal
    distributions the uniform has the largest dips: at level 5 %, 10 normal runs are called bimodal in 1.8 % of cases,
    log-normal ones in 1.4, exponential in 2.0. Two camps whose centres are 8 standard deviations apart are found in
    93 % with 5 + 5 runs, 68 % with 4 + 6, always with 10 + 10; a small camp is not (3 + 7 or 5 + 15 runs: 6 %).
    All equal → p = 1. Fewer than four runs, a valid NaN or ±∞ → NaN. O(n²) work. Source: Hartigan & Hartigan 1985,
    Hartigan 1985 (AS 217); the packages diptest of R and Python agree.

    >>> round(float(stats.dip_test(np.array([0.0, 0.1, 0.2, 5.0, 5.1, 5.2])).statistic), 3)
    0.24
    """
    ordered, n = sorted_valid(x, valid)
    ordered = jax.lax.stop_gradient(ordered)
    last = ordered[jnp.maximum(n - 1, 0)] if ordered.shape[0] else jnp.full((), jnp.nan, ordered.dtype)
    defined = (n >= FEWEST_RUNS) & jnp.isfinite(last) & jnp.isfinite(ordered[:1]).all()
    statistic = _masked.undefined_unless(defined, _dip(_padded(ordered, n, last, defined), n))
    return DipTest(statistic, _p_value(statistic, n), n)


def _padded(
    ordered: Float[Array, " entry"], n: Int[Array, ""], last: Float[Array, ""], defined: Bool[Array, ""]
) -> Float[Array, " entry"]:
    """The valid entries from 0 on, those behind them equal to the last; at least one, all finite."""
    ordered = ordered if ordered.shape[0] else jnp.zeros(1, ordered.dtype)
    here = jnp.arange(ordered.shape[0], dtype=jnp.int32) < n
    return _masked.blank(jnp.where(here, ordered, last) - ordered[0], jnp.broadcast_to(defined, ordered.shape))


class _Modal(NamedTuple):
    """The interval that holds the mode, and the dip so far in units of 1/(2n)."""

    low: Int[Array, ""]
    high: Int[Array, ""]
    dip: Float[Array, ""]
    done: Bool[Array, ""]


class _Hull(NamedTuple):
    """One side of the convex hull of the points (xₖ, k): its knots, and what lies around each k."""

    knot: Bool[Array, " entry"]
    height: Float[Array, " entry"]
    """The hull at xₖ; k itself where the edge is vertical or has no entry inside."""
    before: Int[Array, " entry"]
    after: Int[Array, " entry"]
    """The nearest knots at or before k, at or after k."""
    sloped: Bool[Array, " entry"]


@jax.jit
def _dip(x: Float[Array, " entry"], n: Int[Array, ""]) -> Float[Array, ""]:
    """D of the first n entries, in ascending order (AS 217)."""
    to_left, to_right = _edges(x, n)
    index = jnp.arange(x.shape[0], dtype=jnp.int32)

    def narrow(state: _Modal) -> _Modal:
        inside = (index >= state.low) & (index <= state.high)
        minorant = _hull(x, _chain(to_left, state.high, state.low), inside)
        majorant = _hull(x, _chain(to_right, state.low, state.high), inside)
        above = _masked.blank(index.astype(x.dtype) + 1 - minorant.height, inside & minorant.sloped, 1)
        below = _masked.blank(majorant.height + 1 - index.astype(x.dtype), inside & majorant.sloped, 1)
        distance, low, high = _farthest(above, below, minorant, majorant, state)
        outside = jnp.where(index <= low, above, 1), jnp.where(index >= high, below, 1)
        dip = jnp.maximum(state.dip, jnp.maximum(jnp.max(outside[0]), jnp.max(outside[1])))
        found = distance < state.dip
        same = (low == state.low) & (high == state.high)
        return _Modal(low, high, jnp.where(found, state.dip, dip), found | same)

    flat = x[-1] == x[0]
    start = _Modal(jnp.zeros((), jnp.int32), n - 1, jnp.ones((), x.dtype), flat)
    dip = jax.lax.while_loop(lambda state: ~state.done, narrow, start).dip
    return dip / jnp.maximum(2 * n, 1).astype(x.dtype)


def _farthest(
    above: Float[Array, " entry"],
    below: Float[Array, " entry"],
    minorant: _Hull,
    majorant: _Hull,
    state: _Modal,
) -> tuple[Float[Array, ""], Int[Array, ""], Int[Array, ""]]:
    """The largest distance between the hulls at a knot of either, and the interval between the knots around it."""
    index = jnp.arange(above.shape[0], dtype=jnp.int32)
    between = (index > state.low) & (index < state.high)
    at_upper = _masked.blank(above, majorant.knot & between, 0)
    at_lower = _masked.blank(below, minorant.knot & between, 0)
    distance = jnp.maximum(jnp.max(at_upper), jnp.max(at_lower))
    place = jnp.max(jnp.where(jnp.maximum(at_upper, at_lower) >= distance, index, 0))
    upper = at_upper[place] >= at_lower[place]
    low = jnp.where(upper, minorant.before[place], place)
    high = jnp.where(upper, place, majorant.after[place])
    apart = distance > 0
    return jnp.maximum(distance, 1), jnp.where(apart, low, state.low), jnp.where(apart, high, state.high)


def _edges(x: Float[Array, " entry"], n: Int[Array, ""]) -> tuple[Int[Array, " entry"], Int[Array, " entry"]]:
    """Of every entry, the other end of the hull's edge that ends there: below, of x₀ … xⱼ; above, of xⱼ … xₙ₋₁.

    The steepest line to an entry before it, the steepest to one after it; of equal ones the longest.
    """
    size = x.shape[0]
    other = jnp.arange(size, dtype=jnp.int32)[:, None]

    def ends(j: Int[Array, " _"]) -> tuple[Int[Array, " _"], Int[Array, " _"]]:
        run = jnp.abs(x[:, None] - x[j][None])
        rise = jnp.abs(other - j[None]).astype(x.dtype)
        slope = jnp.where(run > 0, rise / jnp.where(run > 0, run, 1), jnp.inf)
        left, right = (jnp.where(there, slope, -1) for there in (other < j[None], (other > j[None]) & (other < n)))
        first = jnp.min(jnp.where(left == jnp.max(left, axis=0)[None], other, size), axis=0)
        last = jnp.max(jnp.where(right == jnp.max(right, axis=0)[None], other, 0), axis=0)
        return jnp.minimum(first, j), jnp.where(j < n - 1, last, j)

    index = jnp.arange(size, dtype=jnp.int32)
    if size <= ROWS_AT_ONCE:
        return ends(index)
    blocks = -(-size // ROWS_AT_ONCE)
    padded = jnp.pad(index, (0, blocks * ROWS_AT_ONCE - size)).reshape(blocks, ROWS_AT_ONCE)
    left, right = jax.lax.map(ends, padded)
    return left.reshape(-1)[:size], right.reshape(-1)[:size]


def _chain(edge: Int[Array, " entry"], start: Int[Array, ""], stop: Int[Array, ""]) -> Bool[Array, " entry"]:
    """The entries on the way from `start` along the edges to `stop`, by doubling the length of the jumps."""
    size = edge.shape[0]
    index = jnp.arange(size, dtype=jnp.int32)
    edge = jnp.where(index == stop, index, edge)

    def double(_, state: tuple[Array, Array]) -> tuple[Array, Array]:
        reached, jump = state
        landed = jnp.zeros(size, jnp.int32).at[jump].max(reached.astype(jnp.int32))
        return reached | (landed > 0), jump[jump]

    return jax.lax.fori_loop(0, max(1, (size - 1).bit_length()), double, (index == start, edge))[0]


def _hull(x: Float[Array, " entry"], knot: Bool[Array, " entry"], inside: Bool[Array, " entry"]) -> _Hull:
    size = x.shape[0]
    index = jnp.arange(size, dtype=jnp.int32)
    knot = knot & inside
    before = running_max(jnp.where(knot, index, 0))
    after = size - 1 - running_max(jnp.where(knot, size - 1 - index, 0)[::-1])[::-1]
    run = x[after] - x[before]
    sloped = (after - before > 1) & (run > 0)
    slope = (after - before).astype(x.dtype) / jnp.where(run > 0, run, 1)
    height = jnp.where(sloped, before.astype(x.dtype) + (x - x[before]) * slope, index.astype(x.dtype))
    return _Hull(knot, height, before, after, sloped)


def _p_value(dip: Float[Array, ""], n: Int[Array, ""]) -> Float[Array, ""]:
    """Share of uniform samples of n whose dip is at least D: log p is interpolated in √n·D, the rows in 1/√n."""
    root = jnp.sqrt(jnp.maximum(n, 1).astype(dip.dtype))
    sizes = jnp.asarray(SIZES, dip.dtype)
    rows = jnp.asarray(QUANTILES, dip.dtype)
    row = jnp.clip(jnp.sum(sizes <= root * root) - 1, 0, sizes.shape[0] - 2)
    near, far = (jax.lax.rsqrt(sizes[i]) for i in (row, row + 1))
    share = jnp.clip((near - 1 / root) / (near - far), 0, 1)
    quantiles = (1 - share) * rows[row] + share * rows[row + 1]
    p = jnp.exp(jnp.interp(root * dip, quantiles, jnp.log(jnp.asarray(TAILS, dip.dtype)), left=0.0))
    return _masked.undefined_unless(~jnp.isnan(dip), jnp.where(2 * n.astype(dip.dtype) * dip <= 1 + 1e-5, 1, p))
