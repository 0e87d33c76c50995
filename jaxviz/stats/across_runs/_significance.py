"""Tests between two samples of runs: Welch's t and Mann–Whitney's U."""

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Int, Num
from .._engine._distributions import t_critical, t_two_sided
from ._scores import wins

EXACT_LIMIT = 8
"""The exact distribution of U is used up to this size of the smaller sample, as SciPy's `auto` does."""


RunsX = Num[ArrayLike, " run_x"]
RunsY = Num[ArrayLike, " run_y"]
MaskX = Bool[ArrayLike, " run_x"]
MaskY = Bool[ArrayLike, " run_y"]
"""Scores of the runs of two samples and their masks, from callers."""


class WelchTest(Result):
    """Welch's t test and the interval it gives for the difference of means."""

    statistic: Float[Array, ""]
    """t."""
    degrees_of_freedom: Float[Array, ""]
    """ν of Welch and Satterthwaite."""
    p_value: Float[Array, ""]
    """Two-sided."""
    difference: Float[Array, ""]
    """x̄ − ȳ."""
    low: Float[Array, ""]
    """Lower bound of the difference."""
    high: Float[Array, ""]
    """Upper bound of the difference."""
    level: Float[Array, ""]
    """Nominal coverage of the bounds."""


@explained
@computed_in_single(narrow=False)
def welch_test(
    x: RunsX,
    y: RunsY,
    *,
    level: ArrayLike = 0.95,
    valid_x: MaskX | None = None,
    valid_y: MaskY | None = None,
) -> WelchTest:
    """Welch's t test of equal means without equal variances, the default between two algorithms.

    t = (x̄ − ȳ)/√(s²ₓ/n + s²_y/m),  ν = (s²ₓ/n + s²_y/m)²/((s²ₓ/n)²/(n − 1) + (s²_y/m)²/(m − 1)), ddof 1

    Shapes: [run], [run] → []. All runs of both equal → t = 0, p = 1; fewer than two runs in either sample, or two
    different constants → NaN. Scores are measured from one of them, so a shift of all changes nothing. Source: Welch
    1947; recommended by Colas et al. 2018, 2019.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.welch_test(x, y).p_value), 3)
    0.071
    """
    (x, present_x), (y, present_y) = _masked.stream(x, valid_x, name="x"), _masked.stream(y, valid_y, name="y")
    origin = _masked.first(x, present_x)
    origin = jax.lax.stop_gradient(_masked.blank(origin, jnp.isfinite(origin)))
    x, y = _masked.blank(x - origin, present_x), _masked.blank(y - origin.astype(y.dtype), present_y)
    unit = _masked.power_of_two(x, y.astype(x.dtype))
    x, y = x * _masked.inverse(unit), y * _masked.inverse(unit).astype(y.dtype)
    n, m = (_masked.count(v).astype(x.dtype) for v in (present_x, present_y))
    share_x, share_y = (
        _masked.ratio(_masked.variance(z, v, 1), k) for z, v, k in ((x, present_x, n), (y, present_y, m))
    )
    variance = share_x + share_y
    error = _masked.safe_sqrt(variance)
    difference = _masked.mean(x, present_x) - _masked.mean(y, present_y)
    same = (error == 0) & (difference == 0) & (n > 1) & (m > 1)
    t = jnp.where(same, 0, _masked.ratio(difference, error))
    a, b = _masked.ratio(share_x, variance), _masked.ratio(share_y, variance)
    nu = _masked.ratio(jnp.ones_like(a), _masked.ratio(a * a, n - 1) + _masked.ratio(b * b, m - 1))
    level = _levels.level(level, x.dtype)
    reach = _masked.undefined_unless(error > 0, t_critical(1 - level, nu) * error)
    p = jnp.where(same, 1, t_two_sided(t, nu))
    ends = difference - reach, difference + reach
    return WelchTest(t, nu, p, unit * difference, unit * ends[0], unit * ends[1], level)


class MannWhitneyTest(Result):
    """Mann–Whitney's U test."""

    statistic: Float[Array, ""]
    """U of x: pairs in which x is larger, ties one half."""
    p_value: Float[Array, ""]
    """Two-sided."""
    exact: Bool[Array, ""]
    """From the exact distribution of U, not from the normal approximation."""


