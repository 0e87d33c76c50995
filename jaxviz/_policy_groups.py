"""The groups of an Analysis that say what the sampled policy does: at one moment, and over training."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from ._results import GaussianEntropy, PolicyCourse, PolicyEntropy
from ._run import GaussianSample, PolicySample, PolicySeries
from .stats.across_runs import _over_runs
from .stats.learning import _entropy, _gaussian

_VECTORS = ("action_marginal", "mean_action", "mean_std")
"""One number for every action or dimension."""


def policy_entropy(policy: PolicySample | GaussianSample | None) -> PolicyEntropy | GaussianEntropy | None:
    """Entropy family of the sampled policy of one run."""
    return None if policy is None else _of_sample(policy)


def _of_sample(policy: PolicySample | GaussianSample) -> PolicyEntropy | GaussianEntropy:
    return _of_gaussian(policy) if isinstance(policy, GaussianSample) else _of_categorical(policy)


def _of_categorical(policy: PolicySample) -> PolicyEntropy:
    probs = policy.probs.reshape(-1, policy.probs.shape[-1])
    entropy = _entropy.categorical_entropy(probs=probs)
    confidence = _entropy.confidence(probs)
    return PolicyEntropy(
        sample_entropy=entropy,
        sample_confidence=confidence,
        action_marginal=jnp.mean(probs, axis=0),
        mean_entropy=jnp.mean(entropy),
        mean_normalized_entropy=jnp.mean(_entropy.normalized_entropy(probs=probs)),
        mean_perplexity=jnp.mean(_entropy.perplexity(probs=probs)),
        mean_confidence=jnp.mean(confidence),
        marginal_entropy=_entropy.marginal_entropy(probs),
        mutual_information=_entropy.mutual_information(probs),
    )


def _of_gaussian(policy: GaussianSample) -> GaussianEntropy:
    mean, log_std, squashed = policy.mean, policy.log_std, policy.squashed
    entropy = _gaussian.tanh_gaussian_entropy(mean, log_std) if squashed else _gaussian.gaussian_entropy(log_std)
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


def policy_course(policies: PolicySeries | None) -> PolicyCourse | None:
    """Means over the samples of each update of one run."""
    if policies is None:
        return None
    asked = eqx.tree_at(lambda s: s.observations, policies.sample, None, is_leaf=lambda x: x is None)
    of = jax.vmap(_of_sample)(asked)
    return PolicyCourse(
        step=policies.step,
        entropy=of.mean_entropy,
        perplexity=getattr(of, "mean_perplexity", None),
        action_marginal=getattr(of, "action_marginal", None),
        mean_action=getattr(of, "mean_action", None),
        mean_std=getattr(of, "mean_std", None),
        squashed=getattr(of, "squashed", False),
    )


def over_runs(group: Any, reduced: Any) -> Any:
    """`reduced`, in which the vectors of `group` [run, …] are their means over runs."""
    if group is None:
        return reduced
    vectors = {name: getattr(group, name) for name in _VECTORS if getattr(group, name, None) is not None}
    return dataclasses.replace(reduced, **{name: _over_runs.mean_over_runs(x) for name, x in vectors.items()})


def course_over_runs(course: PolicyCourse | None, curves: dict[str, Any]) -> PolicyCourse | None:
    """The course of many runs: its series as `curves` by name, its vectors as means over runs."""
    if course is None:
        return None
    series = {name: curves.get(name) for name in ("step", "entropy", "perplexity")}
    vectors = dict.fromkeys(_VECTORS)
    return over_runs(course, PolicyCourse(**series, **vectors, squashed=course.squashed))
