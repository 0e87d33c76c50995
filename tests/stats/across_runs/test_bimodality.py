"""Hartigan's dip test against published values, a slow search, and simulated levels."""

import jax
import numpy as np
import pytest

from jaxviz.stats._engine._dip_table import QUANTILES, SIZES, TAILS
from tests.compiled import stats

many = jax.jit(jax.vmap(lambda x: stats.dip_test(x)))
one = jax.jit(lambda x, v: stats.dip_test(x, valid=v))
PUBLISHED = {  # median, and critical values at 10, 5 and 1 %, of the R package diptest (a million samples each)
    4: (0.125, 0.1874, 0.20727, 0.2318),
    6: (0.12307, 0.15914, 0.16477, 0.19186),
    10: (0.09778, 0.13046, 0.13961, 0.15968),
    20: (0.07334, 0.09723, 0.10513, 0.12062),
    50: (0.04885, 0.06491, 0.07027, 0.0812),
    100: (0.03546, 0.04715, 0.05113, 0.05902),
    200: (0.02558, 0.034, 0.03684, 0.04269),
}


def slow_dip(x):
    """Half the width of the narrowest tube around the distribution function with a curve of one mode inside, where the
    mode is at an entry or between two: convex hulls by all pairs, and AS 217's narrowing of the modal interval.
    """
    x = np.sort(np.asarray(x, np.float64))
    n = len(x)

    def hull(low, high, sign):
        knots = [low]
        while knots[-1] < high:
            i = knots[-1]
            with np.errstate(divide="ignore", invalid="ignore"):
                slopes = [(j - i) / (x[j] - x[i]) if x[j] > x[i] else np.inf for j in range(i + 1, high + 1)]
            best = min(range(len(slopes)), key=lambda k: (sign * slopes[k], -k))
            knots.append(i + 1 + best)
        return knots

    def height(knots, k):
        right = next(j for j in knots if j >= k)
        left = max(j for j in knots if j <= k)
        return k if x[right] == x[left] else left + (x[k] - x[left]) * (right - left) / (x[right] - x[left])

    low, high, dip = 0, n - 1, 1.0
    while True:
        lower, upper = hull(low, high, 1), hull(low, high, -1)
        gaps = [(v + 1 - height(lower, v), max(j for j in lower if j <= v), v) for v in upper[1:-1]]
        gaps += [(height(upper, g) + 1 - g, g, min(j for j in upper if j >= g)) for g in lower[1:-1]]
        if not gaps or max(gap[0] for gap in gaps) < dip:
            return dip / (2 * n)
        widest = max(gap[0] for gap in gaps)
        _, left, right = next(gap for gap in gaps if gap[0] == widest)
        dip = max([dip] + [k + 1 - height(lower, k) for k in range(low, left + 1)])
        dip = max([dip] + [height(upper, k) + 1 - k for k in range(right, high + 1)])
        if (left, right) == (low, high):
            return dip / (2 * n)
        low, high = left, right


@pytest.mark.parametrize(
    ("x", "dip"),
    [
        ([1, 1.5, 2, 2.2, 7, 7.5, 8, 8.1, 9], 0.17777777777777778),
        ([0, 0, 0, 1, 2, 2, 2], 0.21428571428571427),
        (np.r_[np.arange(10), np.arange(10) + 30.0] ** 1.1, 0.17172880604299193),
        ([0, 0, 1, 1], 0.25),
        (np.arange(9), 1 / 18),
        ([5, 5, 5, 5, 5], 0.1),
    ],
)
def test_values_of_diptest(x64, x, dip):
    padded, valid = np.full(30, np.nan), np.arange(30) < len(x)
    padded[: len(x)] = x
    assert one(padded, valid).statistic == pytest.approx(dip, rel=1e-12)
    assert one((1e4 + 8 * padded).astype(np.float32), valid).statistic == pytest.approx(dip, rel=1e-3)


def test_matches_a_slow_search(x64, rng):
    for rep in range(40):
        n = int(rng.integers(4, 24))
        x = rng.normal(size=n) if rep % 2 else rng.integers(0, 9, n) * 1.0
        x[: n // 2] += 3 * (rep % 4)
        valid = np.arange(30) % 30 < n
        padded = np.full(30, np.nan)
        order = rng.permutation(30)
        padded[:n] = x
        assert one(padded[order], valid[order]).statistic == pytest.approx(slow_dip(x), rel=1e-9)


def test_the_table_has_the_published_critical_values():
    for n, published in PUBLISHED.items():
        row = np.array(QUANTILES[SIZES.index(n)]) / np.sqrt(n)
        found = [row[TAILS.index(tail)] for tail in (0.5, 0.1, 0.05, 0.01)]
        np.testing.assert_allclose(found, published, rtol=0.012)


@pytest.mark.parametrize("n", [5, 10, 24])
def test_false_alarms_keep_the_level(rng, n):
    for draw in (rng.normal, rng.uniform, rng.lognormal, rng.exponential):
        p = np.asarray(many(draw(size=(2000, n)).astype(np.float32)).p_value)
        for level in (0.05, 0.2):
            assert np.mean(p <= level) <= level + 3 * np.sqrt(level * (1 - level) / 2000)


def test_two_camps_are_found(rng):
    noise = 0.5 * rng.normal(size=(1000, 10))
    for size, least in ((5, 0.9), (4, 0.63)):
        camps = noise + 4 * (np.arange(10) < size)
        assert np.mean(np.asarray(many(camps.astype(np.float32)).p_value) <= 0.05) > least


def test_p_is_monotone_and_within_its_bounds():
    x = np.linspace(0, 1, 12, dtype=np.float32)
    p = np.array([stats.dip_test(x + gap * (np.arange(12) > 5)).p_value for gap in (0, 0.2, 0.4, 0.8, 1.6, 50)])
    assert (np.diff(p) <= 0).all()
    assert p[0] == 1
    assert p[-1] == pytest.approx(5e-4)
    assert stats.dip_test(np.full(6, 3.0, np.float32)).p_value == 1
    assert 0 < stats.dip_test(np.arange(1500, dtype=np.float32) ** 2).p_value <= 1


def test_too_few_and_diverged_runs_are_undefined():
    x = np.array([1, 2, 3, 9], np.float32)
    assert np.isfinite(stats.dip_test(x).p_value)
    for other in (x[:3], x[:0], np.append(x, np.nan), np.append(x, np.inf), np.append(x, -np.inf)):
        got = stats.dip_test(other.astype(np.float32))
        assert np.isnan(got.statistic)
        assert np.isnan(got.p_value)
        assert got.n == len(other)
    assert stats.dip_test(x, valid=x < 5).n == 3
