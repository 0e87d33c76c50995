"""Entropy of policies that choose among finitely many actions, in nats, positive; and when it collapses.

The action axis is last and every other axis is a state: outputs are per state. Continuous policies are in `_gaussian`.
"""

from typing import Literal, get_args

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single, single
from ..._shown import Result
from ..._steps import Steps
from ..._types import Array, ArrayLike, Bool, Float, Mask, Num
from .._engine._steps import entry_steps
from ..one_run._crossing import Crossing, crossing_at, first_held, full_windows
from ..windows._rolling import rolling_mean

ActionMask = Bool[ArrayLike, "... action"]
"""Which actions or dimensions exist, for all states ([action]) or for each: from callers."""
CollapseKind = Literal["discrete", "differential"]
COLLAPSE_KINDS: tuple[CollapseKind, ...] = get_args(CollapseKind)
NORMALISATION_TOLERANCE = 1e-3
"""Rounding of sums of probabilities stays below it; the sums along a wrong axis do not."""
HALF_TOLERANCE = 4
"""The same for half precision, in units of its last digit: probabilities that a softmax in bfloat16 rounded stay within
0.9 of them (10,000 policies of 2 to 1000 actions)."""


class SampledEntropy(Result):
    """Entropy estimated from the log-probabilities of sampled actions."""

    estimate: Float[Array, ""]
    """−mean log π, in nats."""
    standard_error: Float[Array, ""]
    """s/√m with ddof 1, in nats; NaN for one sample."""


@explained
@computed_in_single(as_given=("probs",))
def categorical_entropy(
    probs: ArrayLike | None = None, *, logits: ArrayLike | None = None, valid: ActionMask | None = None
) -> Float[Array, "..."]:
    """Entropy of a categorical policy, from probabilities or logits.

    H = −Σₐ pₐ log pₐ,  0·log 0 = 0,  p = softmax(logits)

    Shapes: [… action] → […]; `valid`, [action] or [… action], says which actions exist. Unit nat, in [0, log A],
    direction: neither. Probabilities below 0, or whose sum is off 1 by more than 1e-3, → NaN: a wrong axis must not
    pass (in half precision 4 units of its last digit, 0.03 for bfloat16, and they are divided by their sum). A logit of
    −∞ contributes 0; all −∞, or no valid action → NaN. Libraries that log an entropy *loss* log −H.

    >>> probs = np.array([[0.5, 0.5], [1.0, 0.0]])
    >>> round(float(stats.categorical_entropy(probs[0])), 3)
    0.693
    """
    p, log_p = distribution(probs, logits, valid)
    return _plogp(p, log_p)


@explained
@computed_in_single(as_given=("probs",))
def normalized_entropy(
    probs: ArrayLike | None = None, *, logits: ArrayLike | None = None, valid: ActionMask | None = None
) -> Float[Array, "..."]:
    """Entropy as a share of the largest possible one.

    H / log A,  A = number of valid actions

    Shapes: [… action] → […]. Pure number in [0, 1], direction: neither. One action → NaN; otherwise as
    `categorical_entropy`. Actions masked only by their logits still count in A: name them in `valid`.

    >>> probs = np.array([[0.5, 0.5], [1.0, 0.0]])
    >>> round(float(stats.normalized_entropy(probs[0])), 3)
    1.0
    """
    p, log_p = distribution(probs, logits, valid)
    actions = jnp.sum(action_validity(p, valid), axis=-1).astype(p.dtype)
    return _masked.ratio(_plogp(p, log_p), jnp.log(actions))


@explained
@computed_in_single(as_given=("probs",))
def perplexity(
    probs: ArrayLike | None = None, *, logits: ArrayLike | None = None, valid: ActionMask | None = None
) -> Float[Array, "..."]:
    """Effective number of actions, e^H.

    Shapes: [… action] → […]. Pure number in [1, A], direction: neither. NaN as in `categorical_entropy`.

    >>> probs = np.array([[0.5, 0.5], [1.0, 0.0]])
    >>> round(float(stats.perplexity(probs[0])), 3)
    2.0
    """
    return jnp.exp(_plogp(*distribution(probs, logits, valid)))


