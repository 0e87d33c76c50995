"""Axes of step streams: any layout as [*batch, update, step, env]."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import jax.numpy as jnp

from .._kinds import described
from .._types import Array

AgentOrder = Literal["env", "agent"]
"""Which index of flattened actors runs slowest."""
STREAM_AXES = ("update", "step", "env")
_ENVIRONMENTS = ("device", "batch", "env")
"""Axes over environments of one run: devices and batches of updates share one network."""
_OF_ONE_RUN = ("update", "step", *_ENVIRONMENTS)


class Layout(NamedTuple):
    """The axes of an array, in its own order."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    flattened: bool = False
    """The array itself has agents and environments in one axis."""

    @property
    def runs(self) -> tuple[str, ...]:
        """The batch axes, agents first: the last axis holds the runs, and agents of one run are no runs."""
        return tuple(sorted((n for n in self.names if n not in _OF_ONE_RUN), key=lambda name: name != "agent"))

    def size(self, name: str) -> int:
        """The length of an axis, 1 if it is not there."""
        return self.sizes[self.names.index(name)] if name in self.names else 1


def stream_layout(
    shape: tuple[int, ...],
    axes: str | None,
    default: tuple[str, ...],
    name: str,
    *,
    agents: int | None = None,
    agent_order: AgentOrder = "env",
) -> Layout:
    """The name of each axis of `shape`; leading axes that `default` does not name are called batch0, batch1, …

    `agents`: the environments' axis holds that many actors of each. ValueError if `axes` does not name each axis once,
    or there are fewer axes than `default` needs.
    """
    names = default_names(shape, default, name) if axes is None else named(shape, axes, name)
    if "step" not in names:
        raise ValueError(f'`axes` must name the time axis "step", got {axes!r}: give e.g. axes="{_example(shape)}"')
    layout = Layout(names, shape)
    return layout if agents is None else _split_actors(layout, agents, agent_order, name)


def default_names(shape: tuple[int, ...], default: tuple[str, ...], name: str) -> tuple[str, ...]:
    """`default` for the last axes of `shape`."""
    if len(shape) < len(default):
        raise ValueError(
            f"`{name}` has shape {shape}: expected at least {len(default)} axes [..., {', '.join(default)}]; "
            f'name the axes it has with axes="...", e.g. axes="{_guess(len(shape))}". One number per update and no '
            "environments? Use from_curves"
        )
    return (*(f"batch{i}" for i in range(len(shape) - len(default))), *default)


def named(shape: tuple[int, ...], axes: str, name: str) -> tuple[str, ...]:
    """`axes` as names of the axes of `shape`."""
    if not isinstance(axes, str):
        joined = isinstance(axes, list | tuple) and all(isinstance(one, str) for one in axes)
        example = " ".join(axes) if joined else _example(shape)
        raise TypeError(f'`axes` must be one text, got {described(axes)}: give axes="{example}"')
    names = tuple(axes.split())
    if len(names) != len(shape) or len(set(names)) != len(names):
        raise ValueError(
            f"`axes` must name each axis of `{name}` {shape} once, got {axes!r}: give {len(shape)} different names, "
            f'e.g. axes="{_example(shape)}"'
        )
    return names


def _example(shape: tuple[int, ...]) -> str:
    """Names for as many axes."""
    known = ("seed", "update", "step", "env")
    if len(shape) <= len(known):
        return " ".join({1: ("step",), 2: ("step", "env"), 3: ("seed", "step", "env")}.get(len(shape), known))
    return " ".join((*(f"batch{i}" for i in range(len(shape) - len(known))), *known))


def _guess(ndim: int) -> str:
    return {0: "step", 1: "step", 2: "step env"}.get(ndim, "update step env")


