"""Configurations beside a log: typed values, and where they are from."""

import json

import pytest

from jaxviz.logs._config import config_beside, is_configuration
from jaxviz.logs._typed import labels_of, table_of_markdown, typed
from jaxviz.logs._yaml import read_yaml
from tests.mutations import COUNTS, mutations


@pytest.fixture
def log(tmp_path):
    return tmp_path / "CartPole-v1_1" / "progress.csv"


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_rl_zoo(shared_data):
    folder = shared_data / "logs" / "sb3" / "ppo" / "CartPole-v1_1"
    found = config_beside(folder)
    assert found.sources == (folder / "CartPole-v1" / "config.yml", folder / "CartPole-v1" / "args.yml")
    chosen = {name: found.values[name] for name in ("algo", "env", "seed", "n_steps", "clip_range", "n_timesteps")}
    assert chosen == {
        "algo": "ppo",
        "env": "CartPole-v1",
        "seed": 1648070233,
        "n_steps": 32,
        "clip_range": "lin_0.2",
        "n_timesteps": 100000.0,
    }
    assert labels_of(found.values) == {"algorithm": "ppo", "task": "CartPole-v1", "seed": "1648070233"}
    assert found.notes == ()


def test_hydra(log):
    folder = log.parent / ".hydra"
    put(folder / "config.yaml", "agent: {lr: 1e-3, sizes: [64, 64]}\nseed: 3\nenv: {name: Hopper-v4}\n")
    put(folder / "overrides.yaml", "- agent.lr=1e-3\n- +seed=3\n- ++x=null\n- ~gone\n- name='a=b'\n")
    for path in (log, log.parent / "tb" / "events"):
        found = config_beside(path.parent)
        assert found.values == {
            "agent.lr": 0.001,
            "agent.sizes": (64, 64),
            "seed": 3,
            "env.name": "Hopper-v4",
            "x": None,
            "name": "a=b",
        }
        assert found.chosen == ("agent.lr", "seed", "x", "name")
        assert found.sources == (folder / "config.yaml", folder / "overrides.yaml")


def test_wandb(log):
    put(log.parent / "files" / "config.yaml", "wandb_version: 1\n_wandb: {value: {}}\nlr: {desc: null, value: 0.1}\n")
    assert config_beside(log.parent).values == {"lr": 0.1}


def test_json_of_rllib(log):
    put(log.parent / "params.json", {"env": "CartPole-v1", "model": {"fcnet": [256, 256]}, "f": "<function f at 0x7>"})
    found = config_beside(log.parent)
    assert found.values == {"env": "CartPole-v1", "model.fcnet": (256, 256)}
    assert found.sources == (log.parent / "params.json",)


def test_nothing_beside(log):
    assert config_beside(log.parent) == ({}, (), (), ())


def test_dates_and_tags_are_text_and_make_nothing(tmp_path):
    found = read_yaml(
        b"date: 2020-01-01\nx: !!python/object/apply:os.system ['touch made']\ny: !!python/tuple [1, 2]\n"
        b"z: !!python/name:os.system ''\nw: !numpy {a: 1}\n"
    )
    assert found == {"date": "2020-01-01", "x": ["touch made"], "y": [1, 2], "z": "", "w": {"a": 1}}


BOMBS = {
    "aliases": "a: &a {"
    + ", ".join(f"k{i}: {i}" for i in range(30))
    + "}\n"
    + "".join(
        f"{n}: &{n} {{{', '.join(f'k{i}: *{m}' for i in range(30))}}}\n" for m, n in zip("abcde", "bcdef", strict=True)
    ),
    "nesting": "[" * 100_000,
    "numbers": '{"a": ' + "9" * 5000 + "}",
    "itself": "a: &a [*a]",
}


MERGES = "a: &a {x: 1}\n" + "".join(
    f"{n}: &{n} {{<<: [{', '.join([f'*{m}'] * 10)}]}}\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("kind", BOMBS)
def test_a_configuration_that_would_not_end_is_left_out(log, kind):
    path = put(log.parent / "config.yaml", BOMBS[kind])
    put(log.parent / "params.json", {"lr": 1})
    found = config_beside(log.parent)
    assert found.values == {"lr": 1}
    assert len(found.notes) == 1
    assert found.notes[0].startswith(f"{path} was left out: ")
    assert len(found.notes[0]) < 1000


def test_merges_of_merges_end(log):
    """Older releases of PyYAML make ten million entries of these."""
    put(log.parent / "config.yaml", MERGES)
    put(log.parent / "params.json", {"lr": 1})
    found = config_beside(log.parent)
    assert found.values["lr"] == 1
    assert len(found.values) < 20


def test_a_configuration_without_end_is_not_read(log):
    put(log.parent / "config.json", " " * (5 << 20))
    assert "more than" in config_beside(log.parent).notes[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("1", 1), ("-2", -2), ("1e-3", 1e-3), ("3.0", 3.0), ("True", True), ("false", False), ("None", None)],
        *[("", None), ("[64, 64]", (64, 64)), ("(1, 'a')", (1, "a")), ("lin_0.2", "lin_0.2"), ("1_000", "1_000")],
        *[("dict(a=1)", "dict(a=1)"), ("[x", "[x"), ("٣", "٣"), ("'quoted'", "quoted"), ("[" * 900, "[" * 900)],
        ("9" * 5000, "9" * 5000),
    ],
)
def test_typed(text, value):
    found = typed(text)
    assert (found, type(found)) == (value, type(value))


