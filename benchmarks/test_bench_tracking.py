"""What MLflow costs: one call in a training loop, a vmapped run in columns, and every raw point, against MLflow itself.

pytest benchmarks/test_bench_tracking.py -n 0 --benchmark-enable --benchmark-group-by=group
JAXVIZ_BENCH_SEEDS (default 128) and JAXVIZ_BENCH_UPDATES (default 1000) make it shorter.
"""

import itertools
import os
import time

import mlflow
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.tracking import Store
from jaxviz.tracking._store import open_client

SEEDS = int(os.environ.get("JAXVIZ_BENCH_SEEDS", "128"))
UPDATES = int(os.environ.get("JAXVIZ_BENCH_UPDATES", "1000"))
LOSSES = 7
BATCH = 1000
STEP = {f"loss/{i}": float(i) for i in range(8)}
_names = itertools.count()


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    """A local store that is open already, and a folder for journals."""
    folder = tmp_path_factory.mktemp("store")
    os.environ["JAXVIZ_JOURNAL"] = str(folder / "journal")
    open_client(Store(f"sqlite:///{folder}/mlflow.db", "benchmark"))
    yield f"sqlite:///{folder}/mlflow.db"
    del os.environ["JAXVIZ_JOURNAL"]


@pytest.fixture(scope="module")
def run():
    """Seeds × updates × eight series."""
    rng = np.random.default_rng(0)
    losses = {f"loss{i}": rng.normal(size=(SEEDS, UPDATES)).astype(np.float32) for i in range(LOSSES)}
    return jv.from_arrays(rng.normal(size=(SEEDS, UPDATES)).astype(np.float32), losses=losses)


def log_whole(uri, run, **options):
    """Log a run and wait until the store has all of it."""
    logger = jv.MLflowLogger("benchmark", uri, quiet=True)
    logger.start_run(f"run {next(_names)}")
    logger.log_run(run, figures=False, report=False, **options)
    assert logger.flush(timeout=600)
    logger.end_run()


def log_raw(uri, run):
    """Every point by `log_batch`, key after key, a run for each seed: the fastest that MLflow's client has."""
    from mlflow.entities import Metric

    client = open_client(Store(uri, "benchmark"))
    experiment = client.get_experiment_by_name("raw")
    experiment_id = experiment.experiment_id if experiment else client.create_experiment("raw")
    series = {"return": np.asarray(run.episodes.returns)}
    series |= {name: np.asarray(values) for name, values in run.losses.values.items()}
    now = int(time.time() * 1000)
    for seed in range(SEEDS):
        run_id = client.create_run(experiment_id, run_name=f"seed {seed}").info.run_id
        for name, values in series.items():
            points = [Metric(name, float(v), now, step) for step, v in enumerate(values[seed])]
            for start in range(0, len(points), BATCH):
                client.log_batch(run_id, metrics=points[start : start + BATCH])
        client.set_terminated(run_id)


WAYS = {"parent alone": {}, "parent and seeds": {"per_seed": "final"}, "every point": {"per_seed": "full"}}
"""Options of `log_run`: the layouts, of which the first is what the others and the raw points are compared with."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.benchmark(group="a run of many seeds, against the parent alone")
def test_layout(benchmark, record, uri, run, way):
    record(seeds=SEEDS, updates=UPDATES, series=1 + LOSSES, **WAYS[way])
    benchmark.pedantic(lambda: log_whole(uri, run, **WAYS[way]), rounds=1, warmup_rounds=int(way != "every point"))


@pytest.mark.benchmark(group="a run of many seeds, against the parent alone")
def test_raw_points(benchmark, record, uri, run):
    record(mlflow=mlflow.__version__)
    benchmark.pedantic(lambda: log_raw(uri, run), rounds=1)


@pytest.mark.benchmark(group="one call with 8 metrics")
def test_one_call(benchmark, record, uri):
    record(metrics=8)
    with jv.MLflowLogger("calls", uri, quiet=True) as logger:
        logger.start_run("ours")
        steps = itertools.count()
        benchmark.pedantic(lambda: logger.log_training_metrics(STEP, next(steps)), rounds=2000, warmup_rounds=50)


@pytest.mark.benchmark(group="one call with 8 metrics")
def test_one_call_mlflow(benchmark, record, uri):
    record(metrics=8, mlflow=mlflow.__version__)
    client = open_client(Store(uri, "benchmark"))
    mlflow.set_tracking_uri(uri)
    with mlflow.start_run(experiment_id=client.create_experiment("calls of mlflow")):
        steps = itertools.count()
        benchmark.pedantic(lambda: mlflow.log_metrics(STEP, step=next(steps)), rounds=200, warmup_rounds=5)
