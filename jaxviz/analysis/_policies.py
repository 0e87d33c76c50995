"""The sampled policy over training."""

from dataclasses import replace

import equinox as eqx
import jax

from .._run import PolicySeries
from .._shown import Result
from .._steps import EntrySteps
from .._types import Array, Float
from ._policy import GaussianEntropy, of_sample


class PolicyCourse(Result):
    """The sampled policy over training: means over the samples of each update."""

    step: EntrySteps | None
    entropy: Float[Array, " update"]
    """In nats."""
    perplexity: Float[Array, " update"] | None
    """Mean of exp(entropy): among how many actions the policy is undecided."""
    action_marginal: Float[Array, "update action"] | None
    mean_action: Float[Array, "update dimension"] | None
    """Of a Gaussian policy, as in `GaussianEntropy`."""
    mean_std: Float[Array, "update dimension"] | None
    squashed: bool = eqx.field(static=True, default=False)


def policy_course(policies: PolicySeries | None) -> PolicyCourse | None:
    """Means over the samples of each update of one run."""
    if policies is None:
        return None
    samples = replace(policies.sample, observations=None)  # unused, and of any shape
    course = jax.vmap(of_sample)(samples)
    categorical = None if isinstance(course, GaussianEntropy) else course
    gaussian = course if isinstance(course, GaussianEntropy) else None
    return PolicyCourse(
        step=policies.step,
        entropy=course.mean_entropy,
        perplexity=categorical and categorical.mean_perplexity,
        action_marginal=categorical and categorical.action_marginal,
        mean_action=gaussian and gaussian.mean_action,
        mean_std=gaussian and gaussian.mean_std,
        squashed=gaussian is not None and gaussian.squashed,
    )
