"""The optional parts of a run: losses and evaluation. Shared by every reader."""

from typing import Any

import jax.numpy as jnp

from .. import _masked
from .._run import Evaluation, LossSeries
from .._steps import ExactSteps, spread
from .._types import Array
from ..host import as_array, as_steps, check_order, is_ragged, pad_nested, pad_ragged
from ._axes import Layout, per_update
from ._losses import named_losses


def read_losses(losses: Any, batch: tuple[int, ...], step: Any = None, *, layout: Layout | None = None) -> LossSeries:
    """Losses of shape [*batch, update]; trailing axes (epoch, minibatch) are averaged; names as `named_losses` gives.

    `layout`: that of the stream they stand beside, see `per_update`.
    """
    curves = {name: _loss_curve(x, name, batch, layout) for name, x in named_losses(losses).items()}
    if not curves:
        raise ValueError("`losses` is empty: give at least one series, or None")
    values = {name: curve for name, (curve, _) in curves.items()}
    shapes = {name: x.shape for name, x in values.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"all `losses` must have one shape [*batch, update], got {shapes}")
    shape, valid = next(iter(shapes.values())), next(iter(curves.values()))[1]
    if any((one is None) != (valid is None) for _, one in curves.values()):
        raise ValueError("all `losses` must have the same number of updates in every run")
    return LossSeries(values, None if step is None else step_axis(step, shape, "loss step"), valid)


def _loss_curve(x: Any, name: str, batch: tuple[int, ...], layout: Layout | None) -> tuple[Array, Array | None]:
    """The series, and which updates are there if the runs in a list have different numbers of them."""
    label = f"losses[{name!r}]"
    x, valid = pad_ragged(x, label) if is_ragged(x) else (as_array(x, label), None)
    curve = per_update(_masked.as_float(x), layout, batch)
    if curve.ndim < len(batch) + 1:
        raise ValueError(f"`{label}` must have {len(batch)} batch axes and an update axis, got shape {curve.shape}")
    return jnp.mean(curve, axis=tuple(range(len(batch) + 1, curve.ndim))), valid


def beside(losses: LossSeries, shape: tuple[int, ...], step: ExactSteps | None) -> LossSeries:
    """The losses at the `step` of updates of that shape, if there is one for each."""
    same = next(iter(losses.values.values())).shape == shape
    return LossSeries(losses.values, step if same else None, losses.valid)


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
    check_order(step, jnp.any(valid, axis=-1), "evaluation step")
    return Evaluation(returns=returns, lengths=lengths, step=step, valid=valid)


def read_evaluations(returns: Any, step: Any, batch_axes: int | None) -> Evaluation:
    """Evaluations [*batch, eval, rollout], or [*batch, eval] of one rollout each; lists may be of any lengths.

    `batch_axes`: how many there are; None: not known from other parts of the run. Then rows of two axes are runs,
    unless `step` has one entry for each of them.
    """
    x, valid = _padded_returns(returns)
    if batch_axes is None:
        batch_axes = _guessed_batch_axes(x.shape, step)
    if x.ndim == batch_axes + 1:
        x, valid = x[..., None], valid[..., None]
    return read_evaluation(x, None, step, valid)


def _padded_returns(returns: Any) -> tuple[Array, Array]:
    if isinstance(returns, list | tuple):
        return pad_nested(returns, "evaluation_returns")
    x = as_array(returns, "evaluation_returns")
    return x, jnp.ones(x.shape, bool)


def _guessed_batch_axes(shape: tuple[int, ...], step: Any) -> int:
    """The number of batch axes."""
    if len(shape) != 2:
        return max(len(shape) - 2, 0)
    steps = () if step is None else jnp.shape(step) if not isinstance(step, list | tuple) else (len(step),)
    return 0 if steps == shape[:1] and shape[0] != shape[1] else 1


def step_axis(step: Any, shape: tuple[int, ...], name: str) -> ExactSteps:
    """Exact environment steps of `shape`, spread over the batch axes they lack."""
    known = as_steps(step, name)
    if known.shape != shape and known.shape != shape[-1:]:
        wanted = " or ".join(map(str, dict.fromkeys((shape[-1:], shape))))
        raise ValueError(f"`{name}` must have shape {wanted}, got {known.shape}")
    return spread(known, shape)


def check_rows(x: Any, name: str, returns: Any, shape: tuple[int, ...]) -> None:
    """ValueError if rows of different lengths are not as long as those of the `returns` they belong to."""
    if not is_ragged(x):
        return
    own = [len(row) for row in returns] if is_ragged(returns) else list(shape[-1:]) * len(x)
    if (rows := [len(row) for row in x]) != own:
        raise ValueError(f"`{name}` must have as many entries in each run as `returns`, {own}; got {rows}")


def own_mask(valid: Any, inside: Array, returns: Any) -> Array:
    """The caller's `valid` [*batch, entry], rows of any lengths, of what is `inside` the rows of the returns."""
    check_rows(valid, "valid", returns, inside.shape)
    return mask(pad_ragged(valid, "valid")[0] if is_ragged(valid) else valid, inside.shape, "valid") & inside


def mask(valid: Any, shape: tuple[int, ...], name: str) -> Array:
    """A boolean mask of exactly `shape`."""
    valid = as_array(valid, name)
    if valid.dtype != bool or valid.shape != shape:
        raise ValueError(f"`{name}` must be boolean of shape {shape}, got {valid.dtype} {valid.shape}")
    return valid
