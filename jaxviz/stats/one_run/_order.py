"""Order statistics of the valid entries of one stream: exact, masked, and quick to batch with `jax.vmap`.

They are read off single entries, which `_engine/_kth.py` selects without sorting. If all of them are wanted in order,
`sorted_valid(x, valid)` gives (sorted, m): the m valid entries ascending, then +inf in the place of the invalid ones.
"""

import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._levels import Shares
from ..._own_kernel import own_kernel
from ..._scans import running_count
from ..._types import Array, ArrayLike, Bool, Float, Int, Mask
from .._engine import _sorting
from .._engine._interpolation import NORMAL_CONSISTENT, between, lost_by_rounding, position
from .._engine._kth import kth_smallest


def sorted_valid(x: ArrayLike, valid: Mask | None = None) -> tuple[Float[Array, " entry"], Int[Array, ""]]:
    """(x₍₁₎ ≤ … ≤ x₍ₘ₎ followed by +inf, m). A valid NaN → all NaN. Shapes: [entry] → [entry], []."""
    x, present = _masked.stream(x, valid)
    return _sorting.sort(_masked.blank(x, present, jnp.inf)), _masked.count(present)


@explained
@computed_in_single()
def quantile(x: ArrayLike, q: Shares, *, valid: Mask | None = None) -> Float[Array, "*q"]:
    """Quantile by linear interpolation (Hyndman–Fan type 7, the default of NumPy and SciPy).

        Q(q) = x₍ₖ₊₁₎ + (h − k)(x₍ₖ₊₂₎ − x₍ₖ₊₁₎),  h = q(m − 1),  k = ⌊h⌋

    Shapes: x [entry], q of any shape → the shape of q. Unit of x. No valid entry or a valid NaN → NaN.
    q must be in [0, 1].

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.quantile(x, [0.0, 0.5, 1.0]))
    [1.  2.5 5. ]
    """
    x, present = _masked.stream(x, valid)
    lost = lost_by_rounding(q, x.dtype)
    q = _levels.level(q, x.dtype, name="q", within="[0, 1]")
    places, share = _quantile_places(q, lost, present)
    return _between_entries(q, share, _entries(x, present, places))


def _quantile_places(
    q: Float[Array, "*q"], lost: Float[Array, "*q"] | None, present: Bool[Array, " entry"]
) -> tuple[Int[Array, " rank"], Float[Array, " flat_q"]]:
    """Positions of the entries below all quantiles, then of those above them, and how far up the quantiles lie."""
    m = _masked.count(present)
    k, share = position(q.ravel(), m - 1, present.shape[0], None if lost is None else lost.ravel())
    return jnp.concatenate([k, jnp.minimum(k + 1, m - 1)]), share


def _between_entries(
    q: Float[Array, "*q"], share: Float[Array, " flat_q"], entries: Float[Array, " rank"]
) -> Float[Array, "*q"]:
    """The quantiles `q` from the entries at the places that `_quantile_places` gives."""
    low, high = jnp.split(entries, 2)
    value = between(low, high, share.astype(low.dtype)).reshape(q.shape)
    return _masked.undefined_unless((q >= 0) & (q <= 1), value)


@explained
@computed_in_single()
def median(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Median, Q(½): the middle entry, or the mean of the two middle entries.

    Shapes: [entry] → []. Unit of x, ↑ of returns. No valid entry or a valid NaN → NaN.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.median(x)), 3)
    2.5
    """
    return quantile(x, 0.5, valid=valid)


@explained
@computed_in_single()
def interquartile_range(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Interquartile range, Q(¾) − Q(¼).

    Shapes: [entry] → []. Unit of x, ↓. Equal entries → 0; no valid entry or a valid NaN → NaN.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.interquartile_range(x)), 3)
    1.75
    """
    x, present = _masked.stream(x, valid)
    q = jnp.asarray((0.25, 0.75), x.dtype)
    places, share = _quantile_places(q, None, present)
    _, near = _from_first(_entries(x, present, places))
    low, high = _between_entries(q, share, near)
    return high - low


@explained
@computed_in_single()
def median_absolute_deviation(
    x: ArrayLike, *, normal_consistent: bool = False, valid: Mask | None = None
) -> Float[Array, ""]:
    """Median absolute deviation, median |xᵢ − median(x)|; `normal_consistent` multiplies by 1.4826… .

    Shapes: [entry] → []. Unit of x, ↓. Equal entries → 0; no valid entry or a valid NaN → NaN.
    Named deviation: google-research/rl-reliability-metrics tiles its MAD along axis 1 wrongly; axis 0 agrees.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.median_absolute_deviation(x)), 3)
    1.0
    """
    x, present = _masked.stream(x, valid)
    half = jnp.asarray(0.5, x.dtype)
    places, share = _quantile_places(half, None, present)
    start, near = _from_first(_entries(x, present, places))
    apart = own_kernel(jnp.abs(x - start - _between_entries(half, share, near)))
    deviation = median(apart, valid=valid)
    return deviation * NORMAL_CONSISTENT if normal_consistent else deviation


