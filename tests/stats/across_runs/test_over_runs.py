"""Summaries over runs at each point of a curve set."""

import jax
import numpy as np
import pytest
from hypothesis import given
from scipy import stats

from jaxviz.stats.across_runs import _over_runs as o
from tests.known import unchecked
from tests.stats.masked_streams import quick
from tests.stats.score_tables import tables

LEVELS = np.array(o.QUANTILE_LEVELS)
SHAPE = (6, 3)
summaries = jax.jit(
    lambda x, v: {
        "mean": o.mean_over_runs(x, valid=v),
        "std": o.std_over_runs(x, valid=v),
        "error": o.standard_error(x, valid=v),
        "min": o.min_over_runs(x, valid=v),
        "max": o.max_over_runs(x, valid=v),
        "band": o.quantile_band(x, valid=v),
    }
)
tolerance = jax.jit(lambda x, coverage, level, v: o.tolerance_interval(x, coverage, level, valid=v))
spread = jax.jit(lambda x, low, high, v: o.interpercentile_range(x, low, high, valid=v))


def columns(f, x, valid):
    return np.stack([f(c[m]) for c, m in zip(x.T, valid.T, strict=True)], axis=-1)


@quick
@given(table=tables())
def test_summaries_match_numpy_at_each_point(x64, table):
    x, valid = table
    got = summaries(np.where(valid, x, np.nan), valid)
    scale = max(1, np.abs(x).max())
    np.testing.assert_allclose(got["mean"], columns(np.mean, x, valid), atol=1e-12 * scale)
    np.testing.assert_array_equal(got["min"], columns(np.min, x, valid))
    np.testing.assert_array_equal(got["max"], columns(np.max, x, valid))
    band = columns(lambda c: np.quantile(c, LEVELS), x, valid)
    np.testing.assert_allclose(got["band"], band, rtol=1e-15, atol=1e-14 * scale)
    with np.errstate(all="ignore"):
        n = valid.sum(axis=0)
        std = columns(lambda c: c.std(ddof=1) if c.size > 1 else np.nan, x, valid)
        np.testing.assert_allclose(got["std"], std, atol=1e-12 * scale)
        np.testing.assert_allclose(got["error"], std / np.sqrt(n), atol=1e-12 * scale)
    np.testing.assert_array_equal(o.count_over_runs(valid), n)


def test_one_number_per_run_and_deeper_points(rng):
    x = rng.normal(size=(6, 3, 2)).astype(np.float32)
    assert o.mean_over_runs(x[:, 0, 0]).shape == ()
    got = summaries(x, None)
    assert got["band"].shape == (5, 3, 2)
    np.testing.assert_allclose(got["band"][2], np.median(x, axis=0), rtol=1e-6)


def test_a_point_without_a_run_is_undefined_and_one_run_has_no_spread():
    valid = np.array([[1, 0, 1]] + [[1, 0, 0]] * 5, bool)
    got = summaries(np.ones(SHAPE, np.float32), valid)
    for name in ("mean", "min", "max"):
        np.testing.assert_array_equal(got[name], [1, np.nan, 1])
    for name in ("std", "error"):
        np.testing.assert_array_equal(got[name], [0, np.nan, np.nan])


def test_a_diverged_run_undefines_only_its_points():
    x = np.ones(SHAPE, np.float32)
    x[3, 1] = np.nan
    for name, value in summaries(x, np.ones(SHAPE, bool)).items():
        np.testing.assert_array_equal(np.isnan(value), np.broadcast_to([False, True, False], value.shape), name)


def smallest_tail(n, coverage, level):
    """(r, attained) by adding up the binomial distribution."""
    confidence = [stats.binom.cdf(n - 2 * r, n, coverage) for r in range(1, n // 2 + 1)]
    good = [r for r, c in enumerate(confidence, 1) if c >= level]
    return (max(good), confidence[max(good) - 1]) if good else (0, confidence[0] if confidence else 0)


@pytest.mark.parametrize(("coverage", "level"), [(0.9, 0.95), (0.5, 0.95), (0.8, 0.9)])
def test_tolerance_ranks_match_the_binomial(x64, rng, coverage, level):
    x, order = rng.normal(size=120), np.arange(120)
    for n in (1, 2, 7, 8, 21, 22, 45, 46, 47, 120):
        got = tolerance(x, coverage, level, order < n)
        r, attained = smallest_tail(n, coverage, level)
        assert got.rank == r
        assert got.n == n
        assert got.attained == pytest.approx(attained, abs=1e-12)
        ordered = np.sort(x[:n])
        bounds = (ordered[r - 1], ordered[n - r]) if r else (np.nan, np.nan)
        np.testing.assert_array_equal((got.low, got.high), bounds)


def test_tolerance_by_hand(x64):
    assert tolerance(np.arange(10.0), 0.9, 0.95, None).attained == pytest.approx(0.2639010708999999, abs=1e-12)
    enough = tolerance(np.arange(46.0), 0.9, 0.95, None)
    assert enough.attained == pytest.approx(0.9519962003755175, abs=1e-12)
    assert (enough.low, enough.high) == (0, 45)
    for n, coverage in ((45, 0.9), (21, 0.8), (7, 0.5)):
        assert np.isnan(tolerance(np.arange(float(n)), coverage, 0.95, None).low)


def test_tolerance_in_float32_keeps_ranks_and_dtype(rng):
    x = rng.normal(size=(120, 3)).astype(np.float32)
    got = tolerance(x, 0.9, 0.95, None)
    assert got.attained.dtype == np.float32
    np.testing.assert_array_equal(got.rank, smallest_tail(120, 0.9, 0.95)[0])
    np.testing.assert_allclose(got.attained, smallest_tail(120, 0.9, 0.95)[1], atol=1e-5)


@quick
@given(table=tables(tasks=1))
def test_interpercentile_range_uses_the_nearest_entry(x64, table):
    x, valid = table[0][:, 0], table[1][:, 0]
    least, greatest = np.quantile(x[valid], [0.05, 0.95], method="nearest")
    got = spread(np.where(valid, x, np.inf), 0.0, 50.0, valid)
    assert got == pytest.approx(100 * (greatest - least) / 50, abs=1e-9)
    assert np.isnan(spread(x, 1.0, 1.0, valid))


def test_interpercentile_range_by_hand():
    assert spread(np.arange(101, dtype=np.float32), 0.0, 200.0, None) == 45
    assert np.isnan(spread(np.arange(101, dtype=np.float32), 0.0, 200.0, np.zeros(101, bool)))


def test_fraction_of_runs_is_wilsons(x64):
    flag = np.array([1, 1, 1, 0, 0, 1, 1], bool)
    got = o.fraction_of_runs(flag)
    wilson = stats.binomtest(5, 7).proportion_ci(0.95, "wilson")
    assert got.estimate == pytest.approx(5 / 7)
    assert (got.low, got.high) == pytest.approx((wilson.low, wilson.high), abs=1e-10)
    assert got.n == 7


def test_wrong_structure_is_named():
    with pytest.raises(ValueError, match=r"`x` must be \[run\] or curves"):
        unchecked(o.mean_over_runs, 1.0)
    with pytest.raises(ValueError, match="`valid` must have the leading axes"):
        o.mean_over_runs(np.ones((3, 2)), valid=np.ones((2, 3), bool))
