"""Bootstrap intervals: units, methods, randomness, edges; values of docs/statistics.md, 8.2."""

import warnings
from functools import cache
from itertools import product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rliable import metrics as rliable

from jaxviz.stats._engine._draws import replicate_words
from jaxviz.stats._engine._intervals import quantile_of_sorted
from jaxviz.stats.across_runs._scores import iqm, iqm_exact, mean, median_of_task_means, probability_of_improvement
from jaxviz.stats.resampling import _bootstrap as r
from jaxviz.stats.resampling import _replicates, _units
from jaxviz.stats.resampling._bootstrap import Method
from jaxviz.stats.resampling._counts import counted_form, four_aggregates, pointwise
from jaxviz.stats.resampling._jackknife import acceleration, jackknife_error
from jaxviz.stats.resampling._replicates import Difference, OneSample
from jaxviz.stats.resampling._units import make_sample, resample
from tests.known import unchecked
from tests.marks import exhaustive
from tests.stats.score_tables import atari_100k

KEY = jax.random.key(5)
REPS = 40
REAL = np.array([10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213])
Y = np.array([10.0, 27, 31, 40, 46, 50, 52, 104, 146])
Z = np.array([16.0, 23, 38, 94, 99, 141, 197])


@cache
def uncounted(statistic):
    """The same statistic, unknown to the fast path."""
    return lambda *data, **masks: statistic(*data, **masks)


def replicates(statistic, data, unit, valid=None, key=KEY, reps=REPS):
    return np.asarray(_replicates_of(OneSample(statistic, make_sample((data,), valid, unit)), key, reps))


@eqx.filter_jit
def _replicates_of(bootstrap, key, reps):
    return bootstrap.replicates(key, reps)


@eqx.filter_jit
def left_out_of(bootstrap):
    """The groups of leave-one-out values, their jackknife error and their acceleration."""
    groups = bootstrap.left_out()
    return groups, jackknife_error(groups), acceleration(groups)


def holes(rng, shape):
    valid = rng.random(shape) < 0.8
    valid[:2] = True
    return valid


@cache
def full_labels(unit):
    """`labels` of five runs of four tasks."""
    return labels(unit, (5, 4))


def labels(unit, shape, valid=None):
    """Which entry each replicate holds in each place: [replicate, *shape], −1 where nothing."""
    sample = make_sample((np.arange(np.prod(shape), dtype=np.float32).reshape(shape),), valid, unit)

    def one(b):
        drawn = resample(sample, replicate_words(KEY, b))
        return drawn.arrays[0] if drawn.present is None else jnp.where(drawn.present, drawn.arrays[0], -1)

    return np.asarray(jax.jit(jax.vmap(one))(jnp.arange(REPS))).astype(int)


