"""Prefix reductions and positions over streams of many blocks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import _scans
from jaxviz.stats._engine import _selection

N = 700
heads = jax.jit(_scans.head)
tails = jax.jit(_scans.tail)
nth_valid = jax.jit(_scans.nth_valid)
packed_indices = jax.jit(_scans.packed_indices)
median = jax.jit(_selection.median_of_present)


def masks():
    rng = np.random.default_rng(0)
    return [rng.random(N) < share for share in (0.0, 0.01, 0.5, 0.97)] + [np.ones(N, bool), np.arange(N) < 333]


@pytest.mark.parametrize("valid", masks())
def test_positions_among_valid_entries(valid):
    where = np.flatnonzero(valid)
    indices, exists = packed_indices(valid)
    np.testing.assert_array_equal(np.asarray(indices)[exists], where)
    for size in (1, 7, 300, N):
        np.testing.assert_array_equal(np.flatnonzero(heads(valid, size)), where[:size])
        np.testing.assert_array_equal(np.flatnonzero(tails(valid, size)), where[-size:])
        assert nth_valid(valid, size - 1) == (where[size - 1] if size <= len(where) else N)


def entry(x, valid):
    """Whether there is an entry, the first and the last."""
    return valid, x, x


def join(a, b, scale):
    (any_a, first_a, last_a), (any_b, first_b, last_b) = a, b
    return any_a | any_b, jnp.where(any_a, first_a, scale * first_b), jnp.where(any_b, last_b, last_a)


@pytest.mark.parametrize("valid", masks())
def test_an_ordered_reduction_keeps_the_order(valid, rng):
    x, where = rng.normal(size=N).astype(np.float32), np.flatnonzero(valid)
    found, first, last = _scans.ordered_reduce(join, entry, (x, valid), jnp.ones(()))
    assert found == bool(len(where))
    if len(where):
        assert (first, last) == (x[where[0]], x[where[-1]])


def test_running_max_keeps_nan_and_infinities(rng):
    x = rng.normal(size=N).astype(np.float32)
    x[[100, 500, 600]] = -np.inf, np.inf, np.nan
    np.testing.assert_array_equal(_scans.running_max(x), np.maximum.accumulate(x))
    assert _scans.running_max(x[:0]).shape == (0,)
    gradient = jax.grad(lambda x: _scans.running_max(x)[3])(np.array([1, 5, 2, 3], np.float32))
    np.testing.assert_array_equal(gradient, [0, 1, 0, 0])


@pytest.mark.parametrize("valid", masks())
def test_median_by_bisection(valid, rng):
    x = np.round(rng.normal(size=N), 1).astype(np.float32)
    kept = x[valid]
    np.testing.assert_array_equal(median(x, valid), np.median(kept) if len(kept) else np.nan)
    x[3] = np.nan
    assert np.isnan(median(x, valid)) == (valid[3] or not len(kept))
