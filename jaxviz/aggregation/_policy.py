"""Sampled policies, over runs."""

import math

import equinox as eqx

from .. import stats
from .._shown import Result
from .._types import Array, Float
from ..analysis import GaussianEntropy, PolicyEntropy
from ..stats import Interval
from ._columns import NOT_NEGATIVE, SHARE, Columns


class PolicyEntropyAggregate(Result):
    """`PolicyEntropy` over runs, in nats."""

    action_marginal: Float[Array, " action"]
    """Mean probability of each action, mean over runs."""
    mean_entropy: Interval
    mean_normalized_entropy: Interval
    mean_perplexity: Interval
    mean_confidence: Interval
    marginal_entropy: Interval
    mutual_information: Interval


class GaussianEntropyAggregate(Result):
    """`GaussianEntropy` over runs."""

    mean_entropy: Interval
    """Differential, in nats."""
    mean_action: Float[Array, " dimension"]
    """Mean over runs."""
    mean_std: Float[Array, " dimension"]
    """Mean over runs."""
    squashed: bool = eqx.field(static=True, default=False)


def policy(
    group: PolicyEntropy | GaussianEntropy, columns: Columns
) -> PolicyEntropyAggregate | GaussianEntropyAggregate:
    """Every number over runs, and means over runs of the vectors of actions or dimensions."""
    return _gaussian(group, columns) if isinstance(group, GaussianEntropy) else _categorical(group, columns)


def _categorical(group: PolicyEntropy, columns: Columns) -> PolicyEntropyAggregate:
    return PolicyEntropyAggregate(
        action_marginal=stats.mean_over_runs(group.action_marginal),
        mean_entropy=columns.number(group.mean_entropy, within=NOT_NEGATIVE),
        mean_normalized_entropy=columns.number(group.mean_normalized_entropy, within=SHARE),
        mean_perplexity=columns.number(group.mean_perplexity, within=(1, math.inf)),
        mean_confidence=columns.number(group.mean_confidence, within=SHARE),
        marginal_entropy=columns.number(group.marginal_entropy, within=NOT_NEGATIVE),
        mutual_information=columns.number(group.mutual_information, within=NOT_NEGATIVE),
    )


def _gaussian(group: GaussianEntropy, columns: Columns) -> GaussianEntropyAggregate:
    return GaussianEntropyAggregate(
        mean_entropy=columns.number(group.mean_entropy),
        mean_action=stats.mean_over_runs(group.mean_action),
        mean_std=stats.mean_over_runs(group.mean_std),
        squashed=group.squashed,
    )
