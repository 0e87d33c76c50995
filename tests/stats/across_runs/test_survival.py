"""Survival curves of crossing times against SciPy and by hand; values of docs/statistics.md, 8.6."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from tests.compiled import stats as c
from tests.known import unchecked
from tests.stats.masked_streams import quick

TIME = np.array([20, 35, 35, 50, 70, 90, 100, 100])
REACHED = np.array([True] * 6 + [False] * 2)
RUNS = 12


def same(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@st.composite
def crossings(draw):
    """Times with ties, which were reached, which runs exist (at least one)."""
    time = np.array(draw(st.lists(st.integers(0, 8), min_size=RUNS, max_size=RUNS)))
    reached = np.array(draw(st.lists(st.booleans(), min_size=RUNS, max_size=RUNS)))
    valid = np.array(draw(st.lists(st.booleans() | st.just(True), min_size=RUNS, max_size=RUNS)))
    valid[0] = True
    return time, reached, valid


curve = jax.jit(c.kaplan_meier)
median_crossing = jax.jit(c.median_crossing)
restricted_mean = jax.jit(c.restricted_mean)
saved = jax.jit(c.steps_saved)


def test_curve_of_the_page(x64):
    got = curve(TIME, REACHED)
    np.testing.assert_array_equal(got.time, [20, 35, 50, 70, 90, 100, -1, -1])
    same(got.survival[:6], [0.875, 0.625, 0.5, 0.375, 0.25, 0.25])
    np.testing.assert_array_equal(got.events[:6], [1, 2, 1, 1, 1, 0])
    np.testing.assert_array_equal(got.at_risk[:6], [8, 7, 5, 4, 3, 2])
    np.testing.assert_array_equal(got.valid, [True] * 6 + [False] * 2)
    assert np.isnan(got.survival[6:]).all()
    assert median_crossing(TIME, REACHED) == 50


def test_restricted_means_of_the_page(x64):
    got = restricted_mean(TIME, REACHED, 100)
    same((got.mean, got.variance), (62.5, 110.9375))
    time, reached = np.array([20, 35, 40, 50, 60, 90]), np.array([True, True, False, True, False, True])
    for horizon in (80, 80.0):
        got = restricted_mean(time, reached, horizon)
        same((got.mean, got.variance), (55.833333333333336, 99.6527777777778))


@quick
@given(crossings())
def test_curve_and_bounds_are_scipys(x64, runs):
    time, reached, valid = runs
    t, d = time[valid].astype(float), reached[valid]
    peer = sps.ecdf(sps.CensoredData(uncensored=t[d], right=t[~d])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        low, high = peer.confidence_interval(0.9, method="log-log")
    got = curve(time, reached, level=0.9, valid=valid)
    k = len(peer.quantiles)
    assert np.asarray(got.valid).sum() == k
    np.testing.assert_array_equal(got.time[:k], peer.quantiles)
    same(got.survival[:k], peer.probabilities)
    inside = (peer.probabilities > 0) & (peer.probabilities < 1)
    same(got.low[:k], np.where(inside, low.probabilities, np.nan), 1e-10)
    same(got.high[:k], np.where(inside, high.probabilities, np.nan), 1e-10)


@quick
@given(crossings(), st.integers(0, 9))
def test_restricted_mean_is_the_area_under_the_curve(x64, runs, horizon):
    time, reached, valid = runs
    got, km = restricted_mean(time, reached, horizon, valid=valid), curve(time, reached, level=0.9, valid=valid)
    times, survival = np.asarray(km.time)[km.valid], np.asarray(km.survival)[km.valid]
    if horizon > times[-1] and survival[-1] > 0:
        assert np.isnan(got.mean)
        return
    grid = np.arange(horizon)
    height = [survival[times <= t][-1] if (times <= t).any() else 1.0 for t in grid]
    same(got.mean, np.sum(height))
    variance = sum(
        sum(h for t, h in zip(grid, height, strict=True) if t >= start) ** 2 * d / (n * (n - d))
        for start, n, d in zip(times, np.asarray(km.at_risk), np.asarray(km.events), strict=False)
        if start < horizon and n > d
    )
    same(got.variance, variance)
    below = times[survival <= 0.5 + 1e-9]
    same(median_crossing(time, reached, valid=valid), below[0] if below.size else np.nan)


def test_all_runs_followed_to_the_budget_give_the_mean_of_the_cut_times(x64, rng):
    time = rng.integers(1, 100, 50)
    reached, budget = time < 60, 60
    got = restricted_mean(np.minimum(time, budget), reached, budget)
    same(got.mean, np.minimum(time, budget).mean())


def test_a_group_that_all_crossed_is_known_beyond_its_last_crossing():
    got = restricted_mean(np.array([10, 20]), np.array([True, True]), 1000)
    assert got.mean == 15
    assert np.isnan(restricted_mean(np.array([10, 20]), np.array([True, False]), 1000).mean)
    assert np.isnan(restricted_mean(np.array([10, 20]), np.array([True, True]), -1).mean)


def test_integer_times_are_subtracted_before_they_are_rounded():
    time = 2**24 + np.array([1, 3, 5, 7])
    got = curve(time, np.ones(4, bool))
    np.testing.assert_array_equal(got.time, time)


def test_no_event_and_no_run():
    got = curve(np.array([5, 9]), np.array([False, False]))
    np.testing.assert_array_equal(got.survival, [1, 1])
    assert np.isnan(got.low).all()
    assert np.isnan(median_crossing(np.array([5, 9]), np.array([False, False])))
    for none in (curve(np.zeros(0, int), np.zeros(0, bool)), curve(TIME, REACHED, valid=np.zeros(8, bool))):
        assert not np.asarray(none.valid).any()
        assert np.isnan(none.survival).all()
    assert np.isnan(restricted_mean(TIME, REACHED, 50, valid=np.zeros(8, bool)).mean)


def test_a_nan_time_undefines_the_curve():
    time = np.array([1.0, np.nan, 3.0], np.float32)
    assert np.isnan(curve(time, np.ones(3, bool)).survival).all()
    assert not np.isnan(curve(time, np.ones(3, bool), valid=~np.isnan(time)).survival[:2]).any()


def test_fraction_reached_has_wilsons_interval(x64):
    got = c.fraction_reached(REACHED, level=0.9)
    peer = sps.binomtest(6, 8).proportion_ci(0.9, method="wilson")
    same((got.estimate, got.low, got.high), (0.75, peer.low, peer.high), 1e-10)
    assert (got.n, got.method) == (8, "wilson")
    none = c.fraction_reached(REACHED, valid=np.zeros(8, bool))
    assert np.isnan([none.estimate, none.low, none.high]).all()
    assert c.fraction_reached(np.zeros(5, bool)).low == 0


def test_steps_saved_counts_the_runs_that_never_crossed(x64):
    fast = np.tile(np.repeat([0.0, 1.0], [10, 30]), (4, 1))
    slow = np.tile(np.repeat([0.0, 1.0], [20, 20]), (4, 1))
    slow[0] = 0.0
    step = 100 * np.arange(40)
    got = saved(fast, slow, 0.5, step_a=step, step_b=np.tile(step, (4, 1)))
    same(got.mean, (3 * 2000 + 3900) / 4 - 1000)
    back = saved(slow, fast, 0.5, step_a=step, step_b=step)
    same((back.mean, back.variance), (-got.mean, got.variance))
    same(saved(fast, slow, 0.5, step_a=step, step_b=step, horizon=1500).mean, 500)
    none = np.ones((4, 40), bool) & (np.arange(4) > 0)[:, None]
    same(saved(fast, slow, 0.5, valid_b=none).mean, 10)


KEY = jax.random.key(2)


def area(time, reached, weight, horizon):
    """∫ S dt of weighted runs, event by event."""
    total, survival, last = 0.0, 1.0, 0.0
    for t in np.unique(time[time < horizon]):
        total, last = total + survival * (t - last), t
        survival *= 1 - weight[(time == t) & reached].sum() / weight[time >= t].sum()
    return total + survival * (horizon - last)


def test_dirichlet_intervals_are_those_of_weighted_curves_with_one_run_more(x64):
    time, reached = np.array([20, 35, 35, 50, 60, 90, 100]), np.array([True, True, False, True, False, True, False])
    got = c.restricted_mean_interval(KEY, time, reached, 95, level=0.9, reps=20_000)
    rng = np.random.default_rng(0)
    weights = rng.exponential(size=(4000, 8))
    low = [area(np.append(time, 0), np.append(reached, True), w, 95) for w in weights]
    high = [area(np.append(time, 1e9), np.append(reached, False), w, 95) for w in weights]
    spread = float(np.std(high))
    assert float(got.low) == pytest.approx(np.quantile(low, 0.05), abs=0.15 * spread)
    assert float(got.high) == pytest.approx(np.quantile(high, 0.95), abs=0.15 * spread)
    assert (got.method, got.estimator, got.unit, got.reps) == ("dirichlet", "restricted mean", "run", 20_000)
    same(got.estimate, c.restricted_mean(time, reached, 95).mean)
    named = c.restricted_mean_interval(KEY, TIME, REACHED, 100, method="normal")
    same((named.low, named.high), 62.5 + np.array([-1, 1]) * sps.norm.ppf(0.975) * np.sqrt(110.9375), 1e-10)


def test_censored_runs_leave_no_certainty(x64):
    nobody = c.restricted_mean_interval(KEY, np.full(5, 500), np.zeros(5, bool), 500, reps=20_000)
    assert (nobody.estimate, nobody.high) == (500, 500)
    # The weight of the run that nobody saw is Beta(1, 5).
    assert float(nobody.low) == pytest.approx(500 * (1 - sps.beta.ppf(0.975, 1, 5)), rel=0.03)
    equal = c.restricted_mean_interval(KEY, np.full(5, 100), np.ones(5, bool), 500)
    assert equal.low < 100 < equal.high
    one = c.restricted_mean_interval(KEY, np.full(3, 9), np.ones(3, bool), 9, valid=np.arange(3) < 1)
    assert (one.estimate, one.n) == (9, 1)
    assert np.isnan([one.low, one.high]).all()


@pytest.mark.parametrize("runs", [5, 20])
def test_intervals_of_censored_times_hold(runs):
    """Exponential times of which 12 % are reached: Greenwood's hold in 34 and 75 %."""
    rate, experiments = -np.log(0.88), 400
    time = np.random.default_rng(0).exponential(1 / rate, (experiments, runs)).astype(np.float32)

    def held(work):
        key, time = work
        got = c.restricted_mean_interval(key, jnp.minimum(time, 1), time < 1, 1.0, reps=400)
        return (got.low <= 0.12 / rate) & (got.high >= 0.12 / rate)

    assert np.mean(jax.lax.map(held, (jax.random.split(KEY, experiments), jnp.asarray(time)))) > 0.94


