"""Logs of any formats as a study: what is one run, what it is called, and what is in it."""

import json
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import jaxviz as jv
from jaxviz.host import to_host
from jaxviz.study import ManifestRow


def monitor(path, rows, **comment):
    """A monitor file as Stable-Baselines3 writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"#{json.dumps(comment)}", "r,l,t", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def only(study) -> Any:
    (run,) = study.cells.values()
    return to_host(run)


def sb3_results(folder):
    """`stable_baselines3.common.monitor.load_results`: all monitor files of a folder, in the order of t_start + t."""
    frames = []
    for path in sorted(folder.glob("*monitor.csv")):
        with path.open() as file:
            start = json.loads(file.readline()[1:])["t_start"]
            frame = pd.read_csv(file)
        frame["t"] += start
        frames.append(frame)
    return pd.concat(frames).sort_values("t", kind="stable")


@pytest.mark.parametrize("name", ["sb3/ppo/CartPole-v1_1", "sb3/her/parking-v0_1", "a2c/walker2d-0"])
def test_workers_are_merged_as_sb3_does(shared_data, name):
    folder = shared_data / "logs" / name
    expected, found = sb3_results(folder), only(jv.read_logs(folder))
    n = len(expected)
    assert found.episodes.valid.sum() == n
    np.testing.assert_array_equal(found.episodes.returns[0, :n], expected["r"].astype(np.float32))
    np.testing.assert_array_equal(found.episodes.lengths[0, :n], expected["l"])
    np.testing.assert_array_equal(found.episodes.step[0, :n], expected["l"].cumsum())


def test_evaluations_beside_them_are_of_the_same_run(shared_data):
    folder = shared_data / "logs/sb3/ppo/CartPole-v1_1"
    expected = np.load(folder / "evaluations.npz")
    found = only(jv.read_logs(folder)).evaluation
    np.testing.assert_array_equal(found.returns[0], expected["results"].astype(np.float32))
    np.testing.assert_array_equal(found.step[0], expected["timesteps"])


def test_a_folder_of_everything_is_read_whole(shared_data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = jv.read_logs(shared_data / "logs")
    assert len(study.manifest) >= 11
    assert {"a2c", "her", "ppo"} <= set(study.algorithms)
    assert "CartPole-v1" in study.tasks
    why = dict(study.left_out)
    assert why[str(shared_data / "logs/a2c/empty")] == "it has no entries"
    assert why[str(shared_data / "logs/spinningup/installtest/installtest_s0/progress.txt")].startswith("empty: ")


def test_workers_that_began_at_another_time_are_runs_of_their_own(tmp_path):
    for i, start in enumerate([1000.0, 1001.0, 9000.0]):
        monitor(
            tmp_path / "ppo" / f"{i}.monitor.csv", [(i, 5, 1.0), (i + 0.5, 5, 2.0)], t_start=start, env_id="Cart-v1"
        )
    study = jv.read_logs(tmp_path)
    whole, stale = sorted(study.manifest, key=lambda row: row.entries or 0, reverse=True)
    assert (whole.entries, stale.entries) == (4, 2)
    assert not any("stale" in note for note in whole.notes)
    assert any("stale" in note for note in stale.notes)


def test_several_runs_of_one_folder_are_told_apart_by_their_names(tmp_path):
    for seed in range(3):
        monitor(tmp_path / f"ppo_seed_{seed}.monitor.csv", [(seed, 5, 1.0)], t_start=1.0, env_id="Cart-v1")
    study = jv.read_logs(tmp_path)
    assert [(row.algorithm, row.task, row.seed) for row in study.manifest] == [("ppo", "Cart-v1", i) for i in range(3)]


def test_steps_that_go_back_are_a_resumed_run(tmp_path):
    table = "step,return\n" + "".join(
        f"{step},{value}\n" for step, value in [(0, 0), (10, 1), (20, 2), (10, 5), (30, 6)]
    )
    (tmp_path / "progress.csv").write_text(table)
    cut = only(jv.read_logs(tmp_path))
    np.testing.assert_array_equal(cut.updates.total[0], [0, 5, 6])
    np.testing.assert_array_equal(cut.updates.step[0], [0, 10, 30])
    row = jv.read_logs(tmp_path).manifest[0]
    assert any("1 entry is left out, as the steps go back" in note for note in row.notes)
    assert any("1 entry is left out for a later one at the same step" in note for note in row.notes)
    appended = only(jv.read_logs(tmp_path, resumed="append"))
    np.testing.assert_array_equal(appended.updates.step[0], [0, 10, 20, 30, 50])


def test_the_caller_is_believed_first(tmp_path):
    for seed in range(2):
        monitor(tmp_path / "walk" / f"try{seed}" / "monitor.csv", [(1, 5, 1.0)], t_start=1.0, env_id="Cart-v1")
    stated = jv.read_logs(tmp_path, pattern="{task}/try{seed}").manifest
    assert [(row.task, row.seed, "task" in row.guessed) for row in stated] == [("walk", 0, False), ("walk", 1, False)]
    named = jv.read_logs({"Mine": tmp_path / "walk"}).manifest
    assert {(row.algorithm, row.task) for row in named} == {("Mine", "Cart-v1")}
    swept = jv.read_logs(tmp_path, pattern="{task}/try{lr}").manifest
    assert [dict(row.configuration) for row in swept] == [{"lr": 0}, {"lr": 1}]
    with pytest.raises(ValueError, match=r"`pattern` .* fits no path"):
        jv.read_logs(tmp_path, pattern="{task}/x{seed}")


def test_a_metric_is_chosen_by_its_name(tmp_path):
    (tmp_path / "progress.csv").write_text("step,eval/return,eval/win_rate\n1,5,0.1\n2,6,0.4\n")
    assert only(jv.read_logs(tmp_path)).metric == "return"
    for metric in ("eval/win_rate", "win_rate", "WIN_RATE"):
        run = only(jv.read_logs(tmp_path, metric=metric))
        np.testing.assert_allclose(run.evaluation.returns[0, :, 0], [0.1, 0.4])
        assert run.metric.replace("_", " ").lower() == "win rate"
    assert only(jv.read_logs(tmp_path, metric="win_rate", name="wins", minimize=True)).metric == "wins"
    with pytest.raises(ValueError, match=re.escape("'eval/return', 'eval/win_rate'")):
        jv.read_logs(tmp_path, metric="loss")


def test_a_trailing_mean_keeps_its_name_and_is_mixed_with_nothing(tmp_path):
    for seed, column in enumerate(["rollout/ep_rew_mean", "return"]):
        (tmp_path / f"ppo/s{seed}").mkdir(parents=True)
        (tmp_path / f"ppo/s{seed}/progress.csv").write_text(f"time/total_timesteps,{column}\n10,1\n20,2\n")
    study = jv.read_logs(tmp_path)
    assert len(study.cells) == 2
    assert {run.metric for run in study.cells.values()} == {"return", "return, trailing mean"}


def test_what_holds_no_runs_is_named(tmp_path):
    with pytest.raises(ValueError, match="there is no file in it"):
        jv.read_logs(tmp_path)
    (tmp_path / "a.md").write_text("# notes\n")
    with pytest.raises(ValueError, match=r"a.md is of no format that is known; docs/logs.md says what is read"):
        jv.read_logs(tmp_path)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "pointer.csv").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    with pytest.raises(ValueError, match="none of 3 files holds a run") as caught:
        jv.read_logs(tmp_path)
    assert all(word in str(caught.value) for word in ("and 1 of no format that is known", "git lfs pull", "empty"))
    monitor(tmp_path / "ok.monitor.csv", [(1, 5, 1.0)], t_start=1.0)
    with pytest.warns(UserWarning, match="2 logs were left out"):
        study = jv.read_logs(tmp_path)
    assert len(study.left_out) == 3


def test_many_files_are_read_by_several_processes(tmp_path, monkeypatch):
    from jaxviz.logs import _parallel

    for i in range(20):
        monitor(tmp_path / f"ppo/seed_{i}/monitor.csv", [(i, 5, 1.0), (i, 7, 2.0)], t_start=1.0, env_id="Cart-v1")
    (tmp_path / "ppo/seed_3/empty.csv").touch()
    told = []
    with pytest.warns(UserWarning, match="1 log was"):
        here = jv.read_logs(tmp_path)
    monkeypatch.setattr(_parallel, "_FILES", 10)
    monkeypatch.setattr(_parallel, "_SECONDS", 0.0)
    monkeypatch.setattr(_parallel, "_TOGETHER", 5)
    with pytest.warns(UserWarning, match="1 log was"):
        there = jv.read_logs(tmp_path, tell=lambda done, count: told.append((done, count)))
    assert here.manifest == there.manifest
    assert sorted(told) == [(i, 21) for i in range(1, 22)]
    np.testing.assert_array_equal(only(here).episodes.returns, only(there).episodes.returns)


def test_a_process_that_ends_early_loses_no_file(tmp_path, monkeypatch):
    from jaxviz.logs import _parallel

    for i in range(4):
        monitor(tmp_path / f"seed_{i}/monitor.csv", [(i, 5, 1.0)], t_start=1.0)
    monkeypatch.setattr(_parallel, "_FILES", 2)
    monkeypatch.setattr(_parallel, "_SECONDS", 0.0)
    monkeypatch.setattr(_parallel, "_TOGETHER", 1)
    monkeypatch.setattr(_parallel, "_START", "import sys; sys.exit(1)")
    assert len(jv.read_logs(tmp_path).manifest) == 4


def test_arrays_without_steps_are_told_theirs(tmp_path):
    for seed in range(2):
        np.save(tmp_path / f"TD3_HalfCheetah-v1_{seed}.npy", np.arange(4.0) + seed)
    with pytest.raises(ValueError, match="step_every=5000"):
        jv.read_logs(tmp_path)
    study = jv.read_logs(tmp_path, step_every=5000)
    assert [(row.algorithm, row.task, row.seed) for row in study.manifest] == [
        ("TD3", "HalfCheetah-v1", i) for i in (0, 1)
    ]
    np.testing.assert_array_equal(only(study).evaluation.step[1], [0, 5000, 10000, 15000])
    with pytest.raises(ValueError, match="`step_every` must be a whole number of steps, at least 1, got 0"):
        jv.read_logs(tmp_path, step_every=0)


def test_a_configuration_beside_a_log_is_believed_before_names(tmp_path):
    for i, lr in enumerate([1e-3, 1e-4]):
        monitor(tmp_path / f"ppo/Cart-v1_{i}/0.monitor.csv", [(1, 5, 1.0)], t_start=1.0)
        (tmp_path / f"ppo/Cart-v1_{i}/config.json").write_text(
            json.dumps({"lr": lr, "seed": 7 + i, "env_id": "Pole-v1"})
        )
    study = jv.read_logs(tmp_path)
    assert [(row.task, row.seed, dict(row.configuration)) for row in study.manifest] == [
        ("Pole-v1", 8, {"lr": 1e-4}), ("Pole-v1", 7, {"lr": 1e-3})
    ]  # fmt: skip
    assert study.axes == {"lr": (1e-4, 1e-3)}
    assert study.left_out == ()


def test_what_a_logger_writes_twice_is_read_once(tmp_path):
    """Stable-Baselines3 and RLlib write the same numbers as CSV and as JSON."""
    steps = [10, 20, 30]
    rows = [{"episode_reward_mean": float(i), "timesteps_total": step} for i, step in enumerate(steps)]
    (tmp_path / "result.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows[:2])]
    (tmp_path / "progress.csv").write_text("\n".join(lines) + "\n")
    study = jv.read_logs(tmp_path)
    (row,) = study.manifest
    assert row.entries == 3
    assert not any("left out" in note for note in row.notes)
    np.testing.assert_array_equal(only(study).updates.total[0], [0, 1, 2])


def table(path, rows, header="step,return"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")


RISING = [(0, 1.0), (10, 2.0), (20, 3.0)]


@pytest.mark.parametrize("paths", ["{root}", "{root}/*/*/*", "{root}/**/progress.csv", "listed", "files"])
def test_the_way_paths_are_given_changes_no_name(tmp_path, paths):
    """A folder, globs, and what a shell makes of them."""
    for task in ("Ant-v4", "Hopper-v4"):
        for algorithm in ("ppo", "sac"):
            for i in range(2):
                table(tmp_path / f"runs/{task}/{algorithm}/seed_{i}/progress.csv", RISING)
    root = tmp_path / "runs"
    given = {"listed": sorted(root.glob("*/*/*")), "files": sorted(root.glob("*/*/*/*"))}
    study = jv.read_logs(given.get(paths) or paths.format(root=root))
    assert [(str(cell), run.batch_shape) for cell, run in study.cells.items()] == [
        (f"{algorithm} on {task}", (2,)) for algorithm in ("ppo", "sac") for task in ("Ant-v4", "Hopper-v4")
    ]


@pytest.mark.parametrize("name", ["seed_0", "run_0", "trial_0", "rep-0", "v0", "exp3"])
def test_a_number_of_a_run_is_no_task(tmp_path, name):
    table(tmp_path / f"Ant-v4/ppo/{name}/progress.csv", RISING)
    (row,) = jv.read_logs(tmp_path).manifest
    assert (row.algorithm, row.task) == ("ppo", "Ant-v4")


def test_rows_in_no_order_are_sorted_or_refused(tmp_path, rng):
    steps = np.arange(0, 500, 10)
    shuffled = rng.permutation(steps)
    table(tmp_path / "ppo/progress.csv", [(step, step / 7) for step in shuffled])
    found = only(jv.read_logs(tmp_path))
    np.testing.assert_array_equal(found.updates.step[0], steps)
    np.testing.assert_allclose(found.updates.total[0], steps / 7, rtol=1e-6)
    lengths = rng.integers(50, 200, 40)
    table(tmp_path / "dqn/progress.csv", [(length, i) for i, length in enumerate(lengths)])
    with pytest.warns(UserWarning, match="they are in no order, several runs are in one, or they are lengths"):
        study = jv.read_logs(tmp_path)
    assert study.algorithms == ("ppo",)


def test_several_evaluations_at_every_step_are_rollouts(tmp_path):
    rows = [(step, step + i) for step in (0, 100, 200) for i in range(5)]
    table(tmp_path / "ppo/progress.csv", rows, header="step,eval/return")
    found = only(jv.read_logs(tmp_path)).evaluation
    np.testing.assert_array_equal(found.returns[0], [[step + i for i in range(5)] for step in (0, 100, 200)])


def test_a_smoothed_return_beside_evaluations_is_not_taken_for_a_plain_one(tmp_path):
    header = "time/total_timesteps,rollout/ep_rew_mean,eval/mean_reward"
    table(tmp_path / "ppo/progress.csv", [(10, 1.0, 5.0), (20, 2.0, 6.0)], header=header)
    study = jv.read_logs(tmp_path)
    assert (study.manifest[0].kind, only(study).updates) == ("evaluations", None)


def test_files_that_a_date_tells_apart_are_runs_of_their_own(tmp_path):
    for i, name in enumerate(["progress_1700000001", "progress_1700005555", "20240101", "20240102"]):
        table(tmp_path / f"ppo/{name}.csv", [(step, value + i) for step, value in RISING])
    assert len(jv.read_logs(tmp_path).manifest) == 4


def test_files_of_one_folder_with_other_numbers_are_told_of(tmp_path):
    table(tmp_path / "ppo/progress.csv", RISING)
    table(tmp_path / "ppo/metrics.csv", [(step, -value) for step, value in RISING])
    (row,) = jv.read_logs(tmp_path).manifest
    assert any("2 files have other numbers under this name" in note for note in row.notes)


def test_swept_hyper_parameters_are_configurations_whatever_they_are_called(tmp_path):
    for i, (name, log_std) in enumerate([("adam", 0.0), ("sgd", -1.0)]):
        table(tmp_path / f"ppo/seed_{i}/progress.csv", RISING)
        config = {"optimizer": {"name": name}, "log_std_init": log_std, "seed": i, "env": {"version": i}}
        (tmp_path / f"ppo/seed_{i}/config.json").write_text(json.dumps(config))
    study = jv.read_logs(tmp_path)
    assert set(study.axes) == {"optimizer.name", "log_std_init", "env.version"}
    assert len(study.cells) == 2


def test_evaluations_are_told_by_whole_words(tmp_path):
    for name in ("latest", "retrieval"):
        monitor(tmp_path / f"ppo/{name}.monitor.csv", [(1, 5, 1.0)], t_start=1.0)
    assert {row.kind for row in jv.read_logs(tmp_path).manifest} == {"episodes"}


def test_results_and_logs_are_not_one_run(tmp_path):
    table(tmp_path / "results/ppo.csv", RISING)
    table(tmp_path / "logs/ppo.csv", [(step, -value) for step, value in RISING])
    assert len(jv.read_logs(tmp_path).manifest) == 2


def test_a_run_that_cannot_be_is_left_out_and_the_rest_is_read(tmp_path):
    table(tmp_path / "ppo/seed_0/progress.csv", RISING)
    table(tmp_path / "ppo/seed_1/progress.csv", [(-1, 1.0), (100, 2.0)])
    with pytest.warns(UserWarning, match="not be negative"):
        study = jv.read_logs(tmp_path)
    assert len(study.manifest) == 1


def test_seeds_one_after_the_other_are_runs_alike(tmp_path):
    for i in range(3):
        monitor(tmp_path / f"ppo/{i}.monitor.csv", [(i, 5, 1.0)], t_start=3600.0 * i, env_id="Cart-v1")
    study = jv.read_logs(tmp_path)
    assert [row.seed for row in study.manifest] == [0, 1, 2]
    assert not any(row.notes for row in study.manifest)


def test_a_restart_replaces_the_episodes_at_its_own_step(tmp_path):
    from jaxviz.host.readers._order import kept_entries

    step = np.array([0, 100, 100, 500, 900, 500, 600])
    kept = kept_entries(step, several=True)
    np.testing.assert_array_equal(kept.places, [0, 1, 2, 5, 6])
    assert (kept.repeated, kept.older) == (0, 2)


def test_a_worker_without_a_comment_is_merged_by_its_own_clock(tmp_path):
    monitor(tmp_path / "ppo/0.monitor.csv", [(1, 5, 1.0), (3, 5, 3.0)], t_start=1e9, env_id="Cart-v1")
    (tmp_path / "ppo/1.monitor.csv").write_text("r,l,t\n2,5,2.0\n4,5,4.0\n")
    np.testing.assert_array_equal(only(jv.read_logs(tmp_path)).episodes.returns[0], [1, 2, 3, 4])


def test_the_seed_of_the_training_is_the_seed(tmp_path):
    table(tmp_path / "a/progress.csv", RISING)
    config = {"train": {"seed": 3}, "eval": {"seed": 42}, "algo": {"name": "sac"}, "network": {"model": "mlp"}}
    (tmp_path / "a/config.json").write_text(json.dumps(config))
    (row,) = jv.read_logs(tmp_path).manifest
    assert (row.algorithm, row.seed) == ("sac", 3)


@pytest.mark.parametrize(
    ("pattern", "folder", "found"),
    [
        ("{algorithm}-{task}-{seed}", "ppo-walker-walk-0", ("ppo", "walker-walk", 0)),
        ("{algorithm}/{task}/{seed}", "runs/ppo/Ant/0", ("ppo", "Ant", 0)),
    ],
)
def test_a_seed_of_a_pattern_is_a_number_where_it_can_be(tmp_path, pattern, folder, found):
    table(tmp_path / folder / "progress.csv", RISING)
    (row,) = jv.read_logs(tmp_path, pattern=pattern).manifest
    assert (row.algorithm, row.task, row.seed) == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": 5}, "`name` must be a text, got 5"),
        ({"metric": ["a"]}, "`metric` must be a text"),
        ({"pattern": 3}, "`pattern` must be a text"),
        ({"minimize": "yes"}, "`minimize` must be True or False, got 'yes'"),
        ({"resumed": "later"}, '`resumed` must be "cut" or "append"'),
        ({"step_every": True}, "`step_every` must be a whole number"),
        ({"paths": ""}, "`paths` is empty"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, given: dict[str, Any], words):
    table(tmp_path / "progress.csv", RISING)
    with pytest.raises((TypeError, ValueError), match=words):
        jv.read_logs(**{"paths": tmp_path, **given})


def test_the_experiment_of_mlflow_names_what_nobody_else_does(tmp_path):
    for number, experiment in enumerate(["PPO", "SAC"]):
        run = f"{number:032x}"
        folder = tmp_path / "mlruns" / str(number) / run
        (folder / "metrics").mkdir(parents=True)
        (folder.parent / "meta.yaml").write_text(f"experiment_id: '{number}'\nname: {experiment}\n")
        (folder / "meta.yaml").write_text(f"artifact_uri: x\nrun_id: {run}\nrun_uuid: {run}\nstart_time: 1\n")
        (folder / "metrics" / "episode_return").write_text("1 5.0 0\n2 6.0 10\n")
    assert [row.algorithm for row in jv.read_logs(tmp_path).manifest] == ["PPO", "SAC"]


def test_a_study_joined_with_itself_by_another_path_stays_one(tmp_path, monkeypatch):
    table(tmp_path / "ppo/seed_0/progress.csv", RISING)
    monkeypatch.chdir(tmp_path)
    with pytest.warns(UserWarning, match="1 runs are in both"):
        both = jv.read_logs("ppo") | jv.read_logs(tmp_path / "ppo")
    assert len(both.manifest) == 1


def test_what_was_left_out_is_saved(tmp_path):
    table(tmp_path / "logs/ppo/progress.csv", RISING)
    (tmp_path / "logs/ppo/empty.csv").touch()
    with pytest.warns(UserWarning, match="1 log was"):
        study = jv.read_logs(tmp_path / "logs")
    assert jv.Study.load(study.save(tmp_path / "study.npz")).left_out == study.left_out
    assert len(study.left_out) == 1


def test_a_manifest_that_went_through_pandas_is_understood(tmp_path):
    table(tmp_path / "tidy.csv", [("PPO", 0, 1.5), ("PPO", 10, 2.5), ("PPO", 0, 3.5)], header="algo,step,reward")
    study = jv.read_logs(tmp_path)
    assert [row.run for row in study.manifest] == ["0", "1"]
    frame = pd.read_csv(study.manifest.to_csv(tmp_path / "m.csv"))
    frame["run"] = frame["run"].astype(float)
    frame["task"] = "walk"
    frame.to_csv(tmp_path / "pandas.csv")
    named = study.corrected(jv.Manifest.from_csv(tmp_path / "pandas.csv"))
    assert [(row.task, row.run) for row in named.manifest] == [("walk", "0"), ("walk", "1")]


def test_notes_with_bars_come_back(tmp_path):
    manifest = jv.Manifest([ManifestRow("PPO", source="a", notes=("x | y", "z"))])
    assert jv.Manifest.from_csv(manifest.to_csv(tmp_path / "m.csv")) == manifest


def test_an_error_of_writing_names_the_file_that_was_asked_for(tmp_path):
    table(tmp_path / "ppo/progress.csv", RISING)
    (tmp_path / "study.npz").mkdir()
    with pytest.raises(OSError, match=r"study\.npz'$"):
        jv.read_logs(tmp_path / "ppo").save(tmp_path / "study.npz")


def test_values_beyond_single_precision_are_told_of(tmp_path):
    table(tmp_path / "ppo/progress.csv", [(0, 1.0), (10, 1e39)])
    (row,) = jv.read_logs(tmp_path).manifest
    assert row.state == "diverged"
    assert any("1 finite values are beyond" in note for note in row.notes)


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz"])
def test_packed_tables_are_read_and_damaged_ones_named(tmp_path, ending):
    import bz2
    import gzip
    import lzma

    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[ending]
    packed = pack(b"# by hand\n# twice\nstep,return,return\n0,1,5\n10,2,6\n")
    (tmp_path / f"progress.csv.{ending}").write_bytes(packed)
    run = only(jv.read_logs(tmp_path))
    np.testing.assert_array_equal(run.updates.total[0], [1, 2])
    (row,) = jv.read_logs(tmp_path).manifest
    assert any("names that come twice: of 'return.1'" in note for note in row.notes)
    (tmp_path / f"progress.csv.{ending}").write_bytes(packed[:12])
    with pytest.raises(ValueError, match=r"packed with (gzip|bzip2|xz) and (damaged|its end)"):
        jv.read_logs(tmp_path)


def test_losses_without_steps_are_named(tmp_path):
    (tmp_path / "ppo").mkdir()
    (tmp_path / "ppo/history.json").write_text('{"episode_rewards": [1, 2, 3], "training_losses": [3.5, 2.5, 1.5]}')
    (row,) = jv.read_logs(tmp_path).manifest
    assert "losses without steps are left out: 'training_losses'" in row.notes
