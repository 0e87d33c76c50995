"""Many comparisons: adjusted p-values, and all pairs of algorithms.

An adjusted p-value is compared with α itself. `valid` masks comparisons; those that are undefined (p = NaN) are left
out like the invalid ones, as R's p.adjust does: m counts the others, and only their results are not NaN.
A p outside [0, 1] → ValueError where it is known, undefined where it is traced.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Int, Num, PyTree
from ._significance import welch_test

PValues = Float[Array, " comparison"]
Present = Bool[Array, " comparison"]
GivenPValues = Float[ArrayLike, " comparison"]
GivenMask = Bool[ArrayLike, " comparison"]
"""p-values and the mask of comparisons, from callers."""


@explained
@computed_in_single()
def bonferroni(p: GivenPValues, *, valid: GivenMask | None = None) -> PValues:
    """Bonferroni: min(1, m·p). Family-wise error, any dependence; never better than `holm`. Shapes: [m] → [m].

    >>> p = np.array([0.01, 0.04, 0.03])
    >>> print(np.asarray(stats.bonferroni(p)).round(3))
    [0.03 0.12 0.09]
    """
    p, present = _comparisons(p, valid)
    return _masked.undefined_unless(present, jnp.minimum(1, p * _masked.count(present).astype(p.dtype)))


@explained
@computed_in_single()
def holm(p: GivenPValues, *, valid: GivenMask | None = None) -> PValues:
    """Holm's step-down procedure, the default: family-wise error under any dependence.

    max_{j≤i} min(1, (m − j + 1)·p₍ⱼ₎) for the i-th smallest p. Shapes: [m] → [m]. Source: Holm 1979.

    >>> p = np.array([0.01, 0.04, 0.03])
    >>> print(np.asarray(stats.holm(p)).round(3))
    [0.03 0.06 0.06]
    """
    p, present, place, m = _ranked(p, valid)
    scaled = jnp.minimum(1, (m - place + 1).astype(p.dtype) * p)
    earlier = (p[None, :] <= p[:, None]) & present[None, :]
    adjusted = jnp.max(_masked.blank(jnp.broadcast_to(scaled[None], earlier.shape), earlier), axis=1, initial=0)
    return _masked.undefined_unless(present, adjusted)


@explained
@computed_in_single()
def benjamini_hochberg(p: GivenPValues, *, valid: GivenMask | None = None) -> PValues:
    """Benjamini–Hochberg: false discovery rate for independent (or positively dependent) comparisons.

    min_{j≥i} min(1, m·p₍ⱼ₎/j) for the i-th smallest p. Shapes: [m] → [m].

    >>> p = np.array([0.01, 0.04, 0.03])
    >>> print(np.asarray(stats.benjamini_hochberg(p)).round(3))
    [0.03 0.04 0.04]
    """
    return _step_up(*_ranked(p, valid), penalty=lambda m: jnp.ones_like(m))


@explained
@computed_in_single()
def benjamini_yekutieli(p: GivenPValues, *, valid: GivenMask | None = None) -> PValues:
    """Benjamini–Yekutieli: false discovery rate under any dependence.

    min_{j≥i} min(1, m·H_m·p₍ⱼ₎/j) for the i-th smallest p, H_m = Σ_{i≤m} 1/i. Shapes: [m] → [m]. Source: Benjamini &
    Yekutieli 2001. google-research/rl-reliability-metrics uses the partial sum H_i at rank i (anti-conservative) and
    compares rank by rank instead of stepping up.

    >>> p = np.array([0.01, 0.04, 0.03])
    >>> print(np.asarray(stats.benjamini_yekutieli(p)).round(3))
    [0.055 0.073 0.073]
    """
    return _step_up(*_ranked(p, valid), penalty=_harmonic)


@explained
def benjamini_yekutieli_thresholds(m: int, alpha: ArrayLike = 0.05) -> Float[Array, " m"]:
    """Threshold of the i-th smallest of m p-values, i·α/(m·H_m). Shapes: → [m]. See `benjamini_yekutieli`.

    >>> print(np.asarray(stats.benjamini_yekutieli_thresholds(3)).round(4))
    [0.0091 0.0182 0.0273]
    """
    if m < 1:
        raise ValueError(f"`m` must be at least 1, got {m}")
    place = jnp.arange(1, m + 1, dtype=jnp.result_type(float))
    return place * _levels.level(alpha, place.dtype, name="alpha") / (m * jnp.sum(1 / place))


def _comparisons(p: GivenPValues, valid: GivenMask | None) -> tuple[PValues, Present]:
    """p-values, and which of them are defined."""
    p, present = _masked.stream(p, valid, name="p")
    present = present & ~jnp.isnan(p)
    p = _levels.level(_masked.blank(p, present), p.dtype, name="p", within="[0, 1]")
    present = present & ~jnp.isnan(p)
    return _masked.blank(p, present), present


def _ranked(
    p: GivenPValues, valid: GivenMask | None
) -> tuple[PValues, Present, Int[Array, " comparison"], Int[Array, ""]]:
    """p-values, their mask, the place of each in ascending order (ties in the order given), and m."""
    p, present = _comparisons(p, valid)
    index = jnp.arange(p.shape[0], dtype=jnp.int32)
    first = (p[None, :] < p[:, None]) | ((p[None, :] == p[:, None]) & (index[None, :] <= index[:, None]))
    return p, present, jnp.sum(first & present[None, :], axis=1, dtype=jnp.int32), _masked.count(present)


def _step_up(
    p: PValues,
    present: Present,
    place: Int[Array, " comparison"],
    m: Int[Array, ""],
    *,
    penalty: Callable[[Float[Array, ""]], Float[Array, ""]],
) -> PValues:
    size = m.astype(p.dtype)
    scaled = jnp.minimum(1, size * penalty(size) * p / jnp.maximum(place, 1).astype(p.dtype))
    later = (p[None, :] >= p[:, None]) & present[None, :]
    adjusted = jnp.min(_masked.blank(jnp.broadcast_to(scaled[None], later.shape), later, 1), axis=1, initial=1)
    return _masked.undefined_unless(present, adjusted)


def _harmonic(m: Float[Array, ""]) -> Float[Array, ""]:
    """H_m = ψ(m + 1) + γ."""
    return jax.scipy.special.digamma(m + 1) + jnp.euler_gamma


class Pairwise(Result):
    """A test of every pair of algorithms."""

    result: PyTree
    """The results of the test, with a leading axis of comparisons."""
    adjusted: PValues
    """p-values adjusted for the number of comparisons."""
    pairs: tuple[tuple[str, str], ...] = eqx.field(static=True)
    """The two algorithms of each comparison, in the order in which the test took them."""


@explained
def pairwise(
    scores: Mapping[str, Num[ArrayLike, " _"]],
    test: Callable[..., Any] = welch_test,
    *,
    adjust: Callable[..., PValues] = holm,
    valid: Mapping[str, Bool[ArrayLike, " _"]] | None = None,
) -> Pairwise:
    """Every pair of algorithms under one test, with p-values adjusted for the m = A(A − 1)/2 comparisons.

    `test(x, y)` (with masks `test(x, y, valid_x=…, valid_y=…)`) returns a Module with a `p_value`; `adjust` is one of
    the functions of this module. A pair whose test is undefined is left out of m. Shapes: name → [run], numbers of
    runs may differ → [comparison]; names are sorted.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> stats.pairwise({"PPO": x, "DQN": y}).pairs
    (('DQN', 'PPO'),)
    """
    pairs = tuple(itertools.combinations(sorted(scores), 2))
    if not pairs:
        raise ValueError(f"`scores` must have at least two algorithms, got {len(scores)}")
    masks = [{"valid_x": valid[a], "valid_y": valid[b]} if valid else {} for a, b in pairs]
    results = [test(scores[a], scores[b], **mask) for (a, b), mask in zip(pairs, masks, strict=True)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *results)
    return Pairwise(stacked, adjust(stacked.p_value), pairs)
