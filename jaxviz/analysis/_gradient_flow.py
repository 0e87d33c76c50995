"""`GradientFlow`: how large the gradient is in every array of a network, and how much of it is zero."""

from typing import Any

import equinox as eqx

from .. import stats
from .._types import Array, Float, PyTree
from ..host import flat_metrics


class GradientFlow(eqx.Module):
    """Numbers of every floating-point array of a pytree of gradients, by its path, in the order of the pytree."""

    norm: dict[str, Float[Array, ""]]
    """Euclidean norm."""
    zero_fraction: dict[str, Float[Array, ""]]
    """Share of entries that are zero, ↓."""


def gradient_flow(gradients: PyTree) -> GradientFlow:
    """The flow of gradients, such as those of the parameters of a flax or equinox network, as NumPy numbers."""
    return GradientFlow(
        norm=_by_path(stats.global_norm(gradients, per_leaf=True)),
        zero_fraction=_by_path(stats.zero_gradient_fraction(gradients, per_leaf=True)),
    )


def _by_path(tree: PyTree) -> dict[str, Any]:
    return {name or "gradient": leaf for name, leaf in flat_metrics(tree).items()}