@explained
@computed_in_single(as_given=("probs",))
def confidence(
    probs: ArrayLike | None = None, *, logits: ArrayLike | None = None, valid: ActionMask | None = None
) -> Float[Array, "..."]:
    """Probability of the most likely action, maxₐ pₐ.

    Shapes: [… action] → […]. Pure number in [1/A, 1], direction: neither. NaN as in `categorical_entropy`.

    >>> probs = np.array([[0.5, 0.5], [1.0, 0.0]])
    >>> round(float(stats.confidence(probs[0])), 3)
    0.5
    """
    p, _ = distribution(probs, logits, valid)
    return jnp.max(p, axis=-1)


@explained
@computed_in_single(as_given=("probs",))
def marginal_entropy(
    probs: ArrayLike | None = None,
    *,
    logits: ArrayLike | None = None,
    valid: ActionMask | None = None,
) -> Float[Array, ""]:
    """Entropy of the mean policy over states.

    H(p̄),  p̄ = meanₛ p(·|s)

    Shapes: [state, action] → []. Unit nat, in [0, log A], direction: neither. A state without a valid action does not
    exist; no state → NaN; a state whose distribution is undefined → NaN.

    >>> probs = np.array([[0.5, 0.5], [1.0, 0.0]])
    >>> round(float(stats.marginal_entropy(probs)), 3)
    0.562
    """
    p, present = _states(probs, logits, valid)
    return _entropy_of(_mean_policy(p, present))


@explained
@computed_in_single(as_given=("probs",))
def mutual_information(
    probs: ArrayLike | None = None,
    *,
    logits: ArrayLike | None = None,
    valid: ActionMask | None = None,
) -> Float[Array, ""]:
    """How much the policy looks at the state.

    I(S; A) = H(p̄) − meanₛ H(p(·|s)),  p̄ = meanₛ p(·|s)

    Shapes: [state, action] → []. Unit nat, in [0, log A], ↑ for a policy that must discriminate. One state → 0;
    rounding below 0 is set to 0. States and NaN as in `marginal_entropy`.

    >>> probs = np.array([[0.5, 0.5], [1.0, 0.0]])
    >>> round(float(stats.mutual_information(probs)), 3)
    0.216
    """
    p, present = _states(probs, logits, valid)
    per_state = _masked.mean(_entropy_of(p), present)
    return jnp.maximum(_entropy_of(_mean_policy(p, present)) - per_state, 0)


@explained
@computed_in_single()
def visitation_entropy(
    counts: Num[ArrayLike, "... entry"], *, valid: Bool[ArrayLike, "... entry"] | None = None
) -> Float[Array, "..."]:
    """Entropy of the visits to fixed bins of the state space.

    H(c / Σc)

    Shapes: [… bin] → […]. Unit nat, in [0, log bins], ↑ for exploration. Depends on the bins: compare only runs with
    the same ones. No visit, or a negative count → NaN.

    >>> round(float(stats.visitation_entropy(np.array([2, 2, 0, 0]))), 3)
    0.693
    """
    counts, present = _counts(counts, valid)
    total = jnp.broadcast_to(jnp.sum(counts, axis=-1, keepdims=True), counts.shape)
    return categorical_entropy(_masked.ratio(counts, total), valid=present)


@explained
@computed_in_single()
def coverage(
    counts: Num[ArrayLike, "... entry"], *, valid: Bool[ArrayLike, "... entry"] | None = None
) -> Float[Array, "..."]:
    """Share of bins that were visited, #{c > 0} / #bins.

    Shapes: [… bin] → […]. Pure number in [0, 1], ↑ for exploration; no visit → 0, no bin → NaN. Only valid bins count.

    >>> round(float(stats.coverage(np.array([3, 0, 1, 0]))), 3)
    0.5
    """
    counts, present = _counts(counts, valid)
    visited = jnp.where(jnp.isnan(counts), counts, (counts > 0).astype(counts.dtype))
    return _masked.part_of(jnp.sum(visited, axis=-1), jnp.sum(present, axis=-1, dtype=jnp.int32))