def _split_actors(layout: Layout, agents: int, order: AgentOrder, name: str) -> Layout:
    """The axis of actors as one of environments and one of agents."""
    if order not in get_args(AgentOrder):
        raise ValueError(f"`agent_order` must be 'env' or 'agent', the index that runs slowest; got {order!r}")
    if "env" not in layout.names or "agent" in layout.names:
        raise ValueError(
            f"`agents` splits the axis of environments; the axes of `{name}` are {', '.join(layout.names)}"
        )
    place, actors = layout.names.index("env"), layout.size("env")
    if isinstance(agents, bool) or not isinstance(agents, int) or agents < 1 or actors % agents:
        raise ValueError(f"`agents` must divide the {actors} environments of `{name}` {layout.sizes}, got {agents!r}")
    pair = {"env": actors // agents, "agent": agents}
    if order == "agent":
        pair = dict(reversed(pair.items()))
    names = (*layout.names[:place], *pair, *layout.names[place + 1 :])
    sizes = (*layout.sizes[:place], *pair.values(), *layout.sizes[place + 1 :])
    return Layout(names, sizes, flattened=True)


def to_stream(x: Array, layout: Layout) -> Array:
    """`x` with its axes in the order [*batch, update, step, env]; absent stream axes have length 1."""
    inner = [name for name in _OF_ONE_RUN if name in layout.names]
    order = [layout.names.index(name) for name in (*layout.runs, *inner)]
    x = jnp.transpose(x.reshape(layout.sizes), order)
    envs = math.prod(layout.size(name) for name in _ENVIRONMENTS)
    return x.reshape(*x.shape[: len(layout.runs)], layout.size("update"), layout.size("step"), envs)


def to_batch(x: Array, layout: Layout | None, batch: tuple[int, ...]) -> Array:
    """An array beside a stream of that layout, with its leading batch axes in the order that `to_stream` gives.

    `x` has the batch axes as the user named them, or all but the agents' (one network for all of them): then each
    agent gets the same.
    """
    if layout is None or "agent" not in layout.names:
        return x
    given = _named_runs(layout)
    if not layout.flattened and _fits(x, given, layout) and x.ndim > len(batch):
        return jnp.moveaxis(x, given.index("agent"), 0)
    if x.shape[: len(batch) - 1] == batch[1:]:
        return jnp.broadcast_to(x, (batch[0], *x.shape))
    return x


def per_update(x: Array, layout: Layout | None, batch: tuple[int, ...]) -> Array:
    """A series beside a stream of that layout as [*batch, update, …]; devices and batches stand behind the updates.

    `x` has the batch axes as the user named them and then the updates, or its axes are in the named order.
    """
    if layout is None or "update" not in layout.names:
        return to_batch(x, layout, batch)
    for names in _orders(layout):
        if _fits(x, names, layout):
            return reordered(x, names, layout)
    return to_batch(x, layout, batch)


def _orders(layout: Layout) -> list[tuple[str, ...]]:
    """The orders that the axes of a series beside the stream may have, the likeliest first."""
    runs_first = (*_named_runs(layout), "update")
    as_named = tuple(name for name in layout.names if name not in ("step", "env"))
    orders = [runs_first, as_named] if set(as_named) == set(runs_first) else [as_named, runs_first]
    without_agents = [tuple(name for name in order if name != "agent") for order in orders]
    if "agent" not in layout.names:
        return orders
    return without_agents if layout.flattened else [*orders, *without_agents]


def reordered(x: Array, names: tuple[str, ...], layout: Layout) -> Array:
    """`x` [*names, …] as [*batch, update, …]; the same for each agent if `names` has none."""
    inner = [name for name in names if name not in layout.runs and name != "update"]
    order = [names.index(name) for name in (*(n for n in layout.runs if n in names), "update", *inner)]
    moved = jnp.transpose(x, [*order, *range(len(names), x.ndim)])
    shared = "agent" in layout.names and "agent" not in names
    return jnp.broadcast_to(moved, (layout.size("agent"), *moved.shape)) if shared else moved


def _named_runs(layout: Layout) -> tuple[str, ...]:
    return tuple(name for name in layout.names if name not in _OF_ONE_RUN)


def _fits(x: Array, names: Sequence[str], layout: Layout) -> bool:
    """Whether the leading axes of `x` can be those."""
    return x.shape[: len(names)] == tuple(layout.size(name) for name in names)
