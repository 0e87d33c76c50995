"""`jv.compare` and `jv.compare_curves` against scripts of rliable, scipy and statsmodels that compute as much.

pytest benchmarks/test_bench_compare.py -n 0 --benchmark-enable
What peers take is linear in the replicates: they draw a few, and their time is multiplied (`PEER_REPS` of `REPS`).
"""

import itertools
import time

import jax
import numpy as np
import pytest
from rliable import metrics
from scipy.stats import permutation_test
from statsmodels.stats.multitest import multipletests

import jaxviz as jv
from benchmarks.peers import rliable_library

library = rliable_library()

ALGORITHMS, TASKS, RUNS, POINTS = 10, 26, 10, 200
REPS, PEER_REPS = 50_000, 50
CURVE_REPS, PEER_CURVE_REPS = 2_000, 4


def scores():
    """Algorithm → normalised scores [run, task]."""
    rng = np.random.default_rng(0)
    return {f"a{i}": rng.gamma(2, 0.5, (RUNS, TASKS)) * (1 + 0.1 * i) for i in range(ALGORITHMS)}


def peers_of_compare(given, reps):
    """Aggregates, P(X > Y) and differences with intervals, permutation tests within tasks, Holm's correction."""

    def four(x):
        return np.array(
            [metrics.aggregate_median(x), metrics.aggregate_iqm(x), metrics.aggregate_mean(x),
             metrics.aggregate_optimality_gap(x)]
        )  # fmt: skip

    def difference(x, y):
        return np.array([metrics.aggregate_iqm(x) - metrics.aggregate_iqm(y)])

    library.get_interval_estimates(given, four, reps=reps)
    pairs = {f"{a},{b}": (given[a], given[b]) for a, b in itertools.combinations(given, 2)}
    library.get_interval_estimates(pairs, metrics.probability_of_improvement, reps=reps)
    library.get_interval_estimates(pairs, difference, reps=reps)

    p = []
    for x, y in pairs.values():
        drawn = [
            permutation_test((x[:, t], y[:, t]), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
                             vectorized=True, n_resamples=reps, axis=0).null_distribution
            for t in range(TASKS)
        ]  # fmt: skip
        p.append(np.mean(np.abs(np.sum(drawn, axis=0)) >= abs((x.mean(axis=0) - y.mean(axis=0)).sum())))
    multipletests(p, method="holm")


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.mark.benchmark(group="10 algorithms x 26 tasks x 10 runs, 45 pairs, 50,000 replicates")
def test_compare(benchmark, record):
    """Bars: 2 s a call, 10 s of compiling, 30 times the peers' speed."""
    given, keys = scores(), iter(jax.random.split(jax.random.key(0), 20))

    def ours():
        jax.block_until_ready(jv.compare(given, next(keys), reps=REPS, normalize="raw"))

    first = seconds(ours)
    benchmark.pedantic(ours, rounds=3)
    theirs = seconds(lambda: peers_of_compare(given, PEER_REPS)) * REPS / PEER_REPS
    median = benchmark.stats.stats.median
    record(first=first, peers=theirs, ratio=theirs / median, algorithms=ALGORITHMS, tasks=TASKS, runs=RUNS, reps=REPS)


@pytest.fixture(scope="module")
def study():
    """Curves of every algorithm on every task, analysed."""
    rng, cells = np.random.default_rng(0), {}
    for a, t in itertools.product(range(ALGORITHMS), range(TASKS)):
        rise = np.linspace(0, 1, POINTS) ** (1 / (1 + a)) * (1 + t)
        curves = rise + rng.normal(size=(RUNS, POINTS))
        cells[jv.Cell(f"a{a}", f"t{t:02}")] = jv.from_curves(curves, step=1000 * np.arange(1, POINTS + 1))
    return jv.analyze(jv.Study(cells), groups=("performance",))


@pytest.mark.benchmark(group="curves, 10 algorithms x 26 tasks x 10 runs x 200 points, 2,000 replicates")
def test_compare_curves(benchmark, record, study):
    """Bar: 100 times rliable, which makes pointwise intervals alone; ours has bands and the curves of tasks too."""
    keys = iter(jax.random.split(jax.random.key(0), 20))

    def ours():
        jax.block_until_ready(jv.compare_curves(study, next(keys), points=POINTS, reps=CURVE_REPS, normalize="min-max"))

    first = seconds(ours)
    benchmark.pedantic(ours, rounds=3)
    x = {f"a{i}": np.random.default_rng(i).normal(size=(RUNS, TASKS, POINTS)) for i in range(ALGORITHMS)}

    def iqm(scores):
        return np.array([metrics.aggregate_iqm(scores[..., point]) for point in range(POINTS)])

    theirs = seconds(lambda: library.get_interval_estimates(x, iqm, reps=PEER_CURVE_REPS))
    theirs *= CURVE_REPS / PEER_CURVE_REPS
    median = benchmark.stats.stats.median
    record(first=first, peers=theirs, ratio=theirs / median, algorithms=ALGORITHMS, tasks=TASKS, runs=RUNS)
