"""JaxMARL: the info of its `LogWrapper`, by agent and flattened."""

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known
from tests.libraries.told import as_its_users_run_it, assert_episodes, ended, library, main_path

jaxmarl = library("jaxmarl")
LogWrapper = library("jaxmarl.wrappers.baselines").LogWrapper

ENVS, STEPS, UPDATES, SEEDS, AGENTS = 4, 20, 6, 3, 3
NAMES = ("returned_episode_returns", "returned_episode_lengths", "returned_episode")


@pytest.fixture(scope="module")
def info():
    """Random play of three agents, [seed, update, step, env, agent]."""
    with as_its_users_run_it():
        env = LogWrapper(jaxmarl.make("MPE_simple_spread_v3"), replace_info=True)

        def train(key):
            _, state = jax.vmap(env.reset)(jax.random.split(key, ENVS))

            def step(state, key):
                play, move = jax.random.split(key)
                actions = {
                    agent: jax.random.randint(jax.random.fold_in(move, i), (ENVS,), 0, env.action_space(agent).n)
                    for i, agent in enumerate(env.agents)
                }
                _, state, _, _, info = jax.vmap(env.step)(jax.random.split(play, ENVS), state, actions)
                return state, info

            keys = jax.random.split(key, UPDATES * STEPS).reshape(UPDATES, STEPS)
            return jax.lax.scan(lambda state, keys: jax.lax.scan(step, state, keys), state, keys)[1]

        return jax.device_get(jax.jit(jax.vmap(train))(jax.random.split(jax.random.key(0), SEEDS)))


def assert_every_episode(run, info):
    assert run.batch_shape == (AGENTS, SEEDS)
    for agent in range(AGENTS):
        for seed in range(SEEDS):
            assert_episodes(run, (agent, seed), ended(*(info[name][seed, ..., agent] for name in NAMES)))
    steps = np.arange(1, UPDATES + 1) * STEPS * ENVS
    np.testing.assert_array_equal(known(run.updates).step, np.broadcast_to(steps, (AGENTS, SEEDS, UPDATES)))


def test_an_axis_of_agents(info):
    assert_every_episode(jv.from_purejaxrl({"metrics": info}, axes="seed update step env agent"), info)


def test_actors_as_ippo_flattens_them(info):
    """`info` is reshaped to [step, NUM_ACTORS], the agents of an environment side by side."""
    flat = {name: x.reshape(SEEDS, UPDATES, STEPS, ENVS * AGENTS) for name, x in info.items()}
    assert_every_episode(jv.from_purejaxrl({"metrics": flat}, agents=AGENTS), info)


def test_the_main_path(info):
    run = jv.from_purejaxrl({"metrics": info}, axes="seed update step env agent")
    analysis, _ = main_path(run[0], target=0.0)
    assert known(analysis.performance).final.shape == (SEEDS,)
