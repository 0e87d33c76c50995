"""Diagnostics of policy and value updates."""

import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Bool, Float


def kl_k3(log_ratio: ArrayLike, *, valid: Bool[Array, " entry"] | None = None) -> Float[Array, ""]:
    """Unbiased, non-negative estimate of KL(old ‖ new), mean(e^ℓ − 1 − ℓ), ℓ = log π_new − log π_old.

    Shapes: [entry] → []. Unit nat, small is good. No entry → NaN. Source: Schulman 2020; `approx_kl` of CleanRL and
    Stable-Baselines3.
    """
    x, valid = _masked.stream(log_ratio, valid, name="log_ratio")
    small = jnp.abs(x) < 1e-2
    series = x * x * (0.5 + x * (1 / 6 + x * (1 / 24 + x / 120)))
    return _masked.mean(jnp.where(small, series, jnp.expm1(x) - x), valid)


def clip_fraction(
    log_ratio: ArrayLike, clip: ArrayLike = 0.2, *, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """Share of samples whose ratio is clipped, mean 1[|e^ℓ − 1| > clip].

    Shapes: [entry] → [], in [0, 1]. clip ≤ 0, or no entry → NaN. Source: PPO implementations.
    """
    x, valid = _masked.stream(log_ratio, valid, name="log_ratio")
    clip = jnp.asarray(clip, x.dtype)
    clipped = jnp.where(jnp.isnan(x), x, (jnp.abs(jnp.expm1(x)) > clip).astype(x.dtype))
    return _masked.undefined_unless(clip > 0, _masked.mean(clipped, valid))


def explained_variance(
    target: ArrayLike, prediction: ArrayLike, *, valid: Bool[Array, " entry"] | None = None
) -> Float[Array, ""]:
    """1 − Var(target − prediction)/Var(target), ddof 0.

    Shapes: [entry], [entry] → []; ≤ 1, ↑, may be negative. Var(target) = 0 → NaN.
    """
    target, valid = _masked.stream(target, valid, name="target")
    prediction, _ = _masked.stream(prediction, valid, name="prediction")
    return 1 - _masked.ratio(_masked.variance(target - prediction, valid), _masked.variance(target, valid))
