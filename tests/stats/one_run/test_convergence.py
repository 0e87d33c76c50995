"""Crossings, areas and levels against obvious loops; values of docs/statistics.md, 8.6."""

import jax
import numpy as np
import pytest
from hypothesis import given

from jaxviz import stats as eager
from tests.compiled import stats as c
from tests.stats.masked_streams import quick, steps, streams


def same(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def crossing_of(x, valid, target, step, window, hold):
    """(step, reached) by definition: full windows only, `hold` of them in a row."""
    full = [t for t in range(len(x)) if t >= window - 1 and valid[t - window + 1 : t + 1].all()]
    met = [x[t - window + 1 : t + 1].mean() >= target for t in full]
    for i in range(len(full) - hold + 1):
        if all(met[i : i + hold]):
            return step[full[i]], True
    return (step[np.flatnonzero(valid)[-1]] if valid.any() else -1), False


SETTINGS = [(1, 1), (1, 3), (2, 1), (2, 2)]
crossing = jax.jit(
    lambda x, target, step, valid, window, hold: c.first_crossing(
        x, target, step=step, window=window, hold=hold, valid=valid
    ),
    static_argnums=(4, 5),
)


@pytest.mark.parametrize(("window", "hold"), SETTINGS)
@quick
@given(streams(), steps())
def test_first_crossing_is_its_definition(x64, window, hold, stream, step):
    x, valid = stream
    target = np.median(x)
    got = crossing(x, target, step, valid, window, hold)
    assert (int(got.step), bool(got.reached)) == crossing_of(x, valid, target, step, window, hold)


def test_crossings_beyond_two_to_the_24_are_exact():
    step = 2**24 + 1 + 2 * np.arange(5)
    got = eager.first_crossing(np.array([0, 0, 1, 1, 1], np.float32), 1, step=step)
    assert int(got.step) == 2**24 + 5
    assert eager.time_to_threshold is eager.first_crossing


def test_a_return_capped_at_the_target_meets_it_and_a_nan_does_not():
    x = np.array([0, np.nan, 1, 1, np.inf], np.float32)
    assert (c.first_crossing(x, 1.0).step, c.first_crossing(x, 1.0, hold=3).step) == (2, 2)
    below = c.first_crossing(-x, -0.5)
    assert (below.step, below.reached) == (0, True)
    assert not c.first_crossing(x, 1.0, hold=4).reached


def test_a_censored_crossing_keeps_the_last_valid_step():
    x, valid = np.zeros(4, np.float32), np.array([True, True, False, False])
    got = c.first_crossing(x, 1.0, step=np.array([3, 7, 9, 11]), valid=valid)
    assert (got.step, got.reached) == (7, False)
    none = c.first_crossing(x, 1.0, valid=np.zeros(4, bool))
    assert (none.step, none.reached) == (-1, False)
    assert c.first_crossing(np.zeros(0, np.float32), 1.0, hold=2).step == -1


def test_smoothing_delays_a_crossing_by_less_than_the_window():
    x, step = np.repeat([0, 1], 20).astype(np.float32), np.arange(40)
    delays = [int(crossing(x, 0.99, step, step >= 0, w, 1).step) - 20 for w in (1, 5)]
    assert delays == [0, 4]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hold": 0}, "`hold` must be at least 1, got 0"),
        ({"window": 0}, "`window` must be at least 1, got 0"),
        ({"step": np.arange(3)}, r"`step` must have the shape of the data \(4,\), got \(3,\)"),
        ({"step": np.arange(4) + 0.5}, "`step` must hold whole environment steps, .* got 0.5"),
    ],
)
def test_wrong_structure_of_a_crossing(options, message):
    with pytest.raises(ValueError, match=message):
        eager.first_crossing(np.zeros(4, np.float32), 1.0, **options)


area = jax.jit(lambda x, step, valid: c.area_under_curve(x, step, valid=valid))
area_until = jax.jit(lambda x, step, h, valid: c.area_under_curve(x, step, horizon=h, valid=valid))


def test_area_of_the_page(x64):
    x, step, every = np.array([0.0, 2, 4]), np.array([0, 1, 3]), np.ones(3, bool)
    same(area(x, step, every), 2.3333333333333335)
    same(c.area_under_curve(x), 2)
    for horizon, expected in ((2, 1.75), (3, 2.3333333333333335), (4, np.nan), (0, np.nan)):
        same(area_until(x, step, horizon, every), expected)
    assert np.isnan(area(x, step, step == 1))
    assert np.isnan(area(x, step, step > 3))
    assert np.isnan(c.area_under_curve(x[:0]))


@quick
@given(streams(), steps())
def test_area_is_the_trapezoid_of_the_valid_entries(x64, stream, step):
    x, valid = stream
    kept, at = x[valid], step[valid]
    if len(at) < 2 or at[0] == at[-1]:
        assert np.isnan(area(x, step, valid))
        return
    same(area(x, step, valid), np.trapezoid(kept, at) / (at[-1] - at[0]))
    horizon = (at[0] + at[-1] + 1) // 2
    k = np.flatnonzero(at <= horizon)[-1]
    height = kept[k] if at[k] == horizon else np.interp(horizon, at[k : k + 2], kept[k : k + 2])
    x_until, at_until = np.append(kept[: k + 1], height), np.append(at[: k + 1], horizon)
    expected = np.trapezoid(x_until, at_until) / (horizon - at[0])
    same(area_until(x, step, horizon, valid), expected, 1e-9)


def test_nan_beyond_the_horizon_is_not_read():
    x, step, every = np.array([1, 2, 3, np.nan], np.float32), np.arange(4), np.ones(4, bool)
    assert np.isnan(area(x, step, every))
    assert area_until(x, step, 2, every) == 2


def test_area_keeps_its_digits_on_long_streams_far_from_zero(rng):
    x = (1e6 + rng.normal(size=8192)).astype(np.float32)
    step = 2**24 + np.cumsum(rng.integers(1, 9, 8192))
    expected = np.trapezoid(x.astype(np.float64), step) / (step[-1] - step[0])
    assert abs(float(area(x, step, np.ones(8192, bool))) - expected) <= 1e-6 * 1e6


tail = jax.jit(lambda x, fraction, valid: c.final_performance(x, fraction, valid=valid))
head = jax.jit(lambda x, fraction, valid: c.jumpstart(x, fraction, valid=valid))


@quick
@given(streams())
def test_first_and_last_share(x64, stream):
    x, valid = stream
    kept = x[valid]
    for fraction in (0.1, 0.5, 1.0):
        size = max(1, int(fraction * len(kept)))
        same(tail(x, fraction, valid), kept[-size:].mean() if len(kept) else np.nan)
        same(head(x, fraction, valid), kept[:size].mean() if len(kept) else np.nan)
    assert np.isnan(tail(x, 0.0, valid))
    assert np.isnan(head(x, 1.5, valid))


def test_a_share_that_is_an_integer_is_not_rounded_down(x64):
    x = np.arange(100.0)
    same(c.final_performance(x, 0.29), x[-29:].mean())
    same(c.jumpstart(x, 0.29), x[:29].mean())
    same(c.jumpstart(np.arange(300.0), 0.1), np.arange(30).mean())


def test_a_better_run_scores_higher(rng):
    slow, quick_run = (100 * (1 - np.exp(-np.arange(300) / tau)) + rng.normal(size=300) for tau in (200, 30))
    for score in (c.area_under_curve, c.final_performance, c.jumpstart):
        assert score(quick_run.astype(np.float32)) > score(slow.astype(np.float32))
