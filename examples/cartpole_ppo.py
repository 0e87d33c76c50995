"""PPO on CartPole-v1: seeds x configurations in one jitted call, then everything jaxviz does with the result.

    uv run --extra examples examples/cartpole_ppo.py --help

Training follows PureJaxRL, written for gymnax 1.0: `step` returns six values, and an episode cut by the time limit is
bootstrapped with the value of its last observation instead of being taken for a failure.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:  # the heavy libraries are imported where they are used, so that --help answers at once
    import jax

    from jaxviz import MLflowLogger


class Config(NamedTuple):
    """What is the same for every seed and configuration."""

    total_steps: int = 200_000
    envs: int = 8
    steps: int = 128
    epochs: int = 4
    minibatches: int = 4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    value_coef: float = 0.5
    max_gradient_norm: float = 0.5
    evaluations: int = 10
    rollouts: int = 8
    policy_samples: int = 256

    @property
    def updates_per_evaluation(self) -> int:
        updates = self.total_steps // (self.envs * self.steps)
        return max(1, updates // self.evaluations)

    @property
    def updates(self) -> int:
        """Updates really made: whole stages between evaluations."""
        stages = min(self.evaluations, self.total_steps // (self.envs * self.steps))
        return stages * self.updates_per_evaluation


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
    import gymnax
    import jax
    import jax.numpy as jnp
    import optax
    from flax import linen as nn
    from flax.training.train_state import TrainState
    from gymnax.wrappers import LogWrapper

    import jaxviz as jv
    from jaxviz import stats

    env, env_params = gymnax.make("CartPole-v1")
    env = LogWrapper(env)
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
        normal = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
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

    def evaluate(state, key):
        """Sampled rollouts from fresh environments, each counted until its first end."""
        plain = env._env
        key_reset, key_steps = jax.random.split(key)
        keys = jax.random.split(key_reset, config.rollouts)
        observation, env_state = jax.vmap(plain.reset, in_axes=(0, None))(keys, env_params)

        def one(carry):
            env_state, observation, running, length, key = carry
            key, key_action, key_step = jax.random.split(key, 3)
            log_probs, _ = state.apply_fn(state.params, observation)
            action = jax.random.categorical(key_action, log_probs)
            keys = jax.random.split(key_step, config.rollouts)
            observation, env_state, _, terminated, truncated, _ = jax.vmap(plain.step, in_axes=(0, 0, 0, None))(
                keys, env_state, action, env_params
            )
            length = length + running
            return env_state, observation, running & ~(terminated | truncated), length, key

        running = jnp.ones(config.rollouts, bool)
        length = jnp.zeros(config.rollouts, jnp.int32)
        *_, length, _ = jax.lax.while_loop(
            lambda c: c[2].any(), one, (env_state, observation, running, length, key_steps)
        )
        return {"returns": length.astype(jnp.float32), "lengths": length}  # CartPole pays 1 for every step

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
            reduced = jv.live.report(index, reduced) if reported else reduced
            return carry, (batch.info, metrics) if keep_episodes else (reduced, {})  # which holds its losses

        def stage(carry, now):
            """The updates between two evaluations."""
            indices, keys = now
            carry, kept = jax.lax.scan(update, carry, (indices, keys[1:]))
            return carry, (kept, {} if returns_only else evaluate(carry[0], keys[0]))

        every = config.updates_per_evaluation
        stages = config.updates // every
        carry = (state, env_state, observation)
        keys = jax.random.split(key_updates, (stages, every + 1))
        indices = jnp.arange(stages * every).reshape(stages, every)
        carry, ((info, losses), evaluation) = jax.lax.scan(stage, carry, (indices, keys))
        info, losses = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), (info, losses))
        if returns_only:
            return {"metrics": info}
        evaluation["step"] = (jnp.arange(stages) + 1) * every * batch_size
        observations = sample_observations(carry, key_evaluate)
        probs = jnp.exp(network.apply(carry[0].params, observations)[0])
        return {
            "metrics": info,
            "losses": losses,
            "evaluation": evaluation,
            "policy": {"probs": probs, "observations": observations},
        }

    def sample_observations(carry: Any, key: jax.Array) -> jax.Array:
        """Observations the final policy visits."""
        state, env_state, observation = carry
        _, batch = collect(state, env_state, observation, key)
        flat = batch.observation.reshape(batch_size, -1)
        return flat[jax.random.choice(key, batch_size, (min(config.policy_samples, batch_size),), replace=False)]

    return train


def train_grid(
    config: Config, key: jax.Array, seeds: int, grid: list[tuple[float, float]], *, keep_episodes: bool = True
) -> dict[str, Any]:
    """All configurations x seeds in one jitted call; every array leads with [configuration, seed]."""
    import jax
    import jax.numpy as jnp

    learning_rates, entropy_coefs = jnp.array(grid).T
    over_seeds = jax.vmap(make_train(config, keep_episodes=keep_episodes), in_axes=(0, None, None))
    over_grid = jax.jit(jax.vmap(over_seeds, in_axes=(None, 0, 0)))
    return jax.block_until_ready(over_grid(jax.random.split(key, seeds), learning_rates, entropy_coefs))


def main(
    seeds: Annotated[int, typer.Option(min=1, help="Seeds per configuration.")] = 16,
    steps: Annotated[int, typer.Option(min=2048, help="Environment steps per seed.")] = 200_000,
    learning_rates: Annotated[str, typer.Option(help="Comma-separated.")] = "0.0025,0.005",
    entropy_coefs: Annotated[str, typer.Option(help="Comma-separated.")] = "0,0.01",
    target: Annotated[float, typer.Option(help="Return that counts as solved.")] = 475.0,
    window: Annotated[int | None, typer.Option(min=1, help="Entries in the trailing mean.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for figures and the saved run.")] = Path("outputs/cartpole_ppo"),
    seed: Annotated[int, typer.Option(help="Seed of the random key.")] = 0,
    mlflow: Annotated[bool, typer.Option(help="Log the run to MLflow.")] = True,
    keep_episodes: Annotated[
        bool, typer.Option(help="Keep every episode; without, a few numbers per update, and the window counts updates.")
    ] = True,
) -> None:
    """Train PPO on CartPole-v1 over seeds and configurations, then analyse, draw, save and log the result."""
    rates, coefs = _numbers(learning_rates, "--learning-rates"), _numbers(entropy_coefs, "--entropy-coefs")
    grid = list(itertools.product(rates, coefs))
    labels = [f"lr={rate:g} ent={coef:g}" for rate, coef in grid]
    config = Config(total_steps=steps)
    hyperparameters = {**config._asdict(), "seeds": seeds, "learning_rates": rates, "entropy_coefs": coefs}

    with stage("importing JAX"):
        import jax

        import jaxviz as jv
    key_train, key_aggregate = jax.random.split(jax.random.key(seed))
    with jv.MLflowLogger("cartpole-ppo") if mlflow else nullcontext() as logger:
        if logger:
            logger.start_run(f"ppo {len(grid)} x {seeds}")
            logger.log_hyperparameters(hyperparameters)
        out = _train(config, key_train, seeds, grid, keep_episodes=keep_episodes, target=target, logger=logger)
        with stage("analysing"):
            run = jv.from_purejaxrl(out)
            analysis = jv.analyze(run, windows=window, target=target)
            summary = jv.aggregate(analysis, key_aggregate)
            table = jv.describe(summary, labels=labels)
        with stage("saving and drawing"):
            saved = jv.save_run(output / "run", run, metadata={"labels": labels, "target": target, **hyperparameters})
            figures = jv.plots.create_comprehensive_analysis(run, output, window=window, target=target, labels=labels)
        if logger:
            with stage("logging to MLflow"):
                parameters = [{"learning_rate": rate, "entropy_coef": coef} for rate, coef in grid]
                logger.log_run(run, window=window, target=target, labels=labels, parameters=parameters)

    print(f"\nPPO on CartPole-v1, {config.updates * config.envs * config.steps:,} steps per seed\n{table}\n")
    print(f"run      {saved}")
    for path in figures.values():
        print(f"figure   {path}")
    print(f"again    uv run jaxviz analyze {saved} -o {output} --target {target:g}")
    if mlflow:
        print("MLflow   uv run --extra mlflow jaxviz ui")


def _train(
    config: Config,
    key: jax.Array,
    seeds: int,
    grid: list[tuple[float, float]],
    *,
    keep_episodes: bool,
    target: float,
    logger: MLflowLogger | None,
) -> dict[str, Any]:
    """Train behind a progress bar that moves while the one compiled program runs, and say how fast it was."""
    from jaxviz import live

    batch = config.envs * config.steps
    total = len(grid) * seeds * config.updates * batch
    title = f"training {len(grid)} configurations x {seeds} seeds in one call"

    def stream(metrics: dict[str, float], step: int) -> None:
        if logger:
            logger.log_training_metrics({f"live/{name}": value for name, value in metrics.items()}, step)

    start = time.perf_counter()
    with live.watch(config.updates, steps_per_update=batch, target=target, sink=stream, title="training"):
        out = train_grid(config, key, seeds, grid, keep_episodes=keep_episodes)
    seconds = time.perf_counter() - start
    print(f"{title}: {seconds:.1f} s")
    print(f"  {total:,} environment steps, {total / seconds:,.0f} per second with compilation")
    return out


@contextmanager
def stage(title: str) -> Iterator[None]:
    """Say what is being done, with a spinner on a terminal, and how long it took."""
    from rich.console import Console

    start = time.perf_counter()
    with Console().status(title):
        yield
    print(f"{title}: {time.perf_counter() - start:.1f} s", flush=True)


def _numbers(text: str, option: str) -> list[float]:
    """Comma-separated numbers of an option."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"expected comma-separated numbers, got {text!r}", param_hint=option) from None


if __name__ == "__main__":
    typer.run(main)
