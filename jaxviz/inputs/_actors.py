"""Actors in one axis: several agents of each environment that were flattened into the axis of environments."""

import jax
import jax.numpy as jnp

from .._types import Array, Bool, Num
from ..host import is_traced
from ._axes import AgentOrder

_FIRST_RUN_ENTRIES = 1 << 22
"""Entries that are looked at: the first updates of one run tell."""


def actors_order(done: Array, agents: int) -> AgentOrder:
    """The order in which agents were flattened into the last axis: agents of one environment end together.

    JaxMARL's `info` has the environments first, [env, agent]; its `batchify` the agents. Where the data fit both or
    none, that of `info`.
    """
    actors = done.shape[-1] if done.ndim else 1
    if is_traced(done) or done.size == 0 or actors % agents:
        return "env"
    rows = done.reshape(-1, actors)
    by_env = bool(_end_together(rows.reshape(-1, actors // agents, agents), -1))
    by_agent = bool(_end_together(rows.reshape(-1, agents, actors // agents), -2))
    return "agent" if by_agent and not by_env else "env"


def _end_together(done: Bool[Array, "..."], axis: int) -> Bool[Array, ""]:
    return jnp.all(jnp.all(done, axis=axis) == jnp.any(done, axis=axis))


def notice_actors(returns: Array, done: Array) -> str | None:
    """A warning if environments of a stream [*batch, update, step, env] are the same ones several times."""
    envs = done.shape[-1]
    if envs < 2 or done.size == 0 or is_traced(returns) or is_traced(done):
        return None
    rows = max(1, _FIRST_RUN_ENTRIES // envs)
    first, mask = (x.reshape(-1, envs)[:rows] for x in (returns, done))
    same = [bool(one) for one in _like_the_first(first, mask)]
    if sum(same) < 2 or not bool(_tells(first[:, 0], mask[:, 0])):
        return None
    found = _grouping(same)
    if found is None:
        return None
    agents, order = found
    return (
        f"environments end together with equal returns, {agents} at a time: are they {agents} agents of each "
        f'environment? Then agents={agents} (agent_order="{order}") reads them; as environments they are counted '
        f"{agents} times, their steps too"
    )


@jax.jit
def _like_the_first(returns: Num[Array, "row env"], done: Bool[Array, "row env"]) -> Bool[Array, " env"]:
    """Which environments end at the same rows as the first, with the same returns."""
    equal = (returns == returns[:, :1]) | (jnp.isnan(returns) & jnp.isnan(returns[:, :1]))
    return jnp.all((done == done[:, :1]) & (equal | ~done), axis=0)


@jax.jit
def _tells(returns: Num[Array, " row"], done: Bool[Array, " row"]) -> Bool[Array, ""]:
    """Whether the ends of one environment are no matter of course: three at least, of different returns or lengths."""
    ended = jnp.cumsum(done, dtype=jnp.int32)
    rows = jnp.arange(done.shape[0], dtype=jnp.int32)
    last = jax.lax.cummax(jnp.where(done, rows, -1))
    before = jnp.concatenate([jnp.full((1,), -1, last.dtype), last[:-1]])
    gap = jnp.where(done & (before >= 0), rows - before, 0)
    gaps_differ = jnp.any((gap > 0) & (gap != jnp.max(gap)))
    values = jnp.where(done, returns, -jnp.inf)
    return (ended[-1] >= 3) & (gaps_differ | jnp.any(done & (returns != jnp.max(values))))


def _grouping(same: list[bool]) -> tuple[int, AgentOrder] | None:
    """Agents and their order, if those like the first are its neighbours or stand at equal distances over the axis."""
    envs, agents = len(same), sum(same)
    if envs % agents:
        return None
    if all(same[:agents]):
        return agents, "env"
    return (agents, "agent") if all(same[:: envs // agents]) else None
