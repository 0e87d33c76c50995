"""PPO on tasks of gymnax, and A2C, which is PPO with one epoch of one minibatch.

Training follows PureJaxRL, written for gymnax 1.0: `step` returns six values, and an episode cut by the time limit is
bootstrapped with the value of its last observation instead of being taken for a failure.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks import evaluate, in_stages, make_task, stages_of

if TYPE_CHECKING:  # the heavy libraries are imported where they are used, so that --help answers at once
    import jax


class Config(NamedTuple):
    """What is the same for every seed and configuration."""

    task: str = "CartPole-v1"
    total_steps: int = 200_000
    envs: int = 8
    steps: int = 128
    epochs: int = 4
    minibatches: int = 4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    normalize: bool = True
    """Whether advantages are, in each minibatch."""
    value_coef: float = 0.5
    max_gradient_norm: float = 0.5
    evaluations: int = 10
    rollouts: int = 8
    policy_samples: int = 256

    @property
    def updates(self) -> int:
        """Updates really made: whole stages between evaluations."""
        stages, every = stages_of(self)
        return stages * every


class Transition(NamedTuple):
    """One step of every environment."""

    observation: jax.Array
    action: jax.Array
    log_prob: jax.Array
    next_observation: jax.Array
    """What followed, before any reset."""
    reward: jax.Array
    terminated: jax.Array
    """The episode ended for good: nothing follows. A time limit is no such end."""
    done: jax.Array
    """The episode ended here, for either reason: advantages are not carried over."""
    info: dict[str, jax.Array]


def make_train(
    config: Config, *, keep_episodes: bool = True, reported: bool = True, returns_only: bool = False
) -> Callable[..., dict[str, Any]]:
    """`train(key, learning_rate, entropy_coef)`: one run, to be mapped over seeds and configurations.

    Without `keep_episodes` the info of every step is reduced to a few numbers per update before it leaves the scan.
    Without `reported` no progress is shown, which a program that nobody watches can do without.
    With `returns_only` it keeps nothing but the episode returns: the loop that diagnostics are measured against.
    """
    import jax
    import jax.numpy as jnp
    import optax
    from flax import linen as nn
    from flax.training.train_state import TrainState

    import jaxviz as jv
    from jaxviz import stats

    env, env_params = make_task(config.task)
    batch_size = config.envs * config.steps

    class ActorCritic(nn.Module):
        @nn.compact
        def __call__(self, x):
            def tower(outputs, scale):
                h = x
                for _ in range(2):
                    h = nn.tanh(nn.Dense(64, kernel_init=nn.initializers.orthogonal(2**0.5))(h))
                return nn.Dense(outputs, kernel_init=nn.initializers.orthogonal(scale))(h)

            return nn.log_softmax(tower(env.num_actions, 0.01)), tower(1, 1.0)[..., 0]

    network = ActorCritic()

    # Orthogonal initialisers factorise matrices. Two batched factorisations at once can lock up XLA's thread pool on a
    # machine of two cores (jax-ml/jax#24219 shows the like), so that the seeds' networks are made one after the other.
    @jax.custom_batching.sequential_vmap
    def initial_params(key):
        return network.init(key, jnp.zeros(env.observation_space(env_params).shape))

    reset = jax.vmap(env.reset, in_axes=(0, None))
    step = jax.vmap(env.step, in_axes=(0, 0, 0, None))

    def start(key, learning_rate):
        key_network, key_env = jax.random.split(key)
        observation, env_state = reset(jax.random.split(key_env, config.envs), env_params)

        def schedule(count):
            return learning_rate * (1 - count // (config.epochs * config.minibatches) / config.updates)

        optimizer = optax.chain(optax.clip_by_global_norm(config.max_gradient_norm), optax.adam(schedule, eps=1e-5))
        params = initial_params(key_network)
        return TrainState.create(apply_fn=network.apply, params=params, tx=optimizer), env_state, observation

    def collect(state, env_state, observation, key):
        """One rollout of all environments."""

        def one(carry, key):
            env_state, observation = carry
            key_action, key_step = jax.random.split(key)
            log_probs, _ = state.apply_fn(state.params, observation)
            action = jax.random.categorical(key_action, log_probs)
            keys = jax.random.split(key_step, config.envs)
            following, env_state, reward, terminated, truncated, info = step(keys, env_state, action, env_params)
            transition = Transition(
                observation=observation,
                action=action,
                log_prob=jnp.take_along_axis(log_probs, action[:, None], axis=-1)[:, 0],
                next_observation=info["final_observation"],
                reward=reward,
                terminated=terminated,
                done=terminated | truncated,
                info={name: info[name] for name in info if name.startswith("returned_episode")},
            )
            return (env_state, following), transition

        return jax.lax.scan(one, (env_state, observation), jax.random.split(key, config.steps))

    def advantages(state, batch):
        """Values and generalised advantages, cut at the end of every episode, bootstrapped at a time limit."""
        _, value = state.apply_fn(state.params, batch.observation)
        _, following = state.apply_fn(state.params, batch.next_observation)
        delta = batch.reward + config.gamma * jnp.where(batch.terminated, 0.0, following) - value

        def back(gae, now):
            delta, done = now
            gae = delta + config.gamma * config.gae_lambda * jnp.where(done, 0.0, gae)
            return gae, gae

        _, gae = jax.lax.scan(back, jnp.zeros(config.envs), (delta, batch.done), reverse=True)
        return gae, gae + value

    def loss(params, state, sample, entropy_coef):
        batch, advantage, target = sample
        log_probs, value = state.apply_fn(params, batch.observation)
        log_prob = jnp.take_along_axis(log_probs, batch.action[:, None], axis=-1)[:, 0]
        log_ratio = log_prob - batch.log_prob
        normal = (advantage - advantage.mean()) / (advantage.std() + 1e-8) if config.normalize else advantage
        ratio = jnp.exp(log_ratio)
        clipped = jnp.clip(ratio, 1 - config.clip, 1 + config.clip)
        policy_loss = -jnp.minimum(ratio * normal, clipped * normal).mean()
        value_loss = 0.5 * jnp.square(value - target).mean()
        entropy = -(jnp.exp(log_probs) * log_probs).sum(-1).mean()
        total = policy_loss + config.value_coef * value_loss - entropy_coef * entropy
        if returns_only:
            return total, {}
        return total, {
            "policy_loss": policy_loss,
            "value_loss": value_loss,
            "entropy": entropy,
            "approx_kl": stats.kl_k3(log_ratio),
            "clip_fraction": stats.clip_fraction(log_ratio, config.clip),
        }

    def improve(state, samples, entropy_coef, key):
        """Epochs of minibatch updates; the diagnostics are their means."""

        def minibatch(state, indices):
            part = jax.tree.map(lambda leaf: leaf[indices], samples)
            (total, metrics), gradient = jax.value_and_grad(loss, has_aux=True)(state.params, state, part, entropy_coef)
            if not returns_only:
                metrics |= {"total_loss": total, "gradient_norm": optax.global_norm(gradient)}
            return state.apply_gradients(grads=gradient), metrics

        def epoch(state, key):
            order = jax.random.permutation(key, batch_size).reshape(config.minibatches, -1)
            return jax.lax.scan(minibatch, state, order)

        state, metrics = jax.lax.scan(epoch, state, jax.random.split(key, config.epochs))
        return state, jax.tree.map(jnp.mean, metrics)

    def act(state, observation, key):
        return jax.random.categorical(key, state.apply_fn(state.params, observation)[0])

    def train(key, learning_rate, entropy_coef):
        key_start, key_updates, key_evaluate = jax.random.split(key, 3)
        state, env_state, observation = start(key_start, learning_rate)

        def update(carry, now):
            (state, env_state, observation), (index, key) = carry, now
            key_collect, key_improve = jax.random.split(key)
            (env_state, observation), batch = collect(state, env_state, observation, key_collect)
            advantage, target = advantages(state, batch)
            samples = (batch._replace(next_observation=(), info={}), advantage, target)
            samples = jax.tree.map(lambda leaf: leaf.reshape(batch_size, *leaf.shape[2:]), samples)
            state, metrics = improve(state, samples, entropy_coef, key_improve)
            carry = (state, env_state, observation)
            if returns_only:
                return carry, (batch.info, {})
            _, advantage, target = samples
            metrics["explained_variance"] = stats.explained_variance(target, target - advantage)
            if keep_episodes and not reported:
                return carry, (batch.info, metrics)
            reduced = jv.reduce_update(batch.info, losses=metrics)
            reduced = jv.live.report((index + 1) * batch_size - 1, reduced) if reported else reduced
            return carry, (batch.info, metrics) if keep_episodes else (reduced, {})  # which holds its losses

        def evaluated(carry, key):
            return {} if returns_only else evaluate(env, env_params, partial(act, carry[0]), key, config.rollouts)

        carry = (state, env_state, observation)
        carry, (info, losses), evaluation = in_stages(config, update, evaluated, carry, key_updates)
        if returns_only:
            return {"metrics": info}
        out = {"metrics": info, "evaluation": evaluation} | ({"losses": losses} if losses else {})
        if not config.policy_samples:
            return out
        observations = sample_observations(carry, key_evaluate)
        probs = jnp.exp(network.apply(carry[0].params, observations)[0])
        return {**out, "policy": {"probs": probs, "observations": observations}}

    def sample_observations(carry: Any, key: jax.Array) -> jax.Array:
        """Observations the final policy visits."""
        state, env_state, observation = carry
        _, batch = collect(state, env_state, observation, key)
        flat = batch.observation.reshape(batch_size, -1)
        return flat[jax.random.choice(key, batch_size, (min(config.policy_samples, batch_size),), replace=False)]

    return train
