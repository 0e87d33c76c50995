"""The optional parts of a run: losses and evaluation. Shared by every reader."""

from typing import Any

import jax.numpy as jnp

from .. import _masked
from .._run import Evaluation, LossSeries
from .._steps import ExactSteps, spread
from .._types import Array
from ..host import as_array, as_steps
from ._axes import Layout, per_update
from ._losses import named_losses


def read_losses(losses: Any, batch: tuple[int, ...], step: Any = None, *, layout: Layout | None = None) -> LossSeries:
    """Losses of shape [*batch, update]; trailing axes (epoch, minibatch) are averaged; names as `named_losses` gives.

    `layout`: that of the stream they stand beside, see `per_update`.
    """
    values = {name: _loss_curve(x, name, batch, layout) for name, x in named_losses(losses).items()}
    if not values:
        raise ValueError("`losses` is empty: give at least one series, or None")
    shapes = {name: x.shape for name, x in values.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"all `losses` must have one shape [*batch, update], got {shapes}")
    shape = next(iter(shapes.values()))
    return LossSeries(values=values, step=None if step is None else step_axis(step, shape, "loss step"))


def _loss_curve(x: Any, name: str, batch: tuple[int, ...], layout: Layout | None) -> Array:
    curve = per_update(_masked.as_float(as_array(x, f"losses[{name!r}]")), layout, batch)
    if curve.ndim < len(batch) + 1:
        raise ValueError(
            f"`losses[{name!r}]` must have {len(batch)} batch axes and an update axis, got shape {curve.shape}"
        )
    return jnp.mean(curve, axis=tuple(range(len(batch) + 1, curve.ndim)))


def beside(losses: LossSeries, shape: tuple[int, ...], step: ExactSteps | None) -> LossSeries:
    """The losses at the `step` of updates of that shape, if there is one for each."""
    same = next(iter(losses.values.values())).shape == shape
    return LossSeries(losses.values, step if same else None)


def read_total(total_steps: Any, batch: tuple[int, ...]) -> ExactSteps | None:
    """Environment steps that were run, the same for all runs or [*batch]."""
    if total_steps is None:
        return None
    total = as_steps(total_steps, "total_steps")
    if total.shape not in ((), batch):
        raise ValueError(f"`total_steps` must be one number or have the batch axes {batch}, got shape {total.shape}")
    return spread(total, batch)


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
        lengths = lengths if jnp.issubdtype(lengths.dtype, jnp.floating) else lengths.astype(jnp.int32)
    step = None if step is None else step_axis(step, returns.shape[:-1], "evaluation step")
    return Evaluation(returns=returns, lengths=lengths, step=step, valid=valid)


def step_axis(step: Any, shape: tuple[int, ...], name: str) -> ExactSteps:
    """Exact environment steps of `shape`, spread over the batch axes they lack."""
    known = as_steps(step, name)
    if known.shape != shape and known.shape != shape[-1:]:
        raise ValueError(f"`{name}` must have shape {shape[-1:]} or {shape}, got {known.shape}")
    return spread(known, shape)


def mask(valid: Any, shape: tuple[int, ...], name: str) -> Array:
    """A boolean mask of exactly `shape`."""
    valid = as_array(valid, name)
    if valid.dtype != bool or valid.shape != shape:
        raise ValueError(f"`{name}` must be boolean of shape {shape}, got {valid.dtype} {valid.shape}")
    return valid
