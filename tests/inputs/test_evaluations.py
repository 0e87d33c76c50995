"""Evaluations of any number, alone or beside episodes; what else plain arrays can say of a run."""

import numpy as np
import pytest

import jaxviz as jv
from jaxviz.host import pad_nested
from tests.known import known


def test_other_numbers_of_evaluations_and_rollouts():
    ragged = [[[1.0, 2.0], [3.0]], [[4.0, 5.0, 6.0]]]
    run = jv.from_arrays(evaluation_returns=ragged, evaluation_step=[[0, 10], [0]])
    evaluation = known(run.evaluation)
    assert run.batch_shape == (2,)
    np.testing.assert_array_equal(evaluation.valid.sum(-1), [[2, 1], [3, 0]])
    np.testing.assert_array_equal(known(evaluation.step)[0], [0, 10])
    analysis = jv.analyze(run, groups=("evaluation",))
    np.testing.assert_allclose(known(analysis.evaluation).mean, [[1.5, 3.0], [5.0, np.nan]])


def test_beside_episodes_the_batch_is_known():
    of_runs = jv.from_arrays([[1.0, 2.0], [3.0]], evaluation_returns=[[1.0, 2.0, 3.0], [4.0]])
    np.testing.assert_array_equal(known(of_runs.evaluation).valid.sum((-2, -1)), [3, 1])
    of_one = jv.from_arrays([1.0, 2.0], evaluation_returns=[[1.0, 2.0, 3.0], [4.0]])
    np.testing.assert_array_equal(known(of_one.evaluation).valid.sum(-1), [3, 1])


@pytest.mark.parametrize(
    ("shape", "step", "batch", "evaluations"),
    [
        ((5,), None, (), (5, 1)),
        ((3, 5), None, (3,), (5, 1)),
        ((3, 5), np.arange(5), (3,), (5, 1)),
        ((3, 5), np.arange(3), (), (3, 5)),
        ((2, 3, 5), np.arange(3), (2,), (3, 5)),
    ],
)
def test_evaluations_alone(shape, step, batch, evaluations):
    run = jv.from_arrays(evaluation_returns=np.ones(shape), evaluation_step=step, losses=np.ones((*batch, 7)))
    assert run.batch_shape == batch
    assert known(run.evaluation).returns.shape == (*batch, *evaluations)
    assert known(run.losses).values["loss"].shape == (*batch, 7)


def test_losses_of_runs_of_other_lengths():
    run = jv.from_arrays([[1.0], [2.0]], losses={"a": [[1.0, 2.0, 3.0], [4.0]]})
    np.testing.assert_array_equal(known(known(run.losses).valid).sum(-1), [3, 1])
    np.testing.assert_array_equal(known(jv.analyze(run, groups=("diagnostics",)).diagnostics).final["a"], [3.0, 4.0])


def test_name_direction_total_and_agents():
    run = jv.from_arrays({"agent_0": [[1.0, 2.0]], "agent_1": [[3.0, 4.0]]}, name="win rate", total_steps=2**40)
    assert (run.batch_shape, run.metric, run.minimize) == ((2, 1), "win rate", False)
    np.testing.assert_array_equal(np.asarray(known(run.total_steps)), [[2**40]] * 2)
    assert jv.from_rejax((np.ones((2, 3), int), np.ones((2, 3))), name="cost", minimize=True).metric == "cost"


def test_nested_lists_are_padded():
    values, valid = pad_nested([[1, 2], [3], []], "x")
    np.testing.assert_array_equal(values, [[1, 2], [3, 0], [0, 0]])
    np.testing.assert_array_equal(valid, [[True, True], [True, False], [False, False]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: jv.from_arrays(evaluation_returns=np.ones(3), lengths=[1]), "belong to `returns`"),
        (lambda: jv.from_arrays(evaluation_returns=[[1.0], [[2.0]]]), "nested alike"),
        (lambda: jv.from_arrays({}), "`returns` is an empty mapping"),
        (lambda: jv.from_arrays([1.0], total_steps=[1, 2]), "`total_steps` must be one number"),
        (
            lambda: jv.from_arrays([[1.0], [2.0]], losses={"a": [[1.0, 2.0], [4.0]], "b": np.ones((2, 2))}),
            "same number",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


ROWS = [[1.0, 2.0, 3.0], [4.0, 5.0]]


@pytest.mark.parametrize("read", [jv.from_arrays, jv.from_curves])
def test_masks_and_steps_of_runs_of_different_lengths(read):
    run = read(ROWS, valid=[[True, False, True], [True, True]], step=[[10, 20, 30], [5, 15]])
    part = run.episodes or run.updates
    present = known(part.count > 0) if part.valid is None and run.updates else known(part.valid)
    returns = part.returns if run.episodes else part.sums
    np.testing.assert_array_equal(np.asarray(returns)[np.asarray(present)], [1, 3, 4, 5])
    np.testing.assert_array_equal(np.asarray(part.step)[np.asarray(present)], [10, 30, 5, 15])


@pytest.mark.parametrize("read", [jv.from_arrays, jv.from_curves])
@pytest.mark.parametrize("name", ["valid", "step"])
def test_rows_of_other_lengths_than_the_returns_are_named(read, name):
    other = {"valid": [[True, True], [True, True, True]], "step": [[1, 2], [1, 2, 3]]}[name]
    with pytest.raises(ValueError, match=rf"`{name}` must have as many entries in each run.*\[3, 2\]; got \[2, 3\]"):
        read(ROWS, **{name: other})


def test_a_mask_of_padded_rows_has_nothing_behind_their_ends():
    run = jv.from_arrays(ROWS, valid=np.ones((2, 3), bool))
    np.testing.assert_array_equal(known(run.episodes).count, [3, 2])
