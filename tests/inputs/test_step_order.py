"""Steps that a stream cannot have are refused by every reader; numbers that no array can hold too."""

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known

X = np.linspace(0, 10, 8)
STEP = np.arange(1, 9) * 10
FALLING = np.r_[STEP[:4], STEP[:4]]


@pytest.mark.parametrize("step", [FALLING, STEP[::-1], FALLING.astype(float), FALLING * 10**10])
@pytest.mark.parametrize(
    "read",
    [
        lambda step: jv.from_curves(X, step=step),
        lambda step: jv.from_arrays(X, step=step),
        lambda step: jv.from_arrays(evaluation_returns=X[None, :, None], evaluation_step=step),
        lambda step: jv.from_rejax((np.ones((3, 8, 2), int), np.ones((3, 8, 2))), step=step),
    ],
)
def test_falling_steps_are_refused(read, step):
    with pytest.raises(ValueError, match=r"step` must not fall, got \d+ at entry"):
        read(step)


def test_steps_of_what_is_not_there_may_be_anything():
    valid = np.arange(8) < 4
    run = jv.from_arrays(X, step=np.where(valid, STEP, 0), valid=valid)
    assert int(known(run.episodes).count) == 4
    curve = jv.from_curves(np.where(valid, X, np.nan), step=np.where(valid, STEP, 0))
    assert int(known(known(curve.updates).step)[3]) == 40


def test_equal_steps_are_parallel_environments():
    step = known(known(jv.from_arrays(X, step=STEP // 20 * 20).episodes).step)
    np.testing.assert_array_equal(np.asarray(step), STEP // 20 * 20)


def test_traced_steps_are_not_looked_at():
    assert jax.jit(lambda step: known(known(jv.from_curves(X, step=step).updates).step))(FALLING).shape == (8,)


def test_negative_steps_and_lengths_are_refused():
    with pytest.raises(ValueError, match="`step` must not be negative, got -10"):
        jv.from_curves(X, step=STEP - 20)
    with pytest.raises(ValueError, match="`lengths` must not be negative, got -1"):
        jv.from_arrays([1.0, 2, 3], lengths=[-1, 1, 2])


@pytest.mark.parametrize("read", [jv.from_curves, jv.from_arrays])
def test_a_total_before_the_last_entry_is_refused(read):
    with pytest.raises(ValueError, match="`total_steps` is 20, but the last entry is at step 80"):
        read(X, step=STEP, total_steps=20)
    assert int(known(read(X, step=STEP, total_steps=80).total_steps)) == 80


def test_numbers_beyond_the_float_are_named():
    with pytest.raises(ValueError, match="`returns` holds 1e\\+39, which float32 cannot hold"):
        jv.from_curves(np.where(X > 9, 1e39, X))
    run = jv.from_curves(np.where(X > 9, np.inf, X))
    assert bool(jv.analyze(run, groups=()).diverged.returns)


def test_large_whole_returns_are_floats():
    run = jv.from_arrays(np.array([3_000_000_000, 5]), losses={"n": np.array([2**40, 1])})
    assert known(run.episodes).returns.tolist() == [3e9, 5]
    assert known(run.losses).values["n"].tolist() == [2.0**40, 1]


def test_a_target_is_a_number():
    with pytest.raises(ValueError, match="`target` must be a number, got nan"):
        jv.analyze(jv.from_arrays(X), target=float("nan"))
