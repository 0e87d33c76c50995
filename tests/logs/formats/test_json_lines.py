"""Lines by msgspec are those by the json module, whatever is in them."""

import json
import random

import numpy as np
import pytest

from jaxviz.host.readers import _json_lines, json_lines
from jaxviz.host.readers._typed_lines import TypedLines
from jaxviz.logs.formats.json_lines import looks, parse
from tests.mutations import mutations

ODD = (
    *("NaN", "Infinity", "-Infinity", "null", "true", "false", "-0", "-0.0", "1e400", "1e-400", "1E+05", "01", "1."),
    *("+1", ".5", "9007199254740993", "18446744073709551617", "9" * 400, '"NaN"', '"text"', '""', '"\\ud800"', '"\\q"'),
    *("[1, 2]", "[]", '{"c": 1}', "{}", '{"a": {"b": null}}', "1 2", "1]", "[1", "", " 7 ", "tru", '"\t"', "\x0b1"),
)
LINES = (
    '{"a": 1, "a": 2}', '{"\\u0061": 3}', '{"a": 1} {"a": 2}', '{"a":', "1}", "", "   ", "[1]", "3", "null", '{"a": 5',
    '{"b/c": 5, "b": {"c": 6}}', '{"é": 1, "日本": 2}', '{"new": 1}', '{"a":1,"b":{"c":NaN}}', '{"a": ": NaN"}',
    '{"a": 1}}', '{"": 4}', '{"a\\"b": 4}', '{"b": null}', '{"text": "12"}', '{"text": null}', '{"config": 3}',
)  # fmt: skip


@pytest.fixture
def in_blocks(monkeypatch):
    """Both ways of small texts: blocks of a few lines."""
    monkeypatch.setattr(_json_lines, "_LARGE", 0)
    monkeypatch.setattr(_json_lines, "_FIRST", 200)
    monkeypatch.setattr(_json_lines, "_BLOCK", 400)

    def ways(content):
        found = []
        for there in (True, False):
            monkeypatch.setattr(_json_lines, "has_msgspec", lambda there=there: there)
            found.append(outcome(content))
        return found

    return ways


def outcome(content):
    """All that comes out, with the order of names and the bits of numbers (of NaN only that it is one)."""
    try:
        found = json_lines(content, ("config",))
    except (ValueError, OverflowError) as error:
        return str(error)
    columns = [
        (name, np.where(np.isnan(x.values), 0.0, x.values).tobytes(), np.isnan(x.values).tolist(), x.missing.tolist())
        for name, x in found.numbers.items()
    ]
    return columns, list(found.texts.items()), found.aside, found.torn


def common(rng, count=60):
    """Lines as loggers write them: some names in all, others in some."""
    for step in range(count):
        line = {"a": step, "b": {"c": rng.random(), "d": rng.choice([True, False, 2.5])}, "text": rng.choice("xyz")}
        line |= {"e": rng.random() * 1e-300, "f": rng.randrange(2**70)} if step % 3 else {"list": [1.0, "x"]}
        yield json.dumps(line | {"config": {"lr": 1e-3}})


@pytest.mark.parametrize("seed", range(40))
def test_odd_lines_are_read_alike(in_blocks, seed):
    rng = random.Random(seed)
    for _ in range(10):
        lines = list(common(rng))
        for _ in range(rng.randrange(4)):
            odd = rng.choice(ODD)
            other = rng.choice([f'{{"a": {odd}}}', f'{{"b": {{"c": 1, "d": {odd}}}, "a": 3}}', rng.choice(LINES)])
            lines[rng.randrange(len(lines))] = other
        end = rng.choice(["\n", "\n", "\r\n"])
        typed, plain = in_blocks((end.join(lines) + rng.choice([end, ""])).encode())
        assert typed == plain


def test_mutations_are_read_alike(in_blocks):
    whole = ("\n".join(common(random.Random(2), 30)) + "\n").encode()
    for name, changed in mutations(whole, 800):
        typed, plain = in_blocks(changed)
        assert typed == plain, name


def test_numbers_that_are_nan_now_and_then_are_nan_and_not_missing(in_blocks):
    rng = random.Random(0)
    rows = [{"step": i, "loss": rng.choice([float("nan"), 1.0])} | ({"x": 1} if i % 5 else {}) for i in range(99)]
    lines = map(json.dumps, rows)
    typed, plain = in_blocks(("\n".join(lines) + "\n").encode())
    assert typed == plain
    assert any(typed[0][1][2])


def test_usual_lines_are_read_at_once():
    typed, lines = TypedLines(()), list(common(random.Random(1)))
    for line in lines[:4]:
        typed.learn(json.loads(line) | {"config": None})
    block = "".join(json.dumps(json.loads(line) | {"config": None}) + "\n" for line in lines).encode()
    found = typed.read(block)
    assert found is not None
    assert found.lines == len(lines)


def test_floats_are_those_of_python(in_blocks):
    rng = random.Random(5)
    parts = [
        (rng.randrange(10), rng.randrange(10 ** rng.randrange(1, 40)), rng.randrange(-330, 300)) for _ in range(5000)
    ]
    digits = [f"{whole}.{part}e{power}" for whole, part, power in parts]
    typed, plain = in_blocks("".join(f'{{"x": {number}}}\n' for number in digits).encode())
    assert typed == plain
    assert typed[0][0][1] == np.array(list(map(float, digits))).tobytes()


def test_lines_of_a_training_are_known_by_their_steps(tmp_path):
    """Whatever the return is called: the caller can name it. Steps alone are none of a training."""
    line = b'{"iteration": 1, "rollout/mean_final_return_bb": 25.5, "_timestamp": "2026-02-11T20:41:04Z"}\n'
    assert looks(line, tmp_path)
    assert not looks(b'{"step": 1, "level": "info", "message": "x"}\n', tmp_path)
    (log,) = parse(line, tmp_path / "metrics.jsonl")
    assert log.series["rollout/mean_final_return_bb"].values.tolist() == [25.5]


def test_a_mean_over_episodes_of_an_evaluation(tmp_path):
    (log,) = parse(b'{"mean_reward": 272.5, "std_reward": 18.5, "n_eval_episodes": 10}\n', tmp_path / "results.json")
    assert log.series["mean_reward"].kind == "evaluations"
