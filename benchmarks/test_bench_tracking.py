"""What MLflow costs a vmapped run: the layouts of `log_run` and every raw point, against MLflow's own calls.

pytest benchmarks/test_bench_tracking.py -n 0 --benchmark-enable --benchmark-group-by=group
JAXVIZ_BENCH_SEEDS (default 128) and JAXVIZ_BENCH_UPDATES (default 1000) make it shorter; every point is sent for a
quarter of the seeds.
"""

import itertools
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import jax
import mlflow
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.tracking import Store
from jaxviz.tracking.store import _connection
from jaxviz.tracking.store._store import open_client

SEEDS = int(os.environ.get("JAXVIZ_BENCH_SEEDS", "128"))
UPDATES = int(os.environ.get("JAXVIZ_BENCH_UPDATES", "1000"))
LOSSES = 7
BATCH = 1000
STEPS, POINTS = 150, 300
"""Calls of `log_metrics` and of `log_metric` that are timed: they take the same time whenever they come."""
_names = itertools.count()


@pytest.fixture(scope="module")
def run():
    """Seeds × updates × eight series."""
    rng = np.random.default_rng(0)
    losses = {f"loss{i}": rng.normal(size=(SEEDS, UPDATES)).astype(np.float32) for i in range(LOSSES)}
    return jv.from_arrays(rng.normal(size=(SEEDS, UPDATES)).astype(np.float32), losses=losses)


@pytest.fixture(params=["local", "http"])
def place(request):
    """A local store, or a server."""
    return request.getfixturevalue(request.param)


def timed(work, *args, **options):
    start = time.perf_counter()
    work(*args, **options)
    return time.perf_counter() - start


def log_whole(uri, run, **options):
    """Log a run and wait until the store has all of it."""
    logger = jv.MLflowLogger("benchmark", uri, quiet=True)
    logger.start_run(f"run {next(_names)}")
    logger.log_run(run, figures=False, report=False, **options)
    end = time.monotonic() + 600
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a loaded server may show no progress for half a second, and is waited for
        while not logger.flush(timeout=600):
            assert time.monotonic() < end, "the store does not take it all"
            time.sleep(0.1)
        logger.end_run()


def experiment_of(client, name):
    experiment = client.get_experiment_by_name(name)
    return experiment.experiment_id if experiment else client.create_experiment(name)


def log_raw(uri, run, connections):
    """Every point by `log_batch`, key after key, a run for each seed: the fastest that MLflow's client has."""
    from mlflow.entities import Metric

    client = open_client(Store(uri, "benchmark"))
    experiment_id = experiment_of(client, "raw")
    series = {"return": np.asarray(run.episodes.returns)}
    series |= {name: np.asarray(values) for name, values in run.losses.values.items()}
    now = int(time.time() * 1000)

    def one(seed):
        run_id = client.create_run(experiment_id, run_name=f"seed {seed}").info.run_id
        for name, values in series.items():
            points = [Metric(name, float(v), now, step) for step, v in enumerate(values[seed])]
            for start in range(0, len(points), BATCH):
                client.log_batch(run_id, metrics=points[start : start + BATCH])
        client.set_terminated(run_id)

    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(one, range(run.batch_shape[-1])))


def connections_of(uri):
    return _connection.CONNECTIONS if uri.startswith("http") else 1


def points_per_second(uri, step):
    """Rates of MLflow's own calls from a loop: all 8 metrics of a step, and one metric."""
    mlflow.set_tracking_uri(uri)
    client = open_client(Store(uri, "benchmark"))
    with mlflow.start_run(experiment_id=experiment_of(client, "calls of mlflow")):
        mlflow.log_metrics(step, step=0)
        whole = timed(lambda: [mlflow.log_metrics(step, step=i) for i in range(STEPS)])
        single = timed(lambda: [mlflow.log_metric("single", float(i), step=i) for i in range(POINTS)])
    return STEPS * len(step) / whole, POINTS / single


WAYS = {"parent alone": {}, "parent and seeds": {"per_seed": "final"}}


@pytest.mark.benchmark(group="a run of many seeds in the default layout")
def test_layouts(benchmark, record, local, run):
    """Bars: the parent and its seeds at most 10 % of the time of every raw point, the parent alone 3 %."""
    few = jax.tree.map(lambda x: x[:2], run)
    log_whole(local, few, per_seed="final")  # the drainer has begun
    log_whole(local, run)  # compiled
    seconds = {way: timed(log_whole, local, run, **options) for way, options in WAYS.items()}
    raw = benchmark.pedantic(lambda: timed(log_raw, local, run, 1), rounds=1)
    shares = {f"ratio of time, {way} to raw points": taken / raw for way, taken in seconds.items()}
    record(seeds=SEEDS, updates=UPDATES, series=1 + LOSSES, mlflow=mlflow.__version__, **shares)


@pytest.mark.benchmark(group="every point of a run")
def test_every_point(benchmark, record, place, run):
    """Bars: 80 % of the rate of bare `log_batch`, 10 times `log_metrics` by step, 40 times `log_metric` by point."""
    part = jax.tree.map(lambda x: x[: max(1, SEEDS // 4)], run)
    log_whole(place, part)  # compiled, and the drainer has begun
    ours = benchmark.pedantic(lambda: timed(log_whole, place, part, per_seed="full"), rounds=1)
    raw = timed(log_raw, place, part, connections_of(place))
    by_step, by_point = points_per_second(place, {f"loss/{i}": float(i) for i in range(8)})
    rate = part.batch_shape[-1] * UPDATES * (1 + LOSSES) / ours
    kind = "http" if place.startswith("http") else "local"
    ratios = {"log_batch": raw / ours, "log_metrics": rate / by_step, "log_metric": rate / by_point}
    ratios = {f"ratio of rates, {kind}, to {name}": ratio for name, ratio in ratios.items()}
    record(seeds=part.batch_shape[-1], updates=UPDATES, points_per_second=rate, mlflow=mlflow.__version__, **ratios)
