"""Arrays of other lengths as arrays of one shape."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from .. import _steps
from .._types import Array, Bool, Num


def padded(arrays: Sequence[Num[Array, "..."]], batch_axes: Sequence[int], fill: float) -> list[Num[Array, "..."]]:
    """The arrays of one dtype, each axis behind its batch axes as long as the longest of them."""
    trailing = [x.shape[axes:] for x, axes in zip(arrays, batch_axes, strict=True)]
    longest = [max(sizes) for sizes in zip(*trailing, strict=True)]
    dtype = max((x.dtype for x in arrays), key=lambda dtype: dtype.itemsize)

    def pad(x: Array, axes: int) -> Array:
        missing = [(0, long - size) for long, size in zip(longest, x.shape[axes:], strict=True)]
        if not any(more for _, more in missing):
            return x.astype(dtype)
        return jnp.pad(x.astype(dtype), [(0, 0)] * axes + missing, constant_values=jnp.asarray(fill, dtype))

    return [pad(x, axes) for x, axes in zip(arrays, batch_axes, strict=True)]


def padded_steps(steps: Sequence[_steps.ExactSteps], batch_axes: Sequence[int]) -> list[_steps.ExactSteps]:
    """Step axes [*batch, entry], each as long as the longest: it goes on as that one if it began as that one, else it
    stays at its last step.
    """
    steps = _steps.one_form(list(steps))
    longest = max(range(len(steps)), key=lambda i: steps[i].shape[-1])
    row = steps[longest][(0,) * batch_axes[longest]] if 0 not in steps[longest].shape[:-1] else None
    return [step if row is None else _as_long_as(step, row) for step in steps]


def _as_long_as(step: _steps.ExactSteps, row: _steps.ExactSteps) -> _steps.ExactSteps:
    size, missing = step.shape[-1], row.shape[-1] - step.shape[-1]
    if not missing:
        return step
    head = _steps.spread(row[:size], step.shape)
    tail = _steps.spread(row[size:], (*step.shape[:-1], missing))
    if size:
        begins_alike = jnp.all(_steps.equal(step, head))
        stays = _steps.spread(step[..., -1:], (*step.shape[:-1], missing))
        tail = _steps.where(begins_alike, tail, stays)
    return jax.tree.map(lambda a, b: jnp.concatenate([a, b], axis=-1), step, tail)


def explicit(valid: Bool[Array, "..."] | None, like: Num[Array, "..."]) -> Bool[Array, "..."]:
    """A mask; None means all entries."""
    return jnp.ones(like.shape, bool) if valid is None else valid
