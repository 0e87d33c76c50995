"""Studies: cells of runs of any lengths, and laws of choosing, joining and ordering."""

import random
from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest
from jax._src import test_util

import jaxviz as jv
from jaxviz.study import Cell, Configuration, ManifestRow, RunData, StreamData, Study, typed
from tests.inputs.test_readers import info
from tests.known import known

from .made import episodes, evaluations, rows, study


def same(a: Study, b: Study) -> bool:
    """Equal names and equal arrays."""
    return a.manifest == b.manifest and bool(eqx.tree_equal(list(a.cells.values()), list(b.cells.values())))


def test_cells_hold_the_runs_of_their_names():
    made = study()
    cell = Cell("PPO", "CartPole-v1", {"lr": 3e-4})
    run = made.cells[cell]
    own = [row for row in made.manifest if (row.algorithm, row.task) == ("PPO", "CartPole-v1")]
    assert [row.seed for row in own if row.configuration == {"lr": 0.0003}] == [0, 1, 2]
    assert run.batch_shape == (3,)
    assert len(made.cells) == 8
    assert made.axes == {"lr": (0.0003, 0.001)}
    np.testing.assert_array_equal(known(run.episodes).count, [6, 7, 8])
    for i, size in enumerate((6, 7, 8)):
        data = known(episodes(i + 1, size).episodes)
        np.testing.assert_array_equal(known(run.episodes).returns[i, :size], data.values.astype(np.float32))
        np.testing.assert_array_equal(np.asarray(known(run.episodes).step)[i, :size], data.step)
        assert not known(run.episodes).valid[i, size:].any()
    np.testing.assert_array_equal(np.asarray(run.total_steps), [60, 70, 80])


def test_a_batch_is_that_of_stack_runs():
    made = study()
    run = made.cells[Cell("DQN", "Acrobot-v1", {"lr": 1e-3})]
    alone = [jv.from_arrays(known(d.episodes).values, lengths=known(d.episodes).lengths) for d in rows()[1][21:]]
    expected = jv.stack_runs(alone)
    assert eqx.tree_equal(run, expected)


def test_the_order_of_files_does_not_matter():
    made, data = rows()
    order = list(range(len(made)))
    random.Random(0).shuffle(order)
    assert same(Study.of_rows([made[i] for i in order], [data[i] for i in order]), Study.of_rows(made, data))


