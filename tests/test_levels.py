"""Levels outside their range: ValueError where they are known, NaN where they are traced, in every function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import stats
from jaxviz.stats.one_run._order import quantile_and_cvar

KEY = jax.random.key(0)
X, Y = np.array([1.0, 2, 4, 7, 9], np.float32), np.array([3.0, 5, 6, 8, 9], np.float32)
CURVES = np.stack([X, Y, X + 1, Y - 2])
REACHED = np.array([True, False, True, True, False])

OPEN = {
    "welch_test": lambda v: stats.welch_test(X, Y, level=v).low,
    "fraction_reached": lambda v: stats.fraction_reached(REACHED, level=v).high,
    "fraction_of_runs": lambda v: stats.fraction_of_runs(REACHED, level=v).low,
    "kaplan_meier": lambda v: stats.kaplan_meier(X, REACHED, level=v).low[0],
    "tolerance_interval": lambda v: stats.tolerance_interval(X, 0.3, v).low,
    "tolerance_interval coverage": lambda v: stats.tolerance_interval(X, v, 0.5).attained,
    "power": lambda v: stats.power(1.0, 1.0, 2.0, 5, v),
    "seeds_needed": lambda v: stats.seeds_needed(1.0, 1.0, 2.0, level=v, n_max=9),
    "seeds_needed power": lambda v: stats.seeds_needed(1.0, 1.0, 2.0, power=v, n_max=9),
    "simulated_power": lambda v: stats.simulated_power(KEY, X, Y, 3, level=v, reps=4),
    "benjamini_yekutieli_thresholds": lambda v: stats.benjamini_yekutieli_thresholds(2, v)[0],
    "sequential_alphas": lambda v: stats.sequential_alphas((3, 5), level=v)[0],
    "theil_sen": lambda v: stats.theil_sen(X, level=v).low,
    "plateau": lambda v: stats.plateau(X, window=5, level=v).low,
    "bootstrap_interval": lambda v: stats.bootstrap_interval(KEY, stats.mean, X, unit="run", level=v, reps=8).low,
    "bootstrap_interval of a constant": lambda v: (
        stats.bootstrap_interval(KEY, stats.mean, np.ones(5, np.float32), unit="run", level=v, reps=8).high
    ),
    "bootstrap_difference": lambda v: (
        stats.bootstrap_difference(KEY, stats.mean, X, Y, unit="run", method="t", level=v).low
    ),
    "bootstrap_comparison": lambda v: (
        stats.bootstrap_comparison(KEY, stats.probability_of_improvement, X, Y, unit="run", level=v, reps=8).low
    ),
    "improvement_interval": lambda v: stats.improvement_interval(X, Y, level=v).low,
    "aggregate_intervals": lambda v: stats.aggregate_intervals(KEY, CURVES, level=v, reps=8)["iqm"].high,
    "simultaneous_band": lambda v: stats.simultaneous_band(KEY, CURVES, level=v, reps=8).low[0],
    "successive_halving": lambda v: stats.successive_halving(KEY, CURVES, level=v, reps=8).low[0],
}
CLOSED = {
    "quantile": lambda v: stats.quantile(X, v),
    "cvar_lower": lambda v: stats.cvar_lower(X, v),
    "cvar_upper": lambda v: stats.cvar_upper(X, v),
    "quantile_and_cvar": lambda v: quantile_and_cvar(X, v, 0.5)[0],
    "quantile_and_cvar alpha": lambda v: quantile_and_cvar(X, 0.5, v)[1],
    "quantile_band": lambda v: stats.quantile_band(CURVES, v[None])[0, 0],
    "rolling_quantile": lambda v: stats.rolling_quantile(X, 2, v)[-1],
    "risk_across_runs": lambda v: stats.risk_across_runs(CURVES, v)[0],
    "difficulty_progress": lambda v: stats.difficulty_progress(X, v),
    "short_term_risk": lambda v: stats.short_term_risk(X, alpha=v),
    "long_term_risk": lambda v: stats.long_term_risk(X, v),
    "srank": lambda v: stats.srank(CURVES, v),
    "pca_rank": lambda v: stats.pca_rank(CURVES, v),
    "RunningHistogram": lambda v: stats.RunningHistogram.init(X).update(Y).finalize(v).value,
    "QuantileSketch": lambda v: stats.QuantileSketch.init().update(Y).finalize(v).value,
}
FROM_ZERO = {
    "weighted_cvar_lower": lambda v: stats.weighted_cvar_lower(X, v),
    "exponential_mean": lambda v: stats.exponential_mean(X, v)[-1],
    "final_performance": lambda v: stats.final_performance(X, v),
    "jumpstart": lambda v: stats.jumpstart(X, v),
    "RunningExponentialMean": lambda v: stats.RunningExponentialMean.init(v).update(X[0]).finalize(),
}
OUTSIDE = {"(0, 1)": (0.0, 1.0, -0.1, 95.0, np.nan), "[0, 1]": (-0.1, 1.5, np.nan), "(0, 1]": (0.0, 1.5)}
CASES = [
    pytest.param(call, within, id=name)
    for within, calls in (("(0, 1)", OPEN), ("[0, 1]", CLOSED), ("(0, 1]", FROM_ZERO))
    for name, call in calls.items()
]


@pytest.mark.parametrize(("call", "within"), CASES)
def test_known_levels_outside_their_range_are_refused(call, within):
    for value in OUTSIDE[within]:
        with pytest.raises(ValueError, match=r"must be in [\[(]0, 1[\])], got"):
            call(np.float32(value))


@pytest.mark.parametrize(("call", "within"), CASES)
def test_traced_levels_outside_their_range_are_undefined(call, within):
    traced = jax.jit(call)
    for value in OUTSIDE[within]:
        assert np.isnan(traced(jnp.float32(value)))
    assert np.isfinite(traced(jnp.float32(0.5)))


def test_the_call_to_make_is_named():
    with pytest.raises(ValueError, match=r"`level` must be in \(0, 1\), got 95; for 95 % give 0.95"):
        stats.welch_test(X, Y, level=95)
    with pytest.raises(ValueError, match=r"`cutoff` must be in \(0, 1\), got 1"):
        stats.lowpass(X, 1.0)


@pytest.mark.parametrize("q", [0.5, np.float64(0.5), jnp.float32(0.5)])
def test_every_kind_of_number(q):
    assert stats.quantile(X, q) == 4
    with pytest.raises(ValueError, match="`q` must be in"):
        stats.quantile(X, 1 + q)


def test_several_positions():
    assert stats.quantile_band(CURVES, (0.0, 1.0)).shape == (2, 5)
    with pytest.raises(ValueError, match="`q` must be in"):
        stats.quantile_band(CURVES, [0.5, 1.5])
