"""Order statistics of the valid entries of one stream, exact, masked, and quick to batch with `jax.vmap`.

All of them read `sorted_valid(x, valid)`, which gives (sorted, m): the m valid entries ascending, then +inf in the
place of the invalid ones; a valid NaN makes all of `sorted` NaN. `quantile_of_sorted(sorted, m, q)` reads type-7
quantiles from the pair, so code that needs several order statistics of one stream sorts once. How sorting is done is
the business of `_sorting.py`.
"""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Int
from . import _sorting

NORMAL_CONSISTENT = 1.482602218505602
"""1/Φ⁻¹(¾): the median absolute deviation of a normal variable times this is its standard deviation."""


def sorted_valid(
    x: ArrayLike, valid: Bool[Array, " entry"] | None = None
) -> tuple[Float[Array, " entry"], Int[Array, ""]]:
    """(x₍₁₎ ≤ … ≤ x₍ₘ₎ followed by +inf, m). A valid NaN → all NaN. Shapes: [entry] → [entry], []."""
    x, mask = _masked.stream(x, valid)
    if valid is None:
        return _sorting.sort(x), jnp.asarray(x.shape[0], jnp.int32)
    return _sorting.sort(_masked.blank(x, mask, jnp.inf)), _masked.count(mask)


def quantile_of_sorted(ordered: Float[Array, " entry"], m: Int[Array, ""], q: ArrayLike) -> Float[Array, "*q"]:
    """Type-7 quantiles, as in `quantile`, of the first `m` entries of a sorted stream.

    `q` of any shape, traced; outside [0, 1] → NaN. m = 0 → NaN.
    """
    q = jnp.asarray(q, ordered.dtype)
    if not ordered.shape[0]:
        return jnp.full(q.shape, jnp.nan, ordered.dtype)
    k, share = _position(q, m - 1, ordered.shape[0])
    low, high = ordered[k], ordered[jnp.clip(k + 1, 0, jnp.maximum(m - 1, 0))]
    return _masked.undefined_unless((m > 0) & (q >= 0) & (q <= 1), _between(low, high, share))


def quantile(x: ArrayLike, q: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, "*q"]:
    """Quantile by linear interpolation (Hyndman–Fan type 7, the default of NumPy and SciPy).

        Q(q) = x₍ₖ₊₁₎ + (h − k)(x₍ₖ₊₂₎ − x₍ₖ₊₁₎),  h = q(m − 1),  k = ⌊h⌋

    Shapes: x [entry], q of any shape → the shape of q. Unit of x. No valid entry, a valid NaN, or q outside
    [0, 1] → NaN.
    """
    return quantile_of_sorted(*sorted_valid(x, valid), q)


def median(x: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, ""]:
    """Median, Q(½): the middle entry, or the mean of the two middle entries.

    Shapes: [entry] → []. Unit of x, ↑ of returns. No valid entry or a valid NaN → NaN.
    """
    return quantile(x, 0.5, valid=valid)


def interquartile_range(x: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, ""]:
    """Interquartile range, Q(¾) − Q(¼).

    Shapes: [entry] → []. Unit of x, ↓. Equal entries → 0; no valid entry or a valid NaN → NaN.
    """
    low, high = quantile(x, jnp.asarray([0.25, 0.75], _masked.as_float(x).dtype), valid=valid)
    return high - low