def test_a_table_of_markdown():
    table = "|param|value|\n|-|-|\n|lr|0.1|\n|command|a|b|\n|gone\nno row"
    assert table_of_markdown(table) == {"lr": 0.1, "command": "a|b"}


def test_labels_of_nested_and_odd_values():
    assert labels_of({"env.name": "x", "env.env_name": "Hopper", "seed": 3.0, "algo": None, "agent": True}) == {
        "task": "Hopper",
        "seed": "3",
    }


@COUNTS
@pytest.mark.parametrize("name", ["config.yaml", "params.json"])
def test_damaged_configurations_are_read_or_noted(log, name, count):
    content = json.dumps({"env": "CartPole-v1", "model": {"sizes": [256, 256]}, "lr": 1e-3, "on": True}).encode()
    path = put(log.parent / name, "")
    for _, changed in mutations(content, count):
        path.write_bytes(changed)
        found = config_beside(log.parent)
        assert bool(found.notes) or isinstance(found.values, dict)
        assert all(note.isprintable() for note in found.notes)


def test_nothing_is_read_above_the_folder_that_the_caller_named(tmp_path):
    (tmp_path / ".hydra").mkdir()
    (tmp_path / ".hydra" / "config.yaml").write_text("lr: 0.1\n")
    folder = tmp_path / "run" / "logs"
    folder.mkdir(parents=True)
    assert config_beside(folder).values == {"lr": 0.1}
    assert config_beside(folder, top=tmp_path).values == {"lr": 0.1}
    assert config_beside(folder, top=tmp_path / "run").values == {}


ML_AGENTS = """
default_settings: null
behaviors:
  Walker:
    trainer_type: ppo
    hyperparameters: {batch_size: 10, learning_rate: 0.0003}
  Other: {trainer_type: sac}
env_settings: {env_path: null, seed: -1}
checkpoint_settings: {run_id: first}
"""


def test_ml_agents(tmp_path):
    """One file for all behaviors of a run, above the folder of each."""
    folder = tmp_path / "results" / "first"
    put(folder / "configuration.yaml", ML_AGENTS)
    (folder / "Walker").mkdir()
    found = config_beside(folder / "Walker", top=tmp_path)
    assert found.values == {
        "trainer_type": "ppo",
        "hyperparameters.batch_size": 10,
        "hyperparameters.learning_rate": 0.0003,
        "algorithm": "ppo",
    }
    assert labels_of(found.values) == {"algorithm": "ppo"}
    assert config_beside(folder / "Other").values["algorithm"] == "sac"
    assert config_beside(folder / "Third").values == {}
    assert config_beside(folder / "Walker", top=folder / "Walker").values == {}
    put(folder / "configuration.yaml", ML_AGENTS.replace("-1", "12"))
    assert labels_of(config_beside(folder / "Walker").values) == {"algorithm": "ppo", "seed": "12"}


def test_sample_factory(tmp_path):
    folder = tmp_path / "train_dir" / "doom_battle_2"
    put(folder / "cfg.json", {"algo": "APPO", "env": "doom_battle", "seed": 7, "cli_args": {"algo": "APPO"}})
    (folder / ".summary" / "0").mkdir(parents=True)
    found = config_beside(folder / ".summary" / "0", top=tmp_path)
    assert labels_of(found.values) == {"algorithm": "APPO", "task": "doom_battle", "seed": "7"}
    assert is_configuration(folder / "cfg.json")


ISAAC = """
viewer:
  eye: !!python/tuple
  - 7.5
  - 7.5
scene:
  num_envs: 4096
  ids: !!python/object/apply:builtins.slice
  - null
  - 3
  - null
  made: !!python/object/new:some.where.Thing {state: 1}
  name: !!python/name:os.system
"""


def test_isaac_lab(tmp_path):
    """The environment beside the agent, whatever objects its tags stand for."""
    put(tmp_path / "run" / "params" / "agent.yaml", "seed: 42\nalgorithm: {class_name: PPO}\n")
    path = put(tmp_path / "run" / "params" / "env.yaml", ISAAC)
    found = config_beside(tmp_path / "run")
    assert (found.values["viewer.eye"], found.values["scene.ids"]) == ((7.5, 7.5), (None, 3, None))
    assert (found.values["scene.num_envs"], found.values["scene.made.state"]) == (4096, 1)
    assert (found.notes, found.sources[1], is_configuration(path)) == ((), path, True)
    assert labels_of(found.values) == {"algorithm": "PPO", "seed": "42"}
    assert not is_configuration(tmp_path / "env.yaml")  # conda's
