"""The steps of the valid entries of a stream."""

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, Bool, Int
from ._forms import wide
from ._order import where
from ._wide import ExactSteps, Times, WideSteps


def blank(step: Times, present: Bool[Array, "..."], fill: int = 0) -> Times:
    """The steps, with those of invalid entries replaced by `fill`."""
    return where(present, step, fill)


def at(step: Times, index: Int[Array, ""], defined: Bool[Array, ""]) -> Times:
    """step[index] where `defined`, else −1."""
    if not isinstance(step, WideSteps):
        return _masked.at(step, index, defined)
    return where(defined, step[index], -1) if len(step) else wide(-1)


def first(step: Times, present: Bool[Array, " entry"]) -> Times:
    """Step of the first valid entry; none → −1."""
    return at(step, _masked.first_index(present), jnp.any(present))


def last(step: Times, present: Bool[Array, " entry"]) -> Times:
    """Step of the last valid entry; none → −1."""
    return at(step, _masked.last_index(present), jnp.any(present))


def indices(size: int) -> Int[Array, " entry"]:
    """0 … size − 1, the steps of a stream of which only the order is known."""
    return jnp.arange(size)


def ends(step: ExactSteps) -> ExactSteps:
    """The last along the last axis, 0 of none."""
    return jax.tree.map(lambda limb: limb[..., -1] if limb.shape[-1] else jnp.zeros(limb.shape[:-1], limb.dtype), step)


def spread(step: ExactSteps, shape: tuple[int, ...]) -> ExactSteps:
    """The steps broadcast to `shape`."""
    return jax.tree.map(lambda limb: jnp.broadcast_to(limb, shape), step)
