"""Trailing windows over 128 runs of 8192 episodes against bottleneck and pandas, in time and in float32 error.

pytest benchmarks/test_bench_windows.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import bottleneck
import jax
import jax.numpy as jnp
import numpy as np
import pandas
import pytest

from jaxviz import stats

PEERS = {
    "mean": (stats.rolling_mean, bottleneck.move_mean, (10, 100, 1000)),
    "std": (stats.rolling_std, bottleneck.move_std, (10, 100, 1000)),
    "min": (stats.rolling_min, bottleneck.move_min, (10, 100, 1000)),
    "max": (stats.rolling_max, bottleneck.move_max, (10, 100, 1000)),
    "median": (stats.rolling_median, bottleneck.move_median, (10, 50, 100, 500)),
}
CASES = [(name, window) for name, (_, _, windows) in PEERS.items() for window in windows]

every_window = pytest.mark.parametrize(
    ("name", "window"),
    [pytest.param(n, w, marks=pytest.mark.benchmark(group=f"rolling {n} {w} [128 x 8192]")) for n, w in CASES],
)


def compiled(fn, data):
    """`fn` of every run, under jit and already compiled."""
    every = jax.jit(jax.vmap(fn))
    data = jnp.asarray(data)
    jax.block_until_ready(every(data))
    return lambda: jax.block_until_ready(every(data))


@every_window
def test_ours(benchmark, record, returns, name, window):
    record(runs=128, episodes=8192, window=window)
    benchmark(compiled(lambda x: PEERS[name][0](x, window), returns))


@every_window
def test_bottleneck(benchmark, record, returns, name, window):
    record(runs=128, episodes=8192, window=window, bottleneck=bottleneck.__version__)
    benchmark(lambda: PEERS[name][1](returns, window, axis=-1))


@pytest.mark.benchmark(group="rolling quantile 100 [128 x 8192]")
def test_quantile(benchmark, record, returns):
    record(runs=128, episodes=8192, window=100)
    benchmark(compiled(lambda x: stats.rolling_quantile(x, 100, 0.9), returns))


@pytest.mark.benchmark(group="rolling quantile 100 [128 x 8192]")
def test_quantile_pandas(benchmark, record, returns):
    record(runs=128, episodes=8192, window=100, pandas=pandas.__version__)
    frame = pandas.DataFrame(np.ascontiguousarray(returns.T))
    benchmark.pedantic(lambda: frame.rolling(100).quantile(0.9), rounds=2)


def series(kind):
    """Runs that float32 running sums do badly on: far from zero, or drifting away."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (16, 8192))
    far = noise + 1e4
    drifting = noise + np.linspace(0, 1e4, 8192)
    return {"offset": far, "drift": drifting}[kind].astype(np.float32)


@pytest.mark.parametrize("kind", ["offset", "drift"])
@pytest.mark.parametrize("window", [10, 100, 1000])
@pytest.mark.parametrize("name", ["mean", "std"])
def test_error_is_below_bottlenecks(name, window, kind):
    ours, theirs, _ = PEERS[name]
    x = series(kind)
    truth = theirs(x.astype(np.float64), window, axis=-1)
    error = np.nanmax(np.abs(jax.vmap(lambda x: ours(x, window))(x) - truth))
    assert error < np.nanmax(np.abs(theirs(x, window, axis=-1) - truth))
