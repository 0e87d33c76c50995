"""Trailing windows over one stream, by binary decomposition: a window is a sum of power-of-two pieces.

S₂ₚ[t] = S₁ₚ[t] ⊕ S₁ₚ[t−p], and a window of w entries is made of the pieces of its binary digits: ⌈log₂ w⌉ passes, no
subtraction, so a NaN undefines exactly the windows that contain it and nothing drifts.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float, Int, PyTree


def rolling_mean(
    x: ArrayLike, window: int, *, valid: Bool[Array, " entry"] | None = None, min_count: int | None = None
) -> Float[Array, " entry"]:
    """Trailing mean, (1/mₜ) Σ xᵢ over the valid entries of the last `window`.

    Shapes: [entry] → [entry]. Unit of x, ↑ for returns. NaN where fewer than `min_count` (default `window`) entries
    are valid. Source: pandas `rolling`, bottleneck `move_mean`.
    """
    x, valid = _check(x, window, valid)
    total = _windows(x, window, jnp.add, 0)
    return _mean(total, _counts(valid, window), window, min_count)


def rolling_fraction_above(
    x: ArrayLike,
    window: int,
    target: ArrayLike,
    *,
    valid: Bool[Array, " entry"] | None = None,
    min_count: int | None = None,
) -> Float[Array, " entry"]:
    """Share of the window's entries that meet the target, (1/mₜ) Σ 1[xᵢ ≥ target].

    Shapes: [entry] → [entry], in [0, 1], ↑. NaN as in `rolling_mean`; a window with a valid NaN is NaN.
    """
    x, valid = _check(x, window, valid)
    met = jnp.where(jnp.isnan(x), x, (x >= jnp.asarray(target, x.dtype)).astype(x.dtype))
    total = _windows(_masked.blank(met, valid), window, jnp.add, 0)
    return _mean(total, _counts(valid, window), window, min_count)


def rolling_std(
    x: ArrayLike,
    window: int,
    *,
    ddof: int = 0,
    valid: Bool[Array, " entry"] | None = None,
    min_count: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing standard deviation, √(Σ(xᵢ − x̄ₜ)² / (mₜ − ddof)).

    Shapes: [entry] → [entry]. Unit of x, ↓. Equal values → exactly 0. NaN as in `rolling_mean`, and where mₜ ≤ ddof.
    """
    x, valid = _check(x, window, valid)
    one = valid.astype(x.dtype)
    count, _, squares = _windows((one, x, jnp.zeros_like(x)), window, _merge_moments, 0)
    enough = count >= (window if min_count is None else min_count)
    variance = _masked.ratio(squares, count - ddof)
    return _masked.undefined_unless(enough & (count > ddof), _masked.safe_sqrt(variance))


def rolling_cv(
    x: ArrayLike,
    window: int,
    *,
    ddof: int = 0,
    valid: Bool[Array, " entry"] | None = None,
    min_count: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing coefficient of variation, σₜ / |x̄ₜ|.

    Shapes: [entry] → [entry], a pure number, ↓. x̄ₜ = 0 → NaN. Meaningless where returns change sign.
    """
    std = rolling_std(x, window, ddof=ddof, valid=valid, min_count=min_count)
    return _masked.ratio(std, jnp.abs(rolling_mean(x, window, valid=valid, min_count=min_count)))


def _check(
    x: ArrayLike, window: int, valid: Bool[Array, " entry"] | None
) -> tuple[Float[Array, " entry"], Bool[Array, " entry"]]:
    if window < 1:
        raise ValueError(f"`window` must be at least 1, got {window}")
    return _masked.stream(x, valid)


def _shift(x: Array, by: int, fill: float) -> Array:
    """x delayed by `by` entries."""
    n = x.shape[0]
    return jnp.concatenate([jnp.full((min(by, n),), fill, x.dtype), x[: max(n - by, 0)]])


def _windows(x: PyTree, window: int, combine: Callable[[Any, Any], Any], fill: float) -> PyTree:
    """`combine` over the last `window` entries; entries before the start are `fill`."""
    piece, size, result, covered = x, 1, None, 0
    while True:
        if window & size:
            older = piece if covered == 0 else jax.tree.map(lambda a, c=covered: _shift(a, c, fill), piece)
            result = older if result is None else combine(older, result)
            covered += size
        if covered == window:
            return result
        piece = combine(jax.tree.map(lambda a, s=size: _shift(a, s, fill), piece), piece)
        size *= 2


def _counts(valid: Bool[Array, " entry"], window: int) -> Int[Array, " entry"]:
    return _windows(valid.astype(jnp.int32), window, jnp.add, 0)


def _mean(
    total: Float[Array, " entry"], count: Int[Array, " entry"], window: int, min_count: int | None
) -> Float[Array, " entry"]:
    enough = count >= (window if min_count is None else min_count)
    return _masked.undefined_unless(enough, _masked.ratio(total, count.astype(total.dtype)))


def _merge_moments(a: tuple[Array, Array, Array], b: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """Count, mean and M₂ of two pieces (Chan, Golub, LeVeque 1983)."""
    (n_a, mean_a, m2_a), (n_b, mean_b, m2_b) = a, b
    n = n_a + n_b
    share = n_b / jnp.maximum(n, 1)
    delta = mean_b - mean_a
    return n, mean_a + delta * share, m2_a + m2_b + delta * delta * n_a * share
