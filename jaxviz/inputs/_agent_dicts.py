"""Mappings that name the agents -> arrays with a leading axis of agents."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from ..host import as_array
from . import _fields

_ALL = "__all__"
"""JaxMARL's key beside those of the agents: the episode of the environment."""


def stacked_agents(info: Mapping[str, Any], owner: str) -> Mapping[str, Any] | None:
    """`info` with a leading axis of agents, from ``{"agent_0": {entry: …}, …}`` or ``{entry: {"agent_0": …}, …}``;
    None if it names no agents.
    """
    if info and all(isinstance(one, Mapping) and _fields.find(one, _fields.MASKS) for one in info.values()):
        return _stack({name: {agent: one[name] for agent, one in info.items()} for name in _shared(info)}, owner)
    named = _fields.find(info, _fields.RETURNS)
    if named is None or not isinstance(named[1], Mapping):
        return None
    agents = [agent for agent in named[1] if agent != _ALL]
    known = {key for keys in _fields.STREAM_KEYS for key in keys}
    return _stack({name: _of_agents(x, agents) for name, x in info.items() if name in known}, owner)


def _shared(info: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Entries that every agent has."""
    first, *others = info.values()
    return [name for name in first if all(name in one for one in others) and not isinstance(first[name], Mapping)]


def _of_agents(x: Any, agents: list[str]) -> dict[str, Any]:
    """The entry of each agent; that of the whole environment where there are none."""
    if not isinstance(x, Mapping):
        return dict.fromkeys(agents, x)
    return {agent: x[agent] if agent in x else x[_ALL] for agent in agents}


def _stack(entries: Mapping[str, Mapping[str, Any]], owner: str) -> dict[str, Any]:
    return {name: stack_named(series, f"{owner}[{name!r}]") for name, series in entries.items()}


def stack_named(series: Mapping[str, Any], owner: str) -> Any:
    """Arrays of one shape along a new leading axis, in their order; ValueError if there is none."""
    if not series:
        raise ValueError(f"`{owner}` is an empty mapping: give one array for each agent")
    arrays = {agent: as_array(x, f"{owner}[{agent!r}]") for agent, x in series.items()}
    shapes = {agent: x.shape for agent, x in arrays.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"agents of `{owner}` must have one shape, got {shapes}")
    return jnp.stack(list(arrays.values()))
