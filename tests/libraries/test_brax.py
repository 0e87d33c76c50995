"""Brax: calls of `progress_fn`."""

import numpy as np
import pytest

import jaxviz as jv
from tests.known import known
from tests.libraries.told import as_its_users_run_it, library, main_path

envs = library("brax.envs")
ars = library("brax.training.agents.ars.train")


@pytest.fixture(scope="module")
def seeds():
    """The calls of two trainings, the second with more evaluations."""
    runs = []
    for seed in range(2):
        calls = []
        with as_its_users_run_it():
            ars.train(
                environment=envs.get_environment("fast"),
                num_timesteps=2000 * (1 + seed),
                episode_length=16,
                number_of_directions=4,
                top_directions=2,
                num_evals=3 + seed,
                num_eval_envs=4,
                seed=seed,
                progress_fn=lambda *call, calls=calls: calls.append(call),
            )
        runs.append(calls)
    return runs


def test_one_training(seeds):
    run = jv.from_brax(seeds[0])
    assert run.batch_shape == ()
    evaluation = known(run.evaluation)
    np.testing.assert_array_equal(evaluation.step, [step for step, _ in seeds[0]])
    rewards = np.array([float(metrics["eval/episode_reward"]) for _, metrics in seeds[0]])
    np.testing.assert_allclose(evaluation.returns[:, 0], rewards, rtol=1e-6)


def test_seeds_of_different_lengths(seeds):
    run = jv.from_brax(seeds)
    assert run.batch_shape == (2,)
    for seed, calls in enumerate(seeds):
        rewards = [float(metrics["eval/episode_reward"]) for _, metrics in calls]
        evaluation = known(run.evaluation)
        valid = np.asarray(evaluation.valid)[seed, :, 0]
        np.testing.assert_allclose(np.asarray(evaluation.returns)[seed, valid, 0], rewards, rtol=1e-6)
        np.testing.assert_array_equal(np.asarray(evaluation.step)[seed, valid], [step for step, _ in calls])
    analysis, words = main_path(run, target=-1e9)
    lasts = [float(calls[-1][1]["eval/episode_reward"]) for calls in seeds]
    np.testing.assert_allclose(known(analysis.performance).final, lasts, rtol=1e-6)
    assert "2 of 2" in words


def test_training_metrics_are_losses(seeds):
    losses = known(jv.from_brax(seeds[0]).losses)
    assert "eval/episode_reward_std" in losses.values
    assert not [name for name in losses.values if name.endswith(("sps", "walltime"))]
