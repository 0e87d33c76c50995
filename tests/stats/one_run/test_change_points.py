"""Optimal segmentation, Page–Hinkley and MSER-5 against obvious loops; values of docs/statistics.md, 8.6."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compiled import stats as c
from tests.stats.masked_streams import quick, streams

LEVELS = np.array([0.0, 1, 0, 1, 10, 11, 10, 11, 10, 5, 4, 5, 4])
BATCHES = np.array([0.0, 5, 8, 10, 11, 10, 9, 10, 11, 10, 9, 10])


find = jax.jit(c.change_points, static_argnames=("max_changes", "min_size"))
alarm = jax.jit(c.page_hinkley)
truncate = jax.jit(c.mser5)


def same(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def best_segmentation(x, penalty, min_size):
    """F(m) and the starts of its segments, by the recursion with two-pass segment costs."""
    m = len(x)
    best, last = np.full(m + 1, np.inf), np.zeros(m + 1, int)
    best[0] = -penalty
    for t in range(min_size, m + 1):
        costs = [best[s] + ((x[s:t] - x[s:t].mean()) ** 2).sum() + penalty for s in range(t - min_size + 1)]
        last[t], best[t] = np.argmin(costs), min(costs)
    starts, t = [], m
    while last[t] > 0:
        t = last[t]
        starts.append(t)
    return best[m], starts[::-1]


@pytest.mark.parametrize(("penalty", "objective"), [(5.0, 13.2), (20.0, 43.2), (60.0, 123.2)])
def test_changes_of_the_page(x64, penalty, objective):
    got = find(LEVELS, penalty, max_changes=3)
    np.testing.assert_array_equal(got.index, [4, 9, -1])
    np.testing.assert_array_equal(got.valid, [True, True, False])
    same(got.cost, objective)
    assert (got.count, got.overflow) == (2, False)


def test_a_large_penalty_allows_no_change(x64):
    got = find(LEVELS, 200.0, max_changes=3)
    assert (got.count, got.valid.any()) == (0, False)
    same(got.cost, ((LEVELS - LEVELS.mean()) ** 2).sum())


@pytest.mark.parametrize("min_size", [1, 3])
@quick
@given(streams(), st.sampled_from([0.5, 7.0, 60.0]))
def test_the_optimum_is_exact(x64, min_size, stream, penalty):
    x, valid = stream
    kept = x[valid]
    got = find(x, penalty, max_changes=24, min_size=min_size, valid=valid)
    if len(kept) < min_size:
        assert np.isnan(got.cost)
        assert got.count == 0
        return
    objective, _ = best_segmentation(kept, penalty, min_size)
    np.testing.assert_allclose(got.cost, objective, rtol=1e-9, atol=1e-6)
    index = np.asarray(got.index)[got.valid]
    assert valid[index].all()
    rank = np.cumsum(valid)[index] - 1
    pieces = np.split(kept, rank)
    assert min(map(len, pieces)) >= min_size
    reached = sum(((p - p.mean()) ** 2).sum() for p in pieces) + penalty * len(index)
    np.testing.assert_allclose(reached, objective, rtol=1e-9, atol=1e-6)


def test_changes_are_found_where_they_are_and_too_many_are_flagged(x64, rng):
    at = [60, 130, 150]
    x = np.repeat([0.0, 5.0, -3.0, 2.0], np.diff([0, *at, 200])) + rng.normal(0, 0.5, 200)
    np.testing.assert_array_equal(find(x, max_changes=4).index, [*at, -1])
    short = find(x, max_changes=2)
    np.testing.assert_array_equal(short.index, at[:2])
    assert (short.count, short.overflow) == (3, True)
    for offset in (0, 1e6):
        single = find((offset + x).astype(np.float32), max_changes=4)
        np.testing.assert_array_equal(single.index, [*at, -1])


def test_default_penalty(x64, rng):
    x = rng.normal(size=200)
    d = np.diff(x)
    sigma = 1.482602218505602 * np.median(np.abs(d - np.median(d))) / np.sqrt(2)
    same(find(x, max_changes=4).penalty, 2 * sigma**2 * np.log(200))


def test_undefined_segmentations():
    for x, penalty in (([1, np.nan, 2], 1.0), ([1, np.inf, 2], 1.0), ([1, 2, 3], -1.0), ([], 1.0)):
        got = find(np.array(x, np.float32), penalty, max_changes=2)
        assert np.isnan(got.cost)
        np.testing.assert_array_equal(got.index, [-1, -1])
    one = find(np.array([7], np.float32), max_changes=2)
    assert (one.cost, one.penalty, one.count) == (0, 0, 0)
    with pytest.raises(ValueError, match="`max_changes` must be at least 1, got 0"):
        c.change_points(np.ones(3, np.float32), max_changes=0)
    with pytest.raises(ValueError, match="`min_size` must be at least 1, got 0"):
        c.change_points(np.ones(3, np.float32), max_changes=1, min_size=0)


def alarm_of(x, delta, threshold):
    """Index of the first alarm, by definition; None for none."""
    total, lowest = 0.0, 0.0
    for t in range(len(x)):
        total += x[t] - x[: t + 1].mean() - delta
        lowest = min(lowest, total)
        if total - lowest > threshold:
            return t
    return None


def test_alarm_of_the_page():
    x = np.repeat([0, 2], 10).astype(np.float32)
    got = alarm(x, 0.1, 3.0, step=2**24 + 1 + np.arange(20))
    assert (int(got.step), bool(got.reached)) == (2**24 + 1 + 11, True)
    assert not alarm(-x, 0.1, 3.0).reached


@quick
@given(streams())
def test_alarm_is_its_definition(x64, stream):
    x, valid = stream
    at, got = alarm_of(x[valid], 0.3, 4.0), alarm(x, 0.3, 4.0, valid=valid)
    where = np.flatnonzero(valid)
    assert bool(got.reached) == (at is not None)
    assert int(got.step) == (where[-1 if at is None else at] if len(where) else -1)


def truncation_of(x):
    """Truncation of MSER-5 by definition; None where it is not defined."""
    k = len(x) // 5
    if k < 4:
        return None
    b = x[: 5 * k].reshape(k, 5).mean(1)
    scores = np.array([((b[d:] - b[d:].mean()) ** 2).sum() / (k - d) ** 2 for d in range(k // 2 + 1)])
    best = int(np.flatnonzero(scores <= scores.min() + 1e-9)[0])
    return None if best == k // 2 else 5 * best


def test_truncation_of_the_page():
    got = truncate(np.repeat(BATCHES, 5).astype(np.float32))
    assert (got.truncation, got.defined) == (15, True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_truncation_is_its_definition(x64, rng, dtype):
    for seed in range(40):
        x = np.exp(-np.arange(63) / rng.uniform(1, 30)) * rng.normal(0, 20) + rng.normal(size=63)
        valid = np.random.default_rng(seed).random(63) < rng.uniform(0.2, 1)
        got, expected = truncate(x.astype(dtype), valid=valid), truncation_of(x[valid])
        assert (int(got.truncation), bool(got.defined)) == (-1 if expected is None else expected, expected is not None)


def test_a_steady_stream_needs_no_truncation_and_a_drift_has_none():
    steady, drift = np.full(40, 3, np.float32), np.arange(40, dtype=np.float32)
    assert (truncate(steady).truncation, truncate(steady).defined) == (0, True)
    assert not truncate(drift).defined
    assert truncate(drift[:19]).truncation == -1
    assert not truncate(np.where(drift == 5, np.nan, steady)).defined


@pytest.mark.parametrize(
    ("x", "most"),
    [
        (np.where(np.arange(300) == 150, 0.0, 500.0), 2),
        (np.full(300, 0.1), 0),
        (np.concatenate([np.linspace(0, 500, 100), np.full(200, 500.0)]), 6),
        (np.concatenate([np.linspace(0, 500, 200), np.full(100, 500.0)]), 6),
    ],
)
def test_a_stream_without_noise_has_few_changes(x, most):
    found = c.change_points(x.astype(np.float32), max_changes=10)
    assert int(found.count) <= most
    assert float(found.penalty) > 0
    if most == 2:
        np.testing.assert_array_equal(found.index[:2], [150, 151])


@pytest.mark.parametrize(("level", "spread"), [(1e5, 10), (1e6, 1)])
def test_the_cost_keeps_its_digits_far_from_zero(level, spread, rng):
    x = (level + spread * rng.normal(size=300)).astype(np.float32)
    found = c.change_points(x, 1e9, max_changes=2)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(found.cost, np.sum((wide - wide.mean()) ** 2), rtol=1e-5)
