"""What the algorithms share: tasks of gymnax with flat observations and logged episodes, evaluations and stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import jax


class Budget(Protocol):
    """How long a training is, and how often it is evaluated."""

    @property
    def total_steps(self) -> int: ...

    @property
    def envs(self) -> int: ...

    @property
    def steps(self) -> int: ...

    @property
    def evaluations(self) -> int: ...


def make_task(name: str) -> tuple[Any, Any]:
    """The environment with its episodes logged, and its parameters."""
    import gymnax
    from gymnax.wrappers import FlattenObservationWrapper, LogWrapper

    env, params = gymnax.make(name)
    flat = len(env.observation_space(params).shape) == 1
    return LogWrapper(env if flat else FlattenObservationWrapper(env)), params


def evaluate(
    env: Any, params: Any, act: Callable[[jax.Array, jax.Array], jax.Array], key: jax.Array, rollouts: int
) -> dict[str, jax.Array]:
    """Returns and lengths [rollout] from fresh environments, each counted until its first end.

    `act`: (observations, key) → actions.
    """
    import jax
    import jax.numpy as jnp

    plain = env._env
    key_reset, key_steps = jax.random.split(key)
    keys = jax.random.split(key_reset, rollouts)
    observation, env_state = jax.vmap(plain.reset, in_axes=(0, None))(keys, params)

    def one(carry):
        env_state, observation, running, total, length, key = carry
        key, key_action, key_step = jax.random.split(key, 3)
        action = act(observation, key_action)
        keys = jax.random.split(key_step, rollouts)
        observation, env_state, reward, terminated, truncated, _ = jax.vmap(plain.step, in_axes=(0, 0, 0, None))(
            keys, env_state, action, params
        )
        total, length = total + jnp.where(running, reward, 0.0), length + running
        return env_state, observation, running & ~(terminated | truncated), total, length, key

    start = (jnp.ones(rollouts, bool), jnp.zeros(rollouts), jnp.zeros(rollouts, jnp.int32))
    *_, total, length, _ = jax.lax.while_loop(
        lambda carry: carry[2].any(), one, (env_state, observation, *start, key_steps)
    )
    return {"returns": total, "lengths": length}


def stages_of(budget: Budget) -> tuple[int, int]:
    """Stages that end in an evaluation, and the updates in each: as many whole ones as the steps allow."""
    updates = budget.total_steps // (budget.envs * budget.steps)
    return min(budget.evaluations, updates), max(1, updates // budget.evaluations)


def in_stages(
    budget: Budget,
    update: Callable[[Any, Any], tuple[Any, Any]],
    evaluated: Callable[[Any, jax.Array], dict[str, jax.Array]],
    carry: Any,
    key: jax.Array,
) -> tuple[Any, Any, dict[str, jax.Array]]:
    """The last carry, what all updates kept [update], and the evaluations [stage] with the `step` of each.

    `update`: a step of a scan over (index, key). `evaluated`: (carry, key) → numbers of an evaluation.
    """
    import jax
    import jax.numpy as jnp

    stages, every = stages_of(budget)

    def stage(carry, now):
        indices, keys = now
        carry, kept = jax.lax.scan(update, carry, (indices, keys[1:]))
        return carry, (kept, evaluated(carry, keys[0]))

    keys = jax.random.split(key, (stages, every + 1))
    indices = jnp.arange(stages * every).reshape(stages, every)
    carry, (kept, evaluation) = jax.lax.scan(stage, carry, (indices, keys))
    step = (jnp.arange(stages) + 1) * every * budget.envs * budget.steps
    return carry, jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), kept), {**evaluation, "step": step}
