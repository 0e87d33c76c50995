"""Entropy and divergence of diagonal Gaussian policies, plain or squashed by tanh, in nats.

The last axis is the action's dimensions; every other axis is a state: outputs are per state.
"""

import math

import jax.numpy as jnp
from jax.scipy.special import erf

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Float
from ._entropy import ActionMask, action_validity, last_axis
from ._updates import exp_residual

LOG_2PI_E = math.log(2 * math.pi * math.e)

# The trapezoidal rule converges exponentially for analytic integrands that vanish at both ends (Trefethen & Weideman
# 2014). With poles of log cosh at ±iπ/2 this spacing leaves an error of e^{−3π²} ≈ 1e-13.
SPACING = 1 / 3


@explained
@computed_in_single()
def gaussian_entropy(log_std: ArrayLike, *, valid: ActionMask | None = None) -> Float[Array, "..."]:
    """Differential entropy of a diagonal Gaussian policy.

    h = Σᵢ (½ log 2πe + log σᵢ)

    Shapes: [… action] → […]; `valid`, [action] or [… action], says which dimensions exist. Unit nat, in ℝ: may be
    negative, so a ratio to the start means nothing. Direction: neither. The mean does not enter. σ = 0, or no valid
    dimension → NaN.

    >>> round(float(stats.gaussian_entropy(np.array([0.0, 0.0]))), 3)
    2.838
    """
    log_std, present = _dimensions(log_std, valid, "log_std")
    return _sum(0.5 * LOG_2PI_E + log_std, present)


@explained
@computed_in_single()
def tanh_gaussian_entropy(
    mean: ArrayLike, log_std: ArrayLike, *, valid: ActionMask | None = None
) -> Float[Array, "..."]:
    """Differential entropy of a = tanh u, u ~ N(μ, σ²), by deterministic quadrature: no samples, no key.

    h = Σᵢ (½ log 2πe + log σᵢ + E[log(1 − tanh² uᵢ)])

    Shapes: [… action] twice → […]. Unit nat, in (−∞, d·log 2], direction: neither. Error below 1e-11 nat a dimension
    (float32: 2e-5) for |μ| ≤ 10, σ ≤ e². NaN as in `gaussian_entropy`. Soft actor-critic's target of −d nat (Haarnoja
    et al. 2018) is a set-point, not a bound.

    >>> round(float(stats.tanh_gaussian_entropy(np.array([0.0]), np.array([0.0]))), 3)
    0.67
    """
    log_std, present = _dimensions(log_std, valid, "log_std")
    mean, _ = _dimensions(mean, valid, "mean", log_std.shape)
    mean = mean.astype(log_std.dtype)
    std = jnp.exp(log_std)
    wide = std > 1
    correction = jnp.where(
        wide, _wide_correction(mean, jnp.where(wide, std, 1)), _narrow_correction(mean, jnp.where(wide, 1, std))
    )
    return _sum(0.5 * LOG_2PI_E + log_std + correction, present)


@explained
@computed_in_single()
def gaussian_kl(
    old_mean: ArrayLike,
    old_log_std: ArrayLike,
    new_mean: ArrayLike,
    new_log_std: ArrayLike,
    *,
    valid: ActionMask | None = None,
) -> Float[Array, "..."]:
    """Divergence of the new diagonal Gaussian policy from the old one, KL(π_old ‖ π_new).

    Σᵢ ½ (e^{2δᵢ} − 1 − 2δᵢ + (μ_old − μ_new)²ᵢ / σ²_newᵢ),  δ = log σ_old − log σ_new

    Shapes: [… action] four times → […]. Unit nat, ≥ 0, direction: neither (small). Exact to relative rounding for
    policies that hardly differ. The same for a tanh-squashed pair: KL ignores invertible maps. No valid dimension, or
    σ = 0 → NaN.

    >>> round(float(stats.gaussian_kl(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([0.0]))), 3)
    0.5
    """
    old_mean, present = _dimensions(old_mean, valid, "old_mean")
    others = {"old_log_std": old_log_std, "new_mean": new_mean, "new_log_std": new_log_std}
    old_log_std, new_mean, new_log_std = (
        _dimensions(x, valid, name, old_mean.shape)[0].astype(old_mean.dtype) for name, x in others.items()
    )
    shift = (old_mean - new_mean) * jnp.exp(-new_log_std)
    return _sum(0.5 * (exp_residual(2 * (old_log_std - new_log_std)) + shift * shift), present)


