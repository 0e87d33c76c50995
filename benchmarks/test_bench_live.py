"""Training with reduced updates and with the live bar, against the same training without; accumulators against loops.

pytest benchmarks/test_bench_live.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import importlib.util
import io
import math
import statistics
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rich.console import Console

import jaxviz as jv
from jaxviz import live, stats

SCRIPT = Path(__file__).resolve().parents[1] / "examples" / "cartpole_ppo.py"
SEEDS = 64
N = 8192


def example():
    spec = importlib.util.spec_from_file_location("cartpole_ppo", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CONFIG = example().Config(total_steps=16_384, evaluations=2, rollouts=2)


def training(keep_episodes):
    """64 seeds of the example: the compiled program, its keys, and the seconds that tracing and compiling took."""
    one = example().make_train(CONFIG, keep_episodes=keep_episodes)
    keys = jax.random.split(jax.random.key(0), SEEDS)
    start = time.perf_counter()
    compiled = jax.jit(jax.vmap(one, in_axes=(0, None, None))).lower(keys, 2.5e-3, 0.01).compile()
    return compiled, keys, time.perf_counter() - start


def run(program):
    compiled, keys, _ = program
    return jax.block_until_ready(compiled(keys, 2.5e-3, 0.01))


@pytest.fixture(scope="module")
def stacked():
    return training(keep_episodes=True)


@pytest.fixture(scope="module")
def reduced():
    return training(keep_episodes=False)


def size(tree):
    return sum(leaf.nbytes for leaf in jax.tree.leaves(tree))


def test_metrics_take_fifty_times_less_memory(stacked, reduced):
    """The rollout is 128 steps x 8 environments here; the factor is that of the info to a few numbers per update."""
    info, few = run(stacked)["metrics"], run(reduced)["metrics"]
    few = (few.total, few.count, few.length_total, few.hold_total, few.hold_count, few.quartiles, few.steps)
    assert size(info) > 50 * size(few)


@pytest.fixture(scope="module")
def logger(tmp_path_factory):
    """A logger whose store is open and whose drainer works."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAXVIZ_JOURNAL", str(folder / "journal"))
        with jv.MLflowLogger("watched", f"sqlite:///{folder}/mlflow.db", quiet=True) as logger:
            logger.log_training_metrics({"warm": 1.0}, 0)
            assert logger.flush()
            yield logger


def watched(program, sink):
    console = Console(file=io.StringIO(), force_terminal=True)
    with live.watch(CONFIG.updates, sink=sink, target=475.0, console=console):
        run(program)


@pytest.mark.benchmark(group="training 64 seeds")
def test_training_in_turn(benchmark, record, stacked, reduced, logger):
    """Reduced, stacked and watched (bar and MLflow at 10 Hz) in turn: the ratios of each round, and their median."""
    ways = {
        "reduced": lambda: run(reduced),
        "stacked": lambda: run(stacked),
        "watched": lambda: watched(reduced, logger),
    }
    seconds = {name: [] for name in ways}

    def one_round():
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)

    benchmark.pedantic(one_round, rounds=15, warmup_rounds=1)
    over = {name: [t / r for t, r in zip(seconds[name], seconds["reduced"], strict=True)][1:] for name in ways}
    ratios = {f"ratio of {name} to reduced": statistics.median(over[name]) for name in ("stacked", "watched")}
    compiling = reduced[2] / stacked[2]
    record(seeds=SEEDS, steps=CONFIG.total_steps, **ratios, **{"ratio of compiling, reduced to stacked": compiling})


ACCUMULATORS = {
    "moments": stats.RunningMoments.init,
    "exponential mean": lambda: stats.RunningExponentialMean.init(0.05),
    "window": lambda: stats.RunningWindow.init(100),
    "drawdown": stats.RunningDrawdown.init,
    "sketch": stats.QuantileSketch.init,
}
every = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.benchmark(group=f"accumulate 8192 entries: {n}")) for n in ACCUMULATORS]
)


@every
def test_accumulate(benchmark, record, returns, name):
    record(entries=N)
    scan = jax.jit(lambda s, x: jax.lax.scan(lambda s, x: (s.update(x), None), s, x)[0])
    state, x = ACCUMULATORS[name](), jnp.asarray(returns[0])
    jax.block_until_ready(scan(state, x))
    benchmark(lambda: jax.block_until_ready(scan(state, x)))


def welford(x):
    n, mean, m2, low, high = 0, 0.0, 0.0, math.inf, -math.inf
    for value in x:
        n += 1
        delta = value - mean
        mean += delta / n
        m2 += delta * (value - mean)
        low, high = min(low, value), max(high, value)
    return mean, m2 / n, low, high


def exponential(x):
    mean = weight = 0.0
    for value in x:
        weight = 1 + 0.95 * weight
        mean += (value - mean) / weight
    return mean


def window(x):
    ring, head = np.zeros(100, np.float32), 0
    for value in x:
        ring[head] = value
        head = (head + 1) % 100
    return ring


def drawdown(x):
    peak, deepest = -math.inf, 0.0
    for value in x:
        peak = max(peak, value)
        deepest = max(deepest, peak - value)
    return deepest


def sketch(x):
    counts: dict[int, int] = {}
    for value in x:
        place = math.ceil(math.log(abs(value) / 1e-3) / 0.02) if abs(value) > 1e-3 else 0
        counts[place] = counts.get(place, 0) + 1
    return counts


LOOPS = {
    "moments": welford,
    "exponential mean": exponential,
    "window": window,
    "drawdown": drawdown,
    "sketch": sketch,
}
KERNELS = {
    "moments": lambda x: stats.coefficient_of_variation(x),
    "exponential mean": lambda x: stats.exponential_mean(x, 0.05)[-1],
    "window": lambda x: stats.rolling_mean(x, 100)[-1],
    "drawdown": stats.max_drawdown,
    "sketch": lambda x: stats.quantile(x, jnp.array([0.05, 0.5, 0.95])),
}


@every
def test_python_loop(benchmark, record, returns, name):
    record(entries=N)
    values = returns[0].tolist()
    benchmark.pedantic(lambda: LOOPS[name](values), rounds=5)


@every
def test_offline_kernel(benchmark, record, returns, name):
    record(entries=N)
    kernel, x = jax.jit(KERNELS[name]), jnp.asarray(returns[0])
    jax.block_until_ready(kernel(x))
    benchmark(lambda: jax.block_until_ready(kernel(x)))