@explained
@computed_in_single(narrow=False)
def mann_whitney(
    x: RunsX,
    y: RunsY,
    *,
    valid_x: MaskX | None = None,
    valid_y: MaskY | None = None,
) -> MannWhitneyTest:
    """Mann–Whitney's U test that neither sample tends to be larger.

    U = #{xᵢ > yⱼ} + ½·#{xᵢ = yⱼ};  U/(nm) is the probability of improvement

    Exact if the smaller sample has at most 8 runs and nothing is tied, else normal with tie correction and
    continuity ½, as SciPy's `auto`. Shapes: [run], [run] → []. All tied → p = 1; no run or a NaN → NaN.
    Source: Mann & Whitney 1947.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.mann_whitney(x, y).statistic), 3)
    14.0
    """
    (x, present_x), (y, present_y) = _masked.stream(x, valid_x, name="x"), _masked.stream(y, valid_y, name="y")
    n, m = _masked.count(present_x), _masked.count(present_y)
    u = wins(x, y, present_x, present_y)
    pooled, present = jnp.concatenate([x, y]), jnp.concatenate([present_x, present_y])
    ties = _tie_sum(pooled, present)
    larger = jnp.maximum(u, (n * m).astype(x.dtype) - u)
    exact = (jnp.minimum(n, m) <= EXACT_LIMIT) & (ties == 0)
    largest = max(x.shape[0], y.shape[0])
    smallest = min(x.shape[0], y.shape[0], EXACT_LIMIT)
    p = jax.lax.cond(
        exact,
        lambda: _exact_p(larger, jnp.minimum(n, m), jnp.maximum(n, m), smallest, largest),
        lambda: _normal_p(larger, n.astype(x.dtype), m.astype(x.dtype), ties),
    )
    return MannWhitneyTest(u, _masked.undefined_unless(~jnp.isnan(u), p), exact)


def _tie_sum(x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> Float[Array, ""]:
    """Σ (t³ − t) over groups of t equal entries, as Σᵢ (tᵢ² − 1) over entries."""
    equal = (x[:, None] == x[None, :]) & present[None, :]
    group = jnp.sum(equal, axis=1, dtype=x.dtype)
    return jnp.sum(_masked.blank(group * group - 1, present))


def _normal_p(
    larger: Float[Array, ""], n: Float[Array, ""], m: Float[Array, ""], ties: Float[Array, ""]
) -> Float[Array, ""]:
    total = n + m
    correction = _masked.ratio(ties, jnp.maximum(total * (total - 1), 1))
    deviation = _masked.safe_sqrt(n * m / 12 * (total + 1 - correction))
    z = jnp.where(deviation > 0, (larger - n * m / 2 - 0.5) / jnp.where(deviation > 0, deviation, 1), -jnp.inf)
    return jnp.minimum(2 * ndtr(-z), 1)


def _exact_p(
    larger: Float[Array, ""], small: Int[Array, ""], big: Int[Array, ""], smallest: int, largest: int
) -> Float[Array, ""]:
    """min(1, 2·P(U ≥ u)) from the distribution of U for `small` and `big` runs.

    P(u; i, j) = i/(i + j)·P(u − j; i − 1, j) + j/(i + j)·P(u; i, j − 1): the largest run is of the first sample, and
    beats all j of the second, or of the second.
    """
    values = smallest * largest + 1
    at_zero = (jnp.arange(values) == 0).astype(larger.dtype)

    def add_one(carry: tuple[Array, Array], j: Array) -> tuple[tuple[Array, Array], None]:
        rows, found = carry
        size, updated = j.astype(larger.dtype), [at_zero]
        for i in range(1, smallest + 1):
            padded = jnp.concatenate([jnp.zeros(largest, larger.dtype), updated[i - 1]])
            beaten = jax.lax.dynamic_slice_in_dim(padded, largest - j, values)
            updated.append((i * beaten + size * rows[i]) / (i + size))
        rows = jnp.stack(updated)
        return (rows, jnp.where(j == big, rows[jnp.minimum(small, smallest)], found)), None

    start = (jnp.tile(at_zero[None], (smallest + 1, 1)), at_zero)
    (_, distribution), _ = jax.lax.scan(add_one, start, jnp.arange(1, largest + 1, dtype=jnp.int32))
    tail = jnp.sum(jnp.where(jnp.arange(values, dtype=larger.dtype) >= larger, distribution, 0))
    return jnp.minimum(2 * tail, 1)
