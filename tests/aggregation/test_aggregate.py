"""`aggregate`: estimates against NumPy, intervals that behave, and what one run or a diverged run does."""

import dataclasses

import jax
import numpy as np
import pytest

from jaxviz import aggregate, analyze, describe, from_arrays, from_purejaxrl
from tests.inputs.test_readers import info
from tests.known import known, unchecked

KEY = jax.random.key(0)


def iqm(x):
    x = np.sort(x, axis=0)
    k = len(x) // 4
    return x[k : len(x) - k].mean(0)


@pytest.fixture(scope="module")
def analysis():
    """12 seeds of a PureJaxRL run."""
    metrics = info(12, 8, 16, 4)
    metrics["returned_episode"][3, 2] = False
    run = from_purejaxrl({"metrics": metrics, "losses": {"entropy": np.random.default_rng(1).normal(size=(12, 8))}})
    return analyze(run, windows=(20,), target=10.0)


@pytest.fixture(scope="module")
def summary(analysis):
    return aggregate(analysis, KEY, reps=500)


def test_numbers_are_the_iqm_over_runs(analysis, summary):
    interval = summary.performance.final
    np.testing.assert_allclose(interval.estimate, iqm(np.asarray(analysis.performance.final)), rtol=1e-5)
    assert float(interval.low) < float(interval.estimate) < float(interval.high)
    assert (interval.method, interval.unit, interval.reps) == ("scaled", "run", 500)
    assert int(summary.runs) == 12
    np.testing.assert_allclose(interval.level, 0.95, rtol=1e-6)


def test_the_curve_counts_the_runs_behind_each_point(analysis, summary):
    assert np.asarray(summary.curve.count).tolist() == [12, 12, 11, 12, 12, 12, 12, 12]
    values = np.asarray(analysis.curve.value)
    np.testing.assert_allclose(summary.curve.interval.estimate[0], iqm(values[:, 0]), rtol=1e-5)
    np.testing.assert_allclose(summary.curve.mean, np.nanmean(values, 0), rtol=1e-5)
    np.testing.assert_allclose(summary.curve.std, np.nanstd(values, 0, ddof=1), rtol=1e-4)
    expected = np.nanquantile(values, [0.1, 0.25, 0.5, 0.75, 0.9], axis=0)
    np.testing.assert_allclose(summary.curve.quantiles, expected, rtol=1e-5)
    np.testing.assert_array_equal(summary.curve.step, np.arange(1, 9) * 64)


def test_shares_and_crossings(analysis, summary):
    solved = np.asarray(analysis.performance.solved)
    np.testing.assert_allclose(summary.performance.solved.estimate, solved.mean(), rtol=1e-6)
    reached = np.asarray(analysis.convergence.crossing.reached)
    np.testing.assert_allclose(summary.crossing.fraction_reached.estimate, reached.mean(), rtol=1e-6)
    assert float(summary.crossing.restricted_mean.estimate) <= 512


def test_same_key_same_bits(analysis, summary):
    again = aggregate(analysis, KEY, reps=500)
    for a, b in zip(jax.tree.leaves(summary), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("statistic", "oracle"), [("mean", np.mean), ("median", np.median)])
def test_other_statistics(analysis, statistic, oracle):
    values = np.asarray(analysis.performance.final)
    groups = ("windows", "losses", "episodes", "stability", "convergence", "diagnostics", "reliability", "trend")
    little = dataclasses.replace(analysis, **dict.fromkeys(groups))
    got = known(aggregate(little, KEY, statistic=statistic, reps=50).performance).final.estimate
    np.testing.assert_allclose(got, oracle(values), rtol=1e-5)


def test_pooled_counts_every_episode_once():
    run = from_purejaxrl(info(4, 8, 16, 4))
    pooled = aggregate(analyze(run, groups=(), estimand="pooled"), KEY, reps=50).curve.interval.estimate
    expected = np.asarray(known(run.updates).total).sum(0) / np.asarray(known(run.updates).count).sum(0)
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)


GROUPS = ("performance", "convergence")


def test_configurations_are_kept():
    analysis = analyze(from_purejaxrl(info(2, 3, 8, 16, 4)), windows=(5,), target=10.0, groups=GROUPS)
    summary = aggregate(analysis, KEY, reps=50)
    assert summary.batch_shape == (2,)
    of_each = [iqm(final) for final in np.asarray(known(analysis.performance).final)]
    np.testing.assert_allclose(known(summary.performance).final.estimate, of_each, rtol=1e-5)
    text = describe(summary, labels=["lr=0.001", "lr=0.01"])
    assert "lr=0.01" in text
    assert "of 3" in text


def test_a_target_that_no_run_reached_takes_longer_than_the_budget():
    analysis = analyze(from_purejaxrl(info(2, 3, 8, 16, 4)), windows=(5,), target=1e9, groups=GROUPS)
    summary = aggregate(analysis, KEY, reps=50)
    assert f"> {float(known(summary.crossing).restricted_mean.estimate[0]):g}" in describe(summary)


