"""Curves of many runs: summaries over the runs at each point.

Curves are `[run, *point]`, one number per run is `[run]`. `valid` has the leading axes of the curves. n(t), the number
of valid runs behind each point, is `count_over_runs`.
"""

import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from ... import _levels, _masked, _over_first_axis
from ..._explained import explained
from ..._half import computed_in_single
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Int, Num
from .._engine._intervals import Interval
from ..one_run import _order
from ._scores import CellMask, cell_validity
from ._survival import RunMask, fraction_reached

Curves = Num[ArrayLike, "run *point"]
"""Curves of many runs, or one number per run, from callers."""

QUANTILE_LEVELS: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)


@explained
def count_over_runs(valid: Bool[ArrayLike, "run *point"]) -> Int[Array, "*point"]:
    """n(t), the number of valid runs at each point.

    >>> print(stats.count_over_runs(np.array([[True, True], [True, False]])))
    [2 1]
    """
    return jnp.sum(valid, axis=0, dtype=jnp.int32)


@explained
@computed_in_single()
def mean_over_runs(x: Curves, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Mean over the valid runs at each point, Σ x/n.

    Shapes: [run, *point] → [*point]. Unit of x, ↑ for returns. No run → NaN. It is an estimate for the runs that got
    so far: read it together with n(t). wookayin/expt averages over row indices, skipping NaN, so that its mean jumps
    when a run ends; danijar/dreamerv2 continues short runs with their last value.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(np.asarray(stats.mean_over_runs(scores)).round(3))
    [0.8 2.5]
    """
    columns, present, point = _columns(x, valid)
    return _over_first_axis.means(columns, present).reshape(point)


@explained
@computed_in_single()
def std_over_runs(x: Curves, *, ddof: int = 1, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Standard deviation over the valid runs at each point, √(Σ(x − x̄)²/(n − ddof)).

    Shapes: [run, *point] → [*point]. Unit of x, ↓. n ≤ ddof → NaN. rl-baselines3-zoo divides by n (ddof 0);
    openrlbenchmark uses ddof 0 in tables and 1 in curves.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(np.asarray(stats.std_over_runs(scores)).round(3))
    [0.258 1.291]
    """
    columns, present, point = _columns(x, valid)
    return _over_first_axis.stds(columns, present, ddof).reshape(point)


@explained
@computed_in_single()
def standard_error(x: Curves, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Standard error of the mean over runs, s/√n with ddof 1.

    Shapes: [run, *point] → [*point]. Unit of x, ↓. One run → NaN. flowersteam/rl_stats divides by the number of time
    steps instead of runs.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(np.asarray(stats.standard_error(scores)).round(3))
    [0.129 0.645]
    """
    columns, present, point = _columns(x, valid)
    n = jnp.asarray(columns.shape[0]) if present is None else jnp.sum(present, axis=0, dtype=jnp.int32)
    deviation = _over_first_axis.stds(columns, present, 1)
    root = jnp.broadcast_to(_masked.safe_sqrt(n.astype(deviation.dtype)), deviation.shape)
    return _masked.ratio(deviation, root).reshape(point)


@explained
def min_over_runs(x: Curves, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Smallest of the valid runs at each point. Shapes: [run, *point] → [*point]. Unit of x, ↑ for returns.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(stats.min_over_runs(scores))
    [0.5 1. ]
    """
    return _over_runs(_masked.minimum, x, valid)


@explained
def max_over_runs(x: Curves, *, valid: CellMask | None = None) -> Float[Array, "*point"]:
    """Largest of the valid runs at each point. Shapes: [run, *point] → [*point]. Unit of x, ↑ for returns.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(np.asarray(stats.max_over_runs(scores)).round(3))
    [1.1 4. ]
    """
    return _over_runs(_masked.maximum, x, valid)


@explained
@computed_in_single()
def quantile_band(
    x: Curves,
    q: Sequence[float] | Num[ArrayLike, " quantile"] = QUANTILE_LEVELS,
    *,
    valid: CellMask | None = None,
) -> Float[Array, "quantile *point"]:
    """Type-7 quantiles over the valid runs at each point: the spread of runs, not the uncertainty of an estimate.

    Shapes: [run, *point], q [quantile] → [quantile, *point]. Unit of x. No run → NaN; a valid NaN → NaN at that point.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(np.asarray(stats.quantile_band(scores, (0.5,))).round(3))
    [[0.8 2.5]]
    """
    columns, present, point = _columns(x, valid)
    q = _levels.level(q, columns.dtype, name="q", within="[0, 1]")
    if present is None:
        band = jax.vmap(lambda column: _order.quantile(column, q), in_axes=1, out_axes=1)(columns)
    else:
        band = jax.vmap(lambda column, present: _order.quantile(column, q, valid=present), in_axes=1, out_axes=1)(
            columns, present
        )
    return band.reshape(q.shape + point)


class ToleranceInterval(Result):
    """Bounds that hold a share of all future runs, with the confidence that was reached."""

    low: Float[Array, "*point"]
    """x₍ᵣ₎; NaN if no pair reaches the level."""
    high: Float[Array, "*point"]
    """x₍ₙ₊₁₋ᵣ₎."""
    attained: Float[Array, "*point"]
    """Confidence of the pair: P(Bin(n, coverage) ≤ n − 2r), at r = 1 if no pair reaches the level."""
    rank: Int[Array, "*point"]
    """r; 0 if no pair reaches the level."""
    n: Int[Array, "*point"]
    """Number of runs."""


@explained
@computed_in_single(narrow=False)
def tolerance_interval(
    x: Curves,
    coverage: ArrayLike = 0.9,
    level: ArrayLike = 0.95,
    *,
    valid: CellMask | None = None,
) -> ToleranceInterval:
    """Distribution-free tolerance interval: with confidence `level` it holds a share `coverage` of all future runs.

    [x₍ᵣ₎, x₍ₙ₊₁₋ᵣ₎] with the largest r for which P(Bin(n, coverage) ≤ n − 2r) ≥ level

    Shapes: [run, *point] → [*point]. Unit of x. Not an interval for a mean: it does not shrink with n. If even r = 1
    fails (n < 46 for 90 %/95 %, n < 22 for 80 %/95 %, n < 8 for 50 %/95 %) the bounds are NaN and
    attained = 1 − cⁿ − n·cⁿ⁻¹(1 − c). Source: Wilks 1941; Patterson et al. 2024. andnp/rl-evaluation falls back to
    (min, max) and calls it 95 %: at n = 10 and 90 % coverage the attained confidence is 0.264.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> stats.tolerance_interval(x, 0.5, 0.5)
    ToleranceInterval(low=3, high=6, attained=0.6875, rank=1, n=4)
    """
    columns, present, point = _columns(x, valid)
    present = jnp.ones(columns.shape, bool) if present is None else present
    coverage = _levels.level(coverage, columns.dtype, name="coverage")
    level = _levels.level(level, columns.dtype)
    by_column = jax.vmap(_tolerance, in_axes=(1, 1, None, None))(columns, present, coverage, level)
    return jax.tree.map(lambda leaf: leaf.reshape(point), by_column)


def _tolerance(
    column: Float[Array, " run"], present: Bool[Array, " run"], coverage: Float[Array, ""], level: Float[Array, ""]
) -> ToleranceInterval:
    ordered, n = _order.sorted_valid(column, present)
    confidence = _tolerance_confidence(n, column.shape[0], coverage)
    rank = jnp.sum(confidence >= level, dtype=jnp.int32)  # confidence falls with r
    reached = rank > 0
    return ToleranceInterval(
        low=_masked.at(ordered, jnp.maximum(rank - 1, 0), reached),
        high=_masked.at(ordered, jnp.maximum(n - rank, 0), reached),
        attained=_masked.undefined_unless(n > 0, confidence[jnp.maximum(rank - 1, 0)]),
        rank=rank,
        n=n,
    )


def _tolerance_confidence(n: Int[Array, ""], largest: int, coverage: Float[Array, ""]) -> Float[Array, " rank"]:
    """P(Bin(n, c) ≤ n − 2r) = 1 − Σ_{j<2r} C(n, j)(1 − c)ʲcⁿ⁻ʲ for r = 1, 2, …; 0 if 2r > n."""
    trials = n.astype(coverage.dtype)
    odds = jnp.log1p(-coverage) - jnp.log(coverage)
    missed = jnp.arange(1, 2 * max(largest // 2, 1), dtype=coverage.dtype)
    ways = jnp.log(jnp.maximum(trials - missed + 1, 1)) - jnp.log(missed)
    log_share = trials * jnp.log(coverage) + jnp.concatenate([jnp.zeros(1, odds.dtype), jnp.cumsum(ways + odds)])
    below = jnp.cumsum(jnp.exp(log_share))[1::2]
    rank = jnp.arange(1, below.shape[0] + 1, dtype=jnp.int32)
    return jnp.where(2 * rank <= n, jnp.maximum(1 - below, 0), 0)


@explained
@computed_in_single()
def interpercentile_range(
    final: Num[ArrayLike, " run"], low: ArrayLike, high: ArrayLike, *, valid: RunMask | None = None
) -> Float[Array, ""]:
    """Spread of the runs' final scores, in % of the range of the task's scores.

    100·(P₉₅ − P₅)/(high − low),  P_q the entry nearest to rank q(m − 1), an exact half to the even rank

    Shapes: [run], `low` and `high` the task's least and greatest score → []. Unit %, ↓. The one quantile here that is
    not of type 7. high = low → NaN. Source: Tanaka & Mahmood 2026.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.interpercentile_range(x, 0.0, 10.0)), 3)
    30.0
    """
    final, present = _masked.stream(final, valid, name="final")
    ordered, n = _order.sorted_valid(final, present)
    last = jnp.maximum(n - 1, 0).astype(final.dtype)
    least, greatest = (_masked.at(ordered, jnp.round(last * q).astype(jnp.int32), n > 0) for q in (0.05, 0.95))
    width = jnp.asarray(high, final.dtype) - jnp.asarray(low, final.dtype)
    return 100 * _masked.ratio(greatest - least, width)


@explained
def fraction_of_runs(
    flag: Bool[ArrayLike, " run"], *, level: ArrayLike = 0.95, valid: RunMask | None = None
) -> Interval:
    """Share of runs for which a flag holds, with Wilson's score interval.

    p = k/n,  (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)

    Shapes: [run] → []. Pure number in [0, 1]. No run → NaN. Source: Wilson 1927.

    >>> time, reached = np.array([10, 20, 30, 30]), np.array([True, True, True, False])
    >>> stats.fraction_of_runs(reached)
    0.75 [0.30, 0.95], n=4
    """
    return fraction_reached(flag, level=level, valid=valid)


def _columns(
    x: ArrayLike, valid: CellMask | None
) -> tuple[Float[Array, "run column"], Bool[Array, "run column"] | None, tuple[int, ...]]:
    """Curves as [run, column] with invalid entries set to 0, their mask if there is one, the shape of a point."""
    x = _masked.as_float(x)
    if not x.ndim:
        raise ValueError("`x` must be [run] or curves [run, *point], got a scalar")
    shape = (x.shape[0], math.prod(x.shape[1:]))
    if valid is None:
        return x.reshape(shape), None, x.shape[1:]
    present = cell_validity(x, valid)
    return _masked.blank(x, present).reshape(shape), present.reshape(shape), x.shape[1:]


def _over_runs(
    kernel: Callable[[Float[Array, " run"], Bool[Array, " run"]], Float[Array, ""]],
    x: Curves,
    valid: CellMask | None,
) -> Float[Array, "*point"]:
    columns, present, point = _columns(x, valid)
    present = jnp.ones(columns.shape, bool) if present is None else present
    return jax.vmap(kernel, in_axes=1)(columns, present).reshape(point)
