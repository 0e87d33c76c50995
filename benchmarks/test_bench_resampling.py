"""Bootstrap intervals against rliable: four aggregates of a score table, and a learning curve by whole runs.

pytest benchmarks/test_bench_resampling.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rliable import metrics

from benchmarks.peers import rliable_library
from jaxviz import stats

library = rliable_library()

REPS = 50_000
CURVE_REPS = 2_000
tables = pytest.mark.parametrize(
    "runs",
    [pytest.param(n, marks=pytest.mark.benchmark(group=f"four aggregates, 50,000 x [{n} x 26]")) for n in (10, 100)],
)
curve = pytest.mark.benchmark(group="IQM curve with a band, 2,000 x [20 x 10 x 200]")


def table(runs):
    """Normalised scores [run, task] with heavy upper tails, as on Atari."""
    rng = np.random.default_rng(0)
    return (rng.gamma(1.0, 1.0, (1, 26)) * rng.gamma(4.0, 0.25, (runs, 26))).astype(np.float32)


def curves():
    """Scores [run, task, point] that rise at their own speeds."""
    rng = np.random.default_rng(0)
    rise = 1 - np.exp(-np.arange(200) / rng.uniform(20, 80, (20, 10, 1)))
    return (rise * rng.gamma(4.0, 0.25, (20, 10, 1)) + rng.normal(0, 0.05, (20, 10, 200))).astype(np.float32)


def four(scores):
    return np.array(
        [
            metrics.aggregate_median(scores),
            metrics.aggregate_iqm(scores),
            metrics.aggregate_mean(scores),
            metrics.aggregate_optimality_gap(scores),
        ]
    )


def rliable_intervals(scores, statistic, reps):
    return library.get_interval_estimates({"ours": scores}, statistic, reps=reps)


@tables
def test_aggregate_intervals(benchmark, record, runs):
    record(runs=runs, tasks=26, reps=REPS)
    fn, scores = jax.jit(lambda key, x: stats.aggregate_intervals(key, x, reps=REPS)), jnp.asarray(table(runs))
    key = jax.random.key(0)
    jax.block_until_ready(fn(key, scores))
    benchmark(lambda: jax.block_until_ready(fn(key, scores)))


@tables
def test_rliable_aggregates(benchmark, record, runs):
    record(runs=runs, tasks=26, reps=REPS)
    benchmark.pedantic(lambda: rliable_intervals(table(runs), four, REPS), rounds=1)


@curve
def test_iqm_curve(benchmark, record):
    record(runs=20, tasks=10, points=200, reps=CURVE_REPS)
    fn = jax.jit(lambda key, x: stats.bootstrap_interval(key, stats.iqm, x, unit="run", reps=CURVE_REPS))
    key, scores = jax.random.key(0), jnp.asarray(curves())
    jax.block_until_ready(fn(key, scores))
    benchmark(lambda: jax.block_until_ready(fn(key, scores)))


@curve
def test_rliable_curve(benchmark, record):
    record(runs=20, tasks=10, points=200, reps=CURVE_REPS)
    scores = curves()
    points = np.arange(scores.shape[-1])

    def iqm(x):
        return np.array([metrics.aggregate_iqm(x[..., point]) for point in points])

    benchmark.pedantic(lambda: rliable_intervals(scores, iqm, CURVE_REPS), rounds=1)
