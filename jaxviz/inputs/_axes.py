"""Axes of step streams: any layout as [*batch, update, step, env]."""

import jax.numpy as jnp

from .._types import Array

STREAM_AXES = ("update", "step", "env")


def stream_axes(shape: tuple[int, ...], axes: str | None, default: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The name of each axis of `shape`; leading axes that `default` does not name are called batch0, batch1, …

    ValueError if `axes` does not name each axis once, or there are fewer axes than `default` needs.
    """
    if axes is None:
        if len(shape) < len(default):
            raise ValueError(
                f"`{name}` has shape {shape}: expected at least {len(default)} axes [..., {', '.join(default)}]; "
                f'name the axes it has with axes="...", e.g. axes="{_guess(len(shape))}"'
            )
        return (*(f"batch{i}" for i in range(len(shape) - len(default))), *default)
    names = tuple(axes.split())
    if len(names) != len(shape) or len(set(names)) != len(names):
        raise ValueError(f"`axes` must name each axis of `{name}` {shape} once, got {axes!r}")
    if "step" not in names:
        raise ValueError(f'`axes` must name the time axis "step", got {axes!r}')
    return names


def _guess(ndim: int) -> str:
    return {0: "step", 1: "step", 2: "step env"}.get(ndim, "update step env")


def to_stream(x: Array, names: tuple[str, ...]) -> Array:
    """`x` with its axes in the order [*batch, update, step, env]; absent stream axes have length 1.

    Agents come first among the batch axes: the last one holds the runs, and agents of one run are no runs.
    """
    order = [i for i, name in enumerate(names) if name not in STREAM_AXES]
    order.sort(key=lambda i: names[i] != "agent")
    order += [names.index(name) for name in STREAM_AXES if name in names]
    x = jnp.transpose(x, order)
    batch = len(names) - sum(name in STREAM_AXES for name in names)
    sizes = iter(x.shape[batch:])
    return x.reshape(*x.shape[:batch], *(next(sizes) if name in names else 1 for name in STREAM_AXES))


def to_batch(x: Array, axes: str | None, batch: tuple[int, ...]) -> Array:
    """An array beside a stream of those `axes`, with its leading batch axes in the order that `to_stream` gives.

    `x` has the batch axes as the user named them, or all but the agents' (one network for all of them): then each
    agent gets the same.
    """
    names = () if axes is None else tuple(name for name in axes.split() if name not in STREAM_AXES)
    if "agent" not in names:
        return x
    agent, runs = names.index("agent"), batch[1:]
    if x.shape[: len(batch)] == (*runs[:agent], batch[0], *runs[agent:]) and x.ndim > len(batch):
        return jnp.moveaxis(x, agent, 0)
    if x.shape[: len(runs)] == runs:
        return jnp.broadcast_to(x, (batch[0], *x.shape))
    return x
