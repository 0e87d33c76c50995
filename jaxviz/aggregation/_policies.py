"""Sampled policies over training, over runs."""

from collections.abc import Mapping

import equinox as eqx

from .. import stats
from .._shown import Result
from .._types import Array, Float
from ..analysis import PolicyCourse
from ._curves import CurveAggregate


class PolicyCourseAggregate(Result):
    """`PolicyCourse` over runs."""

    entropy: CurveAggregate
    """In nats."""
    perplexity: CurveAggregate | None
    action_marginal: Float[Array, "update action"] | None
    """Mean over runs."""
    mean_action: Float[Array, "update dimension"] | None
    """Mean over runs."""
    mean_std: Float[Array, "update dimension"] | None
    """Mean over runs."""
    squashed: bool = eqx.field(static=True, default=False)


def policies(course: PolicyCourse, curves: Mapping[str, CurveAggregate]) -> PolicyCourseAggregate:
    """Its series are `curves` by name, its vectors means over runs."""
    return PolicyCourseAggregate(
        entropy=curves["entropy"],
        perplexity=curves.get("perplexity"),
        action_marginal=_over_runs(course.action_marginal),
        mean_action=_over_runs(course.mean_action),
        mean_std=_over_runs(course.mean_std),
        squashed=course.squashed,
    )


def _over_runs(x: Array | None) -> Array | None:
    return None if x is None else stats.mean_over_runs(x)