def test_one_run_has_no_interval(rng):
    summary = aggregate(analyze(from_arrays(rng.normal(5, 1, 50)), windows=(5,), groups=("performance",)), KEY, reps=50)
    assert np.isfinite(known(summary.performance).final.estimate)
    assert np.isnan(known(summary.performance).final.low)
    assert np.isnan(known(summary.performance).final.high)
    assert "one run has no interval" in describe(summary)


@pytest.fixture(scope="module")
def diverged():
    """Five runs of which one ended without a number, and their analysis."""
    x = np.random.default_rng(0).normal(5, 1, (5, 50))
    x[2, -1] = np.nan
    return x, analyze(from_arrays(x), windows=(5,), groups=("performance",))


def test_a_diverged_run_is_counted_not_hidden(diverged):
    x, analysis = diverged
    summary = aggregate(analysis, KEY, reps=50)
    assert int(summary.diverged) == 1
    final = known(summary.performance).final
    others = np.sort(x[[0, 1, 3, 4], -10:].mean(axis=1))
    np.testing.assert_allclose(final.estimate, others[:3].mean(), rtol=1e-6)  # the worst is cut off, and the best
    assert int(final.n) == 5
    assert "1 of 5" in describe(summary)


def test_a_mean_over_runs_with_a_diverged_one_is_undefined(diverged):
    summary = aggregate(diverged[1], KEY, reps=50, statistic="mean")
    assert np.isnan(known(summary.performance).final.estimate)


def test_a_run_without_an_episode_is_counted_and_said():
    metrics = info(2, 3, 8, 16, 4)
    metrics["returned_episode"][1, 2] = False
    analysis = analyze(from_purejaxrl(metrics), windows=(5,), target=10.0, groups=GROUPS)
    summary = aggregate(analysis, KEY, reps=50)
    assert summary.unfinished.tolist() == [0, 1]
    words = describe(summary).splitlines()
    assert words[1].endswith("no episode")
    assert words[3].endswith("1 of 3")
    assert "(2 of 3 runs)" in words[3]
    assert "(undefined in 1 of 6)" in describe(analysis)


def test_episode_curves_come_to_a_common_grid(rng):
    rows = [np.full(30, 2.0), np.full(50, 4.0)]
    run = from_arrays(rows, lengths=[np.full(30, 10), np.full(50, 10)])
    curve = aggregate(analyze(run, windows=(5,), groups=()), KEY, reps=50, points=10).curve
    assert np.asarray(curve.step).tolist() == list(range(25, 500, 50))
    assert np.asarray(curve.count).tolist() == [2] * 6 + [1] * 4
    np.testing.assert_allclose(curve.mean, [3.0] * 6 + [4.0] * 4)
    plain = aggregate(analyze(from_arrays(rows), windows=(5,), groups=()), KEY, reps=50).curve
    assert plain.step is None
    assert np.asarray(plain.index)[:25].tolist() == list(range(0, 50, 2))
    assert np.asarray(plain.count).tolist() == [2] * 15 + [1] * 10 + [0] * 175


def test_curves_by_update_at_fewer_points():
    analysis = analyze(from_purejaxrl(info(4, 8, 16, 4)), groups=(), estimand="pooled")
    whole, few = (aggregate(analysis, KEY, reps=50, most_updates=most).curve for most in (None, 3))
    assert few.index.tolist() == [0, 3, 7]
    for name in ("step", "mean", "count"):
        np.testing.assert_array_equal(getattr(few, name), getattr(whole, name)[few.index])
    np.testing.assert_allclose(few.interval.estimate, whole.interval.estimate[few.index], rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"statistic": "mode"}, "`statistic` must be one of"),
        ({"points": 1}, "`points`"),
        ({"most_updates": 1}, "`most_"),
    ],
)
def test_bad_options_are_named(analysis, options, message):
    with pytest.raises(ValueError, match=message):
        aggregate(analysis, KEY, **options)


def test_describe_in_words(analysis):
    run = from_purejaxrl({"metrics": info(2, 3, 6, 16, 4), "policy": {"probs": np.full((2, 3, 5, 2), 0.5)}})
    assert "2 x 3 runs" in describe(run)
    assert "policy: 5 samples of 2 actions" in describe(run)
    assert "solved (≥ 10)" in describe(analysis)
    with pytest.raises(TypeError, match="`x` must be a TrainingRun"):
        unchecked(describe, [1, 2])


def test_no_run_is_said_so():
    run = from_purejaxrl(info(0, 2, 16, 4))
    with pytest.raises(ValueError, match=r"no run: its batch axes are \(0,\)"):
        aggregate(analyze(run, groups=()), KEY)
    assert describe(run).count("\n") == 0