@explained
@computed_in_single()
def sampled_entropy(log_prob: ArrayLike, *, valid: Mask | None = None) -> SampledEntropy:
    """Entropy of any policy from the log-probabilities of actions drawn from it.

    Ĥ = −(1/m) Σ log π(aᵢ|sᵢ),  aᵢ ~ π;  standard error s/√m, s with ddof 1

    Shapes: [entry] → []. Unit nat (differential for densities: may be negative), direction: neither. No sample → NaN;
    one sample: the error is NaN. The error assumes independent samples. Action samples of an older policy are biased.

    >>> round(float(stats.sampled_entropy(np.log(np.array([0.5, 0.25]))).estimate), 3)
    1.04
    """
    log_prob, present = _masked.stream(log_prob, valid, name="log_prob")
    m = _masked.count(present).astype(log_prob.dtype)
    mean, std = _masked.mean_and_std(log_prob, None if valid is None else present, ddof=1)
    return SampledEntropy(-mean, _masked.ratio(std, _masked.safe_sqrt(m)))


@explained
@computed_in_single()
def entropy_collapse(
    h: ArrayLike,
    *,
    fraction: ArrayLike = 0.1,
    patience: int = 10,
    window: int = 10,
    kind: CollapseKind = "discrete",
    step: Steps | None = None,
    valid: Mask | None = None,
) -> Crossing:
    """First step at which the smoothed entropy falls below a fraction of its start, and stays there.

    t* = min{t : yₜ, …, yₜ₊ₚ₋₁ < fraction·h_ref},  y = rolling_mean(h, window),  p = `patience`
    h_ref = first defined y;  kind="differential":  e^{y − h_ref} < fraction,  a ratio of effective volumes

    Shapes: [entry] → []. Unit: steps (entry index with `step=None`), ↑ (never is best). Differential entropies may be
    negative, so for them a share of the start means nothing: say `kind="differential"`. Never → `reached` is False and
    `step` the last valid step; no valid entry → −1. A valid NaN is below nothing. There is no standard threshold: the
    defaults are ours and belong in the caption.

    >>> stats.entropy_collapse(np.array([1.0, 0.5, 0.01, 0.01]), window=1, patience=2)
    Crossing(step=2, reached=True)
    """
    h, present = _masked.stream(h, valid, name="h")
    step = entry_steps(h, step)
    if patience < 1:
        raise ValueError(f"`patience` must be at least 1, got {patience}")
    if kind not in COLLAPSE_KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(COLLAPSE_KINDS)}; got {kind!r}")
    smooth = rolling_mean(h, window, valid=present)
    reference = _masked.first(smooth, ~jnp.isnan(smooth))
    fraction = jnp.asarray(fraction, h.dtype)
    threshold = fraction * reference if kind == "discrete" else reference + jnp.log(fraction)
    full = full_windows(present, window)
    return crossing_at(*first_held(full & (smooth < threshold), full, patience), step, present)


def distribution(
    probs: ArrayLike | None, logits: ArrayLike | None, valid: ActionMask | None
) -> tuple[Float[Array, "... action"], Float[Array, "... action"]]:
    """p and log p of each state: 0 and −∞ for invalid actions, NaN throughout an undefined state."""
    if (probs is None) == (logits is None):
        raise ValueError(f"give either `probs` or `logits`, got {'neither' if probs is None else 'both'}")
    if probs is not None:
        p = last_axis(probs, "probs")
        return _from_probs(p, action_validity(p, valid))
    z = single(last_axis(jnp.asarray(logits), "logits"))
    return _from_logits(z, action_validity(z, valid))


def last_axis(x: ArrayLike, name: str, axis: str = "action") -> Float[Array, "... action"]:
    """`x` as floats, with at least one entry on its last axis."""
    x = _masked.as_float(x)
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(f"`{name}` must be [..., {axis}] with at least one {axis}, got shape {x.shape}")
    return x


