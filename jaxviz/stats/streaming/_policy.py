"""Policies seen piece by piece: entropy, marginal over actions, divergence between successive policies."""

from typing import Literal, Self

import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, DTypeLike, Float, Int
from ..learning._entropy import categorical_entropy, distribution
from ..learning._updates import policy_kl
from ._moments import Moments, RunningMoments, RunningWeightedMean, presence


class PolicyMoments(Result):
    """A categorical policy over the states seen, in nats."""

    count: Int[Array, ""]
    """States seen."""
    mean_entropy: Float[Array, ""]
    """Mean over states of H(π(·|s))."""
    action_marginal: Float[Array, " action"]
    marginal_entropy: Float[Array, ""]
    """H of the mean policy."""
    mutual_information: Float[Array, ""]
    """`marginal_entropy` − `mean_entropy`: how much the policy looks at the state."""


class RunningEntropy(Result):
    """Entropy of a categorical policy and its marginal over actions. Nats. Merges in any order."""

    entropy: RunningMoments
    marginal: RunningWeightedMean

    @classmethod
    @explained
    def init(cls, actions: int, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen of a policy over that many actions."""
        if actions < 1:
            raise ValueError(f"`actions` must be at least 1, got {actions}")
        return cls(RunningMoments.init(dtype), RunningWeightedMean.init((actions,), dtype))

    @explained
    def update(
        self,
        probs: ArrayLike | None = None,
        *,
        logits: ArrayLike | None = None,
        valid: Bool[ArrayLike, "..."] | None = None,
    ) -> Self:
        """With the policy at any number of states [..., action]; `valid` [...] marks those that exist."""
        p, _ = distribution(probs, logits, None)
        actions = self.marginal.total.shape[-1]
        if p.shape[-1] != actions:
            raise ValueError(f"the policy has {p.shape[-1]} actions, but this accumulator was made for {actions}")
        present = presence(valid, p.shape[:-1]).ravel()
        states = _masked.blank(p.reshape(-1, actions), jnp.broadcast_to(present[:, None], (present.shape[0], actions)))
        n = _masked.count(present).astype(p.dtype)
        return type(self)(
            self.entropy.update(categorical_entropy(probs, logits=logits), valid=present.reshape(p.shape[:-1])),
            self.marginal.update(jnp.sum(states, axis=0) / jnp.maximum(n, 1), n),
        )

    @explained
    def merge(self, other: Self) -> Self:
        """Both streams together."""
        return type(self)(self.entropy.merge(other.entropy), self.marginal.merge(other.marginal))

    @explained
    def finalize(self) -> PolicyMoments:
        """The numbers; no state → NaN."""
        seen, marginal = self.entropy.finalize(), self.marginal.finalize()
        entropy = categorical_entropy(marginal)
        information = jnp.maximum(entropy - seen.mean.astype(entropy.dtype), 0)
        return PolicyMoments(seen.count, seen.mean, marginal, entropy, information)


class RunningPolicyKL(Result):
    """KL(π_old ‖ π_new) between categorical policies over the states seen. Nats, ≥ 0. Merges in any order."""

    divergence: RunningMoments

    @classmethod
    @explained
    def init(cls, dtype: DTypeLike | None = None) -> Self:
        """Nothing seen."""
        return cls(RunningMoments.init(dtype))

    @explained
    def update(
        self,
        old: ArrayLike,
        new: ArrayLike,
        *,
        kind: Literal["probs", "logits"] = "probs",
        valid: Bool[ArrayLike, "..."] | None = None,
    ) -> Self:
        """With both policies at any number of states [..., action]; `valid` [...] marks those that exist."""
        return type(self)(self.divergence.update(policy_kl(old, new, kind=kind), valid=valid))

    @explained
    def merge(self, other: Self) -> Self:
        """Both streams together."""
        return type(self)(self.divergence.merge(other.divergence))

    @explained
    def finalize(self) -> Moments:
        """Mean, spread and largest divergence over the states."""
        return self.divergence.finalize()
