"""Updates that were left out, runs that were resumed: the steps that were really taken."""

import warnings

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.inputs.logwrapper import episodes, simulate, without
from tests.known import known

UPDATES, STEPS, ENVS = 20, 8, 4
PER_UPDATE = STEPS * ENVS


@pytest.fixture(scope="module")
def whole():
    return simulate(2, updates=UPDATES, steps=STEPS, envs=ENVS)


def check(run, metrics, kept):
    """The run has the episodes of the updates `kept` of the metrics at the steps they had in the whole training."""
    for seed in range(2):
        one = {name: x[seed] for name, x in metrics.items()}
        returns, _, step = episodes(one)
        update = (step - 1) // PER_UPDATE
        inside = np.isin(update, kept)
        own = known(run[seed].episodes)
        n = int(own.count)
        np.testing.assert_allclose(own.returns[:n], returns[inside], rtol=1e-6)
        np.testing.assert_array_equal(known(own.step)[:n], step[inside])
    np.testing.assert_array_equal(known(run.updates).step, np.tile((np.array(kept) + 1) * PER_UPDATE, (2, 1)))
    np.testing.assert_array_equal(known(run.total_steps), (max(kept) + 1) * PER_UPDATE)


def test_total_steps_are_those_that_were_run(whole):
    check(jv.from_purejaxrl({"metrics": whole}), whole, range(UPDATES))
    scanned = {name: x.reshape(2, -1, ENVS) for name, x in whole.items()}
    np.testing.assert_array_equal(known(jv.from_gymnax(scanned).total_steps), [UPDATES * PER_UPDATE] * 2)


@pytest.mark.parametrize("counted", [True, False])
def test_every_fifth_update(whole, counted):
    kept = {name: x[:, 4::5] for name, x in (whole if counted else without(whole, "timestep")).items()}
    check(jv.from_purejaxrl({"metrics": kept}, step_every=5), whole, range(4, UPDATES, 5))


def test_the_first_of_every_five_updates(whole):
    kept = {name: x[:, ::5] for name, x in without(whole, "timestep").items()}
    run = jv.from_purejaxrl({"metrics": kept}, step_every=5, step_start=-4 * PER_UPDATE)
    check(run, whole, range(0, UPDATES, 5))


def test_a_resumed_run(whole):
    rest = {name: x[:, 12:] for name, x in without(whole, "timestep").items()}
    check(jv.from_purejaxrl({"metrics": rest}, step_start=12 * PER_UPDATE), whole, range(12, UPDATES))


@pytest.mark.parametrize("kept", [slice(12, None), slice(4, None, 5), slice(0, None, 5)])
def test_a_recorded_step_counter_is_believed_and_that_is_said(whole, kept):
    part = {name: x[:, kept] for name, x in whole.items()}
    with pytest.warns(UserWarning, match="the step axis follows `timestep`"):
        run = jv.from_purejaxrl({"metrics": part})
    check(run, whole, range(UPDATES)[kept])


def test_reduced_updates_left_out_and_resumed(whole):
    reduced = jax.vmap(jax.vmap(jv.reduce_update))({name: x[:, 4::5] for name, x in whole.items()})
    run = jv.from_purejaxrl(reduced, step_every=5, step_start=320)
    np.testing.assert_array_equal(known(known(run.updates).step)[0], 320 + np.arange(5, 21, 5) * PER_UPDATE)
    np.testing.assert_array_equal(known(run.total_steps), [320 + UPDATES * PER_UPDATE] * 2)


def test_inside_jit(whole):
    metrics = {name: x[:, 4::5] for name, x in whole.items()}
    run = jax.jit(lambda m: jv.from_purejaxrl(m, step_every=5, capacity=256))(metrics)
    check(run, whole, range(4, UPDATES, 5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step_every": 0}, "`step_every` must be a whole number of at least 1, got 0"),
        ({"step_every": 2.0}, "`step_every` must be a whole number"),
        ({"step_start": True}, "`step_start` must be a whole number"),
        ({"step_start": -1}, "would end before its own 32 steps"),
    ],
)
def test_clocks_that_cannot_be_are_named(whole, arguments, message):
    with pytest.raises(ValueError, match=message):
        jv.from_purejaxrl(whole, **arguments)


def with_counter(counter, **options):
    """The steps of updates of two environments whose counter is given [update, step], and what is said of it."""
    done = np.array([[[True], [False], [True]], [[False], [True], [True]]]) & np.ones((2, 3, 2), bool)
    returns = np.arange(12.0).reshape(2, 3, 2)
    info = {"returned_episode": done, "returned_episode_returns": returns}
    info["timestep"] = np.broadcast_to(np.asarray(counter)[..., None], (2, 3, 2)).copy()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run = jv.from_gymnax(info, axes="update step env", **options)
    return np.asarray(known(run.updates).step).ravel().tolist(), [str(w.message) for w in told]


def by_one(first, jump=0):
    return [[first, first + 1, first + 2], [first + 3 + jump, first + 4 + jump, first + 5 + jump]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.uint64, np.int64, np.float64])
def test_counters_of_every_type_tell_nothing_where_they_count_as_the_shapes(dtype):
    assert with_counter(np.array(by_one(1), dtype)) == ([6, 12], [])


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64, np.int64, np.float64])
def test_a_counter_beyond_int32_is_exact(dtype):
    steps, told = with_counter(np.array(by_one(3_000_000_001), dtype))
    assert steps == [2 * 3_000_000_003, 2 * 3_000_000_006]
    assert ["from 3000000001 to 3000000006" in words for words in told] == [True]


def test_a_counter_that_runs_over_more_than_int32_is_exact():
    steps, told = with_counter(by_one(1, jump=6_000_000_000))
    assert steps == [6, 12_000_000_012]
    assert ["from 1 to 6000000006" in words for words in told] == [True]


def test_the_end_of_a_counter_that_does_not_count_steps_is_exact():
    """As that of actors in one axis, each of which may count."""
    steps, told = with_counter(np.array(by_one(1)) * 2_000_000_001)
    assert steps == [6, 12]
    assert ["ends at 12000000006" in words for words in told] == [True]


@pytest.mark.parametrize("first", [2**53 + 1, -(2**53) - 9, np.iinfo(np.int64).min])
def test_a_counter_beyond_what_is_exact_is_named(first):
    with pytest.raises(ValueError, match=r"timestep.*exact up to 2\^53"):
        with_counter(np.array(by_one(first)))
