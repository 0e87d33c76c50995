"""rejax: `train`, its default evaluation and custom callbacks."""

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known
from tests.libraries.told import as_its_users_run_it, library, main_path

rejax = library("rejax")
evaluate = library("rejax.evaluate").evaluate

SEEDS, ROLLOUTS = 3, 7
COMMON = {"eval_freq": 100, "total_timesteps": 500}
ON_POLICY = COMMON | {"env": "CartPole-v1", "num_envs": 4, "num_steps": 16, "num_epochs": 1, "num_minibatches": 2}
REPLAY = COMMON | {"env": "Pendulum-v1", "num_envs": 3, "buffer_size": 60, "fill_buffer": 20, "batch_size": 8}


def trained(name, config, callback=None, **more):
    with as_its_users_run_it():
        algorithm = rejax.get_algo(name).create(**config, **more)
        if callback is not None:
            algorithm = algorithm.replace(eval_callback=callback)
        keys = jax.random.split(jax.random.key(0), SEEDS)
        return algorithm, jax.device_get(jax.jit(jax.vmap(algorithm.train))(keys))


def recorded(algorithm, state, key):
    """An evaluation of few short rollouts that says at which step it was."""
    lengths, returns = evaluate(algorithm.make_act(state), key, algorithm.env, algorithm.env_params, ROLLOUTS, 20)
    return {"lengths": lengths, "returns": returns, "global_step": state.global_step, "best": returns.max()}


@pytest.fixture(scope="module")
def ppo():
    return trained("ppo", ON_POLICY)


def test_the_default_evaluation(ppo):
    algorithm, result = ppo
    lengths, returns = result[1]
    run = jv.from_rejax(result, config=algorithm)
    evaluation = known(run.evaluation)
    np.testing.assert_array_equal(evaluation.returns, returns)
    np.testing.assert_array_equal(evaluation.lengths, lengths)
    np.testing.assert_array_equal(evaluation.step, [np.arange(6) * 128] * SEEDS)
    analysis, words = main_path(run, target=9)
    np.testing.assert_allclose(known(analysis.evaluation).mean, returns.mean(-1), rtol=1e-6)
    np.testing.assert_allclose(known(analysis.performance).final, returns[:, -1].mean(-1), rtol=1e-6)
    assert "3 of 3" in words


@pytest.mark.parametrize(
    ("name", "config", "skip"), [("ppo", ON_POLICY, False), ("ppo", ON_POLICY, True), ("td3", REPLAY, False)]
)
def test_the_steps_that_the_configuration_gives_are_those_that_were_run(name, config, skip):
    algorithm, (_, recording) = trained(name, config, recorded, skip_initial_evaluation=skip)
    run = jv.from_rejax((None, recording))
    np.testing.assert_array_equal(known(run.evaluation).step, recording["global_step"])
    np.testing.assert_array_equal(known(run.losses).values["best"], recording["best"])
    again = jv.from_rejax((recording["lengths"], recording["returns"]), config=algorithm)
    np.testing.assert_array_equal(known(again.evaluation).step, recording["global_step"])


def test_means_over_the_rollouts_are_refused(ppo):
    _, (_, (lengths, returns)) = ppo
    with pytest.raises(ValueError, match="means over the rollouts"):
        jv.from_rejax((lengths.mean(-1), returns.mean(-1)))
