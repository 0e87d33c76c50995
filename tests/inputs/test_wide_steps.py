"""Steps beyond int32 come in through every door, are saved, loaded and drawn, and never wrap."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from jaxviz._steps import WideSteps
from jaxviz.inputs._parts import read_evaluation
from jaxviz.stats.one_run._episodes import env_steps

LENGTH = 60_000_000
LENGTHS = np.full((5, 150), LENGTH)
RETURNS = np.linspace(0, 500, 150)[None] + np.arange(5)[:, None]
UNIT = 5_000_000_000


def known(x):
    """A field that has to be there."""
    assert x is not None
    return x


@pytest.fixture(scope="module")
def run():
    return jv.from_arrays(RETURNS, lengths=LENGTHS)


def test_lengths_add_up_beyond_int32(run):
    np.testing.assert_array_equal(run.episodes.step, np.cumsum(LENGTHS, axis=1))
    assert run.batch_shape == (5,)
    np.testing.assert_array_equal(run[2].episodes.step, np.cumsum(LENGTHS[2]))


def test_lengths_add_up_beyond_int32_inside_jit():
    steps = jax.jit(lambda lengths: known(jv.from_arrays(RETURNS, lengths=lengths).episodes).step)(LENGTHS)
    np.testing.assert_array_equal(steps, np.cumsum(LENGTHS, axis=1))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint64, np.float32, np.float64])
def test_lengths_of_every_type(dtype):
    run = jv.from_arrays([1.0, 2, 3], lengths=np.asarray([100, 27, 90]).astype(dtype))
    np.testing.assert_array_equal(known(run.episodes).step, [100, 127, 217])
    np.testing.assert_array_equal(known(run.episodes).lengths, [100, 27, 90])


def test_mean_lengths_are_no_lengths_of_episodes():
    with pytest.raises(ValueError, match=r"`lengths` must hold whole environment steps.*15\.9"):
        jv.from_arrays([1.0, 2, 3], lengths=[15.9, 15.9, 15.9])


def test_mean_lengths_of_evaluations_stay_as_they_are():
    evaluation = read_evaluation(np.ones((4, 2)), np.full((4, 2), 15.9), np.arange(4) * UNIT)
    np.testing.assert_allclose(known(evaluation.lengths), 15.9)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.float64])
def test_steps_beyond_int32_of_every_part(dtype):
    step = (np.arange(1, 4) * UNIT).astype(dtype)
    run = jv.from_arrays(
        [1.0, 2, 3],
        step=step,
        evaluation_returns=[1.0, 2, 3],
        evaluation_step=step,
        action_probs=np.full((3, 2, 2), 0.5),
        policy_step=step,
    )
    for part in (run.episodes, run.evaluation, run.policies):
        np.testing.assert_array_equal(known(part).step, np.arange(1, 4) * UNIT)


def test_steps_of_runs_of_different_lengths():
    run = jv.from_arrays([[1.0, 2.0], [3.0]], step=[[UNIT, 2 * UNIT], [7]])
    np.testing.assert_array_equal(known(run.episodes).step, [[UNIT, 2 * UNIT], [7, 0]])


def test_steps_of_dqn():
    run = jv.from_purejaxrl({"metrics": {"returns": [1.0, 2.0], "timesteps": [UNIT, 2 * UNIT], "loss": [1.0, 2.0]}})
    np.testing.assert_array_equal(known(run.updates).step, [UNIT, 2 * UNIT])
    np.testing.assert_array_equal(known(run.losses).step, [UNIT, 2 * UNIT])


def test_steps_of_shapes():
    np.testing.assert_array_equal(env_steps(5, 2**20, 2**20), np.arange(1, 6) * 2**40)
    np.testing.assert_array_equal(jax.jit(lambda: env_steps(5, 2**20, 2**20))(), np.arange(1, 6) * 2**40)
    assert not isinstance(jax.jit(lambda: env_steps(5, 128, 8))(), WideSteps)
    with pytest.raises(ValueError, match=r"2\^53"):
        env_steps(2**20, 2**20, 2**20)


def test_reduced_updates_add_up_beyond_int32():
    info = {
        "returned_episode_returns": jnp.ones((4, 2)),
        "returned_episode_lengths": jnp.ones((4, 2), jnp.int32),
        "returned_episode": jnp.ones((4, 2), bool),
    }
    one = jv.reduce_update(info)
    stacked = jax.tree.map(lambda x: jnp.broadcast_to(x, (3, 10, *x.shape)), one)
    stacked = type(stacked)(**{**vars(stacked), "steps": jnp.full((3, 10), 10**9, jnp.int32)})
    expected = np.broadcast_to(np.arange(1, 11) * 10**9, (3, 10))
    np.testing.assert_array_equal(known(jv.from_purejaxrl(stacked).updates).step, expected)
    inside = jax.jit(lambda reduced: known(jv.from_purejaxrl(reduced).updates).step)(stacked)
    np.testing.assert_array_equal(inside, expected)


def test_a_saved_run_is_the_same(tmp_path, run):
    loaded = jv.load_run(jv.save_run(tmp_path / "run", run))
    assert jax.tree.structure(loaded) == jax.tree.structure(run)
    for a, b in zip(jax.tree.leaves(loaded), jax.tree.leaves(run), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("bad", [[1, 2, 2**53 + 1], [1.0, 2.5, 3.0], [1.0, np.nan, 3.0]])
def test_steps_that_are_not_exact_are_refused_by_name(bad):
    for name, arguments in {
        "step": {"step": bad},
        "evaluation step": {"evaluation_returns": [1.0, 2, 3], "evaluation_step": bad},
        "policy_step": {"action_probs": np.full((3, 2, 2), 0.5), "policy_step": bad},
    }.items():
        with pytest.raises(ValueError, match=f"`{name}`"):
            jv.from_arrays([1.0, 2, 3], **arguments)