def _from_first(entries: Float[Array, " rank"]) -> tuple[Float[Array, ""], Float[Array, " rank"]]:
    """The first entry, or 0 if it is infinite, and what lies between it and each.

    Near 1e6 a quantile of entries would be rounded to 1/16.
    """
    start = jnp.where(jnp.isinf(entries[0]), 0, entries[0])
    return start, entries - start


@explained
@computed_in_single()
def trimmed_mean(
    x: ArrayLike, cut: ArrayLike = 0.25, *, exact: bool = False, valid: Mask | None = None
) -> Float[Array, ""]:
    """Mean without the lowest and the highest share `cut` of the entries; cut = ¼ is the interquartile mean.

        k = ⌊cut·m⌋,  mean of x₍ₖ₊₁₎ … x₍ₘ₋ₖ₎
        exact:  c = cut·m,  wᵢ = max(0, min(i, m−c) − max(i−1, c)),  Σ wᵢ x₍ᵢ₎ / (m − 2c)

    Shapes: [entry] → []. Unit of x, ↑ of returns. Nothing left (cut ≥ ½, no valid entry), cut < 0, a valid NaN → NaN.
    The integer form is rliable's and SciPy's; both agree if cut·m is an integer.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.trimmed_mean(x, 0.25)), 3)
    2.5
    """
    x, present = _masked.stream(x, valid)
    cut, size = jnp.asarray(cut, x.dtype), _masked.count(present).astype(x.dtype)
    trimmed = cut * size if exact else jnp.floor(cut * size)
    return _masked.undefined_unless(cut >= 0, _mean_between(x, present, trimmed, size - trimmed))


@explained
@computed_in_single()
def cvar_lower(x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Lower conditional value at risk: the mean of the entries at or below the α-quantile.

        mean{xᵢ : xᵢ ≤ Q(α)}

    Shapes: [entry] → []. Unit of x, ↑ of returns. No valid entry or a valid NaN → NaN. α must be in [0, 1].
    Source: google-research/rl-reliability-metrics (interpolated quantile, ties included). `weighted_cvar_lower` is the
    textbook form; the two differ for small m. Near ties decide: which entries are at or below Q(α) depends on their
    last bit, so [.4, .4, 0, .4, .2, .3, .3, .1, .5] with α = ¼ gives 0.1 here, where Q is the entry .2 itself, and 0.05
    where interpolation rounds it down. Entries that are computed, and equal but for rounding, are not ties.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.cvar_lower(x, 0.5)), 3)
    1.5
    """
    x, present = _masked.stream(x, valid)
    lost = lost_by_rounding(alpha, x.dtype)
    alpha = _levels.level(alpha, x.dtype, name="alpha", within="[0, 1]")
    return _tail_mean(x, present, alpha, _entries(x, present, _tail_place(alpha, lost, present)))


def _tail_place(
    alpha: Float[Array, ""], lost: Float[Array, ""] | None, present: Bool[Array, " entry"]
) -> Int[Array, " 1"]:
    """Position of the last entry of the lower tail: xᵢ ≤ Q(α) where xᵢ ≤ x₍ₖ₊₁₎."""
    return position(alpha, _masked.count(present) - 1, present.shape[0], lost)[0][None]


def _tail_mean(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], alpha: Float[Array, ""], edge: Float[Array, " 1"]
) -> Float[Array, ""]:
    edge = jax.lax.stop_gradient(edge[0])
    tail = _masked.mean_about(edge, x, own_kernel(present & (x <= edge)))
    return _masked.undefined_unless((alpha >= 0) & (alpha <= 1), tail)


@computed_in_single()
def quantile_and_cvar(
    x: ArrayLike, q: Shares, alpha: ArrayLike, *, valid: Mask | None = None
) -> tuple[Float[Array, "*q"], Float[Array, ""]]:
    """(`quantile`, `cvar_lower`) in little more than the time of one: they select from the stream together."""
    x, present = _masked.stream(x, valid)
    lost_q, lost_alpha = lost_by_rounding(q, x.dtype), lost_by_rounding(alpha, x.dtype)
    q = _levels.level(q, x.dtype, name="q", within="[0, 1]")
    alpha = _levels.level(alpha, x.dtype, name="alpha", within="[0, 1]")
    places, share = _quantile_places(q, lost_q, present)
    entries = _entries(x, present, jnp.concatenate([places, _tail_place(alpha, lost_alpha, present)]))
    return _between_entries(q, share, entries[:-1]), _tail_mean(x, present, alpha, entries[-1:])


@explained
@computed_in_single()
def cvar_upper(x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Upper conditional value at risk: the mean of the entries at or above the (1−α)-quantile.

        mean{xᵢ : xᵢ ≥ Q(1 − α)}

    Shapes: [entry] → []. Unit of x, ↑ of returns. NaN and source as in `cvar_lower`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.cvar_upper(x, 0.5)), 3)
    4.0
    """
    return -cvar_lower(-_masked.as_float(x), alpha, valid=valid)


