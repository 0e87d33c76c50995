"""Curves of many runs: summaries over the runs at each point, and one grid for runs of different lengths.

Curves are `[run, point]` with `valid` of the same shape; n(t), the number of valid runs, is `count_over_runs`.
"""

from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Int

QUANTILE_LEVELS: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)


def count_over_runs(valid: Bool[Array, "run point"]) -> Int[Array, " point"]:
    """n(t), the number of valid runs at each point."""
    return jnp.sum(valid, axis=0, dtype=jnp.int32)


def mean_over_runs(
    x: Float[Array, "run point"], *, valid: Bool[Array, "run point"] | None = None
) -> Float[Array, " point"]:
    """Mean over the valid runs at each point, Σ x/n; unit of x, ↑ for returns; no run → NaN."""
    x, valid = _curves(x, valid)
    return jax.vmap(_masked.mean, in_axes=1)(x, valid)


def std_over_runs(
    x: Float[Array, "run point"], *, ddof: int = 1, valid: Bool[Array, "run point"] | None = None
) -> Float[Array, " point"]:
    """Standard deviation over the valid runs at each point, √(Σ(x − x̄)²/(n − ddof)); ↓; n ≤ ddof → NaN."""
    x, valid = _curves(x, valid)
    return jax.vmap(lambda column, mask: _masked.std(column, mask, ddof), in_axes=1)(x, valid)


def standard_error(
    x: Float[Array, "run point"], *, valid: Bool[Array, "run point"] | None = None
) -> Float[Array, " point"]:
    """Standard error of the mean over runs, s/√n with ddof 1; ↓; one run → NaN.

    flowersteam/rl_stats divides by the number of time steps instead of runs.
    """
    x, valid = _curves(x, valid)
    n = count_over_runs(valid).astype(x.dtype)
    return _masked.ratio(std_over_runs(x, valid=valid), jnp.sqrt(n))


def quantile_band(
    x: Float[Array, "run point"],
    q: Sequence[float] | Float[Array, " quantile"] = QUANTILE_LEVELS,
    *,
    valid: Bool[Array, "run point"] | None = None,
) -> Float[Array, "quantile point"]:
    """Type-7 quantiles over the valid runs at each point.

    Shapes: [run, point] → [quantile, point]; unit of x. No run → NaN; a valid NaN → NaN at that point.
    """
    x, valid = _curves(x, valid)
    q = jnp.asarray(q, x.dtype)
    diverged = jnp.any(valid & jnp.isnan(x), axis=0)
    ordered = jnp.sort(_masked.blank(x, valid, jnp.inf), axis=0)
    n = count_over_runs(valid)
    position = q[:, None] * jnp.maximum(n - 1, 0).astype(x.dtype)[None, :]
    below = jnp.floor(position).astype(jnp.int32)
    above = jnp.minimum(below + 1, jnp.maximum(n - 1, 0)[None, :])
    low, high = (jnp.take_along_axis(ordered, i, axis=0) for i in (below, above))
    weight = position - below.astype(x.dtype)
    between = jnp.where((weight == 0) | (low == high), low, low + weight * (high - low))
    return _masked.undefined_unless(((n > 0) & ~diverged)[None, :], between)


def align(
    x: Float[Array, "run entry"],
    step: Int[Array, "run entry"],
    grid: Int[Array, " point"],
    *,
    interpolation: Literal["linear", "previous"] = "linear",
    valid: Bool[Array, "run entry"] | None = None,
) -> tuple[Float[Array, "run point"], Bool[Array, "run point"]]:
    """Curves of different lengths and steps on one grid, each valid only between its own first and last step.

    "linear": on the line between its neighbours; "previous": the latest value at or before the grid point. Never
    extrapolates. Shapes: [run, entry], [run, entry], [point] → values and validity [run, point]. Steps of valid
    entries must not decrease; valid entries come first.
    """
    if interpolation not in ("linear", "previous"):
        raise ValueError(f"`interpolation` must be 'linear' or 'previous', got {interpolation!r}")
    x, valid = _curves(x, valid)
    one = lambda x, step, valid: _align_one(x, step, valid, grid, interpolation)  # noqa: E731
    return jax.vmap(one)(x, step, valid)


def _align_one(
    x: Float[Array, " entry"], step: Array, valid: Array, grid: Array, interpolation: str
) -> tuple[Float[Array, " point"], Bool[Array, " point"]]:
    n = x.shape[0]
    if n == 0:
        return jnp.full(grid.shape, jnp.nan, x.dtype), jnp.zeros(grid.shape, bool)
    m = _masked.count(valid)
    beyond = jnp.iinfo(step.dtype).max
    ordered = jnp.where(valid, step, beyond)
    left = jnp.clip(jnp.searchsorted(ordered, grid, side="right") - 1, 0, n - 1)
    right = jnp.clip(left + 1, 0, jnp.maximum(m - 1, 0))
    inside = (m > 0) & (grid >= ordered[0]) & (grid <= _masked.last(step, valid))
    value = x[left]
    if interpolation == "linear":
        gap = (ordered[right] - ordered[left]).astype(x.dtype)
        share = jnp.where(gap > 0, (grid - ordered[left]).astype(x.dtype) / jnp.where(gap > 0, gap, 1), 0)
        value = jnp.where(share == 0, value, value + share * (x[right] - value))
    return _masked.undefined_unless(inside, value), inside


def _curves(
    x: ArrayLike, valid: Bool[Array, "run point"] | None
) -> tuple[Float[Array, "run point"], Bool[Array, "run point"]]:
    x = _masked.as_float(x)
    if x.ndim != 2:
        raise ValueError(f"`x` must be curves [run, point], got shape {x.shape}")
    valid = _masked.validity(x, valid)
    return _masked.blank(x, valid), valid
