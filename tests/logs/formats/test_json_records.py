"""Lists of records in one JSON value: which of them are one run, and which are evaluations of it."""

import json
from pathlib import Path

import pandas as pd
import pytest

import jaxviz as jv
from jaxviz.logs._log import UnreadableError
from jaxviz.logs._recognize import format_of
from jaxviz.logs.formats import json_records
from tests.known import known

FILE = Path("training_log.json")


def parse(content, path=FILE):
    return json_records.parse(json.dumps(content).encode(), path)


def points(series):
    return list(zip(known(series.step).tolist(), series.values.tolist(), strict=True))


def rows(*values, name="reward", step="step"):
    return [{step: 10 * (k + 1), name: value} for k, value in enumerate(values)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"history": x}, lambda x: {"a": 1, "data": {"logs": x}}])
def test_one_list_is_one_run(tmp_path, wrap, indent):
    path = tmp_path / "log.json"
    path.write_text(json.dumps(wrap(rows(1.5, 2.5)), indent=indent))
    assert known(format_of(path)).name == "JSON records"
    (log,) = json_records.FORMAT.read(path)
    assert points(log.series["reward"]) == [(10, 1.5), (20, 2.5)]
    assert (log.series["reward"].kind, log.labels) == ("updates", {})


def test_episodes_with_a_configuration(tmp_path):
    """The steps of each are its length; lists in them are left out."""
    episodes = [
        {"episode": 9, "total_reward": 10.0, "steps": 11, "success": True, "steps_log": []},
        {"episode": 10, "total_reward": 14.0, "steps": 7, "success": True, "steps_log": []},
    ]
    (log,) = parse({"env": "Taxi-v3", "seed": 3, "config": {"alpha": 0.1, "layers": {"n": 2}}, "episodes": episodes})
    series = log.series["total_reward"]
    assert (points(series), series.kind, series.unit) == ([(11, 10), (18, 14)], "episodes", "environment steps")
    assert (log.config, log.labels) == ({"alpha": 0.1, "layers.n": 2}, {"task": "Taxi-v3", "seed": "3"})


def test_lists_of_training_and_of_evaluation_are_one_run():
    (log,) = parse({"train_log": rows(1, 2, 3), "eval_history": rows(9), "losses": rows(0.5, name="loss")})
    assert points(log.series["train_log/reward"]) == [(10, 1), (20, 2), (30, 3)]
    assert (points(log.series["eval_history/reward"]), log.series["eval_history/reward"].kind) == (
        [(10, 9)],
        "evaluations",
    )
    assert points(log.series["loss"]) == [(10, 0.5)]
    assert log.notes[0] == "lists of records are read apart: 'train_log', 'eval_history', 'losses'"
    (alone,) = parse({"eval_history": rows(1, name="mean_return")})
    assert alone.series["mean_return"].kind == "evaluations"


def test_lists_under_names_of_algorithms_are_several_runs():
    first, second = parse({"dqn": rows(1, 2), "round_robin": rows(3), "empty": [], "timing": rows(1, name="ms")})
    assert first.labels == {"run": "dqn", "algorithm": "dqn"}
    assert second.labels == {"run": "round_robin", "algorithm": "round_robin"}
    assert (points(first.series["reward"]), points(second.series["reward"])) == ([(10, 1), (20, 2)], [(10, 3)])
    assert first.notes[0] == "1 list of records without a return left out: 'timing'"


def test_an_algorithm_a_task_and_a_seed_for_each_list():
    found = {
        "ppo": {"CartPole-v1": {"seed_0": rows(1), "seed_1": rows(2)}},
        "dqn": {"CartPole-v1": {"seed_0": rows(3)}},
    }
    said = [{name: log.labels[name] for name in ("algorithm", "task", "seed")} for log in parse(found)]
    assert said == [
        {"algorithm": "ppo", "task": "CartPole-v1", "seed": "0"},
        {"algorithm": "ppo", "task": "CartPole-v1", "seed": "1"},
        {"algorithm": "dqn", "task": "CartPole-v1", "seed": "0"},
    ]


