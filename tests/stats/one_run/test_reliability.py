"""Reliability metrics: the published unit-test values of rl-reliability-metrics, SciPy, and real curves.

Reference values: docs/statistics.md, section 8.3.
"""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import signal

from tests.compiled import stats
from tests.known import unchecked
from tests.marks import exhaustive

A = ([-1, 0, 1], [1.0, 1, 1])
B = ([-1, 0, 1, 2], [2.0, 3, 4, 5])
C = ([5, 7, 9], [1.0, 1, 1])
D = ([5, 7, 9, 11], [2.0, 3, 4, 5])
E = ([5, 7, 9, 10], [5.0, 4, 2, 1])
F = ([1, 2, 4, 5], [1.0, 2, 3, 4])
G = ([0, 1, 2, 3], [0.3, 0.1, -0.5, 1])
J = ([1, 2, 3, 4], [4.0, 5, 6, 7])
K = ([3, 6, 8, 9], [-1.0, 4, 2.3, 0])
DRAWN = np.array([-1, 2, 3.5, 5, 2, 1, 1.5, 3, 1.5, 6, 2])


def curve(c):
    return jnp.asarray(np.array(c[1], float)), jnp.asarray(np.array(c[0]))


def common(curves, at):
    return jnp.stack([stats.values_at(*curve(c), jnp.asarray(at)) for c in curves])


@pytest.mark.parametrize(
    ("kind", "curves", "at", "expected"),
    [
        ("std", (A, B), [0, 1], [1.41421356237, 2.12132034356]),
        ("iqr", (A, B), [0, 1], [1, 1.5]),
        (
            "mad",
            tuple(([-1, 0, 1, 2], v) for v in ((1, 1, 1, 1), (2, 3, 4, 5), (3, 4.5, 1, 23), (0, -1, 1, 0))),
            [0, 1],
            [1.75, 0],
        ),
    ],
)
def test_across_runs(x64, kind, curves, at, expected):
    np.testing.assert_allclose(stats.dispersion_across_runs(common(curves, at), kind), expected, rtol=1e-7)


@pytest.mark.parametrize(
    ("kind", "windowed", "whole"), [("std", 0.35355339059, 0.28867513459), ("iqr", 0.25, None), ("mad", 0.25, None)]
)
def test_within_runs(x64, kind, windowed, whole):
    for c, expected in ((C, 0), (D, 0), (E, windowed)):
        got = stats.dispersion_within_run(*curve(c), at=jnp.array([9]), window=3, kind=kind)
        np.testing.assert_allclose(got, [expected], rtol=1e-7, atol=1e-12)
    if whole is not None:
        np.testing.assert_allclose(stats.dispersion_within_run(*curve(E), kind=kind), whole, rtol=1e-7)


def test_risks(x64):
    np.testing.assert_allclose(stats.cvar_lower(DRAWN, 0.3), 0.75)
    fall = np.asarray(stats.drawdown(DRAWN))
    np.testing.assert_allclose(fall, [0, 0, 0, 0, 3, 4, 3.5, 2, 3.5, 0, 4])
    for c, expected in ((F, 0.8333333), (G, -0.4)):
        np.testing.assert_allclose(stats.short_term_risk(*curve(c), 0.51), expected, rtol=1e-6)
    for c, expected in ((F, 0.5), (G, -0.6)):
        np.testing.assert_allclose(stats.short_term_risk(*curve(c), 0.49), expected, rtol=1e-6)
    for c, expected in ((F, 0), (G, 0.8)):
        np.testing.assert_allclose(stats.long_term_risk(curve(c)[0], 0.25), expected, rtol=1e-6)
    np.testing.assert_allclose(stats.risk_across_runs(common((F, G), [1, 2]), 0.51), [0.1, -0.5], rtol=1e-7)


def test_median_performance(x64):
    x, step = jnp.array([1.0, 2, 3, 4]), jnp.array([101, 201, 301, 401])
    np.testing.assert_allclose(stats.median_performance(x, step, at=jnp.array([101, 401]), window=1), [1, 4])
    long, short = jnp.array([3.0, 6, 9]), jnp.array([7.5, 7.7])
    np.testing.assert_allclose(stats.median_performance(long, jnp.arange(3), at=jnp.array([1])), [4.5])
    np.testing.assert_allclose(stats.median_performance(short, jnp.arange(2), at=jnp.array([1])), [7.6])
    np.testing.assert_allclose(stats.median_performance(jnp.array([7.5, 7.7, 1.0]), jnp.arange(3)), 7.5)


def test_building_blocks(x64):
    np.testing.assert_allclose(stats.curve_range(jnp.array([4.0, 5, 6])), 1.9)
    np.testing.assert_allclose(stats.curve_range(curve(K)[0]), 4.745)
    change = stats.differences(jnp.array([4.0, 5, 6]), jnp.array([1, 2, 3]))
    np.testing.assert_allclose(change.values, [np.nan, 1, 1])
    np.testing.assert_array_equal(change.valid, [False, True, True])
    np.testing.assert_allclose(common((J, K), [3])[:, 0], [6, -1])
    near = [stats.values_at(*curve(c), jnp.array([4]), window=3)[0] for c in (J, K)]
    np.testing.assert_allclose(near, [7, -1])
    smooth = [stats.lowpass(curve(c)[0], 0.5) for c in (J, K)]
    np.testing.assert_allclose([smooth[0][2], smooth[1][0]], [6.22790854, -0.82210584], rtol=1e-7)


