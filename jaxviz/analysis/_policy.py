"""The sampled policy at one moment."""

from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import stats
from .._run import GaussianSample, PolicySample
from .._shown import Result
from .._types import Array, Float
from ..stats.across_runs._over_runs import quantile_band


class PolicyEntropy(Result):
    """The policy at its sampled observations, in nats. Sampled entries stay per sample."""

    sample_entropy: Float[Array, " sample"]
    sample_confidence: Float[Array, " sample"]
    action_marginal: Float[Array, " action"]
    """Mean probability of each action."""
    mean_entropy: Float[Array, ""]
    mean_normalized_entropy: Float[Array, ""]
    mean_perplexity: Float[Array, ""]
    mean_confidence: Float[Array, ""]
    marginal_entropy: Float[Array, ""]
    mutual_information: Float[Array, ""]
    """How much the action tells about the state: 0 for a policy that ignores it."""


class GaussianEntropy(Result):
    """A Gaussian policy at its sampled observations. Sampled entries stay per sample."""

    sample_entropy: Float[Array, " sample"]
    """Differential, in nats: may be negative."""
    sample_action: Float[Array, "sample dimension"]
    """The mean action; of a squashed policy its image under tanh, which is the median action."""
    sample_std: Float[Array, "sample dimension"]
    """Standard deviation, before tanh."""
    mean_entropy: Float[Array, ""]
    mean_action: Float[Array, " dimension"]
    mean_std: Float[Array, " dimension"]
    squashed: bool = eqx.field(static=True, default=False)

    def over_samples(self, name: Literal["sample_action", "sample_std"]) -> Float[Array, "quantile dimension"]:
        """Quantiles of `name` over the finite samples of all runs of the last batch axis."""
        return _over_samples(self.sample_action if name == "sample_action" else self.sample_std)


@jax.jit
def _over_samples(x: Float[Array, "... run sample dimension"]) -> Float[Array, "... quantile dimension"]:
    pooled = x.reshape(*x.shape[:-3], -1, x.shape[-1])
    band = jnp.vectorize(lambda rows: quantile_band(rows, valid=jnp.isfinite(rows)), signature="(n,d)->(q,d)")
    return band(pooled)


def policy_entropy(policy: PolicySample | GaussianSample | None) -> PolicyEntropy | GaussianEntropy | None:
    """The sampled policy of one run; None if it has none."""
    return None if policy is None else of_sample(policy)


def of_sample(policy: PolicySample | GaussianSample) -> PolicyEntropy | GaussianEntropy:
    """The entropies of a policy of either kind, and its actions."""
    return _of_gaussian(policy) if isinstance(policy, GaussianSample) else _of_categorical(policy)


def _of_categorical(policy: PolicySample) -> PolicyEntropy:
    probs = policy.probs.reshape(-1, policy.probs.shape[-1])
    entropy = stats.categorical_entropy(probs=probs)
    confidence = stats.confidence(probs)
    return PolicyEntropy(
        sample_entropy=entropy,
        sample_confidence=confidence,
        action_marginal=jnp.mean(probs, axis=0),
        mean_entropy=jnp.mean(entropy),
        mean_normalized_entropy=jnp.mean(stats.normalized_entropy(probs=probs)),
        mean_perplexity=jnp.mean(stats.perplexity(probs=probs)),
        mean_confidence=jnp.mean(confidence),
        marginal_entropy=stats.marginal_entropy(probs),
        mutual_information=stats.mutual_information(probs),
    )


def _of_gaussian(policy: GaussianSample) -> GaussianEntropy:
    mean, log_std, squashed = policy.mean, policy.log_std, policy.squashed
    entropy = stats.tanh_gaussian_entropy(mean, log_std) if squashed else stats.gaussian_entropy(log_std)
    action, std = (jnp.tanh(mean) if squashed else mean), jnp.exp(log_std)
    return GaussianEntropy(
        sample_entropy=entropy,
        sample_action=action,
        sample_std=std,
        mean_entropy=jnp.mean(entropy),
        mean_action=jnp.mean(action, axis=0),
        mean_std=jnp.mean(std, axis=0),
        squashed=squashed,
    )
