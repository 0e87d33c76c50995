"""navix: the logs of `Agent.train`."""

import os

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known
from tests.libraries.told import as_its_users_run_it, assert_episodes, ended, library, main_path

os.environ.setdefault("WANDB_MODE", "disabled")
navix = library("navix")
agents = library("navix.agents")
observations = library("navix.observations")

SEEDS, ENVS, STEPS, UPDATES, LIMIT = 3, 4, 32, 5, 12


@pytest.fixture(scope="module")
def logs():
    with as_its_users_run_it():

        class Flat(agents.models.MLPEncoder):
            """The pixels of an observation in a row."""

            @agents.models.nn.compact
            def __call__(self, carry, x, is_first):
                return agents.models.MLPEncoder(self.hidden_size)(carry, jnp.ravel(x).astype(jnp.float32), is_first)

        env = navix.make("Navix-Empty-5x5-v0", max_steps=LIMIT, observation_fn=observations.symbolic, gamma=1.0)
        settings = agents.PPOHparams(
            budget=ENVS * STEPS * UPDATES, num_envs=ENVS, num_steps=STEPS, num_minibatches=2, num_epochs=1
        )
        agent = agents.PPO(hparams=settings, network=agents.ActorCritic(7, Flat(), Flat()), env=env)
        keys = jnp.stack([jax.random.PRNGKey(seed) for seed in range(SEEDS)])
        return jax.device_get(jax.jit(jax.vmap(agent.train))(keys)[1])


def test_every_episode(logs):
    run = jv.from_navix(logs)
    done, returns, lengths = (logs[f"agent/train/{name}"] for name in ("done_mask", "returns", "lengths"))
    for seed in range(SEEDS):
        assert_episodes(run, seed, ended(returns[seed], lengths[seed] + 1, done[seed]))
    np.testing.assert_array_equal(known(run.updates).step, logs["agent/train/frames"])


def test_an_episode_is_as_long_as_the_steps_between_two_resets(logs):
    """navix logs one less; between two ends there is one step more, which resets."""
    run, done = jv.from_navix(logs), logs["agent/train/done_mask"].reshape(SEEDS, -1, ENVS)
    for seed in range(SEEDS):
        expected = [np.diff(np.flatnonzero(done[seed, :, env]), prepend=-2) - 1 for env in range(ENVS)]
        episodes = known(run.episodes)
        lengths = np.asarray(episodes.lengths)[seed][np.asarray(episodes.valid)[seed]]
        np.testing.assert_array_equal(np.sort(lengths), np.sort(np.concatenate(expected)))
        assert lengths.max() <= LIMIT


def test_diagnostics_are_losses(logs):
    losses = known(jv.from_navix(logs).losses)
    assert {"entropy", "value_loss", "actor_loss", "total_loss", "approx_kl"} <= set(losses.values)
    np.testing.assert_array_equal(losses.values["entropy"], logs["agent/diagnostics/entropy"])
    np.testing.assert_array_equal(losses.step, logs["agent/train/frames"])


def test_the_main_path(logs):
    analysis, _ = main_path(jv.from_navix(logs), target=0.9)
    assert known(analysis.performance).final.shape == (SEEDS,)
