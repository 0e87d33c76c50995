"""Kernels that take steps give the same with every type of integers, and far from 0, as with small int32 steps."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import stats as s
from jaxviz._steps import WideSteps
from jaxviz.host import as_steps, to_host
from jaxviz.stats.one_run._reliability import run_reliability
from tests.laws.collect import public_kernels
from tests.marks import exhaustive

KEY = jax.random.key(0)
FAR = 2**40
N = 24
X = np.concatenate([np.linspace(0, 60, 14), [20, 25, 61, 70, 40, 42, 43, 20, 21, 90]]).astype(np.float32)
STEP = np.cumsum(np.random.default_rng(0).integers(1, 5, N))
EVEN = np.arange(N) * 3
RUNS = np.stack([X, X[::-1]])
TIMES = np.asarray([5, 9, 9, 20, 31, 40])
REACHED = np.asarray([True, True, False, True, True, False])


def slopes(line):
    """All but the intercept, which is at step 0."""
    return line.slope, line.low, line.high


KERNELS = {
    "first_crossing": lambda step, shift, v: s.first_crossing(X, 50.0, step=step, window=2, hold=2, valid=v),
    "time_to_threshold": lambda step, shift, v: s.time_to_threshold(X, 1e9, step=step, valid=v),
    "time_under_water": lambda step, shift, v: s.time_under_water(X, step=step, valid=v),
    "longest_under_water": lambda step, shift, v: s.longest_under_water(X, step=step, valid=v),
    "recovery_time": lambda step, shift, v: s.recovery_time(X, step=step, valid=v),
    "collapse": lambda step, shift, v: s.collapse(X, window=2, drop=0.3, hold=2, step=step, valid=v),
    "page_hinkley": lambda step, shift, v: s.page_hinkley(X, 0.1, 5.0, step=step, valid=v),
    "theil_sen": lambda step, shift, v: slopes(s.theil_sen(X, step=step, window=12, valid=v)),
    "plateau": lambda step, shift, v: s.plateau(X, step=step, window=12, valid=v),
    "area_under_curve": lambda step, shift, v: s.area_under_curve(X, step, horizon=40 + shift, valid=v),
    "rolling_slope": lambda step, shift, v: s.rolling_slope(X, 5, step=step, valid=v, min_count=3),
    "differences": lambda step, shift, v: s.differences(X, step, valid=v),
    "values_at": lambda step, shift, v: s.values_at(X, step, np.asarray([3, 17, 40]) + shift, window=9, valid=v),
    "dispersion_within_run": lambda step, shift, v: s.dispersion_within_run(
        X, step, at=np.asarray([17, 40]) + shift, window=20, valid=v
    ),
    "median_performance": lambda step, shift, v: s.median_performance(
        X, step, at=np.asarray([17, 40]) + shift, window=20, valid=v
    ),
    "short_term_risk": lambda step, shift, v: s.short_term_risk(X, step, 0.2, valid=v),
    "run_reliability": lambda step, shift, v: run_reliability(X, step, valid=v),
    "entropy_collapse": lambda step, shift, v: s.entropy_collapse(X[::-1], step=step, valid=v),
    "rolling_mean": lambda step, shift, v: s.rolling_mean(X, s.StepWindow(9, step), valid=v),
    "rolling_median": lambda step, shift, v: s.rolling_median(X, s.StepWindow(9, step), valid=v),
}
"""name → (step, shift, valid) → result, of one stream."""


def near_zero(result, shift):
    """Steps far from 0 as they are near it; durations, entries, flags and floats as they are."""
    return jax.tree.map(lambda x: x - shift if x.dtype.kind in "iu" and shift and np.all(x > shift // 2) else x, result)


def assert_alike(found, expected, shift=0):
    found, expected = near_zero(to_host(found), shift), to_host(expected)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        if b.dtype.kind == "f":
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
        else:
            np.testing.assert_array_equal(a, b)


def of(name, valid):
    kernel = KERNELS[name]
    return jax.jit(lambda step, shift=0: kernel(step, shift, valid), static_argnums=1)


@pytest.mark.parametrize("valid", [exhaustive(None), np.arange(N) % 5 != 2], ids=["whole", "masked"])
@pytest.mark.parametrize("name", KERNELS)
def test_all_types_of_steps(name, valid):
    call = of(name, valid)
    expected = call(STEP.astype(np.int32))
    assert all(np.any(np.isfinite(leaf)) for leaf in jax.tree.leaves(to_host(expected)))
    if valid is None:
        assert_alike(call(as_steps(STEP + FAR, "step"), FAR), expected, FAR)
        return
    assert_alike(call(STEP.astype(np.int8)), expected)
    assert_alike(call(jnp.asarray(STEP, jnp.uint32)), expected)
    many = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), as_steps(STEP + FAR, "step"))
    kernel = KERNELS[name]
    both = to_host(jax.jit(jax.vmap(lambda step: kernel(step, FAR, valid)))(many))
    assert_alike(jax.tree.map(lambda leaf: leaf[1], both), expected, FAR)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", KERNELS)
def test_steps_from_numpy_outside_jit(name):
    kernel = KERNELS[name]
    expected = kernel(STEP.astype(np.int32), 0, None)
    for steps, shift in ((STEP + FAR, FAR), ((STEP + FAR).astype(np.float64), FAR), (STEP.astype(np.uint8), 0)):
        assert_alike(kernel(steps, shift, None), expected, shift)


def test_an_even_spacing():
    expected = s.high_frequency_energy(X, EVEN)
    for steps in (EVEN.astype(np.uint32), EVEN + FAR, (EVEN + FAR).astype(np.float64)):
        assert float(s.high_frequency_energy(X, steps)) == pytest.approx(float(expected), rel=1e-6)


def steps_of_runs(shift):
    return np.stack([STEP, STEP + 3]) + shift


@pytest.mark.parametrize("interpolation", ["linear", "previous", "bin"])
@pytest.mark.parametrize("support", ["union", "intersection"])
def test_curves_are_aligned_far_from_0(interpolation, support):
    def aligned(shift):
        grid = np.arange(0, 70, 4) + shift
        return s.align(RUNS, steps_of_runs(shift), grid, interpolation=interpolation, support=support)

    assert_alike(aligned(FAR), aligned(0))


def test_a_saving_of_steps():
    def saved(shift):
        return s.steps_saved(RUNS, RUNS - 20, 40.0, step_a=STEP + shift, step_b=STEP + shift)

    assert float(saved(2**33).mean) == pytest.approx(float(saved(0).mean))


def test_survival_in_many_steps():
    unit = 2**33
    curve, median, mean = map(jax.jit, (s.kaplan_meier, s.median_crossing, s.restricted_mean))
    near, far = as_steps(TIMES, "time"), as_steps(TIMES * unit, "time")
    small, large = curve(near, REACHED), to_host(curve(far, REACHED))
    time = np.asarray(small.time, np.int64)
    np.testing.assert_array_equal(np.asarray(large.time), np.where(small.valid, time * unit, -1))
    np.testing.assert_array_equal(large.survival, small.survival)
    assert float(median(far, REACHED)) == float(median(near, REACHED)) * unit
    for budget in (25, 31):
        one, many = mean(near, REACHED, budget), mean(far, REACHED, as_steps(budget * unit, "horizon"))
        assert float(many.mean) == pytest.approx(float(one.mean) * unit, rel=1e-6)
        assert float(many.variance) == pytest.approx(float(one.variance) * unit**2, rel=1e-5)


def test_a_streamed_alarm():
    def streamed(step):
        state = s.RunningPageHinkley.init(0.1, 5.0)
        last, _ = jax.lax.scan(lambda state, now: (state.update(now[0], step=now[1]), None), state, (X, step))
        return last.finalize()

    expected = s.page_hinkley(X, 0.1, 5.0, step=STEP + FAR)
    found = streamed(as_steps(STEP + FAR, "step"))
    assert isinstance(found.step, WideSteps)
    assert_alike(found, expected)
    assert_alike(streamed(STEP.astype(np.uint32)), s.page_hinkley(X, 0.1, 5.0, step=STEP))


def test_a_crossing_beyond_int32_is_exact():
    crossing = s.first_crossing(np.asarray([0.0, 1.0]), 0.5, step=np.asarray([2**52 + 1, 2**53 - 1]))
    assert int(crossing.step) == 2**53 - 1


def test_slopes_of_unsigned_steps():
    slopes = s.rolling_slope(np.asarray([1.0, 5, 2, 7, 3, 9]), 3, step=np.asarray([10, 20, 30, 40, 50, 60], np.uint32))
    np.testing.assert_allclose(slopes[2:], [0.05, 0.1, 0.05, 0.1], rtol=1e-6)


@pytest.mark.parametrize("bad", [STEP + 0.5, STEP + 2**53])
def test_steps_that_cannot_be_exact_are_refused_by_name(bad):
    for name in ("first_crossing", "rolling_slope", "area_under_curve"):
        with pytest.raises(ValueError, match="`step`"):
            KERNELS[name](bad, 0, None)
    with pytest.raises(ValueError, match="`at`"):
        s.values_at(X, STEP, bad)


def test_equal_intervals_far_from_0():
    """Of steps in units of 2³³, which is another budget of the same shares."""
    small, large = (s.interval_means(X, STEP * u, total=80 * u, intervals=8) for u in (1, 2**33))
    np.testing.assert_array_equal(large.count, small.count)
    np.testing.assert_array_equal(large.mean, small.mean)
    np.testing.assert_array_equal(large.end, np.arange(10, 90, 10) * 2**33)
    unsigned = s.interval_means(X, STEP.astype(np.uint32), total=np.uint32(80), intervals=8)
    np.testing.assert_array_equal(unsigned.count, small.count)


ELSEWHERE = {
    "interval_means",
    "high_frequency_energy",
    "align",
    "restricted_mean_interval",
    "steps_saved",
    "steps_saved_interval",
    "kaplan_meier",
    "median_crossing",
    "restricted_mean",
}


def test_every_kernel_that_takes_steps_is_here():
    takes = {
        name
        for name, kernel in public_kernels().items()
        if {"step", "step_a", "time"} & set(inspect.signature(kernel).parameters)
    }
    assert takes - set(KERNELS) - ELSEWHERE == set()


def test_intervals_of_restricted_means():
    """Of every type, and of times in units of 2²⁰ steps, far beyond int32."""
    times, reached, unit = np.asarray([20, 40, 60, 90, 90]), np.asarray([1, 1, 1, 0, 0], bool), 2**20
    interval = jax.jit(lambda time, horizon: s.restricted_mean_interval(KEY, time, reached, horizon, reps=200))
    expected = interval(times.astype(np.int32), 90)
    assert_alike(interval(times.astype(np.int8), 90), expected)
    assert_alike(interval(jnp.asarray(times, jnp.uint32), 90), expected)
    far = to_host(interval(as_steps(times * unit, "time"), as_steps(90 * unit, "horizon")))
    for part in ("estimate", "low", "high"):
        np.testing.assert_allclose(getattr(far, part) / unit, getattr(to_host(expected), part), rtol=1e-5)


def test_an_interval_of_steps_saved():
    a, b = np.tile(X, (4, 1)), np.tile(X[::-1], (4, 1))

    def interval(step, horizon):
        return s.steps_saved_interval(KEY, a, b, 50.0, step_a=step, step_b=step, horizon=horizon, reps=50)

    step = np.tile(STEP, (4, 1))
    expected = interval(step.astype(np.int32), None)
    assert_alike(interval(step.astype(np.int8), None), expected)
    unit = 2**20
    np.testing.assert_allclose(interval(step * unit, None).estimate / unit, expected.estimate, rtol=1e-5)
