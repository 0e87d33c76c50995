"""Training with reduced updates and with the live bar, against the same training without; accumulators against loops.

pytest benchmarks/test_bench_live.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import importlib.util
import io
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rich.console import Console

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
    """64 seeds of the example, compiled, and the seconds that took."""
    one = example().make_train(CONFIG, keep_episodes=keep_episodes)
    keys = jax.random.split(jax.random.key(0), SEEDS)
    lowered = jax.jit(jax.vmap(one, in_axes=(0, None, None))).lower(keys, 2.5e-3, 0.01)
    return lowered.compile(), keys


def run(program):
    compiled, keys = program
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


@pytest.mark.benchmark(group="training 64 seeds, reduced updates")
def test_reduced(benchmark, record, reduced):
    record(seeds=SEEDS, steps=CONFIG.total_steps)
    benchmark.pedantic(lambda: run(reduced), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="training 64 seeds, reduced updates")
def test_stacked(benchmark, record, stacked):
    record(seeds=SEEDS, steps=CONFIG.total_steps)
    benchmark.pedantic(lambda: run(stacked), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="training 64 seeds, watched")
def test_watched(benchmark, record, reduced):
    record(seeds=SEEDS, hz=10)
    console = Console(file=io.StringIO(), force_terminal=True)

    def watched():
        with live.watch(CONFIG.updates, sink=lambda metrics, step: None, target=475.0, console=console):
            run(reduced)

    benchmark.pedantic(watched, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="training 64 seeds, watched")
def test_unwatched(benchmark, record, reduced):
    record(seeds=SEEDS)
    benchmark.pedantic(lambda: run(reduced), rounds=5, warmup_rounds=1)


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