def test_units_draw_what_they_say():
    run = full_labels("run")
    assert (run % 4 == np.arange(4)).all()
    assert (run // 4 == (run // 4)[:, :, :1]).all()  # one draw for all tasks
    cell = full_labels("cell")
    assert (cell % 4 == np.arange(4)).all()
    assert (cell // 4 != (cell // 4)[:, :, :1]).any()  # tasks draw for themselves
    task_run = full_labels("task+run")
    assert (task_run % 4 == (task_run % 4)[:, :1]).all()  # a position holds one task
    assert len({tuple(row) for row in (task_run % 4)[:, 0]}) > 1
    run_episode = full_labels("run+episode")
    assert (run_episode // 4 == (run_episode // 4)[:, :, :1]).all()  # a row holds one run
    assert any(len(set(row)) < 4 for row in run_episode[:, 0])


@pytest.mark.parametrize("unit", _units.UNITS)
def test_units_draw_only_what_is_valid_and_as_much_of_it(rng, unit):
    valid = holes(rng, (5, 4))
    drawn = labels(unit, (5, 4), valid)
    present = drawn >= 0
    assert valid.ravel()[drawn[present]].all()
    if unit == "cell":
        np.testing.assert_array_equal(present.sum(axis=1), np.broadcast_to(valid.sum(axis=0), (REPS, 4)))
    if unit == "run+episode":
        per_run = valid.sum(axis=1)[np.max(drawn, axis=2) // 4]
        np.testing.assert_array_equal(present.sum(axis=2), per_run)


@pytest.mark.parametrize(
    ("masked", "unit"), [(False, "run"), (True, "cell"), exhaustive(False, "cell"), exhaustive(True, "run")]
)
def test_counted_replicates_are_those_of_the_resampled_data(x64, rng, unit, masked):
    x = rng.gamma(1, 1, (6, 3)).round(1) + 1e3
    valid = holes(rng, x.shape) if masked else None
    for statistic in (four_aggregates, iqm_exact):
        fast, slow = (replicates(f, x, unit, valid) for f in (statistic, uncounted(statistic)))
        np.testing.assert_allclose(fast, slow, rtol=1e-12)
    sample = make_sample((x,), np.ones(x.shape, bool) if valid is None else valid, unit)
    fast, slow = (left_out_of(OneSample(f, sample))[0][0] for f in (iqm, uncounted(iqm)))
    np.testing.assert_array_equal(fast.live, slow.live)
    np.testing.assert_allclose(fast.values[fast.live], slow.values[slow.live], rtol=1e-12)


def test_counted_replicates_of_ragged_curves(x64, rng):
    curves = rng.normal(size=(6, 5))
    valid = holes(rng, curves.shape)
    fast, slow = (replicates(f, curves, "run", valid) for f in (pointwise(iqm), pointwise(uncounted(iqm))))
    np.testing.assert_allclose(fast, slow, rtol=1e-12)
    tasks = rng.normal(size=(6, 3, 5))
    fast, slow = (replicates(f, tasks, "run") for f in (mean, uncounted(mean)))
    np.testing.assert_allclose(fast, slow, rtol=1e-12, atol=1e-15)


def test_more_runs_than_a_byte_counts(rng):
    x = rng.normal(size=(130, 2)).astype(np.float32)
    fast, slow = (replicates(f, x, "cell", reps=8) for f in (iqm, uncounted(iqm)))
    np.testing.assert_allclose(fast, slow, rtol=1e-5, atol=1e-6)


def test_infinite_scores_stay_infinite_only_where_they_are_drawn(x64):
    x = np.arange(18.0).reshape(6, 3)
    x[5, 0] = np.inf
    for unit in ("run", "cell"):
        fast, slow = (replicates(f, x, unit) for f in (four_aggregates, uncounted(four_aggregates)))
        np.testing.assert_allclose(fast, slow)
        assert 0 < np.isinf(fast[:, 2]).sum() < REPS


@pytest.mark.parametrize("unit", _units.UNITS)
def test_replicates_are_the_statistic_of_the_drawn_entries(rng, unit):
    x = rng.normal(size=(5, 4)).astype(np.float32)
    drawn = x.ravel()[full_labels(unit)]
    got = replicates(uncounted(mean), x, unit)[:, 0]
    np.testing.assert_allclose(got, drawn.mean(axis=(1, 2)), atol=1e-6)


def test_the_same_key_gives_the_same_bits_whatever_the_chunk(rng, monkeypatch):
    x = rng.normal(size=(6, 3)).astype(np.float32)
    whole, whole_slow = (replicates(f, x, "cell", reps=300) for f in (four_aggregates, uncounted(mean)))
    monkeypatch.setattr(_replicates, "COUNTS_PER_CHUNK", 18 * 64)
    monkeypatch.setattr(_units, "MAP_BYTES", 18 * 4 * 7)
    # Another number of replicates is traced anew, with the small chunks.
    np.testing.assert_array_equal(replicates(four_aggregates, x, "cell", reps=130), whole[:130])
    slow = replicates(uncounted(mean), x, "cell", reps=130)  # the same draws; XLA may add them up in another order
    np.testing.assert_allclose(slow, whole_slow[:130], atol=1e-6)
    other_key = replicates(four_aggregates, x, "cell", key=jax.random.key(6), reps=130)
    assert not np.isclose(other_key, whole[:130]).all(axis=1).any()


def test_float32_replicates_agree_with_float64(x64, rng):
    x = rng.gamma(1, 1, (6, 3)) + 100
    single, double = (replicates(four_aggregates, x.astype(t), "cell") for t in ("float32", "float64"))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, atol=1e-5 * x.max())


def test_intervals_of_r_boot(x64):
    expected: dict[Method, tuple[float, float]]
    expected = {"basic": (23.77, 79.12), "percentile": (28.86, 84.21), "bca": (32.31, 91.43)}
    for method, (low, high) in expected.items():
        got = r.bootstrap_interval(KEY, mean, REAL, unit="run", method=method, reps=1_000_000)
        np.testing.assert_allclose(got.estimate, 53.99375, rtol=3e-16)
        assert (got.low, got.high) == pytest.approx((low, high), rel=0.005)


def test_deterministic_parts(x64):
    real, z, y = (OneSample(mean, make_sample((a,), None, "run")) for a in (REAL, Z, Y))
    _, error, skew = left_out_of(real)
    assert error[0] == pytest.approx(58.81468602030165 / 4, rel=1e-12)
    assert skew[0] == pytest.approx(0.06152886961259406, rel=1e-11)
    assert left_out_of(Difference(z, y))[2][0] == pytest.approx(0.011008228344026734, rel=1e-11)
    t = r.bootstrap_interval(KEY, mean, REAL, unit="run", method="t", reps=500)
    assert (t.low, t.high) == pytest.approx((22.653616052446782, 85.33388394755322), rel=1e-10)
    assert t.reps == 0


def test_methods_follow_their_formulas(x64):
    """From the same replicates, by NumPy and SciPy."""
    from scipy import stats

    reps, level = 500, 0.9
    bootstrap = OneSample(mean, make_sample((REAL,), None, "run"))
    values, errors = (np.asarray(a)[:, 0] for a in bootstrap.replicates_with_errors(KEY, reps))
    theta, se = REAL.mean(), REAL.std(ddof=1) / 4
    z = stats.norm.ppf([0.05, 0.95])
    z0 = stats.norm.ppf(np.mean(values < theta) + np.mean(values == theta) / 2)
    a = 0.06152886961259406
    quantiles = np.quantile(values, [0.05, 0.95])
    ratios = np.quantile(((values - theta) / errors)[errors > 0], [0.95, 0.05])
    expected: dict[Method, np.ndarray] = {
        "percentile": quantiles,
        "scaled": theta + np.sqrt(16 / 15) * stats.t.ppf(0.95, 15) / z[1] * (quantiles - theta),
        "basic": 2 * theta - quantiles[::-1],
        "bc": np.quantile(values, stats.norm.cdf(2 * z0 + z)),
        "bca": np.quantile(values, stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))),
        "studentized": theta - ratios * se,
        "normal": theta + z * values.std(ddof=1),
        "t": theta + stats.t.ppf([0.05, 0.95], 15) * se,
        "hall": theta - hall(stats.t.ppf([0.95, 0.05], 15), a) * se,
    }
    assert set(expected) == set(r.METHODS)
    for method, bounds in expected.items():
        got = r.bootstrap_interval(KEY, mean, REAL, unit="run", method=method, reps=reps, level=level)
        np.testing.assert_allclose((got.low, got.high), bounds, rtol=1e-9, err_msg=method)
        assert (got.method, got.unit, float(got.level)) == (method, "run", level)


def hall(u, a):
    """Where Hall's cubic x + 2a·x² + (4/3)a²·x³ + a is u: it has one real root."""
    roots = np.array([np.roots([4 / 3 * a * a, 2 * a, 1, a - at]) for at in u])
    return roots[np.abs(roots.imag) < 1e-9].real


def test_scaled_intervals_of_strata_and_differences_have_welchs_freedom(x64, rng):
    from scipy import stats

    x, y = rng.normal(size=(6, 4)), 3 * rng.normal(size=(9, 4))
    level, z = 0.9, stats.norm.ppf(0.95)
    got = r.bootstrap_interval(KEY, mean, x, unit="cell", method="scaled", level=level, reps=300)
    quantiles = np.quantile(replicates(mean, x, "cell", reps=300), [0.05, 0.95])
    factor = np.sqrt(6 / 5) * stats.t.ppf(0.95, 4 * 5) / z
    np.testing.assert_allclose([got.low, got.high], x.mean() + factor * (quantiles - x.mean()), rtol=1e-9)
    x, y = x[:, 0], y[:, 0]
    keys = jax.random.split(KEY)
    deviations = [
        np.sqrt(len(v) / (len(v) - 1)) * (replicates(mean, v, "run", key=k, reps=300)[:, 0] - v.mean())
        for v, k in zip((x, y), keys, strict=True)
    ]
    variances = np.array([(d**2).mean() for d in deviations])
    nu = variances.sum() ** 2 / (variances**2 / [5, 8]).sum()
    quantiles = np.quantile(deviations[0] - deviations[1], [0.05, 0.95])
    got = r.bootstrap_difference(KEY, mean, x, y, unit="run", level=level, reps=300)
    expected = x.mean() - y.mean() + stats.t.ppf(0.95, nu) / z * quantiles
    np.testing.assert_allclose([got.low, got.high], expected, rtol=1e-9)
    assert got.estimator == "difference in mean"
    got = r.bootstrap_difference(KEY, mean, x, y, unit="run", method="t", level=level)
    expected = stats.ttest_ind(x, y, equal_var=False).confidence_interval(level)
    np.testing.assert_allclose([got.low, got.high], expected, rtol=1e-9)


@pytest.mark.parametrize("method", ["t", "bca", "scaled", *map(exhaustive, ("hall", "normal"))])
def test_a_small_spread_at_a_high_level_is_not_lost(method):
    x = np.random.default_rng(0).normal(500, 0.3, 2048).astype(np.float32)
    got = r.bootstrap_interval(KEY, mean, x[:, None], unit="run", method=method)
    width = 2 * 1.961 * x.astype(float).std(ddof=1) / np.sqrt(2048)
    assert float(got.high - got.low) == pytest.approx(width, rel=0.05)


def interval_of_curves(method, x):
    """The interval at two points of nine runs: one program for each method."""
    statistic = pointwise(mean if method in ("t", "hall", "studentized", "normal") else iqm)
    return r.bootstrap_interval(KEY, statistic, x, unit="run", method=method, reps=REPS)


@pytest.mark.parametrize("method", r.METHODS)
def test_intervals_move_with_their_scores(method):
    x = np.random.default_rng(3).normal(0, 30, (9, 1)).astype(np.float32) * np.array([1, 2], np.float32)
    near = interval_of_curves(method, x)
    for shift in (1e3, 1e6):
        far = interval_of_curves(method, x + np.float32(shift))
        for a, b in zip((near.low, near.high), (far.low, far.high), strict=True):
            np.testing.assert_allclose(np.asarray(b) - shift, a, atol=1e-3 + 2e-6 * shift)


def test_studentized_intervals_of_two_runs_are_nan():
    two = np.array([1.0, 2], np.float32)
    got = r.bootstrap_interval(KEY, mean, two, unit="run", method="studentized", reps=200)
    assert np.isnan([got.low, got.high]).all()


@pytest.mark.parametrize(
    "method", ["scaled", "normal", "hall", *map(exhaustive, ["percentile", "basic", "bc", "bca", "studentized", "t"])]
)
def test_one_replicate_says_nothing(method):
    once = r.bootstrap_interval(KEY, iqm, REAL.astype(np.float32), unit="run", method=method, reps=1)
    assert np.isnan([once.low, once.high]).all() == (method not in ("t", "hall"))


FEW, MANY = np.where(np.arange(20) > [[0], [20]], np.arange(20.0), -np.inf).astype(np.float32)
"""Twenty runs of which the first one diverged, or all but four."""


@pytest.mark.parametrize("method", ["scaled", "bc", *map(exhaustive, ("percentile", "basic"))])
def test_runs_that_diverged_are_the_worst(method):
    got = r.bootstrap_interval(KEY, iqm, FEW, unit="run", method=method, reps=200)
    assert np.isfinite([got.low, got.high]).all()
    assert got.low < got.estimate < got.high
    got = r.bootstrap_interval(KEY, iqm, MANY, unit="run", method=method, reps=200)
    assert (got.estimate, got.low) == (-np.inf, -np.inf)
    assert got.high == -np.inf


def test_a_third_of_runs_that_diverged_leaves_no_lower_end():
    got = r.bootstrap_interval(KEY, iqm, np.where(np.arange(20) < 6, -np.inf, FEW), unit="run", reps=200)
    assert got.low == -np.inf
    assert np.isfinite(got.high)
    gone = r.bootstrap_difference(KEY, iqm, MANY, MANY, unit="run", reps=100)
    assert (gone.estimate, gone.low, gone.high) == (0, 0, 0)


def test_jackknife_errors_of_strata_add_up(x64, rng):
    x = rng.normal(size=(6, 3))
    errors: dict[_units.Unit, float] = {
        "cell": np.sqrt((x.var(axis=0, ddof=1) / 6).sum()) / 3,
        "run": x.mean(axis=1).std(ddof=1) / np.sqrt(6),
        "task+run": x.mean(axis=0).std(ddof=1) / np.sqrt(3),
    }
    for unit, expected in errors.items():
        _, error, _ = left_out_of(OneSample(mean, make_sample((x,), None, unit)))
        assert error[0] == pytest.approx(expected, rel=1e-12)


def test_acceleration_of_each_component_is_its_own(x64, rng):
    """bashtage/arch centres all components on their grand mean, so that one changes the other's."""
    x = np.stack([REAL, REAL * 0 + rng.normal(size=16) + 1e4], axis=1)
    _, _, both = left_out_of(OneSample(pointwise(mean), make_sample((x,), None, "run")))
    assert both[0] == pytest.approx(0.06152886961259406, rel=1e-9)


def test_replicates_without_an_error_are_left_out_and_counted():
    x = np.array([0.0, 0, 1], np.float32)
    got = r.bootstrap_interval(KEY, mean, x, unit="run", method="studentized", reps=600)
    share = 1 / 3  # all zeros 8/27, all ones 1/27
    assert int(got.left_out) == pytest.approx(600 * share, abs=60)
    assert np.isfinite([got.low, got.high]).all()


def numpy_bootstrap(x, rng, reps):
    runs, tasks = x.shape
    index = rng.integers(0, runs, (reps, runs, tasks))
    drawn = x[index, np.arange(tasks)]
    four = (
        rliable.aggregate_median,
        rliable.aggregate_iqm,
        rliable.aggregate_mean,
        rliable.aggregate_optimality_gap,
    )
    return np.array([[f(one) for f in four] for one in drawn])


def test_aggregate_intervals_of_atari_are_those_of_rliables_bootstrap(shared_data, rng):
    x = atari_100k(shared_data, "SPR")[:10]
    ours, theirs = 20_000, 2_000
    values = numpy_bootstrap(x, rng, theirs)
    got = r.aggregate_intervals(KEY, x.astype(np.float32), method="percentile", reps=ours)
    assert list(got) == ["median", "iqm", "mean", "optimality_gap"]
    for column, interval in zip(values.T, got.values(), strict=True):
        bound = 4 * 2.7 * column.std() * np.sqrt(1 / ours + 1 / theirs)
        low, high = np.quantile(column, [0.025, 0.975])
        assert float(interval.low) == pytest.approx(low, abs=bound)
        assert float(interval.high) == pytest.approx(high, abs=bound)
        assert (int(interval.n), int(interval.n_tasks), interval.unit) == (10, 26, "cell")


def test_one_run_has_an_estimate_but_no_interval():
    one = np.ones((1, 3), np.float32)
    with pytest.warns(UserWarning, match="one run"):
        got = r.aggregate_intervals(KEY, one, reps=50)["iqm"]
    assert got.estimate == 1
    assert np.isnan([got.low, got.high]).all()
    valid = np.array([[1, 1, 1]] + [[0, 0, 0]] * 5, bool)
    for method in ("percentile", "t"):
        got = r.bootstrap_interval(KEY, mean, np.ones((6, 3)), unit="run", method=method, reps=REPS, valid=valid)
        assert got.estimate == 1
        assert int(got.n) == 1
        assert np.isnan([got.low, got.high]).all()


@pytest.mark.parametrize("method", r.METHODS)
def test_equal_replicates_give_the_estimate_itself(method):
    x = np.full((9, 2), [0.1, 1e6 / 3], np.float32)
    got = interval_of_curves(method, x)
    np.testing.assert_array_equal(got.low, got.estimate)
    np.testing.assert_array_equal(got.high, got.estimate)


def test_a_diverged_run_undefines_only_its_component():
    curves = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
    curves[2, 1] = np.nan
    for statistic in (pointwise(iqm), uncounted(pointwise(iqm))):
        got = r.bootstrap_interval(KEY, statistic, curves, unit="run", reps=200)
        assert got.method == "scaled"
        for bound in (got.estimate, got.low, got.high):
            np.testing.assert_array_equal(np.isnan(bound), [False, True, False])


def test_bias_correction_needs_replicates_on_both_sides():
    got = r.bootstrap_interval(KEY, uncounted(jnp.max), np.arange(6.0), unit="run", method="bc", reps=200)
    assert np.isfinite([got.low, got.high]).all()  # the maximum ties with itself
    shifted = uncounted(lambda x: jnp.where(jnp.all(x == jnp.arange(6.0)), 9.0, jnp.max(x)))
    got = r.bootstrap_interval(KEY, shifted, np.arange(6.0), unit="run", method="bc", reps=200)
    assert np.isnan([got.low, got.high]).all()


def test_runs_of_ragged_curves_are_counted_at_each_point():
    curves = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
    valid = np.arange(6)[:, None] < np.array([6, 5, 1])
    got = r.bootstrap_interval(KEY, pointwise(mean), curves, unit="run", valid=valid, reps=100)
    np.testing.assert_array_equal(got.n, [6, 5, 1])
    np.testing.assert_array_equal(np.isnan(got.low), [False, False, True])
    np.testing.assert_allclose(got.estimate[2], curves[0, 2])


def test_run_level_intervals_of_an_area_are_wider_than_of_independent_frames():
    rng = np.random.default_rng(2)
    curves = (rng.normal(size=(20, 1)) + 0.1 * rng.normal(size=(20, 25))).astype(np.float32)
    whole = r.bootstrap_interval(KEY, uncounted(jnp.mean), curves, unit="run", reps=300)
    frames = r.bootstrap_interval(KEY, uncounted(jnp.mean), curves, unit="cell", reps=300)
    assert float(whole.high - whole.low) > 3 * float(frames.high - frames.low)


def test_many_configurations_by_vmap(rng):
    x = rng.normal(size=(3, 6, 1, 2)).astype(np.float32)
    keys = jax.random.split(KEY, 3)

    def one(key, x):
        return r.bootstrap_interval(key, iqm, x, unit="run", reps=REPS)

    batch = jax.vmap(one)(keys, x)
    for i in range(3):
        np.testing.assert_allclose(batch.low[i], one(keys[i], x[i]).low, rtol=1e-6)


def test_differences(x64, rng):
    x, y = rng.normal(size=12) + 1, rng.normal(size=9)
    apart = r.bootstrap_difference(KEY, mean, x, y, unit="run", method="normal", reps=4000)
    error = np.sqrt(x.var() / 12 + y.var() / 9)
    assert apart.estimate == pytest.approx(x.mean() - y.mean())
    assert float(apart.high - apart.low) == pytest.approx(2 * 1.96 * error, rel=0.06)
    assert int(apart.n) == 9
    for runs in (12, 11):
        valid = np.arange(12) < runs
        together = r.bootstrap_difference(KEY, mean, x, x - 1, unit="run", paired=True, valid_y=valid, reps=100)
        assert (together.low, together.high) == pytest.approx((1, 1))
        assert int(together.n) == runs
    for method in ("bca", "studentized"):  # t: above, by SciPy
        got = r.bootstrap_difference(KEY, mean, x, y, unit="run", method=method, reps=REPS)
        assert got.low < apart.estimate < got.high


def better_and_worse(rng):
    return rng.normal(size=(6, 3)).astype(np.float32) + 1, rng.normal(size=(5, 3)).astype(np.float32)


@pytest.mark.parametrize("method", ["scaled", "bca", *map(exhaustive, ("percentile", "studentized"))])
def test_comparisons(rng, method):
    x, y = better_and_worse(rng)
    got = r.bootstrap_comparison(KEY, probability_of_improvement, x, y, unit="run", method=method, reps=REPS)
    assert got.estimate == pytest.approx(rliable.probability_of_improvement(x, y), abs=1e-6)
    assert 0 <= got.low < got.estimate < got.high <= 1


def test_comparisons_of_what_is_valid(rng):
    x, y = better_and_worse(rng)
    masked = r.bootstrap_comparison(
        KEY, probability_of_improvement, x, y, unit="cell", reps=REPS, valid_x=np.arange(6) < 4
    )
    assert int(masked.n) == 4
    assert masked.estimate == pytest.approx(rliable.probability_of_improvement(x[:4], y), abs=1e-6)


def test_quantiles_of_replicates():
    values = np.sort(np.random.default_rng(0).normal(size=(20, 3)), axis=0).astype(np.float32)
    q = np.array([0.1, 0.5, 0.93], np.float32)
    expected = [np.quantile(v, p) for v, p in zip(values.T, q, strict=True)]
    np.testing.assert_allclose(quantile_of_sorted(jnp.asarray(values), jnp.asarray(q)), expected, rtol=1e-5)
    outside = jnp.array([-0.1, 1.1, jnp.nan], jnp.float32)
    assert np.isnan(quantile_of_sorted(jnp.asarray(values), outside)).all()


def test_a_likely_transpose_warns():
    with pytest.warns(UserWarning, match=r"40 runs and 3 tasks: is it \[run, task\]"):
        r._warn_about_shape((40, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        r._warn_about_shape((100, 26))
        r._warn_about_shape((40,))


def test_wrong_structure_is_named():
    x = np.ones((4, 3), np.float32)
    with pytest.raises(ValueError, match=r"`unit` must be one of cell, run, task\+run, run\+episode, got 'seed'"):
        unchecked(r.bootstrap_interval, KEY, mean, x, unit="seed")
    with pytest.raises(ValueError, match="`method` must be one of scaled, percentile"):
        unchecked(r.bootstrap_interval, KEY, mean, x, unit="run", method="pivotal")
    with pytest.raises(ValueError, match="`reps` must be at least 1, got 0"):
        r.bootstrap_interval(KEY, mean, x, unit="run", reps=0)
    with pytest.raises(ValueError, match=r"unit 'task\+run' needs data with at least 2 axes"):
        r.bootstrap_interval(KEY, mean, x[:, 0], unit="task+run")
    with pytest.raises(ValueError, match="share their first 1 axes"):
        r.bootstrap_interval(KEY, mean, x, x[:2], unit="run")
    with pytest.raises(ValueError, match="at every point of a curve"):
        r.bootstrap_interval(KEY, pointwise(mean), x, unit="cell")
    with pytest.raises(ValueError, match="`valid` must be boolean over leading axes"):
        r.bootstrap_interval(KEY, mean, x, unit="run", valid=np.ones(3, bool))
    assert np.isnan(r.bootstrap_interval(KEY, mean, x[:0], unit="run").estimate)  # no run is no error, and no number
    with pytest.raises(ValueError, match="paired samples need the same runs"):
        r.bootstrap_difference(KEY, mean, x, x[:2], unit="run", paired=True)
    with pytest.raises(ValueError, match=r"`scores` must be \[run\] or \[run, task\]"):
        r.aggregate_intervals(KEY, np.ones((2, 2, 2)))


def test_only_known_statistics_are_counted():
    assert counted_form(iqm) is not None
    assert counted_form(pointwise(median_of_task_means)) is not None
    assert counted_form(uncounted(iqm)) is None


OFFSET_CASES = {
    ("scaled", iqm, False),
    ("bca", iqm, True),
    ("t", mean, False),
    ("scaled", mean, True),
    ("scaled", median_of_task_means, False),
    ("t", median_of_task_means, True),
    ("bca", pointwise(iqm), False),
    ("scaled", pointwise(iqm), True),
}
"""Every method and every statistic with and without pairs."""


@pytest.mark.parametrize(
    ("method", "statistic", "paired"),
    [
        case if case in OFFSET_CASES else exhaustive(*case)
        for case in product(("scaled", "bca", "t"), (iqm, mean, median_of_task_means, pointwise(iqm)), (False, True))
    ],
)
def test_a_common_offset_changes_no_difference(rng, statistic, method, paired):
    """On a grid of 1/16 the offset scores are exact, so that a difference of them has no other bits."""
    x, y = (rng.integers(0, 64, size=(9, 3)).astype("f4") / 16 for _ in range(2))
    at = {"unit": "run", "method": method, "paired": paired, "reps": 200}
    near, far = (r.bootstrap_difference(KEY, statistic, x + c, y + c, **at) for c in (np.float32(0), np.float32(2**19)))
    for name in ("estimate", "low", "high"):
        np.testing.assert_allclose(getattr(far, name), getattr(near, name), rtol=1e-6, atol=1e-6)


def test_a_common_offset_is_taken_from_what_is_valid(rng):
    x, y = (rng.integers(0, 64, size=(9,)).astype("f4") / 16 + 2**19 for _ in range(2))
    there = np.arange(9) > 0
    options = {"unit": "run", "reps": 200, "valid_x": there, "valid_y": there}
    clean = r.bootstrap_difference(KEY, iqm, x, y, **options)
    x[0], y[0] = np.nan, 1e30
    dirty = r.bootstrap_difference(KEY, iqm, x, y, **options)
    np.testing.assert_array_equal([dirty.low, dirty.high], [clean.low, clean.high])
