"""One grid for runs that were measured at different steps."""

from functools import partial

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxviz.stats.one_run._align import Interpolation, Support
from tests.compiled import stats
from tests.known import unchecked
from tests.stats.masked_streams import quick

RUNS, ENTRIES = 2, 6
GRID = np.arange(0, 30, 2)


@partial(jax.jit, static_argnums=(4, 5, 6))
def align(x, step, grid, valid, interpolation: Interpolation = "linear", support: Support = "union", hold_last=False):
    return stats.align(x, step, grid, valid=valid, interpolation=interpolation, support=support, hold_last=hold_last)


@st.composite
def curve_sets(draw):
    """(values, steps, valid) of two runs, steps with ties and beyond 2²⁴, any mask."""
    size = RUNS * ENTRIES
    x = np.array(draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size)), np.float64)
    gaps = np.array(draw(st.lists(st.integers(0, 8), min_size=size, max_size=size)), np.int64)
    valid = np.array(draw(st.lists(st.booleans() | st.just(True), min_size=size, max_size=size)), bool)
    shape = (RUNS, ENTRIES)
    offset = draw(st.sampled_from([0, 2**24 + 1]))
    return x.reshape(shape), np.cumsum(gaps.reshape(shape), axis=1) + offset, valid.reshape(shape), offset


def slow(x, step, grid, interpolation):
    """One run with all entries valid, a grid point at a time."""
    out = []
    for k, g in enumerate(grid):
        if interpolation == "bin":
            inside = x[(step <= g) & (step > (grid[k - 1] if k else -1))]
            out.append(inside.mean() if inside.size else np.nan)
        elif not step.size or g < step[0] or g > step[-1]:
            out.append(np.nan)
        else:
            left = np.flatnonzero(step <= g)[-1]
            if interpolation == "previous" or step[left] == g:
                out.append(x[left])
            else:
                share = (g - step[left]) / (step[left + 1] - step[left])
                out.append(x[left] + share * (x[left + 1] - x[left]))
    return np.array(out)


@pytest.mark.parametrize("interpolation", ["linear", "previous", "bin"])
@quick
@given(curves=curve_sets())
def test_each_run_matches_a_slow_oracle(x64, interpolation, curves):
    x, step, valid, offset = curves
    grid = GRID + offset
    got = align(np.where(valid, x, np.nan), np.where(valid, step, -1), grid, valid, interpolation)
    for i in range(RUNS):
        expected = slow(x[i][valid[i]], step[i][valid[i]], grid, interpolation)
        np.testing.assert_allclose(got.values[i], expected, atol=1e-12)
        np.testing.assert_array_equal(got.valid[i], ~np.isnan(expected))
    assert not got.held.any()


X = np.array([[0, 1, 2, 3], [0, 10, 20, 30]], np.float32)
STEP = np.array([[0, 2, 4, 6], [1, 2, 3, 9]])
VALID = np.ones((2, 4), bool)
SHORT = np.arange(11)


def test_intersection_is_where_all_runs_have_begun_and_none_has_ended():
    got = align(X, STEP, SHORT, VALID, "linear", "intersection")
    np.testing.assert_array_equal(got.valid, np.broadcast_to((SHORT >= 1) & (SHORT <= 6), (2, 11)))
    np.testing.assert_array_equal(np.isnan(got.values), ~got.valid)


@pytest.mark.parametrize("interpolation", ["linear", "previous", "bin"])
def test_holding_the_last_value_is_flagged(interpolation):
    plain = align(X, STEP, SHORT, VALID, interpolation)
    held = align(X, STEP, SHORT, VALID, interpolation, "union", True)
    np.testing.assert_array_equal(held.held[0], SHORT > 6)
    np.testing.assert_array_equal(held.values[0, 7:], 3)
    np.testing.assert_array_equal(held.valid, plain.valid | held.held)
    np.testing.assert_array_equal(held.values[plain.valid], plain.values[plain.valid])


def test_steps_beyond_float32_keep_their_distances():
    step = np.array([[2**24 + 1, 2**24 + 4]])
    got = align(np.array([[0, 3]], np.float32), step, 2**24 + np.arange(6), np.ones((1, 2), bool))
    np.testing.assert_allclose(got.values[0], [np.nan, 0, 1, 2, 3, np.nan], rtol=1e-6)


def test_a_diverged_entry_undefines_only_what_lies_on_its_lines():
    x = X.copy()
    x[0, 2] = np.nan
    got = align(x, STEP, SHORT, VALID)
    np.testing.assert_array_equal(np.isnan(got.values[0, :7]), [False, False, False, True, True, True, False])


def test_a_run_without_entries_is_valid_nowhere():
    valid = np.array([[0, 0, 0, 0], [1, 1, 1, 1]], bool)
    for support in ("union", "intersection"):
        got = align(X, STEP, SHORT, valid, "linear", support)
        assert not got.valid[0].any()
        assert got.valid[1].any()
    empty = stats.align(np.zeros((2, 0)), np.zeros((2, 0), int), SHORT)
    assert empty.values.shape == (2, 11)
    assert not empty.valid.any()


def test_wrong_structure_is_named():
    with pytest.raises(ValueError, match="`support` must be one of union, intersection; got 'all'"):
        unchecked(stats.align, X, STEP, SHORT, support="all")
    with pytest.raises(ValueError, match="`interpolation` must be one of"):
        unchecked(stats.align, X, STEP, SHORT, interpolation="cubic")
    with pytest.raises(ValueError, match="`hold_last`"):
        stats.align(X, STEP, SHORT, support="intersection", hold_last=True)
    with pytest.raises(ValueError, match=r"must both be \[run, entry\]"):
        stats.align(X, STEP[0], SHORT)
