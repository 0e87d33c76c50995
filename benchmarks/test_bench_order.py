"""Five quantiles over runs at every step, and along time, against numpy.quantile.

pytest benchmarks/test_bench_order.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import stats

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
over_runs = pytest.mark.benchmark(group="5 quantiles over 128 runs at 8192 steps")
along_time = pytest.mark.benchmark(group="5 quantiles along 8192 entries of 128 runs")


def bands(x):
    return stats.quantile_band(x, LEVELS)


def per_run(x):
    return jax.vmap(lambda run: stats.quantile(run, jnp.asarray(LEVELS)))(x)


def compiled(fn, data):
    fn, data = jax.jit(fn), jnp.asarray(data)
    jax.block_until_ready(fn(data))
    return lambda: jax.block_until_ready(fn(data))


def test_both_agree(returns):
    np.testing.assert_allclose(bands(returns), np.quantile(returns, LEVELS, axis=0), rtol=1e-6)
    np.testing.assert_allclose(per_run(returns), np.quantile(returns, LEVELS, axis=1).T, rtol=1e-6)


@over_runs
def test_quantile_band(benchmark, record, returns):
    record(runs=128, steps=8192)
    benchmark(compiled(bands, returns))


@over_runs
def test_numpy_over_runs(benchmark, record, returns):
    record(runs=128, steps=8192)
    benchmark(lambda: np.quantile(returns, LEVELS, axis=0))


@along_time
def test_quantile(benchmark, record, returns):
    record(runs=128, episodes=8192)
    benchmark(compiled(per_run, returns))


@along_time
def test_numpy_along_time(benchmark, record, returns):
    record(runs=128, episodes=8192)
    benchmark(lambda: np.quantile(returns, LEVELS, axis=1))
