"""Ranks of a feature matrix Φ [sample, feature], from its singular values σ₁ ≥ σ₂ ≥ …

The literature uses one name for several of these, so each docstring leads with the formula. Nothing is centred: that is
the caller's. Singular values come from an SVD: those of the Gram matrix lose everything below √ε·σ₁, which in float32
moves `effective_rank` by up to 1 %. Functions called together under jit share one SVD.
"""

import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Float, Mask


@explained
@computed_in_single()
def stable_rank(features: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Σσᵢ² / σ₁²: Frobenius over spectral norm, squared.

    Shapes: [entry, feature] → []. Pure number in [1, rank], ↑ (less collapse). All-zero Φ, no sample, or a NaN → NaN.
    Called "stable rank" (Rudelson & Vershynin 2007); shibhansh/loss-of-plasticity uses that name for `srank`.

    >>> features = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> round(float(stats.stable_rank(features)), 3)
    1.333
    """
    share = _relative(_spectrum(features, valid))
    return jnp.sum(share * share)


@explained
@computed_in_single()
def effective_rank(features: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """exp(−Σ pᵢ log pᵢ), pᵢ = σᵢ/Σσ: perplexity of the singular values.

    Shapes: [entry, feature] → []. Pure number in [1, rank], ↑ (less collapse). All-zero Φ, no sample, or a NaN → NaN.
    Called "effective rank" (Roy & Vetterli 2007); Kumar et al. 2021 use that name for `srank`.

    >>> features = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> round(float(stats.effective_rank(features)), 3)
    1.929
    """
    share = _relative(_spectrum(features, valid))
    p = share / jnp.sum(share)
    return jnp.exp(-jnp.sum(p * jnp.log(jnp.where(p == 0, 1, p))))


@explained
@computed_in_single()
def srank(features: ArrayLike, delta: ArrayLike = 0.01, *, valid: Mask | None = None) -> Float[Array, ""]:
    """min{k : Σ_{i≤k} σᵢ / Σσ ≥ 1 − δ}: how many directions hold all but δ of the singular mass.

    Shapes: [entry, feature] → [], an integer as a float. Pure number, ↑ (less collapse). All-zero Φ → 0; no sample or a
    NaN → NaN. δ must be in [0, 1]. Called "srank" or "effective rank" (Kumar et al. 2021), "stable rank" in
    shibhansh/loss-of-plasticity.

    >>> features = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> round(float(stats.srank(features)), 3)
    2.0
    """
    sigma = _spectrum(features, valid)
    return _directions(sigma, _relative(sigma), delta)


@explained
@computed_in_single()
def pca_rank(features: ArrayLike, delta: ArrayLike = 0.01, *, valid: Mask | None = None) -> Float[Array, ""]:
    """min{k : Σ_{i≤k} σᵢ² / Σσ² ≥ 1 − δ}: how many directions hold all but δ of the squared mass.

    Shapes: [entry, feature] → [], an integer as a float. Pure number, ↑ (less collapse). All-zero Φ → 0; no sample or a
    NaN → NaN. δ must be in [0, 1]. Called "approximate rank" or "PCA rank" (Yang et al. 2019). Variance only if the
    caller centred Φ.

    >>> features = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> round(float(stats.pca_rank(features)), 3)
    2.0
    """
    sigma = _spectrum(features, valid)
    return _directions(sigma, _relative(sigma) ** 2, delta)


@explained
@computed_in_single()
def feature_rank(features: ArrayLike, eps: ArrayLike = 0.01, *, valid: Mask | None = None) -> Float[Array, ""]:
    """#{i : σᵢ/√n > ε}: how many directions are not small, n = number of samples.

    Shapes: [entry, feature] → [], an integer as a float. Pure number, ↑ (less collapse); depends on the scale of Φ.
    All-zero Φ → 0; no sample, or a NaN → NaN. Singular values below the precision of the dtype (1e-7·σ₁ in float32)
    are rounding: Φ of 1e5 and more needs a larger ε. Called "feature rank" (Lyle et al. 2022).

    >>> features = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> round(float(stats.feature_rank(features)), 3)
    2.0
    """
    sigma = _spectrum(features, valid)
    samples = jnp.shape(features)[0] if valid is None else _masked.count(jnp.asarray(valid))
    threshold = jnp.asarray(eps, sigma.dtype) * jnp.sqrt(jnp.asarray(samples, sigma.dtype))
    return _masked.undefined_unless(~jnp.isnan(sigma[0]), jnp.sum(sigma > threshold).astype(sigma.dtype))


def _spectrum(features: ArrayLike, valid: Mask | None) -> Float[Array, " feature"]:
    """Singular values of the valid rows, largest first; all NaN if there is no row or an entry is not finite."""
    features = _masked.as_float(features)
    if features.ndim != 2 or features.shape[-1] < 1:
        raise ValueError(f"`features` must be [sample, feature] with at least one feature, got shape {features.shape}")
    samples = features.shape[0]
    present = _masked.validity(jnp.zeros(samples), valid)
    if not samples:
        return jnp.full((1,), jnp.nan, features.dtype)
    features = _masked.blank(features, jnp.broadcast_to(present[:, None], features.shape))
    finite = jnp.all(jnp.isfinite(features))
    sigma = jnp.linalg.svd(_masked.blank(features, finite), compute_uv=False)
    return _masked.undefined_unless(finite & jnp.any(present), sigma)


def _relative(sigma: Float[Array, " feature"]) -> Float[Array, " feature"]:
    """σᵢ / σ₁; NaN if all are 0."""
    return _masked.ratio(sigma, jnp.broadcast_to(sigma[0], sigma.shape))


def _directions(sigma: Float[Array, " feature"], mass: Float[Array, " feature"], delta: ArrayLike) -> Float[Array, ""]:
    """min{k : Σ_{i≤k} mass / Σ mass ≥ 1 − δ}; 0 if σ₁ = 0."""
    delta = _levels.level(delta, mass.dtype, name="delta", within="[0, 1]")
    held = jnp.cumsum(mass)
    rank = 1 + jnp.sum(held < (1 - delta) * held[-1]).astype(mass.dtype)
    rank = jnp.where(sigma[0] == 0, 0, rank)
    return _masked.undefined_unless(~jnp.isnan(sigma[0]) & (delta >= 0) & (delta <= 1), rank)
