"""`from_brax`: calls of `progress_fn` as Brax 0.14 makes them."""

import numpy as np
import pytest

from jaxviz import analyze, from_brax
from tests.known import known


def call(step, reward, *, trained=True, **more):
    evaluated = {"eval/walltime": 1.0, "eval/episode_reward": np.float32(reward), "eval/episode_reward_std": 0.5}
    losses = {"training/sps": 100.0, "training/policy_loss": step / 100, "training/walltime": 2.0}
    return step, {**(losses if trained else {}), **evaluated, **more}


def training(*rewards, every=1000):
    """An evaluation before training, which has no losses yet, and one after each of its parts."""
    return [call(i * every, reward, trained=i > 0) for i, reward in enumerate(rewards)]


def test_one_training():
    run = from_brax(training(1.0, 2.0, 3.0))
    evaluation = known(run.evaluation)
    np.testing.assert_array_equal(evaluation.returns, [[1], [2], [3]])
    np.testing.assert_array_equal(evaluation.step, [0, 1000, 2000])
    losses = known(run.losses)
    assert set(losses.values) == {"training/policy_loss", "eval/episode_reward_std"}
    np.testing.assert_array_equal(losses.values["training/policy_loss"], [10, 20])
    np.testing.assert_array_equal(losses.step, [1000, 2000])


def test_seeds_of_different_lengths_and_steps():
    run = from_brax([training(1.0, 2.0, 3.0), training(4.0, 5.0, every=1500)])
    assert run.batch_shape == (2,)
    evaluation = known(run.evaluation)
    valid = np.asarray(evaluation.valid)[..., 0]
    np.testing.assert_array_equal(valid, [[True] * 3, [True, True, False]])
    np.testing.assert_array_equal(np.asarray(evaluation.returns)[valid][:, 0], [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(np.asarray(evaluation.step)[valid], [0, 1000, 2000, 0, 1500])
    np.testing.assert_array_equal(known(known(run.losses).valid), [[True, True], [True, False]])
    np.testing.assert_array_equal(known(analyze(run).performance).final, [3, 5])


def test_a_run_that_diverged_is_no_missing_one():
    run = from_brax([training(1.0, np.nan), training(1.0, 2.0)])
    np.testing.assert_array_equal(analyze(run).diverged.returns, [True, False])


def test_metrics_of_training_without_evaluations():
    run = from_brax([(step, {"episode/sum_reward": step / 10, "training/sps": 1.0}) for step in (10, 20)])
    np.testing.assert_allclose(analyze(run).curve.value, [1, 2])
    assert run.losses is None


@pytest.mark.parametrize(
    ("calls", "message"),
    [
        ([], "`calls` must be the calls .* got list of 0: record them with progress_fn=lambda"),
        (None, "got NoneType"),
        ([(0, 1.0)], r"`calls\[0\]\[0\]` must be a call \(num_steps, metrics\), got int"),
        ([training(1.0), 3], r"`calls\[1\]` must be a list of calls \(num_steps, metrics\), got int"),
        ([*training(1.0), 3], r"`calls\[1\]` must be a call"),
        (
            [(0, {"eval/walltime": 1.0})],
            "no call has 'eval/episode_reward' or 'episode/sum_reward'; they have 'eval/wall",
        ),
        ([(0, {"eval/episode_reward": np.ones(2)})], "`returns` must be one number in every record"),
        ([(0, {"eval/episode_reward": "1"})], "`returns` must be a number in every record"),
    ],
)
def test_what_does_not_fit_is_named(calls, message):
    with pytest.raises(ValueError, match=message):
        from_brax(calls)