def test_rollouts(x64):
    first, second = jnp.array([-1.0, 2, 5, 7, 3]), jnp.array([6.0, 5, 1, 34, 2])
    got = [stats.dispersion_across_rollouts(x, "iqr", normalize="median") for x in (first, second)]
    np.testing.assert_allclose(got, [1, 0.8])
    np.testing.assert_allclose([2 * stats.cvar_lower(x, 0.49) for x in (first, second)], [1, 3])


def test_ranks(x64):
    values = jnp.array([[3.0, 1], [2, -2], [4, 7], [0, 9]])[:, None, :]
    np.testing.assert_allclose(stats.rank_per_task(values)[:, 0], [[2, 3], [3, 4], [1, 2], [4, 1]])
    lower = stats.rank_per_task(-values, higher_is_better=False)
    np.testing.assert_allclose(lower, stats.rank_per_task(values))


def test_energy_falls_with_the_threshold(x64):
    t = np.arange(500) * 0.1
    x = np.sin(t - np.pi / 4) + 2 * np.sin(2 * t)
    # Thresholds are per unit of time; steps are entries a tenth apart.
    energy = [float(stats.high_frequency_energy(x, cutoff=f * 0.1)) for f in (0, 0.158, 0.2, 0.32)]
    assert energy[0] == pytest.approx(1)
    assert energy == sorted(energy, reverse=True)
    assert len(set(energy)) == 4


@pytest.mark.parametrize("x", [np.ones(20), np.arange(2.0)])
def test_energy_without_anything_to_measure(x):
    assert np.isnan(stats.high_frequency_energy(x))


def test_energy_needs_equal_steps():
    assert np.isnan(stats.high_frequency_energy(np.arange(5.0), jnp.array([0, 1, 2, 3, 5])))


@pytest.mark.parametrize("cutoff", [0.01, exhaustive(0.05), exhaustive(0.1), 0.5])
@pytest.mark.parametrize("n", [2, exhaustive(5), exhaustive(28), 29, 200])
def test_lowpass_equals_scipy(x64, cutoff, n):
    x = np.random.default_rng(n).normal(size=n).cumsum()
    sections = signal.butter(8, cutoff, output="sos")
    expected = signal.sosfiltfilt(sections, x, padlen=min(n - 1, 27))
    np.testing.assert_allclose(stats.lowpass(x, cutoff), expected, atol=1e-9 * max(np.ptp(x), 1))


@pytest.mark.parametrize(("cutoff", "bound"), [(0.1, 2e-5), (0.05, 1e-4), (0.01, 1e-3)])
def test_lowpass_in_float32_on_real_curves(shared_data, cutoff, bound):
    for path in sorted((shared_data / "curves").glob("*_0.txt")):
        x = np.loadtxt(path)[:, 1]
        expected = signal.sosfiltfilt(signal.butter(8, cutoff, output="sos"), x, padlen=min(len(x) - 1, 27))
        got = np.asarray(stats.lowpass(x.astype(np.float32), cutoff))
        assert np.abs(got - expected).max() <= bound * np.ptp(x), path.name


def test_invalid_entries_do_not_exist(x64):
    x = np.random.default_rng(0).normal(size=60).cumsum()
    keep = np.random.default_rng(1).random(60) < 0.7
    np.testing.assert_allclose(
        np.asarray(stats.lowpass(x, 0.2, valid=keep))[keep], stats.lowpass(x[keep], 0.2), atol=1e-10
    )
    step = np.arange(60) * 3
    whole = stats.short_term_risk(x, step, 0.2, valid=keep)
    np.testing.assert_allclose(whole, stats.short_term_risk(x[keep], step[keep], 0.2), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: unchecked(stats.dispersion, np.ones(3), "range"), "`kind` must be one of"),
        (lambda: unchecked(stats.risk_across_runs, np.ones((3, 2)), tail="both"), "`tail` must be"),
        (lambda: stats.risk_across_runs(np.ones(3)), r"\[run, point\]"),
        (lambda: stats.dispersion_within_run(np.ones(3), window=3), "`window` needs `at`"),
        (lambda: stats.dispersion_within_run(np.ones(3), at=jnp.array([1]), window=0), "at least 1 step"),
        (lambda: unchecked(stats.dispersion_across_rollouts, np.ones(3), normalize="mean"), "`normalize` must be"),
        (lambda: stats.rank_per_task(np.ones((3, 2))), r"\[algorithm, run, task\]"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_divisors_that_are_not_positive_are_undefined():
    assert np.isnan(stats.long_term_risk(DRAWN, normalize=-1.0))
    assert np.isnan(stats.long_term_risk(DRAWN, normalize=0.0))


def test_the_numbers_of_a_run_together_are_the_single_ones():
    from jaxviz.stats.one_run._reliability import run_reliability

    step, valid = jnp.arange(len(DRAWN)) * 3, np.arange(len(DRAWN)) != 4
    for name, got in run_reliability(DRAWN, step, valid=valid).items():
        steps = () if name in ("curve_range", "long_term_risk") else (step,)
        assert got == getattr(stats, name)(DRAWN, *steps, valid=valid), name