@pytest.mark.parametrize("by", ["algorithm", "task", "lr", "seed"])
def test_what_was_selected_apart_joins_to_the_whole(by):
    made = study()
    found: set[Any] = {getattr(row, by, row.configuration.get(by)) for row in made.manifest}
    values = sorted(found)
    parts = [made.select(**{by: value}) for value in values]
    assert [len(part.manifest) for part in parts] == [24 // len(values)] * len(values)
    whole = parts[-1]
    for part in parts[:-1]:
        whole = whole | part
    assert same(whole, made)


def test_several_values_are_selected_at_once():
    made = study()
    assert same(made.select(lr=[3e-4, 1e-3], algorithm=("PPO", "DQN")), made)
    assert {row.seed for row in made.select(seed=[0, 2]).manifest} == {0, 2}


def test_a_run_in_both_is_kept_once_and_named():
    made = study()
    with pytest.warns(UserWarning, match=r"12 runs are in both studies.*PPO on CartPole-v1 seed 0 \(runs/PPO"):
        joined = made | made.select(algorithm="PPO")
    assert same(joined, made)


def test_a_run_that_went_on_is_not_joined_unseen():
    made, data = rows()
    later = Study.of_rows(made[:1], [episodes(1, 9)])
    with pytest.raises(ValueError, match=r"both studies have the run PPO on CartPole-v1 seed 0 .*with other contents"):
        _ = Study.of_rows(made, data) | later


def test_runs_of_one_source_are_told_apart():
    made = Study.of_rows([ManifestRow("PPO", source="a.csv")] * 3, [episodes(i, 5) for i in range(3)])
    assert [row.run for row in made.manifest] == ["", "(2)", "(3)"]


def test_what_is_not_there_is_named():
    made = study()
    with pytest.raises(ValueError, match=r"`algorithm`: no run has 'SAC'; there are DQN, PPO"):
        made.select(algorithm="SAC")
    with pytest.raises(ValueError, match=r"`gamma` is no hyper-parameter of the study; there are lr"):
        made.select(gamma=1)
    with pytest.raises(KeyError, match="no cell PPO on Pong; there are DQN on Acrobot-v1"):
        made.cells[Cell("PPO", "Pong")]
    with pytest.raises(AttributeError, match="does not change"):
        made.manifest = made.manifest


def test_no_kind_is_mixed_with_another():
    made, data = rows(seeds=2)
    made[0] = made[0]._replace(kind="trailing mean")
    made[1] = made[1]._replace(unit="frames")
    data[2] = evaluations(2, 4)
    data[4] = data[4]._replace(metric="success")
    mixed = Study.of_rows(made, data)
    variants = {cell.variant for cell in mixed.cells}
    assert {"trailing mean, environment steps", "episodes, frames", "evaluations"} <= variants
    assert {"success", "return"} <= variants
    assert len(mixed.select(metric="success").manifest) == 1
    assert all(len({row.kind for row in mixed.manifest[i : i + 1]}) == 1 for i in range(len(mixed.manifest)))
    assert sum(run.batch_shape[0] for run in mixed.cells.values()) == len(made)
    assert same(mixed.select(algorithm="PPO") | mixed.select(algorithm="DQN"), mixed)


def test_losses_of_some_runs_stay_and_parts_of_some_are_said():
    losses = {"value": np.arange(3.0), "entropy": np.ones(3)}
    data = [episodes(i, 5)._replace(losses=own) for i, own in enumerate((losses, {"value": np.ones(2)}, {}))]
    data[0] = data[0]._replace(updates=StreamData(np.ones(2), np.array([20, 40])))
    made = Study.of_rows([ManifestRow("PPO", seed=i, source=str(i)) for i in range(3)], data)
    (run,) = made.cells.values()
    assert list(known(run.losses).values) == ["value"]
    np.testing.assert_array_equal(known(run.losses).valid, [[1, 1, 1], [1, 1, 0], [0, 0, 0]])
    assert run.updates is None
    (note,) = made.manifest[0].notes
    assert note.startswith(
        "not in the batch of its cell, whose runs do not all have it alike: entropy, updates/count, "
    )
    assert [row.notes for row in made.manifest[1:]] == [(), ()]
    (alone,) = made.select(seed=0).cells.values()
    assert set(known(alone.losses).values) == {"value", "entropy"}
    assert alone.updates is not None


def test_pytrees_come_back_as_they_were():
    run = jv.from_arrays(np.ones((3, 20)).cumsum(-1), lengths=np.full((3, 20), 5), losses=np.ones((3, 7)))
    made = Study({"PPO": {"A": run, "B": run[0]}, "DQN": [run[1], run[2]], Cell("SAC", "A", {"lr": 1}): run})
    assert eqx.tree_equal(made.cells[Cell("PPO", "A")], run)
    assert eqx.tree_equal(made.cells[Cell("SAC", "A", {"lr": 1})], run)
    assert made.cells[Cell("PPO", "B")].batch_shape == (1,)
    assert eqx.tree_equal(made.cells[Cell("DQN")], run[1:])
    other = Study({"PPO": {"A": jv.from_arrays(np.zeros((2, 30)), lengths=np.ones((2, 30), int))}})
    assert (made | other).cells[Cell("PPO", "A")].batch_shape == (5,)


def test_a_policy_of_another_kind_is_left_out_and_said():
    rng = np.random.default_rng(0)
    gaussian = {"action_mean": rng.normal(size=(2, 5, 3)), "action_log_std": np.zeros((2, 5, 3))}
    tanh = jv.from_arrays(np.ones((2, 9)), **gaussian, squashed=True)
    assert eqx.tree_equal(Study({"PPO": tanh}).cells[Cell("PPO")], tanh)
    mixed = Study({"PPO": [tanh, jv.from_arrays(np.ones((2, 9)), **gaussian)]})
    assert mixed.cells[Cell("PPO")].policy is None
    assert all("policy/mean" in row.notes[0] for row in mixed.manifest)


def test_updates_of_other_lengths_are_those_of_stack_runs():
    runs = [jv.from_purejaxrl({"metrics": info(2, updates, 16, 4)}) for updates in (5, 8)]
    assert eqx.tree_equal(Study({"PPO": runs}).cells[Cell("PPO")], jv.stack_runs(runs))


def test_a_study_may_be_empty(tmp_path):
    empty = Study.of_rows([], [])
    assert len(empty.cells) == len(empty.manifest) == len(jv.analyze(empty).cells) == jv.doctor(empty).exit_code == 0
    assert same(Study.load(empty.save(tmp_path / "empty")), empty)
    assert same(empty | study(), study())
    assert len(empty.to_frame()) == 0


WRONG = {
    "no mapping": (3, "`cells` must be a mapping"),
    "empty": ({}, "`cells` is empty"),
    "an array": ({"PPO": {"A": np.ones(3)}}, r"`cells\['PPO'\]\['A'\]` must be a TrainingRun.*jv.from_arrays"),
    "no task": ({"PPO": {}}, r"`cells\['PPO'\]` has no task"),
    "a number as a name": ({3: None}, r"`cells\[3\]`: the name of an algorithm must be text"),
    "two axes": ({"PPO": jv.from_arrays(np.ones((2, 3, 4)))}, r"`cells\['PPO'\]` has the batch axes \(2, 3\)"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=list(WRONG))
def test_wrong_cells_are_named(case):
    with pytest.raises((TypeError, ValueError), match=case[1]):
        Study(case[0])


DATA = {
    "falling steps": (RunData(StreamData(np.ones(2), np.array([2, 1]))), "`episodes.step` must not fall"),
    "fractions": (RunData(StreamData(np.ones(1), np.array([0.5]))), "`episodes.step` must be whole"),
    "steps beyond 2^53": (RunData(StreamData(np.ones(1), np.array([2**53 + 2]))), "exact up to"),
    "other steps": (RunData(StreamData(np.ones(2), np.array([1]))), "one step for each of the 2 entries"),
    "text": (RunData(StreamData(np.array(["a"]))), "`episodes.values` must be numbers"),
    "no returns": (RunData(), "it has no returns"),
    "an early total": (RunData(StreamData(np.ones(1), np.array([9])), total_steps=3), "`total_steps` is 3"),
    "uneven losses": (episodes(0, 3)._replace(losses={"a": np.ones(2), "b": np.ones(3)}), "`losses` must all be"),
    "negative lengths": (RunData(StreamData(np.ones(1), None, -np.ones(1))), "`episodes.lengths` must be"),
}


@pytest.mark.parametrize("case", DATA.values(), ids=list(DATA))
def test_wrong_data_is_named_with_its_row(case):
    with pytest.raises(ValueError, match=rf"`data\[0\]`, PPO on task \(a.csv\): .*{case[1]}"):
        Study.of_rows([ManifestRow("PPO", source="a.csv")], [case[0]])


def test_what_is_not_finite_has_diverged():
    data = [RunData(StreamData(np.array(x))) for x in ([1.0, np.nan], [1e300], [1.0], [])]
    made = Study.of_rows([ManifestRow("PPO", source=str(i)) for i in range(4)], data)
    assert [row.state for row in made.manifest] == ["diverged", "diverged", "whole", "empty"]


def test_steps_are_exact_to_2_53():
    step = np.array([2**40, 2**53])
    made = Study.of_rows([ManifestRow("PPO")], [RunData(StreamData(np.ones(2), step))])
    (run,) = made.cells.values()
    np.testing.assert_array_equal(np.asarray(known(run.episodes).step)[0], step)


def test_nothing_is_compiled_for_other_lengths():
    made, data = rows()
    with test_util.count_jit_and_pmap_lowerings() as count:
        for run in Study.of_rows(made, data).cells.values():
            jax.block_until_ready(run)
    assert count() == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("3e-4", 3e-4), ("3", 3), ("-2.5", -2.5), ("true", True), ("False", False), ("null", None), ("None", None)),
        *(
            ("adam", "adam"),
            ("007", "007"),
            ("1e999", "1e999"),
            ("lin_0.2", "lin_0.2"),
            ("0.0", 0.0),
            ("1_000", "1_000"),
        ),
        *((np.float32(0.5), 0.5), (np.int64(3), 3), ([1, 2], "[1, 2]"), ({"a": 1}, '{"a": 1}'), ("a\x1bb", "a\\x1bb")),
    ],
    ids=repr,
)
def test_values_are_typed(text, value):
    found = typed(text)
    assert (found, type(found)) == (value, type(value))
    assert typed(found) == found


def test_numbers_are_equal_and_truth_is_no_number():
    assert Configuration({"a": 1}) == Configuration({"a": 1.0})
    assert hash(Configuration({"a": 1})) == hash(Configuration({"a": np.float64(1)}))
    assert Configuration({"a": 1}) != Configuration({"a": True})
    assert Configuration({"a": float("nan")}) == Configuration({"a": "nan"})


def test_parameters_that_are_none_can_be_left_out():
    made, data = rows()
    made = [row._replace(configuration={**row.configuration, "name": row.source}) for row in made]
    named = Study.of_rows(made, data)
    assert len(named.cells) == 24
    assert same(named.without("name"), study())
    with pytest.raises(ValueError, match="'gamma' is no hyper-parameter"):
        named.without("gamma")
