"""gymnax 1.0 and 0.0.x: the info of `LogWrapper`, stacked by scans."""

import importlib.metadata

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known
from tests.libraries.told import as_its_users_run_it, assert_episodes, ended, library, main_path

gymnax = library("gymnax")
wrappers = library("gymnax.wrappers")

ENVS, STEPS, UPDATES, SEEDS = 4, 32, 8, 3


@pytest.fixture(scope="module")
def info():
    """Random play of CartPole, [seed, update, step, env]."""
    env, params = gymnax.make("CartPole-v1")
    env = wrappers.LogWrapper(env)

    def train(key):
        _, state = jax.vmap(env.reset, (0, None))(jax.random.split(key, ENVS), params)

        def step(state, key):
            play, move = jax.random.split(key)
            actions = jax.random.randint(move, (ENVS,), 0, 2)
            _, state, *_, info = jax.vmap(env.step, (0, 0, 0, None))(
                jax.random.split(play, ENVS), state, actions, params
            )
            return state, info

        keys = jax.random.split(key, UPDATES * STEPS).reshape(UPDATES, STEPS)
        return jax.lax.scan(lambda state, keys: jax.lax.scan(step, state, keys), state, keys)[1]

    with as_its_users_run_it():
        return jax.device_get(jax.jit(jax.vmap(train))(jax.random.split(jax.random.key(0), SEEDS)))


def test_every_episode(info):
    run = jv.from_purejaxrl({"metrics": info})
    assert run.batch_shape == (SEEDS,)
    for seed in range(SEEDS):
        names = ("returned_episode_returns", "returned_episode_lengths", "returned_episode")
        assert_episodes(run, seed, ended(*(info[name][seed] for name in names)))
    np.testing.assert_array_equal(np.asarray(known(run.updates).step)[0], np.arange(1, UPDATES + 1) * STEPS * ENVS)


def test_the_main_path(info):
    """Random play of CartPole holds the pole for about 22 steps, whatever the version."""
    analysis, words = main_path(jv.from_gymnax(info, axes="seed update step env"), target=475)
    final = np.asarray(known(analysis.performance).final)
    assert final.shape == (SEEDS,)
    assert np.all((final > 8) & (final < 60))
    assert "0 of 3" in words


def test_the_version_is_told():
    """Both are tested: 1.0 beside the other tests, 0.0.9 by .ci/libraries."""
    assert importlib.metadata.version("gymnax").split(".")[0] in ("0", "1")
