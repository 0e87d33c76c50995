"""`GradientFlow`: the size of the gradient in every array of a network, and how much of it is zero."""

import jax

from .. import stats
from .._shown import Result
from .._types import Array, Float, PyTree
from ..host import path_name, to_host


class GradientFlow(Result):
    """Numbers of every floating-point array of a pytree of gradients, by its path, in the order of the pytree."""

    norm: dict[str, Float[Array, ""]]
    """Euclidean norm."""
    zero_fraction: dict[str, Float[Array, ""]]
    """Share of entries that are zero, ↓."""


def gradient_flow(gradients: PyTree) -> GradientFlow:
    """The flow of a pytree of gradients (flax, equinox, plain dicts) as NumPy numbers, path by path."""
    return GradientFlow(
        norm=_by_path(stats.global_norm(gradients, per_leaf=True)),
        zero_fraction=_by_path(stats.zero_gradient_fraction(gradients, per_leaf=True)),
    )


def _by_path(tree: PyTree) -> dict[str, Float[Array, ""]]:
    """A single array, which has no path, is called "gradient"."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(to_host(tree))
    return {path_name(path) or "gradient": leaf for path, leaf in leaves}
