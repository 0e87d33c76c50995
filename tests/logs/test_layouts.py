"""Folders as other projects leave them: how many runs, what they are called, and where their curves end."""

import json
from typing import Any

import pytest

import jaxviz as jv
from jaxviz.host import to_host
from tests.logs.formats.writing import VERSION, event

EVENTS = "events.out.tfevents.1700000000.host.1.0"


def only(study) -> Any:
    (run,) = study.cells.values()
    return to_host(run)


def csv(header, rows, between=","):
    return "\n".join([header, *(between.join(map(str, row)) for row in rows)]) + "\n"


def monitor(task=None, start=1.7e9, n=3):
    rows = [(10 + k, 5, k + 0.5) for k in range(n)]
    return f"#{json.dumps({'t_start': start, 'env_id': task})}\n" + csv("r,l,t", rows)


def events(tags, steps=(100, 200, 300)):
    return VERSION + b"".join(event(tag, step / 10, step, 100.0 + step) for step in steps for tag in tags)


RISING = [(k, 1000 * k, 2.5 * k) for k in range(1, 4)]
SPINUP = csv("Epoch\tTotalEnvInteracts\tAverageEpRet", RISING, "\t")
META = "artifact_uri: x\nrun_id: {0}\nlifecycle_stage: active\nstart_time: 1700000000000\n"
SKRL = ("Reward / Total reward (max)", "Reward / Total reward (mean)", "Episode / Total timesteps (mean)")
SACRED = {"return_mean": {"steps": [1, 2], "timestamps": ["2024-01-01T00:00:00"] * 2, "values": [1.0, 2.0]}}
ACME = {
    "evaluator": csv("actor_steps,episode_length,episode_return", [(1000, 20, 3), (2000, 20, 4)]),
    "actor": csv("actor_episodes,actor_steps,episode_length,episode_return", [(k, 20 * k, 20, k) for k in (1, 2, 3)]),
    "learner": csv("actor_steps,critic_loss,learner_steps", [(20, 0.1, 1)]),
}
LAYOUTS = {
    "Stable-Baselines3, event files in tb/PPO_1": (
        {"a/monitor.csv": monitor("A-v1"), "a/tb/PPO_1/" + EVENTS: events(["rollout/ep_rew_mean"])},
        [("PPO", "A-v1", None)], "episodes", 15,
    ),
    "Stable-Baselines3, event files in PPO_1": (
        {"a/monitor.csv": monitor("A-v1"), "a/PPO_1/" + EVENTS: events(["rollout/ep_rew_mean"])},
        [("PPO", "A-v1", None)], "episodes", 15,
    ),
    "two trainings beside a log are runs of their own": (
        {"a/monitor.csv": monitor("A-v1"), **{f"a/tb/PPO_{k}/{EVENTS}": events(["reward"]) for k in (1, 2)}},
        [("PPO", None, None), ("PPO", None, None), (None, "A-v1", None)], None, None,
    ),
    "OpenAI baselines, workers of two processes": (
        {
            **{f"openai-2019-03-01-12-00-00-000000/{i}.{j}.monitor.csv": monitor() for i in (0, 1) for j in (0, 1)},
            "openai-2019-03-01-12-00-00-000000/progress.csv": csv("eprewmean,misc/total_timesteps", [(1, 20)]),
        },
        [(None, None, None)], "episodes", 60,
    ),
    "workers of two tasks are two runs": (
        {"a/0.monitor.csv": monitor("A-v1"), "a/1.monitor.csv": monitor("B-v1"), "a/2.monitor.csv": monitor("B-v1")},
        [(None, "A-v1", None), (None, "B-v1", None)], "episodes", None,
    ),
    "Spinning Up, whose experiment is no task": (
        {f"cmd_ppo/cmd_ppo_s{k}/progress.txt": SPINUP for k in (0, 10)},
        [("cmd_ppo", None, 0), ("cmd_ppo", None, 10)], "updates", 3000,
    ),
    "Spinning Up's grids": (
        {"sac-bench_hopper-v2/sac-bench_hopper-v2_hid32_s0/progress.txt": SPINUP},
        [("sac-bench", "hopper-v2", 0)], "updates", 3000,
    ),
    "softlearning": (
        {
            "gym/HalfCheetah/v3/id=1a2b-seed=6/progress.csv": csv("epoch,timesteps_total,training_iteration,"
            "evaluation/return-average", [(*row[:2], row[0], row[2]) for row in RISING]),
            "gym/HalfCheetah/v3/id=1a2b-seed=6/params.json": json.dumps(
                {"algorithm_params": {"type": "SAC"}, "env": {"domain": "HalfCheetah", "task": "v3"}, "s": {"seed": 6}}
            ),
        },
        [("SAC", "HalfCheetah-v3", 6)], "evaluations", 3000,
    ),
    "Tianshou": (
        {f"HalfCheetah-v4/sac/{k}/240101-120000/{EVENTS}": events(["train/reward"]) for k in (0, 1)},
        [("sac", "HalfCheetah-v4", 0), ("sac", "HalfCheetah-v4", 1)], "updates", 300,
    ),
    "Tianshou's tables": (
        {"A-v4/sac/0/test_reward.csv": csv("env_step,rew,time", [(0, 1, 1), (500, 2, 2)])},
        [("sac", "A-v4", 0)], "evaluations", 500,
    ),
    "TorchRL, a file a scalar": (
        {f"sac_Pendulum/scalars/{name}.csv": "0,1.5\n500,2.5\n" for name in ("eval_reward", "train_reward", "loss")},
        [("sac", "Pendulum", None)], "updates", 500,
    ),
    "skrl": (
        {f"runs/torch/Pendulum/24-01-01_10-00-00-000000_PPO/{EVENTS}": events(SKRL)},
        [("PPO", "Pendulum", None)], "trailing mean", 300,
    ),
    "Isaac Lab": (
        {
            "rsl_rl/anymal_c/2024-01-01_10-00-00/" + EVENTS: events(["Train/mean_reward"]),
            "rsl_rl/anymal_c/2024-01-01_10-00-00/params/agent.yaml": "seed: 42\nalgorithm:\n  class_name: PPO\n",
        },
        [("PPO", "anymal_c", 42)], "trailing mean", 300,
    ),
    "Hydra, the agent is a class": (
        {
            "x/0/eval.csv": csv("step,episode_reward", [(0, 1), (500, 2)]),
            "x/0/.hydra/config.yaml": "task_name: walker_walk\nseed: 1\nagent:\n  _target_: drqv2.DrQV2Agent\n",
        },
        [("DrQV2", "walker_walk", 1)], "evaluations", 500,
    ),
    "Hydra, the agent is in the name": (
        {"100000_agent=drqv2/0/eval.csv": csv("step,episode_reward", [(0, 1), (500, 2)])},
        [("drqv2", None, 0)], "evaluations", 500,
    ),
    "TD-MPC2": (
        {"logs/walker-walk/3/default/eval.csv": csv("step,episode_reward", [(0, 1), (500, 2)])},
        [(None, "walker-walk", 3)], "evaluations", 500,
    ),
    "bsuite": (
        {f"dqn/bsuite_id_-_catch-{k}.csv": csv("steps,episode,episode_return", RISING) for k in (0, 1)},
        [("dqn", "catch-0", None), ("dqn", "catch-1", None)], "episodes", 3,
    ),
    "Acme": (
        {f"1a2b3c4d-0000-1111-2222-333344445555/logs/{part}/logs.csv": text for part, text in ACME.items()},
        [(None, None, None)], "episodes", 60,
    ),
    "EPyMARL": (
        {
            "qmix/3s5z/1/metrics.json": json.dumps(SACRED),
            "qmix/3s5z/1/info.json": json.dumps({"return_mean": [1.0], "return_mean_T": [1]}),
            "qmix/3s5z/1/config.json": json.dumps({"name": "qmix", "env": "sc2", "env_args": {"map_name": "3s5z"}}),
        },
        [("qmix", "3s5z", 1)], "updates", 2,
    ),
    "PyMARL": (
        {"3m/info.json": json.dumps({"return_mean": [{"value": 1.0}, {"value": 2.5}], "return_mean_T": [0, 900]})},
        [(None, None, None)], "updates", 900,
    ),
    "keras-rl": (
        {"dqn_A-v0_log.json": json.dumps({"episode": [0, 1], "nb_steps": [10, 30], "episode_reward": [1.0, 2.0]})},
        [("dqn", "A-v0", None)], "episodes", 30,
    ),
    "PFRL": (
        {
            "20240101T120000.000000/scores.txt": csv("steps\tepisodes\telapsed\tmean", [(500, 1, 1, 2)], "\t"),
            "20240101T120000.000000/args.txt": json.dumps({"env": "Hopper-v2", "seed": 3}),
        },
        [(None, "Hopper-v2", 3)], "evaluations", 500,
    ),
    "d3rlpy": (
        {"CQL_20240101/environment.csv": "1,1000,5.5\n2,2000,6.5\n", "CQL_20240101/loss.csv": "1,1000,0.5\n"},
        [("CQL", None, None)], "evaluations", 2000,
    ),
    "Brax": (
        {"ant_ppo_seed0.csv": csv("num_steps,eval/episode_reward", [(0, 1), (1000, 50)])},
        [("ppo", "ant", 0)], "evaluations", 1000,
    ),
    "PureJaxRL": (
        {"CartPole-v1/ppo_seed_0.csv": csv("timestep,returned_episode_returns", [(512, 20), (1024, 30)])},
        [("ppo", "CartPole-v1", 0)], "held value", 1024,
    ),
    "sparse rewards: the success rate alone": (
        {"her/progress.csv": csv("epoch,test/mean_Q,test/success_rate", [(0, -2, 0), (1, -4, 0.5)])},
        [("her", None, None)], "evaluations", 1,
    ),
    "MLflow's names of runs": (
        {
            "mlruns/1/aa/meta.yaml": META.format("aa"), "mlruns/1/aa/metrics/return": "1 1.0 0\n2 2.0 50\n",
            "mlruns/1/aa/tags/mlflow.runName": "ppo_CartPole-v1_0",
        },
        [("ppo", "CartPole-v1", 0)], "updates", 50,
    ),
    "MLflow, nobody gave a step": (
        {"mlruns/1/aa/meta.yaml": META.format("aa"), "mlruns/1/aa/metrics/return": "1 1.0 0\n2 2.0 0\n"},
        [(None, None, None)], "updates", None,
    ),
    "MAPPO, a folder for each line of a chart": (
        {
            f"results/MPE/{task}/rmappo/check/run1/logs/{tag}/{tag}/" + EVENTS: events([tag])
            for tag in ("average_episode_rewards", "policy_loss") for task in ("spread", "tag")
        },
        [("rmappo", "spread", None), ("rmappo", "tag", None)], "updates", 300,
    ),
    "PyTorch, a folder for each line of a chart": (
        {
            **{f"ppo/CartPole-v1/seed_1/loss_{line}/" + EVENTS: events(["loss"]) for line in ("actor", "critic")},
            "ppo/CartPole-v1/seed_1/" + EVENTS: events(["rollout/ep_rew_mean"]),
        },
        [("ppo", "CartPole-v1", 1)], "trailing mean", 300,
    ),
    "a file of training and one of evaluation for each run": (
        {f"SAC_Hopper-v4_seed{k}_{part}.csv": csv("step,return", [(100 * i, i) for i in range(1, 4)])
         for k in (0, 1) for part in ("train", "eval")},
        [("SAC", "Hopper-v4", 0), ("SAC", "Hopper-v4", 1)], "updates", 300,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_folder_is_read_as_its_writer_meant(tmp_path, name):
    files, runs, kind, last = LAYOUTS[name]
    root = tmp_path / "exp"
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = list(jv.read_logs(root).manifest)
    found = [(row.algorithm, row.task, row.seed) for row in rows]
    assert len(found) == len(runs)
    for own, stated in zip(found, runs, strict=True):
        assert all(said is None or said == value for value, said in zip(own, stated, strict=True)), found
        assert own[1] != "cmd_ppo"
    assert kind in (None, rows[0].kind)
    assert last in (None, rows[0].last_step)


def test_scores_are_runs_of_one_evaluation(tmp_path):
    (tmp_path / "atari_100k_SPR.json").write_text(json.dumps({"Alien": [500.0, 600.0], "Boxing": [1.0, 2.0]}))
    (tmp_path / "scores.json").write_text(json.dumps({"PPO": {"x": [1.0, 2.0]}, "DQN": {"x": [1.5, 2.5]}}))
    (tmp_path / "config.json").write_text(json.dumps({"Alien": [64, 64]}))
    study = jv.read_logs(tmp_path)
    assert [(str(cell), run.batch_shape) for cell, run in study.cells.items()] == [
        ("DQN on x", (2,)), ("PPO on x", (2,)), ("SPR on Alien", (2,)), ("SPR on Boxing", (2,))
    ]  # fmt: skip
    run = only(study.select(algorithm="SPR", task="Alien"))
    assert run.evaluation.returns[:, 0, 0].tolist() == [500.0, 600.0]


@pytest.mark.parametrize(
    ("header", "row", "step", "lengths"),
    [
        ("episode,reward,steps", lambda k: (k, 10 + k, 5 + k % 3), [5, 11, 18, 23], [5, 6, 7, 5]),
        ("episode,reward,length", lambda k: (k, 10 + k, 5 + k % 3), [5, 11, 18, 23], [5, 6, 7, 5]),
        ("episode,score,steps_done", lambda k: (k, 10 + k, 100 * (k + 1)), [100, 200, 300, 400], None),
        ("episode,reward,steps", lambda k: (k, 10 + k, 200), [200, 400, 600, 800], [200] * 4),
    ],
)
def test_a_row_an_episode(tmp_path, header, row, step, lengths):
    (tmp_path / "dqn_cartpole.csv").write_text(csv(header, map(row, range(4))))
    episodes = only(jv.read_logs(tmp_path)).episodes
    assert episodes.returns[0].tolist() == [10, 11, 12, 13]
    assert episodes.step[0].tolist() == step
    assert lengths is None or episodes.lengths[0].tolist() == lengths


def test_means_a_row_are_no_single_episodes(tmp_path):
    (tmp_path / "dqn.csv").write_text(csv("episode,mean_reward,steps", [(k, k, 5 + k % 2) for k in range(4)]))
    (row,) = jv.read_logs(tmp_path).manifest
    assert row.kind == "updates"


def test_several_numbers_that_tell_runs_apart_are_configurations(tmp_path):
    rows = [
        ("PPO", s, lr, bs, k * 100, k + lr + bs)
        for s in (0, 1) for lr in (0.1, 0.01) for bs in (32, 64) for k in range(3)
    ]  # fmt: skip
    (tmp_path / "results.csv").write_text(csv("algo,seed,lr,batch_size,step,reward", rows))
    study = jv.read_logs(tmp_path)
    assert study.axes == {"batch_size": (32, 64), "lr": (0.01, 0.1)}
    assert [run.batch_shape for run in study.cells.values()] == [(2,)] * 4
    run = only(study.select(lr=0.1, batch_size=64))
    assert run.evaluation.returns[0, :, 0].tolist() == pytest.approx([64.1, 65.1, 66.1])


def test_what_tensorboard_downloads_is_one_run_of_several_tags(tmp_path):
    for run in ("PPO_Ant-v4_1", "PPO_Ant-v4_2"):
        for tag, value in (("rollout_ep_rew_mean", 5.0), ("train_value_loss", 0.5)):
            rows = [(1.7e9 + k, 100 * k, value + k) for k in range(3)]
            (tmp_path / f"run-{run}-tag-{tag}.csv").write_text(csv("Wall time,Step,Value", rows))
    study = jv.read_logs(tmp_path)
    assert [(row.algorithm, row.task, row.seed, row.kind, row.last_step) for row in study.manifest] == [
        ("PPO", "Ant-v4", 1, "trailing mean", 200), ("PPO", "Ant-v4", 2, "trailing mean", 200),
    ]  # fmt: skip
    run = only(study)
    assert run.updates.total.tolist() == [[5.0, 6.0, 7.0]] * 2
    assert run.losses.values["train_value_loss"].tolist() == [[0.5, 1.5, 2.5]] * 2


def test_histories_inside_results_of_rllib_are_no_curve(tmp_path):
    """Each line of `result.json` has the returns of the last episodes in a list."""
    folder = tmp_path / "PPO_CartPole-v1_1a2b3_00000_0_lr=0.001,seed=3_2023-01-02_10-11-12"
    folder.mkdir()
    lines = [
        {"episode_reward_mean": 1.0 * k, "timesteps_total": 4000 * k, "training_iteration": k,
         "hist_stats": {"episode_reward": [1.0, 2.0]}, "config": {"env": "CartPole-v1"}}
        for k in (1, 2, 3, 2, 3, 4)
    ]  # fmt: skip
    (folder / "result.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (row,) = (study := jv.read_logs(tmp_path)).manifest
    assert (row.algorithm, row.task, row.seed, row.entries, row.last_step) == ("PPO", "CartPole-v1", 3, 4, 16000)
    assert only(study).updates.total.tolist() == [[1.0, 2.0, 3.0, 4.0]]


def test_lengths_of_evaluations_do_not_resume_those_of_the_training(tmp_path):
    """Acme's actor and evaluator write columns of one name."""
    for name, text in ACME.items():
        (tmp_path / f"dqn/catch/0/logs/{name}").mkdir(parents=True)
        (tmp_path / f"dqn/catch/0/logs/{name}/logs.csv").write_text(text)
    (row,) = (study := jv.read_logs(tmp_path)).manifest
    assert row.notes == ()
    run = only(study)
    assert run.episodes.lengths.tolist() == [[20, 20, 20]]
    assert run.evaluation.returns.tolist() == [[[3.0], [4.0]]]


def test_objects_a_line_with_lists_inside_are_read_line_by_line(tmp_path):
    lines = [{"step": 10 * k, "episode_return": k, "scores": [1, 2], "returns": [3, 4]} for k in range(3)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert only(jv.read_logs(tmp_path)).episodes.returns.tolist() == [[0.0, 1.0, 2.0]]


@pytest.mark.parametrize("starts", [(0, 30), (0, 25), (0, 5, 10)])
def test_numbered_files_that_go_on_are_one_resumed_run(tmp_path, starts):
    """The older entries beyond the beginning of the next part are cut."""
    folder = tmp_path / "PPO" / "Ant-v4" / "seed_1"
    folder.mkdir(parents=True)
    for part, start in enumerate(starts):
        rows = [{"global_step": k * 100, "episode_return": k + part / 2} for k in range(start, start + 30)]
        (folder / f"part{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = only(jv.read_logs(tmp_path))
    ends = (*starts[1:], starts[-1] + 30)
    expected = [k + part / 2 for part, (a, b) in enumerate(zip(starts, ends, strict=True)) for k in range(a, b)]
    assert run.episodes.returns[0].tolist() == expected
    assert run.episodes.step[0].tolist() == list(range(0, 100 * len(expected), 100))


def test_numbered_files_of_one_span_are_no_resumed_run(tmp_path):
    for part in range(2):
        rows = [{"global_step": k * 100, "episode_return": k + part / 2} for k in range(30)]
        (tmp_path / f"part{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (row,) = jv.read_logs(tmp_path).manifest
    assert any("2 files have other numbers" in note for note in row.notes)


@pytest.mark.parametrize("name", ["seed=01", "seed_1", "seed 1", "seed-001", "my run seed 1", "s1"])
def test_seeds_are_numbers_however_they_are_written(tmp_path, name):
    folder = tmp_path / "PPO" / "CartPole-v1" / name
    folder.mkdir(parents=True)
    (folder / "monitor.csv").write_text('#{"t_start": 1, "env_id": "CartPole-v1"}\nr,l,t\n1,2,3\n2,2,4\n')
    (row,) = jv.read_logs(tmp_path).manifest
    assert (row.algorithm, row.task, row.seed) == ("PPO", "CartPole-v1", 1)
