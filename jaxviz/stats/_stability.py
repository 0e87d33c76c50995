"""How steadily a run learned: variation, drawdown, forgetting, consistency."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float


def coefficient_of_variation(
    x: ArrayLike, *, ddof: int = 0, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Standard deviation relative to the mean, σ / |x̄|.

    Shapes: [entry] → []. A pure number, ↓. x̄ = 0, or at most `ddof` (default 0) valid entries → NaN. Meaningless
    where returns change sign, and not invariant under a shift of the returns.
    """
    x, valid = _masked.stream(x, valid)
    return _masked.ratio(_masked.std(x, valid, ddof), jnp.abs(_masked.mean(x, valid)))


def drawdown(x: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, " entry"]:
    """Fall from the highest value so far, dₜ = max_{i≤t} xᵢ − xₜ ≥ 0; [entry] → [entry], unit of x, ↓."""
    x, valid = _masked.stream(x, valid)
    peak = jax.lax.cummax(_masked.blank(x, valid, -jnp.inf))
    return _masked.undefined_unless(valid, _masked.blank(peak, valid) - x)


def max_drawdown(x: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, ""]:
    """Largest fall from an earlier peak, max dₜ; [entry] → [], unit of x, ↓; monotone → 0."""
    x, valid = _masked.stream(x, valid)
    return _masked.maximum(drawdown(x, valid=valid), valid)


def forgetting(x: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, ""]:
    """Peak minus end; [entry] → [], unit of x, ↓."""
    x, valid = _masked.stream(x, valid)
    return _masked.maximum(x, valid) - _masked.last(x, valid)


def final_to_peak(x: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, ""]:
    """(x_T − x₀)/(max x − x₀); [entry] → [], ↑; max x = x₀ → NaN."""
    x, valid = _masked.stream(x, valid)
    start = _masked.first(x, valid)
    return _masked.ratio(_masked.last(x, valid) - start, _masked.maximum(x, valid) - start)


def consistency(
    x: ArrayLike, target: ArrayLike, window: int, *, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Share of the last `window` valid entries with x ≥ target; [entry] → [], ↑; fewer entries → NaN."""
    x, valid = _masked.stream(x, valid)
    if window < 1:
        raise ValueError(f"`window` must be at least 1, got {window}")
    after = jnp.sum(valid, dtype=jnp.int32) - jnp.cumsum(valid, dtype=jnp.int32)
    last = valid & (after < window)
    met = jnp.where(jnp.isnan(x), x, (x >= jnp.asarray(target, x.dtype)).astype(x.dtype))
    return _masked.undefined_unless(_masked.count(valid) >= window, _masked.mean(met, last))
