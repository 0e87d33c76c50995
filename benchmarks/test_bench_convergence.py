"""Drawdown, crossings and areas of many runs against NumPy, and robust trends against SciPy.

pytest benchmarks/test_bench_convergence.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy
from scipy import stats

from jaxviz import stats as c
from jaxviz.stats.one_run import _stability as s

TARGET = 480.0
STEPS = 512 * np.arange(1, 8193)
TREND_WINDOW = 100


def drawdown_script(x):
    return np.maximum.accumulate(x, axis=-1) - x


def crossing_script(x):
    met = x >= TARGET
    return np.where(met.any(-1), STEPS[met.argmax(-1)], STEPS[-1])


WORK = {
    "drawdown": (s.drawdown, drawdown_script),
    "max drawdown": (s.max_drawdown, lambda x: drawdown_script(x).max(-1)),
    "time under water": (s.time_under_water, lambda x: (drawdown_script(x) > 0).mean(-1)),
    "first crossing": (lambda x: c.first_crossing(x, TARGET, step=jnp.asarray(STEPS)).step, crossing_script),
    "area under curve": (
        lambda x: c.area_under_curve(x, jnp.asarray(STEPS)),
        lambda x: np.trapezoid(x, STEPS, axis=-1) / (STEPS[-1] - STEPS[0]),
    ),
    "final performance": (c.final_performance, lambda x: x[:, -819:].mean(-1)),
    "theil-sen, last 100": (
        lambda x: c.theil_sen(x, window=TREND_WINDOW).slope,
        lambda x: np.array([stats.theilslopes(run[-TREND_WINDOW:])[0] for run in x]),
    ),
}


every_work = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.benchmark(group=f"{name} [128 x 8192]")) for name in WORK]
)


def warmed(name, data):
    """The kernel over all runs under jit, already compiled."""
    fn = jax.jit(jax.vmap(WORK[name][0]))
    jax.block_until_ready(fn(data))
    return lambda: jax.block_until_ready(fn(data))


@pytest.mark.parametrize("name", WORK)
def test_both_agree(returns, name):
    ours, theirs = jax.vmap(WORK[name][0])(returns), WORK[name][1](returns)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


@every_work
def test_kernel(benchmark, record, returns, name):
    record(runs=128, episodes=8192)
    benchmark(warmed(name, jnp.asarray(returns)))


@every_work
def test_script(benchmark, record, returns, name):
    record(runs=128, episodes=8192, scipy=scipy.__version__)
    benchmark(lambda: WORK[name][1](returns))


@pytest.mark.benchmark(group="change points, one run of 8192")
def test_change_points(benchmark, record, returns):
    record(runs=1, episodes=8192)
    fn = jax.jit(lambda x: c.change_points(x, 1e5, max_changes=16))
    run = jnp.asarray(returns[0])
    jax.block_until_ready(fn(run))
    benchmark(lambda: jax.block_until_ready(fn(run)))
