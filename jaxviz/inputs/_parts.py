"""The optional parts of a run: losses and evaluation. Shared by every reader."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from .. import _masked
from .._run import Evaluation, LossSeries
from .._types import Array
from ..host import as_array, is_traced
from . import _fields
from ._axes import to_batch


def read_losses(losses: Any, batch: tuple[int, ...], step: Any = None, *, axes: str | None = None) -> LossSeries:
    """Losses of shape [*batch, update]; trailing axes (epoch, minibatch) are averaged; nested names joined by "/".

    `axes`: those of the stream they stand beside, see `to_batch`.
    """
    if not isinstance(losses, Mapping) and not hasattr(losses, "_asdict"):
        losses = {"loss": losses}
    named = _fields.flatten_names(_fields.as_mapping(losses, "losses"))
    values = {name: _loss_curve(x, name, batch, axes) for name, x in named.items()}
    if not values:
        raise ValueError("`losses` is empty: give at least one series, or None")
    shapes = {name: x.shape for name, x in values.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"all `losses` must have one shape [*batch, update], got {shapes}")
    shape = next(iter(shapes.values()))
    return LossSeries(values=values, step=None if step is None else step_axis(step, shape, "loss step"))


def _loss_curve(x: Any, name: str, batch: tuple[int, ...], axes: str | None) -> Array:
    curve = to_batch(_masked.as_float(as_array(x, f"losses[{name!r}]")), axes, batch)
    if curve.ndim < len(batch) + 1:
        raise ValueError(
            f"`losses[{name!r}]` must have {len(batch)} batch axes and an update axis, got shape {curve.shape}"
        )
    return jnp.mean(curve, axis=tuple(range(len(batch) + 1, curve.ndim)))


def read_evaluation(returns: Any, lengths: Any = None, step: Any = None, valid: Any = None) -> Evaluation:
    """Evaluation returns [*batch, eval, rollout]; `step` [eval] or [*batch, eval]."""
    returns = _masked.as_float(as_array(returns, "evaluation returns"))
    if returns.ndim < 2:
        raise ValueError(f"evaluation returns must be [*batch, eval, rollout], got shape {returns.shape}")
    valid = jnp.ones(returns.shape, bool) if valid is None else mask(valid, returns.shape, "evaluation valid")
    if lengths is not None:
        lengths = as_array(lengths, "evaluation lengths")
        if lengths.shape != returns.shape:
            raise ValueError(f"evaluation lengths {lengths.shape} and returns {returns.shape} must have one shape")
        lengths = lengths.astype(jnp.int32)
    step = None if step is None else step_axis(step, returns.shape[:-1], "evaluation step")
    return Evaluation(returns=returns, lengths=lengths, step=step, valid=valid)


def step_axis(step: Any, shape: tuple[int, ...], name: str) -> Array:
    """Environment steps as integers of `shape`, spread over the batch axes they lack."""
    step = as_array(step, name)
    if jnp.issubdtype(step.dtype, jnp.floating):
        if not is_traced(step) and not bool(jnp.all(step == jnp.round(step))):
            raise ValueError(f"`{name}` must be whole environment steps, got fractions")
        step = step.astype(jnp.result_type(int))
    if step.shape != shape and step.shape != shape[-1:]:
        raise ValueError(f"`{name}` must have shape {shape[-1:]} or {shape}, got {step.shape}")
    return jnp.broadcast_to(step, shape)


def mask(valid: Any, shape: tuple[int, ...], name: str) -> Array:
    """A boolean mask of exactly `shape`."""
    valid = as_array(valid, name)
    if valid.dtype != bool or valid.shape != shape:
        raise ValueError(f"`{name}` must be boolean of shape {shape}, got {valid.dtype} {valid.shape}")
    return valid
