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
        ("Metrics/EpRet", "trailing mean"),
        ("Metrics/TestEpRet", "evaluations"),
        ("EpRet", None),
        ("episode_return_total", "episodes"),
        ("total_episode_reward", "episodes"),
        ("TotalEpisodeReward", "episodes"),
        ("Episodic Rewards", "episodes"),
        ("Mean_Cumulative_Reward", None),
        ("eval_mean_cumulative_reward", "evaluations"),
        ("team_reward", None),
        ("current_reward", None),
        ("raw_return", None),
        ("reward per episode", "episodes"),
        ("Reward_/_Total_reward__mean_", "trailing mean"),
        ("collection_reward_episode_reward_mean", "updates"),
        ("collection_agents_reward_episode_reward_mean", "updates"),
        ("collection/agents/reward/episode_reward_mean", "updates"),
        ("eval_reward_episode_reward_mean", "evaluations"),
        ("eval/agents/reward/episode_reward_mean", "evaluations"),
        ("a2c_actor_critic/episode_return", "episodes"),
        ("critic/score/mean", "updates"),
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
        ("end_global_step", "environment steps"),
        ("Train/TotalSteps", "environment steps"),
        ("step", None),
        ("_step", None),
    ],
)
def test_steps(name, unit):
    assert meaning(name) == Meaning("step", unit=unit)


@pytest.mark.parametrize(
    "name",
    [
        *("losses/value", "train/value_loss", "info/x", "latest_reward_scale", "max_episode_rewards"),
        *(
            "Value/reward",
            "critic/reward",
            "loss/return",
            "vf_loss/reward",
            "critic/returns/mean",
            "Values/Cumulative Reward",
        ),
        *("Metrics/EpRet/Min", "reward_per_step", "episode_reward_std", "intrinsic_reward", "agent_0_reward"),
        *("collection_agents_reward_episode_reward_min", "Reward_/_Instantaneous_reward__mean_", "discounted_return"),
    ],
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


def test_of_all_agents_comes_before_a_group_of_them_and_a_mean_of_steps():
    group, steps = "collection_agents_reward_episode_reward_mean", "collection/reward/reward_mean"
    assert in_order([steps, group, "collection_reward_episode_reward_mean"], "return")[0] == (
        "collection_reward_episode_reward_mean"
    )
    assert in_order([steps, group], "return") == [group, steps]
