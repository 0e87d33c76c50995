"""Long series: what is left of them covers the same pixels."""

import numpy as np
import pytest

from jaxviz.plots._draw import _axes, _reduce


@pytest.mark.parametrize("size", [1, 7, 400, 401, 999, 12_345])
def test_extremes_and_ends_of_every_group_are_kept(size):
    rng = np.random.default_rng(size)
    x, y = np.arange(size), rng.normal(size=size)
    kept = _reduce.min_max(x, y, columns=100)
    assert len(kept.x) <= max(400, 200)
    assert (np.diff(kept.x) >= 0).all()
    assert {kept.x[0], kept.x[-1]} == {0, size - 1}
    assert kept.y.min() == y.min()
    assert kept.y.max() == y.max()
    np.testing.assert_array_equal(kept.y, y[kept.x])
    width = -(-size // 100)
    for start in range(0, size - width, width):
        inside = (kept.x >= start) & (kept.x < start + width)
        if size > 400 and 0 < start < size - 2 * width:
            assert {kept.y[inside].min(), kept.y[inside].max()} == {
                y[start : start + width].min(),
                y[start : start + width].max(),
            }


def test_gaps_stay_where_nothing_is_finite():
    y = np.ones(10_000)
    y[5000:6000] = np.nan
    y[::7] = np.nan
    kept = _reduce.min_max(np.arange(10_000), y, columns=100)
    gap = (kept.x >= 5000) & (kept.x < 6000)
    assert np.isnan(kept.y[gap]).all()
    assert np.isfinite(kept.y[~gap]).all() or np.isnan(kept.y[0])


def test_lonely_values_are_found():
    nan = np.nan
    assert _reduce.gaps_isolate(np.array([1, nan, 2, 3, nan, 4])).tolist() == [True, False, False, False, False, True]
    assert _reduce.gaps_isolate(np.array([5.0])).tolist() == [True]
    assert _reduce.gaps_isolate(np.array([])).tolist() == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (950, "950"), (1000, "1k"), (250_000, "250k"), (999_999, "1M"), (1.5e6, "1.5M"), (2e9, "2G")],
)
def test_si_ticks(value, text):
    assert _axes.si(value) == text
    assert _axes.si(-value) == (f"−{text}" if value else text)


@pytest.mark.parametrize(
    ("ticks", "labels"),
    [
        ([0, 2e9, 4e9, 1e10], ["0", "2G", "4G", "10G"]),
        ([1e10, 1.0001e10, 1.0002e10], ["10G", "10.001G", "10.002G"]),
        ([2**40, 2**40 + 500_000], ["1.0995116T", "1.0995121T"]),
    ],
)
def test_ticks_far_from_0_are_told_apart(ticks, labels):
    assert _axes.SiTicks(16).format_ticks(ticks) == labels
    assert _axes.SiTicks(4).format_ticks([1.0, 1.0000001]) == ["1", "1"]
