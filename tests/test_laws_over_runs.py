"""Laws of what is computed over runs: no runs, offsets, scales, diverged runs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import stats
from tests.laws.collect import all_cases

OVER_RUNS = {*stats.across_runs.__all__, *stats.resampling.__all__}
OF_NO_RUNS = {
    "power", "seeds_needed", "benjamini_yekutieli_thresholds", "sequential_alphas", "mean_rank", "rank_per_task",
}  # fmt: skip
"""Their arguments are not runs, or have them along a later axis."""
CASES = [c for c in all_cases() if c.kernel in OVER_RUNS - OF_NO_RUNS]
KEY = jax.random.key(0)


FIRST = [pytest.param(c, id=c.id, marks=pytest.mark.exhaustive if c.index else ()) for c in CASES]


@pytest.mark.parametrize("named", FIRST)
def test_no_runs_are_undefined(named):
    """Floats are NaN (but a level that was asked for), counts 0, or 1 where tasks are counted."""
    data, valid = jax.tree.map(lambda leaf: leaf[:0], (named.data("float32"), named.valid()))
    for leaf in map(np.asarray, jax.tree.leaves(jax.jit(named.case.call)(data, valid))):
        kind = leaf.dtype.kind
        level = kind == "f" and leaf.ndim == 0 and leaf == np.float32(0.95)
        assert np.isnan(leaf).all() or level if kind == "f" else np.all(leaf <= 1)


def p_values(x, y):
    return {
        "welch_test": stats.welch_test(x, y).p_value,
        "mann_whitney": stats.mann_whitney(x, y).p_value,
        "permutation_test": stats.permutation_test(KEY, x, y).p_value,
        "drawn": stats.permutation_test(KEY, x, y, reps=100).p_value,
        "dip_test": stats.dip_test(jnp.concatenate([x, y])).p_value,
        "pairwise": stats.pairwise({"x": x, "y": y}).adjusted[0],
        "improvement": stats.probability_of_improvement(x, y),
    }


of_two = jax.jit(p_values)


@pytest.mark.parametrize("offset", [0.0, 10_000.0, -70_001.0, 2.0**21])
@pytest.mark.parametrize("scale", [1.0, 2.0**-2, 2.0**3, 3.0])
def test_p_values_ignore_offsets_and_scales(offset, scale, rng):
    """Scores on a grid, so that float32 holds them exactly wherever they lie."""
    for _ in range(3):
        x, y = rng.integers(0, 12, 4).astype(np.float32), rng.integers(3, 15, 5).astype(np.float32)
        expected, got = of_two(x, y), of_two(*(np.float32(offset) + np.float32(scale) * z for z in (x, y)))
        for name, p in expected.items():
            assert got[name] == pytest.approx(float(p), rel=2e-5), name


IN_ORDER = {
    "iqm": lambda x: stats.iqm(x),
    "iqm_exact": lambda x: stats.iqm_exact(x),
    "quantile_band": lambda x: stats.quantile_band(x),
    "min_over_runs": lambda x: stats.min_over_runs(x),
    "max_over_runs": lambda x: stats.max_over_runs(x),
    "probability_of_improvement": lambda x: stats.probability_of_improvement(x, x[:4] + 1),
    "cliffs_delta": lambda x: stats.cliffs_delta(x, x[:4] + 1),
    "mann_whitney": lambda x: stats.mann_whitney(x, x[:4] + 1).p_value,
    "performance_profile": lambda x: stats.performance_profile(x, jnp.float32([-5, 0, 5])),
    "superhuman_share": lambda x: stats.superhuman_share(x),
    "tolerance_interval": lambda x: stats.tolerance_interval(x, 0.3, 0.8).high,
    "rank_per_task": lambda x: stats.rank_per_task(x[None, :, None]),
    "risk_across_runs": lambda x: stats.risk_across_runs(x[:, None], 0.5, "upper"),
}


@pytest.mark.parametrize("name", IN_ORDER)
def test_a_diverged_run_is_the_worst(name, rng):
    """−∞ for one run gives what any very low score gives, wherever that score itself is not the answer."""
    call = jax.jit(IN_ORDER[name])
    x = rng.normal(0, 3, 20).astype(np.float32)
    lowest = np.where(np.arange(20) == 7, np.float32(-1e6), x)
    diverged = np.where(np.arange(20) == 7, -np.inf, x).astype(np.float32)
    got, expected = np.asarray(call(diverged)), np.asarray(call(lowest))
    expected = np.where(expected < -1e4, -np.inf, expected)
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert np.isfinite(got).any() or name == "min_over_runs"


def test_means_with_a_diverged_run_follow_ieee():
    x = np.array([1, 2, -np.inf, 4], np.float32)
    assert stats.mean(x) == -np.inf
    assert stats.mean_over_runs(x) == -np.inf
    assert np.isnan(stats.mean(np.array([np.inf, 2, -np.inf, 4], np.float32)))
    assert np.isnan(stats.std_over_runs(x))
    assert np.isnan(stats.welch_test(x, x[:2]).p_value)


@pytest.mark.parametrize("count", [1, 12])
def test_intervals_of_an_iqm_with_diverged_runs(count, rng):
    """Few of them are trimmed away in nearly every replicate; with too many the end is −∞, not undefined."""
    x = rng.normal(0, 1, 20).astype(np.float32)
    x[:count] = -np.inf
    got = stats.bootstrap_interval(KEY, stats.iqm, x, unit="run", reps=500)
    if count == 1:
        assert np.isfinite([got.low, got.high]).all()
        assert got.low <= got.estimate <= got.high
    else:
        assert got.estimate == got.low == -np.inf


CONSTANTS = np.round(np.random.default_rng(1).uniform(-1000, 1000, 40), 1).astype(np.float32)


def test_a_constant_is_its_own_mean():
    """Exactly, under jit as without: a capped return meets its own target."""
    tables = jnp.broadcast_to(jnp.asarray(CONSTANTS)[None, :], (7, 40))
    for centre in (stats.mean_over_runs, stats.min_over_runs, stats.max_over_runs):
        for call in (centre, jax.jit(centre)):
            np.testing.assert_array_equal(call(tables), CONSTANTS)
    by_run = tables[:, None, :]
    for centre in (stats.mean, stats.iqm, stats.iqm_exact, stats.median_of_task_means):
        for call in (centre, jax.jit(centre)):
            np.testing.assert_array_equal(call(by_run), CONSTANTS)
    for spread in (stats.std_over_runs, stats.standard_error):
        np.testing.assert_array_equal(jax.jit(spread)(tables), np.zeros(40))
