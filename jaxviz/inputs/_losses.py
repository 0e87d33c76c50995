"""Losses as codebases hand them over -> names and arrays; which of them are missing."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from .. import _masked, _steps
from .._run import LossSeries
from .._types import Array, Bool, Float
from ..host import is_traced
from . import _fields

_PPO = ("value_loss", "actor_loss", "entropy", "ratio", "approx_kl", "clip_frac")
"""What PPO of PureJaxRL (three) and JaxMARL (six) returns beside the total loss, in their order."""


def named_losses(losses: Any, owner: str = "losses") -> dict[str, Any]:
    """Losses by name: a mapping (nested names joined by "/"), PPO's ``(total_loss, (value_loss, actor_loss, entropy))``
    or one array, which is called "loss". ValueError for any other tuple of series: they have no names.
    """
    if isinstance(losses, Mapping) or hasattr(losses, "_asdict"):
        opened = {name: _opened(value, f"{owner}[{name!r}]") for name, value in _items(losses, owner)}
        return _fields.flatten_names(opened)
    if not isinstance(losses, tuple) or all(isinstance(x, int | float) for x in losses):
        return {"loss": losses}
    if len(losses) == 2 and isinstance(losses[1], tuple) and len(losses[1]) in (3, len(_PPO)):
        total, others = losses
        return {"total_loss": total, **dict(zip(_PPO, others, strict=False))}
    raise ValueError(
        f"`{owner}` is a tuple of {len(losses)} series without names: give a mapping name -> [..., update], "
        "or PPO's (total_loss, (value_loss, actor_loss, entropy))"
    )


def _items(losses: Any, owner: str) -> Any:
    return _fields.as_mapping(losses, owner).items()


def _opened(value: Any, owner: str) -> Any:
    """Named losses of a part of the loss; anything else as it is."""
    series = isinstance(value, tuple) and not all(isinstance(x, int | float) for x in value)
    return named_losses(value, owner) if series or hasattr(value, "_asdict") else value


def without_missing(
    losses: LossSeries, present: Bool[Array, "*batch update"], *, named: bool
) -> tuple[LossSeries, list[str]]:
    """The losses without the updates that have none, and notices; a NaN that stays is a run that diverged.

    `present`: the updates that are there; `named`: the caller said so, and a NaN in one that is there has diverged.
    Else a NaN is missing where the return is missing too, or a number comes later, or the NaN at the end are no more
    than between two numbers (one update in so many was recorded): NaN parameters give NaN to the end. Losses share
    their updates: one that is missing takes the others of its update along, which is said.
    """
    first = next(iter(losses.values.values()))
    going_on = present if present.shape == first.shape else jnp.ones(first.shape, bool)
    there = going_on if named else jnp.ones(first.shape, bool)
    if losses.valid is not None:
        there &= losses.valid
    asked = there
    for x in losses.values.values() if not named else ():
        there &= ~jnp.isnan(x) | (_lasting(x) & going_on)
    notices = _left_out(losses, asked & ~there)
    if not is_traced(there) and bool(jnp.all(there)):
        return losses, notices
    order = jnp.argsort(~there, axis=-1, stable=True)
    kept = jnp.take_along_axis(there, order, axis=-1)
    values = {n: _masked.blank(jnp.take_along_axis(x, order, axis=-1), kept) for n, x in losses.values.items()}
    return LossSeries(values, None if losses.step is None else _picked(losses.step, order), kept), notices


def _left_out(losses: LossSeries, missing: Bool[Array, "*batch update"]) -> list[str]:
    """A notice if numbers are left out because another loss is missing in their update."""
    if is_traced(missing):
        return []
    counts = {name: int(jnp.sum(missing & ~jnp.isnan(x))) for name, x in losses.values.items()}
    said = ", ".join(f"{count} of `{name}`" for name, count in counts.items() if count)
    return [f"`losses` are read where all of them were recorded: {said} left out. Give them to another call"] * bool(
        said
    )


def _lasting(x: Float[Array, "*batch update"]) -> Bool[Array, "*batch update"]:
    """NaN to the end, for longer than between any two numbers."""
    index = jnp.broadcast_to(jnp.arange(x.shape[-1], dtype=jnp.int32), x.shape)
    last = jax.lax.cummax(jnp.where(jnp.isnan(x), -1, index), axis=x.ndim - 1)
    end = jnp.max(last, axis=-1, keepdims=True)
    gap = jnp.max(jnp.where(index <= end, index - last, 0), axis=-1, keepdims=True, initial=0)
    return (index > end) & (x.shape[-1] - 1 - end > gap)


def _picked(step: _steps.ExactSteps, order: Array) -> _steps.ExactSteps:
    whole = _steps.spread(step, order.shape)
    return jax.tree.map(lambda limb: jnp.take_along_axis(limb, order, axis=-1), whole)
