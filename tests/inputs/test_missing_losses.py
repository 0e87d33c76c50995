"""Losses of `from_curves` that are NaN: not recorded, or a run that diverged."""

import jax
import numpy as np
import pytest

import jaxviz as jv
from tests.known import known

NAN = np.nan
RETURNS = np.arange(8.0)


def read(loss, returns=RETURNS, **more):
    return jv.from_curves(returns, step=np.arange(1, 9) * 10, losses={"value": np.array(loss)}, **more)


def flagged(run) -> bool:
    return bool(known(known(jv.analyze(run).diverged).losses)["value"])


@pytest.mark.parametrize(
    ("loss", "kept"),
    [
        ([NAN, 1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7]),
        ([0, NAN, NAN, 3, NAN, NAN, 6, NAN], [0, 3, 6]),
        ([0, 1, 2, NAN, 4, 5, 6, 7], [0, 1, 2, 4, 5, 6, 7]),
    ],
    ids=["late", "every third", "one left out"],
)
def test_a_loss_that_was_not_recorded_is_missing(loss, kept):
    run = read(loss)
    losses, count = known(run.losses), len(kept)
    np.testing.assert_array_equal(np.asarray(losses.values["value"])[:count], kept)
    np.testing.assert_array_equal(np.asarray(known(losses.valid)), np.arange(8) < count)
    np.testing.assert_array_equal(np.asarray(losses.step)[:count], (np.flatnonzero(~np.isnan(loss)) + 1) * 10)
    assert not flagged(run)


def test_losses_that_stay_nan_while_returns_go_on_diverged():
    run = read([0, 1, 2, NAN, NAN, NAN, NAN, NAN])
    assert flagged(run)
    assert not bool(jv.analyze(run).diverged.returns)


def test_padding_behind_a_shorter_run_is_missing():
    padded = np.where(RETURNS < 5, RETURNS, NAN)
    run = read(padded, padded)
    assert not flagged(run)
    assert int(known(known(run.losses).valid).sum()) == 5


def test_infinite_losses_diverged():
    assert flagged(read([0, 1, np.inf, 3, 4, 5, 6, 7]))


def test_the_caller_says_what_is_there():
    valid = RETURNS < 6
    assert flagged(read([0, NAN, 2, 3, 4, 5, NAN, NAN], valid=valid))
    assert not flagged(read([0, 1, 2, 3, 4, 5, NAN, NAN], valid=valid))


def test_each_run_of_a_batch_has_its_own():
    loss = np.array([[0, 1, 2, 3, 4, 5, 6, 7], [0, NAN, 2, 3, 4, 5, 6, 7], [0, NAN, NAN, NAN, NAN, NAN, NAN, NAN]])
    run = read(loss, np.tile(RETURNS, (3, 1)))
    np.testing.assert_array_equal(known(jv.analyze(run).diverged.losses)["value"], [False, False, True])


def test_it_is_the_same_under_jit():
    loss = np.array([0, NAN, 2, 3, 4, 5, 6, 7])
    inside = jax.jit(lambda x: jv.from_curves(RETURNS, losses={"value": x}).losses)(loss)
    np.testing.assert_array_equal(inside.values["value"], known(read(loss).losses).values["value"])


def test_losses_are_read_where_no_episode_ended():
    run = read(RETURNS, np.where(RETURNS % 2 == 0, RETURNS, NAN))
    np.testing.assert_array_equal(np.asarray(known(run.losses).values["value"]), RETURNS)


def test_numbers_beside_a_missing_loss_are_said():
    losses = {"a": np.where(RETURNS == 2, NAN, RETURNS), "b": RETURNS}
    with pytest.warns(UserWarning, match="1 of `b` left out"):
        run = jv.from_curves(RETURNS, losses=losses)
    np.testing.assert_array_equal(np.asarray(known(run.losses).values["b"])[:7], [0, 1, 3, 4, 5, 6, 7])