@explained
@computed_in_single()
def weighted_cvar_lower(x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Mean of the lowest share α of the probability, the entry at its edge counting in part.

        (1/αm)(Σ_{i≤k} x₍ᵢ₎ + (αm − k) x₍ₖ₊₁₎),  k = ⌊αm⌋

    Shapes: [entry] → []. Unit of x, ↑ of returns. No valid entry or a valid NaN → NaN. α must be in (0, 1].
    Source: Rockafellar & Uryasev 2002.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.weighted_cvar_lower(x, 0.5)), 3)
    1.5
    """
    x, present = _masked.stream(x, valid)
    alpha = _levels.level(alpha, x.dtype, name="alpha", within="(0, 1]")
    tail = _mean_between(x, present, jnp.zeros_like(alpha), alpha * _masked.count(present).astype(x.dtype))
    return _masked.undefined_unless((alpha > 0) & (alpha <= 1), tail)


@explained
@computed_in_single()
def weighted_cvar_upper(x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Mean of the highest share α of the probability: −weighted_cvar_lower(−x, α).

    Shapes: [entry] → []. Unit of x, ↑ of returns. NaN and source as in `weighted_cvar_lower`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.weighted_cvar_upper(x, 0.5)), 3)
    4.0
    """
    return -weighted_cvar_lower(-_masked.as_float(x), alpha, valid=valid)


@explained
@computed_in_single()
def rank(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, " entry"]:
    """Average rank among the valid entries, 1 = smallest: #{xⱼ < xᵢ} + (#{xⱼ = xᵢ} + 1)/2.

    Shapes: [entry] → [entry]. A pure number. Invalid entries → NaN; a valid NaN → all NaN. Gradient 0.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rank(x))
    [1. 3. 2. 4.]
    """
    x, present = _masked.stream(x, valid)
    filled = jax.lax.stop_gradient(_masked.blank(x, present, jnp.inf))
    order = _sorting.argsort(filled)
    doubled = _doubled_ranks(filled[order], present[order])
    ranks = jnp.zeros_like(x).at[order].set(doubled.astype(x.dtype) / 2, unique_indices=True)
    return _masked.undefined_unless(present & ~jnp.any(jnp.isnan(x)), ranks)


def _doubled_ranks(ordered: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Int[Array, " entry"]:
    """Twice the average rank in a sorted stream: valid entries before the ties, plus those up to their end, plus 1."""
    n = ordered.shape[0]
    upto = running_count(present)
    new = jnp.concatenate([jnp.ones(min(n, 1), bool), ordered[1:] != ordered[:-1]])
    last = jnp.concatenate([new[1:], jnp.ones(min(n, 1), bool)])
    before_ties = jax.lax.cummax(jnp.where(new, upto - present.astype(jnp.int32), 0))
    upto_ties = jax.lax.cummin(jnp.where(last, upto, n), reverse=True)
    return before_ties + upto_ties + 1


@jax.jit
def _entries(x: Float[Array, " entry"], present: Bool[Array, " entry"], k: Int[Array, " k"]) -> Float[Array, " k"]:
    """The valid entries at the sorted positions `k`; NaN if there is none, everywhere if any of them is NaN."""
    if not x.shape[0]:
        return jnp.full(k.shape, jnp.nan, x.dtype)
    m = _masked.count(present)
    known = (m > 0) & ~jnp.any(jnp.isnan(x) & present)
    return _masked.undefined_unless(known, kth_smallest(x, present, jnp.clip(k, 0, jnp.maximum(m - 1, 0))))


@jax.jit
def _mean_between(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], start: Float[Array, ""], stop: Float[Array, ""]
) -> Float[Array, ""]:
    """Mean over the ranks [start, stop], the i-th smallest entry having the ranks [i−1, i]; ties share their weight."""
    still = jax.lax.stop_gradient(x)
    ends = jnp.stack([jnp.floor(start), jnp.ceil(stop) - 1]).astype(jnp.int32)
    low, high = _entries(still, present, ends)
    weight = _tie_weight(still, present, start, stop, low, high)
    origin = _masked.blank(low, jnp.isfinite(low))  # keeps the digits of entries that are far from 0
    total = jnp.sum(jnp.where(weight > 0, weight * (jnp.where(weight > 0, x, 0) - origin), 0))
    defined = (stop > start) & ~jnp.isnan(low)
    return _masked.undefined_unless(defined, origin + _masked.ratio(total, stop - start))


def _tie_weight(
    x: Float[Array, " entry"],
    present: Bool[Array, " entry"],
    start: Float[Array, ""],
    stop: Float[Array, ""],
    low: Float[Array, ""],
    high: Float[Array, ""],
) -> Float[Array, " entry"]:
    """How much of each entry lies in the ranks [start, stop], whose first entry is `low` and whose last is `high`."""

    def count(chosen):
        return _masked.count(present & chosen).astype(x.dtype)

    def share(end):
        before, upto = count(x < end), count(x <= end)
        return _masked.ratio(jnp.minimum(upto, stop) - jnp.maximum(before, start), upto - before)

    inside = jnp.where(
        x == low, share(low), jnp.where(x == high, share(high), ((x > low) & (x < high)).astype(x.dtype))
    )
    return _masked.blank(inside, present)
