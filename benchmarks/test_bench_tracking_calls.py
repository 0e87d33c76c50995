"""What MLflow costs a training loop: one call, a step with the drainer idle and busy, a dead server, a checkpoint.

pytest benchmarks/test_bench_tracking_calls.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import itertools
import statistics
import subprocess
import sys
import time
import warnings

import jax
import jax.numpy as jnp
import mlflow
import numpy as np
import pytest
from flax import linen

import jaxviz as jv
from jaxviz.tracking import Store
from jaxviz.tracking.store._store import open_client

STEP = {f"loss/{i}": float(i) for i in range(8)}
BLOCKS, STEPS = 12, 250
STEP_SECONDS = 0.33e-3
CALLS = 10_000
DEAD = "http://127.0.0.1:9"


@pytest.mark.benchmark(group="one call with 8 metrics")
def test_one_call(benchmark, record, local):
    """Bar: median 50 µs."""
    record(metrics=8)
    with jv.MLflowLogger("calls", local, quiet=True) as logger:
        logger.start_run("ours")
        steps = itertools.count()
        benchmark.pedantic(lambda: logger.log_training_metrics(STEP, next(steps)), rounds=2000, warmup_rounds=50)


@pytest.mark.benchmark(group="one call with 8 metrics")
def test_one_call_mlflow(benchmark, record, local):
    record(metrics=8, mlflow=mlflow.__version__)
    client = open_client(Store(local, "benchmark"))
    mlflow.set_tracking_uri(local)
    with mlflow.start_run(experiment_id=client.create_experiment("calls beside")):
        steps = itertools.count()
        benchmark.pedantic(lambda: mlflow.log_metrics(STEP, step=next(steps)), rounds=200, warmup_rounds=5)


def training_step():
    """A jitted step of about a third of a millisecond, and what it takes."""
    x = jnp.eye(64)
    size = 16
    while True:
        step = jax.jit(lambda x, n=size: jax.lax.fori_loop(0, n, lambda _, y: jnp.tanh(y @ x), x))
        step(x).block_until_ready()
        taken = statistics.median(seconds_of(step, x) for _ in range(50))
        if taken > 0.97 * STEP_SECONDS:
            return lambda: step(x).block_until_ready()
        size = max(size + 1, int(1.02 * size * STEP_SECONDS / taken))


def seconds_of(work, *args):
    start = time.perf_counter()
    jax.block_until_ready(work(*args))
    return time.perf_counter() - start


def growth(step, log):
    """How many times longer a step takes with its call: medians of blocks in turn."""
    ratios = []
    for _ in range(BLOCKS):
        bare = statistics.median(seconds_of(step) for _ in range(STEPS))
        ratios.append(statistics.median(seconds_of(lambda: (step(), log())[0]) for _ in range(STEPS)) / bare)
    return statistics.median(ratios)


@pytest.mark.benchmark(group="a training step of 0.33 ms with a call of 8 metrics")
def test_a_step_with_the_drainer_idle(benchmark, record, local):
    """Bar: 1.10 times. The store is away, so that the drainer only looks whether it answers."""
    step, steps = training_step(), itertools.count()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with jv.MLflowLogger("steps", DEAD, quiet=True) as logger:
            logger.start_run("idle")
            logger.flush(1)
            time.sleep(5)  # the drainer has begun, and waits
            found = growth(step, lambda: logger.log_training_metrics(STEP, next(steps)))
            record(ratio_idle=found)
            benchmark.pedantic(step, rounds=50)


@pytest.mark.benchmark(group="a training step of 0.33 ms with a call of 8 metrics")
def test_a_step_with_the_drainer_busy(benchmark, record, http):
    """Bar: 1.60 times: training, drainer and server share two cores. The step alone is timed beside them too."""
    step, steps = training_step(), itertools.count()
    alone = statistics.median(seconds_of(step) for _ in range(STEPS))
    with warnings.catch_warnings(), jv.MLflowLogger("steps", http, quiet=True) as logger:
        warnings.simplefilter("ignore")  # a loaded server may not answer in time, and is waited for
        logger.start_run("busy")
        logger.log_training_metrics(STEP, next(steps))
        while not logger.flush():
            time.sleep(1)
        logger.log_episode_data(np.zeros(200_000))  # keeps the drainer busy
        time.sleep(0.5)

        def work():
            out = step()
            logger.log_training_metrics(STEP, next(steps))
            return out

        taken = statistics.median(seconds_of(work) for _ in range(BLOCKS * STEPS))
        record(ratio_busy=taken / alone)
        benchmark.pedantic(step, rounds=50)


TRAINING = """
import sys, time, warnings
warnings.simplefilter("ignore")
import jaxviz as jv
calls = int(sys.argv[2])
logger = jv.MLflowLogger("dead", sys.argv[1], quiet=True)
step = {f"loss/{i}": float(i) for i in range(8)}
start = time.perf_counter()
logger.start_run("r")
for i in range(calls):
    logger.log_training_metrics(step, i)
print(time.perf_counter() - start, time.time(), flush=True)
"""


@pytest.mark.benchmark(group="10,000 calls while the server is down from the start, and the exit")
def test_a_dead_server(benchmark, record, local):
    """Bar: the program ends 1 s after its own work. The calls are the logger's work too."""
    del local  # for its folder of journals

    def whole():
        command = [sys.executable, "-c", TRAINING, DEAD, str(CALLS)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        calls, ended = map(float, done.stdout.split())
        return calls, time.time() - ended

    calls, leaving = benchmark.pedantic(whole, rounds=1)
    record(calls=CALLS, ratio_seconds_in_calls=calls, ratio_seconds_at_exit=leaving)


@pytest.mark.benchmark(group="a checkpoint of a 64-64 policy over HTTP, exported")
def test_a_checkpoint(benchmark, record, http):
    """Bar: 0.3 s until the server has it."""
    policy = linen.Sequential([linen.Dense(64), linen.tanh, linen.Dense(64), linen.tanh, linen.Dense(2)])
    example = jnp.zeros((1, 4))
    params = policy.init(jax.random.key(0), example)
    with jv.MLflowLogger("checkpoints", http, quiet=True) as logger:
        logger.start_run("r")
        steps, in_call = itertools.count(), []

        def save():
            start = time.perf_counter()
            logger.log_model_checkpoint(params, next(steps), {"return": 1.0}, apply=policy.apply, example=example)
            in_call.append(time.perf_counter() - start)
            assert logger.flush()

        benchmark.pedantic(save, rounds=7, warmup_rounds=2)
    record(ratio_seconds_in_the_call=statistics.median(in_call[2:]))
