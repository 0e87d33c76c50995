"""Records of training and of evaluation in one file are two series, whatever format they are in."""

import json
from pathlib import Path

import pytest

from jaxviz import read_logs
from jaxviz.logs.formats import json_lines, progress, tidy
from tests.known import known

FILE = Path("log.csv")
TRAIN = [(100 * k, float(k)) for k in range(6)]
TESTS = [(100 * k, 1000.0 + k) for k in (1, 3, 5)]


def records(words=("train", "eval")):
    """Evaluations between updates, at steps of these."""
    both = [(words[0], *row) for row in TRAIN] + [(words[1], *row) for row in TESTS]
    return sorted(both, key=lambda record: record[1])


def of_json(name, rows):
    lines = [json.dumps({name: word, "step": step, "return": value}) for word, step, value in rows]
    return json_lines.parse("\n".join(lines).encode(), FILE)


def of_table(name, rows):
    lines = [f"{step},{word},{value}" for word, step, value in rows]
    return progress.parse("\n".join((f"step,{name},return", *lines, "")).encode(), FILE)


def of_tidy(name, rows):
    lines = [f"{seed},{word},{step},{value}" for seed in "01" for word, step, value in rows]
    return tidy.parse("\n".join((f"seed,{name},step,return", *lines, "")).encode(), FILE)


def of_long(name, rows):
    lines = [f"{seed},{word},{step},return,{value}" for seed in "01" for word, step, value in rows]
    return tidy.parse("\n".join((f"seed,{name},step,metric,value", *lines, "")).encode(), FILE)


def points(series):
    return list(zip(known(series.step).tolist(), series.values.tolist(), strict=True))


@pytest.mark.parametrize("of", [of_json, of_table, of_tidy, of_long])
@pytest.mark.parametrize(
    ("name", "words"),
    [("phase", ("train", "eval")), ("mode", ("training", "test")), ("type", ("rollout", "evaluation"))],
)
def test_training_and_evaluation_are_two_series(of, name, words):
    for log in of(name, records(words)):
        series = {x.kind: x for x in log.series.values() if x.kind}
        assert points(series["evaluations"]) == TESTS
        assert points(next(x for kind, x in series.items() if kind != "evaluations")) == TRAIN
        assert not log.config


@pytest.mark.parametrize("of", [of_json, of_table])
def test_records_of_episodes_are_episodes(of):
    (log,) = of("kind", records(("episode", "update")))
    assert {name: x.kind for name, x in log.series.items()} == {
        "episode/return": "episodes",
        "update/return": "updates",
    }


def test_names_of_one_phase_stay(tmp_path):
    lines = [{"event": "update", "step": 100 * k, "loss": 0.5} for k in range(4)]
    lines += [{"event": "episode_end", "step": 100 * k, "return": float(k)} for k in range(4)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (row,) = read_logs(tmp_path).manifest
    assert (row.kind, row.entries) == ("episodes", 4)
    assert row.notes[0] == "'event' says what each record is about: 'update', 'episode_end'"


@pytest.mark.parametrize("words", [("PPO", "PPO"), ("easy", "hard"), ("train", "train")])
def test_other_words_are_no_phases(words):
    (log,) = of_json("type", records(words)[:6])
    assert set(log.series) == {"return"}
    assert not any("says what" in note for note in log.notes)


def test_cells_with_delimiters_stay_whole():
    rows = ["step,phase,comment,return", '0,train,"a, b",1', '10,eval,"c ""d""",2', "20,train,,3", ""]
    (log,) = progress.parse("\n".join(rows).encode(), FILE)
    assert points(log.series["train/return"]) == [(0, 1), (20, 3)]
    assert points(log.series["eval/return"]) == [(10, 2)]


def test_records_of_other_numbers_are_read_apart():
    """A row an episode between those of updates: its steps are its length. The last line is cut."""
    rows = [
        {"type": "gameplay", "episode": 0, "reward": -5.0, "steps": 27, "win": 0},
        {"type": "network", "episode": 0, "actor_loss": 2.5},
        {"type": "gameplay", "episode": 1, "reward": 5.0, "steps": 9, "win": 1},
        {"type": "network", "episode": 1, "actor_loss": 1.5},
        {"type": "gameplay", "episode": 2, "reward": 4.0, "steps": 12, "win": 1},
    ]
    content = "\n".join(map(json.dumps, rows)) + '\n{"typ'
    (log,) = json_lines.parse(content.encode(), FILE)
    series = log.series["reward"]
    assert (points(series), series.kind, series.unit) == (
        [(27, -5), (36, 5), (48, 4)],
        "episodes",
        "environment steps",
    )
    assert known(series.lengths).tolist() == [27, 9, 12]
    assert points(log.series["actor_loss"]) == [(0, 2.5), (1, 1.5)]
    assert log.notes[0] == "the last line is no whole object and was left out"


def test_records_with_the_same_numbers_are_one_series():
    rows = [{"type": word, "step": k, "return": k / 2} for k, word in enumerate(("a", "b", "a", "b"))]
    (log,) = json_lines.parse("\n".join(map(json.dumps, rows)).encode(), FILE)
    assert points(log.series["return"]) == [(0, 0), (1, 0.5), (2, 1), (3, 1.5)]


def test_a_cut_line_of_phases():
    content = "\n".join(json.dumps({"phase": w, "step": s, "return": v}) for w, s, v in records()) + '\n{"step": 9'
    (log,) = json_lines.parse(content.encode(), FILE)
    assert points(log.series["train/return"]) == TRAIN
