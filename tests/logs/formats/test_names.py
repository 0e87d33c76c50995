"""The words of the field, as the libraries' own files have them."""

import pytest

from jaxviz.logs._names import Meaning, in_order, is_of_evaluation, label, meaning


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rollout/ep_rew_mean", "trailing mean"),
        ("eval/mean_reward", "evaluations"),
        ("episode_reward_mean", "trailing mean"),
        ("env_runners/episode_return_mean", "trailing mean"),
        ("evaluation/env_runners/episode_return_mean", "evaluations"),
        ("AverageEpRet", "updates"),
        ("AverageTestEpRet", "evaluations"),
        ("eprewmean", "trailing mean"),
        ("mean 100 episode reward", "trailing mean"),
        ("mean_episode_rewards", "trailing mean"),
        ("val_mean_episode_rewards", "evaluations"),
        ("charts/episodic_return", "episodes"),
        ("eval/episodic_return", "evaluations"),
        ("returned_episode_returns", "held value"),
        ("test_return_mean", "evaluations"),
        ("return_mean", None),
        ("Evaluation/AverageReturn", "evaluations"),
        ("evaluation/Average Returns", "evaluations"),
        ("training/return-average", None),
        ("value", None),
        ("reward", None),
    ],
)
def test_returns(name, kind):
    assert meaning(name) == Meaning("return", kind)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("time/total_timesteps", "environment steps"),
        ("misc/total_timesteps", "environment steps"),
        ("TotalEnvInteracts", "environment steps"),
        ("env_step", "environment steps"),
        ("actor_steps", "environment steps"),
        ("TotalEnvSteps", "environment steps"),
        ("exploration/num steps total", "environment steps"),
        ("frame", "frames"),
        ("training_iteration", "iterations"),
        ("train/n_updates", "updates"),
        ("Epoch", "iterations"),
        ("step", None),
        ("_step", None),
    ],
)
def test_steps(name, unit):
    assert meaning(name) == Meaning("step", unit=unit)


@pytest.mark.parametrize(
    "name", ["losses/value", "train/value_loss", "info/x", "latest_reward_scale", "max_episode_rewards"]
)
def test_other_quantities(name):
    assert meaning(name) is None


def test_steps_come_before_updates_and_episodes():
    """The columns of DQN in OpenAI baselines."""
    assert in_order(["episodes", "mean 100 episode reward", "steps"], "step") == ["steps", "episodes"]


def test_environment_steps_come_before_iterations_and_those_of_evaluations_last():
    names = ["training_iteration", "evaluation/num_env_steps_sampled_lifetime", "timesteps_total"]
    assert in_order(names, "step") == ["timesteps_total", *names[:2]]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("algo", "algorithm"),
        ("exp_name", "algorithm"),
        ("env_name", "task"),
        ("Seed", "seed"),
        ("run_id", "run"),
        ("x", None),
    ],
)
def test_labels(name, found):
    assert label(name) == found


def test_files_of_evaluations(tmp_path):
    assert is_of_evaluation(tmp_path / "eval.csv")
    assert is_of_evaluation(tmp_path / "eval" / "monitor.csv")
    assert is_of_evaluation(tmp_path / "test" / "monitor.csv")
    assert not is_of_evaluation(tmp_path / "starpilot_test_2509" / "log.csv")
    assert not is_of_evaluation(tmp_path / "evalution_is_misspelt" / "train.csv")
