"""What names of files and folders say of a run, on names that people use."""

import pytest

from jaxviz.logs.names._folders import guesses


def labels(*names):
    found = {}
    for guess in guesses(names):
        found.setdefault(guess.label, guess.value)
    return found


@pytest.mark.parametrize(
    ("names", "found"),
    [
        # CleanRL
        (["CartPole-v1__ppo__3__1679470926", "runs"], {"task": "CartPole-v1", "algorithm": "ppo", "seed": "3"}),
        (["ALE__x", "BreakoutNoFrameskip-v4__dqn_atari__1__17", "runs"],
         {"task": "BreakoutNoFrameskip-v4", "algorithm": "dqn_atari", "seed": "1"}),
        # Spinning Up
        (["installtest_s0", "installtest"], {"algorithm": "installtest", "seed": "0"}),
        (["vpg-Acrobot-v1_s12", "vpg-Acrobot-v1"], {"algorithm": "vpg-Acrobot-v1", "seed": "12", "task": "Acrobot-v1"}),
        # rl-zoo: the number of a run is no seed
        (["CartPole-v1_1", "ppo", "logs"], {"task": "CartPole-v1", "algorithm": "ppo"}),
        (["walker2d-0", "a2c"], {"task": "walker2d", "algorithm": "a2c"}),
        # TD3's arrays
        (["TD3_HalfCheetah-v1_0", "results"], {"algorithm": "TD3", "task": "HalfCheetah-v1", "seed": "0"}),
        # Ray Tune
        (["result", "PPO_CartPole-v1_1a2b3_00000_0_lr=0.001,seed=3_2023-01-02_10-11-12", "ray_results"],
         {"algorithm": "PPO", "task": "CartPole-v1", "lr": "0.001", "seed": "3"}),
        # JAXRL
        (["7", "walker-walk", "SAC", "curves"], {"seed": "7", "task": "walker-walk", "algorithm": "SAC"}),
        # folders of labels
        (["progress", "seed_3", "CartPole-v1", "PPO"], {"seed": "3", "task": "CartPole-v1", "algorithm": "PPO"}),
        (["s4", "mine", "walker", "exp"], {"seed": "4", "task": "mine", "algorithm": "walker"}),
        (["seed=4,lr=1e-3", "ppo"], {"seed": "4", "lr": "1e-3", "algorithm": "ppo"}),
        (["0", "Hopper-v4", "ppo_lr=0.1"], {"seed": "0", "task": "Hopper-v4", "algorithm": "ppo", "lr": "0.1"}),
        # names of files
        (["ppo-LunarLander-v2", "data"], {"algorithm": "ppo", "task": "LunarLander-v2"}),
        (["walker-walk", "tdmpc2", "tidy"], {"task": "walker-walk", "algorithm": "tdmpc2"}),
        (["ppo_brax_ant_seed0", "results"], {"algorithm": "ppo", "task": "brax_ant", "seed": "0"}),
        (["starpilot_test_2509_1690024149", "procgen"], {"task": "starpilot", "algorithm": "procgen"}),
        # versions of algorithms are no tasks of Gymnasium
        (["walker-walk", "dreamerv3", "results"], {"task": "walker-walk", "algorithm": "dreamerv3"}),
        (["eval", "1", "walker_walk", "drqv2", "exp"], {"task": "walker_walk", "algorithm": "drqv2", "seed": "1"}),
        (["walker-walk_s0", "efficientzerov2"], {"task": "walker-walk", "seed": "0", "algorithm": "efficientzerov2"}),
        (["0", "antv4", "sac_v2"], {"task": "antv4", "seed": "0", "algorithm": "sac_v2"}),
        (["0", "simple_spread_v3", "mappo"], {"task": "simple_spread_v3", "seed": "0", "algorithm": "mappo"}),
        # what is further out than the folder of the algorithm says less
        (["acrobot-swingup", "sac", "results", "thesis_sac"], {"task": "acrobot-swingup", "algorithm": "sac"}),
        (["mine", "sac", "results", "my_ppo"], {"task": "mine", "algorithm": "sac"}),
        (["seed_1", "ppo", "CartPole-v1_ppo_sweep"], {"task": "CartPole-v1", "algorithm": "ppo", "seed": "1"}),
        # dates of runs, and MAPPO's name of an experiment
        (["run1", "check", "rmappo", "simple_spread", "MPE"], {"task": "simple_spread", "algorithm": "rmappo"}),
        (["Sep01_10-00-00_nofriction", "anymal_c_flat", "ppo"], {"task": "anymal_c_flat", "algorithm": "ppo"}),
        (["Humanoid_17-10-11-12", "ppo"], {"task": "Humanoid", "algorithm": "ppo"}),
        # sweeps
        (["0", "hopper-medium-v2", "TD3-BC"], {"seed": "0", "task": "hopper-medium-v2", "algorithm": "TD3-BC"}),
        (["lr=3e-4__s1__1690000000", "HalfCheetah", "PPO"],
         {"lr": "3e-4", "seed": "1", "task": "HalfCheetah", "algorithm": "PPO"}),
        (["env=Ant-v4-lr=0.1_seed=3", "sac"], {"task": "Ant-v4", "lr": "0.1", "seed": "3", "algorithm": "sac"}),
        (["lr=0.1_s3", "sac"], {"lr": "0.1", "seed": "3", "algorithm": "sac"}),
        (["Hopper-v4_SAC_lr0.001_bs256_seed7"],
         {"task": "Hopper-v4", "algorithm": "SAC", "lr": "0.001", "bs": "256", "seed": "7"}),
        (["seed0", "lr_1e-3", "Ant", "ppo"], {"seed": "0", "lr": "1e-3", "task": "Ant", "algorithm": "ppo"}),
        (["ppo_seed-3", "runs"], {"algorithm": "ppo", "seed": "3"}),
        # the folder of all runs is no task
        (["cmd_ppo_hc_s0", "cmd_ppo_hc", "data", "project"], {"algorithm": "cmd_ppo_hc", "seed": "0"}),
        (["ppo_seed3", "Pong"], {"algorithm": "ppo", "seed": "3", "task": "Pong"}),
        # PPO-PyTorch: the number of a log is no seed
        (["PPO_CartPole-v1_log_0", "CartPole-v1", "PPO_logs"], {"algorithm": "PPO", "task": "CartPole-v1"}),
        # names of what is in a file, and tasks without their version
        (["episode_rewards", "LunarLander", "dqn", "runs"], {"task": "LunarLander", "algorithm": "dqn"}),
        (["ppo_metrics", "runs"], {"algorithm": "ppo"}),
        (["training_log", "ppo_run2", "logs"], {"algorithm": "ppo"}),
        (["openaigym.episode_batch.0.7.stats", "CartPole", "vpg"], {"task": "CartPole", "algorithm": "vpg"}),
        # the number of a run in a store is no seed
        (["1", "sacred", "qmix"], {"algorithm": "qmix"}),
        # nothing is said
        (["run0", "logs"], {}),
        (["2024-01-02_10-11-12", "runs"], {}),
    ],
)  # fmt: skip
def test_names_of_folders_say_what_a_run_is(names, found):
    assert labels(*names) == found