def median_absolute_deviation(
    x: ArrayLike, *, normal_consistent: bool = False, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Median absolute deviation, median |xᵢ − median(x)|; `normal_consistent` multiplies by 1.4826… .

    Shapes: [entry] → []. Unit of x, ↓. Equal entries → 0; no valid entry or a valid NaN → NaN.
    Named deviation: google-research/rl-reliability-metrics tiles its MAD along axis 1 wrongly; axis 0 agrees.
    """
    x = _masked.as_float(x)
    deviation = median(jnp.abs(x - median(x, valid=valid)), valid=valid)
    return deviation * NORMAL_CONSISTENT if normal_consistent else deviation


def trimmed_mean(
    x: ArrayLike, cut: ArrayLike = 0.25, *, exact: bool = False, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Mean without the lowest and the highest share `cut` of the entries; cut = ¼ is the interquartile mean.

        k = ⌊cut·m⌋,  mean of x₍ₖ₊₁₎ … x₍ₘ₋ₖ₎
        exact:  c = cut·m,  wᵢ = max(0, min(i, m−c) − max(i−1, c)),  Σ wᵢ x₍ᵢ₎ / (m − 2c)

    Shapes: [entry] → []. Unit of x, ↑ of returns. Nothing left (cut ≥ ½, no valid entry), cut < 0, a valid NaN → NaN.
    The integer form is rliable's and SciPy's; both agree where cut·m is an integer.
    """
    ordered, m = sorted_valid(x, valid)
    cut = jnp.asarray(cut, ordered.dtype)
    size = m.astype(ordered.dtype)
    trimmed = cut * size if exact else jnp.floor(cut * size)
    return _masked.undefined_unless(cut >= 0, _mean_between(ordered, trimmed, size - trimmed))


def cvar_lower(
    x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Lower conditional value at risk: the mean of the entries at or below the α-quantile.

        mean{xᵢ : xᵢ ≤ Q(α)}

    Shapes: [entry] → []. Unit of x, ↑ of returns. No valid entry, a valid NaN, or α outside [0, 1] → NaN.
    Source: google-research/rl-reliability-metrics (interpolated quantile, ties included). `weighted_cvar_lower` is the
    textbook form; the two differ for small m.
    """
    x, mask = _masked.stream(x, valid)
    ordered, m = sorted_valid(jax.lax.stop_gradient(x), valid)
    alpha = jnp.asarray(alpha, x.dtype)
    k = jnp.floor(alpha * (m - 1).astype(x.dtype)).astype(jnp.int32)  # xᵢ ≤ Q(α) exactly where xᵢ ≤ x₍ₖ₊₁₎
    threshold = _entry(ordered, k)
    tail = _masked.mean(x, mask & ~(x > threshold))
    return _masked.undefined_unless((alpha >= 0) & (alpha <= 1) & ~jnp.isnan(threshold), tail)


def cvar_upper(
    x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Upper conditional value at risk: the mean of the entries at or above the (1−α)-quantile.

        mean{xᵢ : xᵢ ≥ Q(1 − α)}

    Shapes: [entry] → []. Unit of x, ↑ of returns. NaN and source as in `cvar_lower`.
    """
    return -cvar_lower(-_masked.as_float(x), alpha, valid=valid)


def weighted_cvar_lower(
    x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Mean of the lowest share α of the probability, the entry at its edge counting in part.

        (1/αm)(Σ_{i≤k} x₍ᵢ₎ + (αm − k) x₍ₖ₊₁₎),  k = ⌊αm⌋

    Shapes: [entry] → []. Unit of x, ↑ of returns. No valid entry, a valid NaN, or α outside (0, 1] → NaN.
    Source: Rockafellar & Uryasev 2002.
    """
    ordered, m = sorted_valid(x, valid)
    alpha = jnp.asarray(alpha, ordered.dtype)
    tail = _mean_between(ordered, jnp.zeros_like(alpha), alpha * m.astype(ordered.dtype))
    return _masked.undefined_unless((alpha > 0) & (alpha <= 1), tail)


def weighted_cvar_upper(
    x: ArrayLike, alpha: ArrayLike = 0.05, *, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Mean of the highest share α of the probability: −weighted_cvar_lower(−x, α).

    Shapes: [entry] → []. Unit of x, ↑ of returns. NaN and source as in `weighted_cvar_lower`.
    """
    return -weighted_cvar_lower(-_masked.as_float(x), alpha, valid=valid)


def rank(x: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, " entry"]:
    """Average rank among the valid entries, 1 = smallest: #{xⱼ < xᵢ} + (#{xⱼ = xᵢ} + 1)/2.

    Shapes: [entry] → [entry]. A pure number. Invalid entries → NaN; a valid NaN → all NaN. Gradient 0.
    """
    x, mask = _masked.stream(x, valid)
    filled = jax.lax.stop_gradient(_masked.blank(x, mask, jnp.inf))
    order = _sorting.argsort(filled)
    doubled = _doubled_ranks(filled[order], mask[order])
    ranks = jnp.zeros_like(x).at[order].set(doubled.astype(x.dtype) / 2, unique_indices=True)
    return _masked.undefined_unless(mask & ~jnp.any(jnp.isnan(x)), ranks)


def _doubled_ranks(ordered: Float[Array, " entry"], valid: Bool[Array, " entry"]) -> Int[Array, " entry"]:
    """Twice the average rank in a sorted stream: valid entries before the ties, plus those up to their end, plus 1."""
    n = ordered.shape[0]
    upto = jnp.cumsum(valid, dtype=jnp.int32)
    new = jnp.concatenate([jnp.ones(min(n, 1), bool), ordered[1:] != ordered[:-1]])
    last = jnp.concatenate([new[1:], jnp.ones(min(n, 1), bool)])
    before_ties = jax.lax.cummax(jnp.where(new, upto - valid.astype(jnp.int32), 0))
    upto_ties = jax.lax.cummin(jnp.where(last, upto, n), reverse=True)
    return before_ties + upto_ties + 1


def _position(q: Float[Array, "*q"], last: Int[Array, ""], size: int) -> tuple[Int[Array, "*q"], Float[Array, "*q"]]:
    """⌊q·last⌋ and the remainder, exact to the rounding of q: its leading bits are multiplied in integers."""
    bits = max(0, 30 - size.bit_length())
    units = jnp.clip(jax.lax.stop_gradient(jnp.round(q * 2**bits)), 0, 2**bits).astype(jnp.int32)
    product = units * jnp.maximum(last, 0)
    rest = (q - units.astype(q.dtype) / 2**bits) * last.astype(q.dtype)
    share = (product & (2**bits - 1)).astype(q.dtype) / 2**bits + rest
    carry = jnp.floor(jax.lax.stop_gradient(share))
    k = (product >> bits) + carry.astype(jnp.int32)
    return jnp.clip(k, 0, jnp.maximum(last, 0)), share - carry


def _between(low: Float[Array, "*q"], high: Float[Array, "*q"], share: Float[Array, "*q"]) -> Float[Array, "*q"]:
    """low + share·(high − low); an infinite end counts only where it has weight."""
    gap = high - low
    finite = jnp.isfinite(gap)
    end = jnp.where((low == high) | (share == 0), low, low + high)
    return jnp.where(finite, low + share * jnp.where(finite, gap, 0), end)


def _entry(ordered: Float[Array, " entry"], k: Int[Array, "*k"]) -> Float[Array, "*k"]:
    """ordered[k]; NaN for an empty array."""
    return ordered[k] if ordered.shape[0] else jnp.full(k.shape, jnp.nan, ordered.dtype)


def _mean_between(ordered: Float[Array, " entry"], start: Float[Array, ""], stop: Float[Array, ""]) -> Float[Array, ""]:
    """Mean of a sorted stream over the ranks [start, stop], entry i having the ranks [i−1, i]."""
    upper = jnp.arange(1, ordered.shape[0] + 1, dtype=ordered.dtype)
    weight = jnp.minimum(upper, stop) - jnp.maximum(upper - 1, start)
    inside = weight > 0
    total = jnp.sum(jnp.where(inside, weight * jnp.where(inside, ordered, 0), 0))
    return _masked.undefined_unless(stop > start, _masked.ratio(total, stop - start))