def _dimensions(
    x: ArrayLike, valid: ActionMask | None, name: str, shape: tuple[int, ...] | None = None
) -> tuple[Float[Array, "... action"], Bool[Array, "... action"]]:
    x = last_axis(x, name)
    if shape is not None and x.shape != shape:
        raise ValueError(f"`{name}` must have the shape of the other parameters {shape}, got {x.shape}")
    present = action_validity(x, valid)
    return _masked.blank(x, present), present


def _sum(terms: Float[Array, "... action"], present: Bool[Array, "... action"]) -> Float[Array, "..."]:
    """Σ over the valid dimensions; none, or an infinite one (σ = 0) → NaN."""
    total = jnp.sum(_masked.blank(terms, present), axis=-1)
    return _masked.undefined_unless(jnp.any(present, axis=-1) & jnp.isfinite(total), total)


def _log_sech2(u: Float[Array, "..."]) -> Float[Array, "..."]:
    """log(1 − tanh² u) = −2 log cosh u."""
    return 2 * (math.log(2) - jnp.logaddexp(u, -u))


def _narrow_correction(mean: Float[Array, "..."], std: Float[Array, "..."]) -> Float[Array, "..."]:
    """E[log(1 − tanh² u)] for σ ≤ 1: trapezoidal rule in t = (u − μ)/σ, the scale of the normal density."""
    nodes = [SPACING * k for k in range(-24, 25)]
    weights = [SPACING * math.exp(-t * t / 2) / math.sqrt(2 * math.pi) for t in nodes]
    u = mean[..., None] + std[..., None] * _along_last(nodes, mean)
    return jnp.sum(_along_last(weights, mean) * _log_sech2(u), axis=-1)


def _wide_correction(mean: Float[Array, "..."], std: Float[Array, "..."]) -> Float[Array, "..."]:
    """E[log(1 − tanh² u)] for σ ≥ 1: the closed form of 2 log 2 − 2E[u erf u] less a remainder that ends by |u| = 18.

    log(1 − tanh² u) = 2 log 2 − 2u·erf u − r(u), and r is even, analytic and as narrow as e^{−2|u|}.
    """
    scale = jnp.sqrt(1 + 2 * std * std)
    stein = 2 * std * std / (math.sqrt(math.pi) * scale) * jnp.exp(-((mean / scale) ** 2))
    expected = mean * erf(mean / scale) + stein
    nodes = [SPACING * k for k in range(55)]
    remainder = [2 * SPACING * (math.log1p(math.exp(-2 * u)) + u * math.erfc(u)) for u in nodes]
    remainder[0] /= 2
    u = _along_last(nodes, mean)
    density = _density(u, mean[..., None], std[..., None]) + _density(-u, mean[..., None], std[..., None])
    return 2 * math.log(2) - 2 * expected - jnp.sum(_along_last(remainder, mean) * density, axis=-1)


def _density(u: Float[Array, "..."], mean: Float[Array, "..."], std: Float[Array, "..."]) -> Float[Array, "..."]:
    z = (u - mean) / std
    return jnp.exp(-z * z / 2) / (math.sqrt(2 * math.pi) * std)


def _along_last(values: list[float], like: Float[Array, "..."]) -> Float[Array, "..."]:
    """`values` along a new last axis of `like`."""
    return jnp.asarray(values, like.dtype).reshape((1,) * like.ndim + (-1,))