def test_numbered_runs_and_one_algorithm():
    assert [log.labels for log in parse({"run_1": rows(1), "run_2": rows(2)})] == [{"run": "run_1"}, {"run": "run_2"}]
    (log,) = parse({"sac": rows(1, 2)})
    assert log.labels == {"algorithm": "sac"}


def test_evaluations_of_several_algorithms_stay_with_them():
    first, second = parse({"ppo": {"train": rows(1), "eval": rows(2)}, "sac": {"train": rows(3), "eval": rows(4)}})
    assert [x.kind for x in first.series.values() if x.kind] == ["updates", "evaluations"]
    assert points(second.series["sac/eval/reward"]) == [(10, 4)]


def test_phases_in_one_list():
    records = [{"phase": "train", "step": 1, "return": 1.5}, {"phase": "eval", "step": 1, "return": 2.5}]
    (log,) = parse(records)
    kinds = {x.kind: points(x) for x in log.series.values() if x.kind}
    assert kinds == {"updates": [(1, 1.5)], "evaluations": [(1, 2.5)]}


def trainer(count):
    history = [{"step": 10 * k, "epoch": k / 10, "reward": k / 4, "reward_std": 0.25} for k in range(1, count + 1)]
    return json.dumps({"best_metric": None, "epoch": 0.5, "global_step": 10 * count, "log_history": history}, indent=2)


def test_the_log_of_a_trainer_and_its_checkpoints(tmp_path):
    """Each holds what is in the later ones too."""
    for step in (10, 20, 30):
        folder = tmp_path / "run" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "trainer_state.json").write_text(trainer(step // 10))
    with pytest.warns(UserWarning, match=r"a checkpoint of the run whose log is in checkpoint-30/"):
        study = jv.read_logs(tmp_path)
    assert [(row.entries, row.last_step) for row in study.manifest] == [(3, 30)]
    (tmp_path / "run" / "trainer_state.json").write_text(trainer(4))
    with pytest.raises(UnreadableError, match=r"a checkpoint of the run whose log is in run/trainer_state\.json"):
        json_records.FORMAT.read(tmp_path / "run/checkpoint-30/trainer_state.json")
    with pytest.warns(UserWarning, match="3 logs were left out"):
        assert [row.entries for row in jv.read_logs(tmp_path).manifest] == [4]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.jsonl", '{"step": 1, "return": 0.5, "agents": [{"reward": 1.0}]}\n'),
        ("log.json", '{"step": 1, "return": 0.5, "agents": [{"reward": 1.0}]}\n' * 2),
        ("log.json", '{"return_mean": [1.0, 2.0], "layers": [{"size": 3}]}'),
        ("log.json", '[{"name": "a", "size": 3}]'),
        ("config.json", '[{"step": 1, "return": 0.5}]'),
        ("log.json", '[{"step": 1, "return": 0.5'),
    ],
)
def test_other_files_are_none(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    found = format_of(path)
    assert found is None or found.name != "JSON records"


def test_damage_says_where():
    with pytest.raises(ValueError, match="entry 1 is no object; 1 are before it"):
        parse([{"step": 1, "return": 0.5}, 3])
    with pytest.raises(ValueError, match=r"Expecting .*column"):
        json_records.parse(b'[{"step": 1, "return": 0.5}, {"step"', FILE)


@pytest.mark.parametrize("orient", ["records", "index", "columns"])
def test_what_pandas_writes(tmp_path, orient):
    frame = pd.DataFrame(
        {"episode": [1, 2, 3], "reward": [1.5, None, 2.5], "length": [10, 20, 30], "note": ["a", "b", "c"]}
    )
    frame.to_json(tmp_path / "log.json", orient=orient)
    (log,) = known(format_of(tmp_path / "log.json")).read(tmp_path / "log.json")
    series = log.series["reward"]
    assert (points(series), series.kind, series.unit) == ([(10, 1.5), (60, 2.5)], "episodes", "environment steps")
    assert known(series.lengths).tolist() == [10, 30]


def test_seeds_under_their_numbers_are_runs():
    logs = parse({"ppo": {"0": rows(1), "1": rows(2)}})
    assert [(log.labels["run"], log.labels["algorithm"]) for log in logs] == [("ppo/0", "ppo"), ("ppo/1", "ppo")]