def test_steps_saved_have_an_interval_by_square_and_add(x64, rng):
    a, b = (rng.normal(size=(6, 40)).cumsum(axis=1) + shift for shift in (2, 0))
    got, point = c.steps_saved_interval(KEY, a, b, 3.0), c.steps_saved(a, b, 3.0)
    same(got.estimate, point.mean)
    assert got.low < got.estimate < got.high
    back = c.steps_saved_interval(KEY, b, a, 3.0)
    np.testing.assert_allclose([-back.high, -back.low], [got.low, got.high], atol=2)
    assert (got.n, got.method, got.estimator) == (6, "square-and-add", "difference in restricted mean")
    never = c.steps_saved_interval(KEY, a, b, 1e9)
    assert (never.estimate, never.low < -1, never.high > 1) == (0, True, True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: c.kaplan_meier(np.zeros((2, 2)), np.zeros((2, 2), bool)), r"`time` must be one time per run, \[run\]"),
        (lambda: c.kaplan_meier(TIME, np.ones(8)), r"`reached` must be boolean, one per time \(8,\)"),
        (
            lambda: unchecked(c.restricted_mean_interval, KEY, TIME, REACHED, 100, method="greenwood"),
            "`method` must be one of dirichlet, normal",
        ),
        (lambda: c.steps_saved(np.zeros(3), np.zeros(3), 1.0), r"`a` must be curves of shape \[run, entry\], got"),
    ],
)
def test_wrong_structure(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("runs", [1, 2, 5, 30])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_wilson_ends_are_exact_where_all_or_none_got_there(runs, level):
    everyone, nobody = (c.fraction_reached(np.full(runs, reached), level=level) for reached in (True, False))
    assert (everyone.high, nobody.low) == (1, 0)
