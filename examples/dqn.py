"""DQN on tasks of gymnax: replay, a target network and double estimates, all inside one scan, as in PureJaxRL.

Mnih et al. 2015, Human-level control through deep reinforcement learning; van Hasselt et al. 2016 for the double
estimate. As in `ppo.py` a time limit is no end: the value of the last observation is bootstrapped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks import evaluate, in_stages, make_task

if TYPE_CHECKING:
    import jax


class Config(NamedTuple):
    """What is the same for every seed and configuration."""

    task: str = "CartPole-v1"
    total_steps: int = 100_000
    envs: int = 8
    steps: int = 128
    """Steps of every environment between two reports."""
    memory: int = 20_000
    """Transitions that are kept."""
    batch: int = 64
    learn_after: int = 1_000
    """Environment steps before the first update of the network, of which there is one at each step of all."""
    target_every: int = 2_000
    """Environment steps between two copies to the target network."""
    gamma: float = 0.99
    exploration: float = 0.5
    """Share of the training in which ε falls from 1."""
    max_gradient_norm: float = 10.0
    evaluations: int = 10
    rollouts: int = 8


class Transition(NamedTuple):
    """What is remembered of a step."""

    observation: jax.Array
    action: jax.Array
    reward: jax.Array
    next_observation: jax.Array
    terminated: jax.Array


def make_train(config: Config, *, reported: bool = True) -> Callable[..., dict[str, Any]]:
    """`train(key, learning_rate, final_epsilon)`: one run, to be mapped over seeds and configurations."""
    import jax
    import jax.numpy as jnp
    import optax
    from flax import linen as nn

    import jaxviz as jv

    env, env_params = make_task(config.task)
    rows = config.memory // config.envs
    per_update = config.envs * config.steps

    class Values(nn.Module):
        @nn.compact
        def __call__(self, x):
            for _ in range(2):
                x = nn.relu(nn.Dense(64)(x))
            return nn.Dense(env.num_actions)(x)

    network = Values()

    def values(params, observation):
        return jnp.asarray(network.apply(params, observation))

    reset = jax.vmap(env.reset, in_axes=(0, None))
    step = jax.vmap(env.step, in_axes=(0, 0, 0, None))

    def epsilon(count, final):
        """From 1 down to `final` in the first part of the training; `count`: steps of every environment."""
        return jnp.maximum(final, 1 - (1 - final) * count * config.envs / (config.exploration * config.total_steps))

    def act(params, epsilon, observation, key):
        key_explore, key_action = jax.random.split(key)
        greedy = jnp.argmax(values(params, observation), axis=-1)
        random = jax.random.randint(key_action, greedy.shape, 0, env.num_actions)
        return jnp.where(jax.random.uniform(key_explore, greedy.shape) < epsilon, random, greedy)

    def remembered(memory, count, transition):
        """The memory with the transitions of all environments in the place of the oldest."""
        return jax.tree.map(lambda kept, new: kept.at[count % rows].set(new), memory, transition)

    def sample(memory, count, key):
        key_row, key_env = jax.random.split(key)
        row = jax.random.randint(key_row, (config.batch,), 0, jnp.minimum(count + 1, rows))
        column = jax.random.randint(key_env, (config.batch,), 0, config.envs)
        return jax.tree.map(lambda kept: kept[row, column], memory)

    def loss(params, target_params, batch):
        best = jnp.argmax(values(params, batch.next_observation), axis=-1)
        following = jnp.take_along_axis(values(target_params, batch.next_observation), best[:, None], -1)[:, 0]
        target = batch.reward + config.gamma * jnp.where(batch.terminated, 0.0, following)
        value = jnp.take_along_axis(values(params, batch.observation), batch.action[:, None], -1)[:, 0]
        return 0.5 * jnp.square(value - jax.lax.stop_gradient(target)).mean(), value.mean()

    def train(key, learning_rate, final_epsilon):
        key_network, key_env, key_updates = jax.random.split(key, 3)
        learning = config.total_steps - config.learn_after

        def schedule(count):
            return learning_rate * jnp.maximum(0, 1 - count * config.envs / learning)

        optimizer = optax.chain(optax.clip_by_global_norm(config.max_gradient_norm), optax.adam(schedule))
        observation, env_state = reset(jax.random.split(key_env, config.envs), env_params)
        params = network.init(key_network, observation[0])

        def learn(learner, memory, count, key):
            params, target_params, optimizer_state = learner
            batch = sample(memory, count, key)
            (value_loss, value), gradient = jax.value_and_grad(loss, has_aux=True)(params, target_params, batch)
            change, optimizer_state = optimizer.update(gradient, optimizer_state)
            params = optax.apply_updates(params, change)
            fresh = count % (config.target_every // config.envs) == 0
            target_params = jax.tree.map(partial(jnp.where, fresh), params, target_params)
            return (params, target_params, optimizer_state), {"value_loss": value_loss, "value": value}

        def one(carry, now):
            """A step of every environment, and an update of the network."""
            (learner, memory, env_state, observation), (count, key) = carry, now
            key_act, key_step, key_learn = jax.random.split(key, 3)
            action = act(learner[0], epsilon(count, final_epsilon), observation, key_act)
            keys = jax.random.split(key_step, config.envs)
            following, env_state, reward, terminated, _, info = step(keys, env_state, action, env_params)
            seen = Transition(observation, action, reward, info["final_observation"], terminated)
            memory = remembered(memory, count, seen)
            none = {"value_loss": jnp.zeros(()), "value": jnp.zeros(())}
            learner, losses = jax.lax.cond(
                count * config.envs >= config.learn_after,
                lambda: learn(learner, memory, count, key_learn),
                lambda: (learner, none),
            )
            episodes = {name: info[name] for name in info if name.startswith("returned_episode")}
            return (learner, memory, env_state, following), (episodes, losses)

        def update(carry, now):
            index, key = now
            counts = index * config.steps + jnp.arange(config.steps)
            carry, (info, losses) = jax.lax.scan(one, carry, (counts, jax.random.split(key, config.steps)))
            reduced = jv.reduce_update(info, losses=losses)
            return carry, jv.live.report((index + 1) * per_update - 1, reduced) if reported else reduced

        def evaluated(carry, key):
            return evaluate(env, env_params, partial(act, carry[0][0], 0.0), key, config.rollouts)

        learner = (params, params, optimizer.init(params))
        carry = (learner, empty_memory(observation), env_state, observation)
        _, metrics, evaluation = in_stages(config, update, evaluated, carry, key_updates)
        return {"metrics": metrics, "evaluation": evaluation}

    def empty_memory(observation):
        seen = jnp.zeros((rows, *observation.shape), observation.dtype)
        number, flag = jnp.zeros((rows, config.envs)), jnp.zeros((rows, config.envs), bool)
        return Transition(seen, number.astype(jnp.int32), number, seen, flag)

    return train
