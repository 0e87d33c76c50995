"""How far an update moved the policy, and how well the value function predicts.

ℓ = log π_new(a|s) − log π_old(a|s) with actions drawn from π_old; the estimators are of KL(π_old ‖ π_new), in nats.
Norms, dormant units and feature ranks are in `_gradients`, `_dormancy` and `_ranks`.
"""

from typing import Literal, get_args

import jax.numpy as jnp
from jax import lax

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Float, Mask
from ._entropy import ActionMask, distribution

PolicyKind = Literal["probs", "logits"]
SERIES_BELOW = 0.25
"""Size of x from which on eˣ − 1 − x is a difference: its relative rounding, 2ε/|x|, is 8ε there."""
SERIES_ORDER = 12
"""Last power of the series: at `SERIES_BELOW` the next term is below 1e-16 of the sum."""


@explained
@computed_in_single()
def kl_k1(log_ratio: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Plain Monte-Carlo estimate of KL(π_old ‖ π_new).

    k₁ = mean(−ℓ),  ℓ = log π_new − log π_old

    Shapes: [entry] → []. Unit nat, direction: neither (small). Unbiased, high variance, may be negative. No entry →
    NaN. CleanRL's `old_approx_kl`. Source: Schulman 2020, "Approximating KL divergence".

    >>> log_ratio = np.log(np.array([1.0, 1.5, 0.5]))
    >>> round(float(stats.kl_k1(log_ratio)), 3)
    0.096
    """
    log_ratio, present = _masked.stream(log_ratio, valid, name="log_ratio")
    return -_masked.mean(log_ratio, None if valid is None else present)


@explained
@computed_in_single()
def kl_k2(log_ratio: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Squared estimate of KL(π_old ‖ π_new).

    k₂ = mean(ℓ²)/2,  ℓ = log π_new − log π_old

    Shapes: [entry] → []. Unit nat, ≥ 0, direction: neither (small). Biased, low variance. No entry → NaN.
    Source: Schulman 2020.

    >>> log_ratio = np.log(np.array([1.0, 1.5, 0.5]))
    >>> round(float(stats.kl_k2(log_ratio)), 3)
    0.107
    """
    log_ratio, present = _masked.stream(log_ratio, valid, name="log_ratio")
    return _masked.mean(log_ratio * log_ratio, None if valid is None else present) / 2


@explained
@computed_in_single()
def kl_k3(log_ratio: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Low-variance estimate of KL(π_old ‖ π_new), the usual `approx_kl`.

    k₃ = mean(e^ℓ − 1 − ℓ),  ℓ = log π_new − log π_old

    Shapes: [entry] → []. Unit nat, ≥ 0, direction: neither (small). Unbiased. For small ℓ, whose
    difference would cancel, a series is summed. No entry → NaN. CleanRL and DLR-RM/stable-baselines3 log it as
    `approx_kl`; SB3 keeps only the last epoch's, beside a clip fraction averaged over all epochs. Source: Schulman
    2020.

    >>> log_ratio = np.log(np.array([1.0, 1.5, 0.5]))
    >>> round(float(stats.kl_k3(log_ratio)), 3)
    0.096
    """
    log_ratio, present = _masked.stream(log_ratio, valid, name="log_ratio")
    return _masked.mean(exp_residual(log_ratio), None if valid is None else present)


@explained
@computed_in_single()
def clip_fraction(log_ratio: ArrayLike, clip: ArrayLike = 0.2, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Share of samples whose probability ratio left the clip range.

    mean 1[|e^ℓ − 1| > clip],  ℓ = log π_new − log π_old

    Shapes: [entry] → []. Pure number in [0, 1], direction: neither. Strict: a ratio on the edge is not clipped.
    clip ≤ 0, or no entry → NaN.

    >>> log_ratio = np.log(np.array([1.0, 1.5, 0.5]))
    >>> round(float(stats.clip_fraction(log_ratio)), 3)
    0.667
    """
    log_ratio, present = _masked.stream(log_ratio, valid, name="log_ratio")
    clip = jnp.asarray(clip, log_ratio.dtype)
    clipped = (jnp.abs(jnp.expm1(log_ratio)) > clip).astype(log_ratio.dtype)
    share = _masked.share(jnp.where(jnp.isnan(log_ratio), log_ratio, clipped), present)
    return _masked.undefined_unless(clip > 0, share)


@explained
@computed_in_single()
def effective_sample_fraction(log_ratio: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Share of the samples that still counts after importance weighting.

    (Σρ)² / (m Σρ²),  ρ = e^ℓ,  ℓ = log π_new − log π_old

    Shapes: [entry] → []. Pure number in (0, 1], ↑; 1 if all ratios are equal. Ratios are scaled by the largest, so
    nothing overflows. No entry → NaN. Source: Kong 1992.

    >>> log_ratio = np.log(np.array([1.0, 1.5, 0.5]))
    >>> round(float(stats.effective_sample_fraction(log_ratio)), 3)
    0.857
    """
    log_ratio, present = _masked.stream(log_ratio, valid, name="log_ratio")
    ratio = _masked.blank(jnp.exp(log_ratio - lax.stop_gradient(_masked.maximum(log_ratio, present))), present)
    total = jnp.sum(ratio)
    squares = _masked.count(present).astype(ratio.dtype) * jnp.sum(ratio * ratio)
    return jnp.minimum(_masked.ratio(total * total, squares), 1)


@explained
@computed_in_single()
def explained_variance(target: ArrayLike, prediction: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Share of the variance of the targets that the predictions explain.

    1 − Var(target − prediction) / Var(target),  ddof 0

    Shapes: [entry] twice → []. Pure number ≤ 1, may be negative, ↑. A constant offset of the predictions costs
    nothing. Constant targets, or no entry → NaN. Source: openai/baselines `explained_variance`.

    >>> round(float(stats.explained_variance(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))), 3)
    0.667
    """
    target, present = _masked.stream(target, valid, name="target")
    prediction, _ = _masked.stream(prediction, None, name="prediction")
    if prediction.shape != target.shape:
        raise ValueError(f"`prediction` must have the shape of `target` {target.shape}, got {prediction.shape}")
    residual = target - _masked.blank(prediction, present).astype(target.dtype)
    factor = _masked.inverse(_masked.power_of_two(target))
    unexplained, whole = (_masked.variance(x, present, factor=factor) for x in (residual, target))
    return 1 - _masked.ratio(unexplained, whole)


@explained
@computed_in_single(as_given=("old", "new"))
def policy_kl(
    old: ArrayLike,
    new: ArrayLike,
    *,
    kind: PolicyKind = "probs",
    valid: ActionMask | None = None,
) -> Float[Array, "..."]:
    """Divergence of the new categorical policy from the old one, KL(π_old ‖ π_new), exact in each state.

    Σₐ p log(p/q) = Σₐ p (e^r − 1 − r),  r = log q − log p,  p = π_old, q = π_new

    Shapes: [… action] twice → […]; `kind`: of both. Unit nat, ≥ 0, direction: neither (small). The second
    form keeps its relative precision between policies that hardly differ. An action that only the new policy takes
    adds its probability; one that only the old policy takes → NaN (the divergence is infinite): give logits, which do
    not underflow. NaN as in `categorical_entropy`.

    >>> probs = np.array([[0.5, 0.5], [1.0, 0.0]])
    >>> round(float(stats.policy_kl(probs[1], probs[0])), 3)
    0.693
    """
    if kind not in get_args(PolicyKind):
        raise ValueError(f"`kind` must be 'probs' or 'logits', got {kind!r}")
    if jnp.shape(old) != jnp.shape(new):
        raise ValueError(f"`old` and `new` must have one shape, got {jnp.shape(old)} and {jnp.shape(new)}")
    (p, log_p), (q, log_q) = (
        distribution(x if kind == "probs" else None, x if kind == "logits" else None, valid) for x in (old, new)
    )
    tiny = jnp.finfo(p.dtype).tiny
    taken, lost = ~(p < tiny), log_q == -jnp.inf
    log_ratio = jnp.where(taken & ~lost, log_q, 0) - jnp.where(taken & ~lost, log_p, 0)
    terms = jnp.where(taken, p * exp_residual(log_ratio), q)
    return _masked.undefined_unless(~jnp.any(taken & lost, axis=-1), jnp.sum(terms, axis=-1))


def exp_residual(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """eˣ − 1 − x ≥ 0; near 0, where the difference cancels, as the series x²/2·(1 + x/3·(1 + x/4·(…)))."""
    near = jnp.abs(x) < SERIES_BELOW
    small = jnp.where(near, x, 0)
    series = jnp.ones_like(x)
    for n in range(SERIES_ORDER, 2, -1):
        series = 1 + small / n * series
    far = jnp.where(near, 1, x)
    return jnp.where(near, 0.5 * small * small * series, jnp.expm1(far) - far)
