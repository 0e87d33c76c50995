"""Which runs are copies of others."""

import jax
import numpy as np
import pytest

from tests.compiled import stats


@pytest.mark.parametrize("dtype", ["float16", "float32", "int32"])
def test_copies_of_earlier_runs(rng, dtype):
    x = (100 * rng.normal(size=(6, 40))).astype(dtype)
    x[3], x[5] = x[1], x[1]
    assert list(stats.duplicate_runs(x)) == [False, False, False, True, False, True]
    x[5, 17] += x.dtype.type(1)
    assert list(jax.jit(stats.duplicate_runs)(x)) == [False, False, False, True, False, False]


def test_equal_scores_are_no_copies(rng):
    solved = np.full((4, 30), 500, np.float32)
    assert not np.any(stats.duplicate_runs(solved))
    assert not np.any(stats.duplicate_runs(np.array([500, 500, 3], np.float32)))
    solved[1, 3] = solved[2, 3] = 12
    assert list(stats.duplicate_runs(solved)) == [False, False, True, False]


def test_masks_are_part_of_a_run(rng):
    x = np.tile(rng.normal(size=12), (4, 1)).astype(np.float32)
    valid = np.ones(x.shape, bool)
    valid[1, 8:] = False
    valid[3] = False
    x[2, 0] = np.nan
    assert list(stats.duplicate_runs(x, valid=valid)) == [False] * 4
    x[1, 8:], x[3, 8:], valid[3] = 7, np.nan, valid[1]
    assert list(stats.duplicate_runs(x, valid=valid)) == [False, False, False, True]


def test_copies_of_diverged_runs_and_no_runs(x64, rng):
    x = rng.normal(size=(3, 2, 5))
    x[0, 1, 2] = np.nan
    x[2] = x[0]
    assert list(stats.duplicate_runs(x)) == [False, False, True]
    for shape in ((0, 3), (0,), (2, 0)):
        assert not np.any(stats.duplicate_runs(np.zeros(shape, np.float32)))