def action_validity(x: Num[Array, "... action"], valid: ActionMask | None) -> Bool[Array, "... action"]:
    """`valid`, for all states ([action]) or for each ([… action]), as a mask of the shape of `x`."""
    if valid is not None and jnp.shape(valid) == x.shape[-1:]:
        valid = jnp.broadcast_to(jnp.asarray(valid), x.shape)
    return _masked.validity(x, valid)


def _from_probs(given: Float[Array, "... action"], present: Bool[Array, "... action"]) -> tuple[Array, Array]:
    p = _masked.blank(single(given), present)
    total = jnp.sum(p, axis=-1, keepdims=True)
    ok = jnp.all(p >= 0, axis=-1, keepdims=True) & (jnp.abs(total - 1) <= _tolerance(given.dtype))
    if p.dtype != given.dtype:  # what half precision rounded off is not a property of the policy
        p = p / jnp.where(ok, total, 1)
    positive = p > 0
    log_p = jnp.where(positive, jnp.log(jnp.where(positive, p, 1)), -jnp.inf)
    ok = jnp.broadcast_to(ok, p.shape)
    return _masked.undefined_unless(ok, p), _masked.undefined_unless(ok, log_p)


def _tolerance(dtype: jnp.dtype) -> float:
    info = jnp.finfo(dtype)
    return (
        NORMALISATION_TOLERANCE if info.bits >= 32 else max(NORMALISATION_TOLERANCE, HALF_TOLERANCE * float(info.eps))
    )


def _from_logits(z: Float[Array, "... action"], present: Bool[Array, "... action"]) -> tuple[Array, Array]:
    z = _masked.blank(z, present, -jnp.inf)
    highest = jax.lax.stop_gradient(jnp.max(z, axis=-1, keepdims=True))
    ok = jnp.isfinite(highest)
    shifted = z - jnp.where(ok, highest, 0)
    weights = jnp.exp(shifted)
    total = jnp.where(ok, jnp.sum(weights, axis=-1, keepdims=True), 1)
    ok = jnp.broadcast_to(ok, z.shape)
    return _masked.undefined_unless(ok, weights / total), _masked.undefined_unless(ok, shifted - jnp.log(total))


def _plogp(p: Float[Array, "... action"], log_p: Float[Array, "... action"]) -> Float[Array, "..."]:
    """−Σ p log p; the double `where` keeps 0·(−∞) out of the value and of the gradient."""
    return -jnp.sum(p * jnp.where(p == 0, 0, log_p), axis=-1)


def _entropy_of(p: Float[Array, "... action"]) -> Float[Array, "..."]:
    positive = p != 0
    return _plogp(p, jnp.log(jnp.where(positive, p, 1)))


def _states(
    probs: ArrayLike | None, logits: ArrayLike | None, valid: ActionMask | None
) -> tuple[Float[Array, "state action"], Bool[Array, " state"]]:
    """The policies of all states, and which states exist: those with a valid action."""
    p, _ = distribution(probs, logits, valid)
    if p.ndim != 2:
        raise ValueError(f"policies must be [state, action], got shape {p.shape}: batch with jax.vmap")
    return p, jnp.any(action_validity(p, valid), axis=-1)


def _mean_policy(p: Float[Array, "state action"], present: Bool[Array, " state"]) -> Float[Array, " action"]:
    total = jnp.sum(_masked.blank(p, jnp.broadcast_to(present[:, None], p.shape)), axis=0)
    states = jnp.broadcast_to(_masked.count(present).astype(p.dtype), total.shape)
    return _masked.ratio(total, states)


def _counts(
    counts: Num[ArrayLike, "... entry"], valid: Bool[ArrayLike, "... entry"] | None
) -> tuple[Float[Array, "... entry"], Bool[Array, "... entry"]]:
    counts = last_axis(counts, "counts", "bin")
    present = action_validity(counts, valid)
    return _masked.blank(counts, present), present
