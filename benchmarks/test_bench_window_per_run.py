"""Windows of which each run has its own, and means over intervals of the budget, of 128 runs of 8192 episodes.

pytest benchmarks/test_bench_window_per_run.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import stats
from jaxviz._own_kernel import own_kernel

WINDOW = 100
KERNELS = {
    "mean": stats.rolling_mean,
    "std": stats.rolling_std,
    "cv": stats.rolling_cv,
    "min": stats.rolling_min,
    "max": stats.rolling_max,
    "slope": stats.rolling_slope,
}
INTERVALS = 200


def whole(fn):
    """All runs at once, as `analyze` makes its series."""
    return jax.vmap(fn)


def in_chunks(fn):
    """32 runs at a time, as `analyze` makes its numbers."""

    def every(*arrays):
        def chunk(_, start):
            return None, jax.vmap(fn)(*(own_kernel(jax.lax.dynamic_slice_in_dim(a, start, 32)) for a in arrays))

        return jax.lax.scan(chunk, None, jnp.arange(0, 128, 32))[1]

    return every


def compiled(fn, *arrays):
    """A call of `fn` that is compiled already."""
    call, arrays = jax.jit(fn), [jnp.asarray(a) for a in arrays]
    jax.block_until_ready(call(*arrays))
    return lambda: jax.block_until_ready(call(*arrays))


@pytest.mark.parametrize("batched", [whole, in_chunks])
@pytest.mark.parametrize("name", KERNELS)
def test_traced_window_to_static(benchmark, in_turn, returns, name, batched):
    benchmark.group = f"{name} {WINDOW}, {batched.__name__} [128 x 8192]"
    windows = np.full(len(returns), WINDOW, np.int32)
    kernel = KERNELS[name]
    static = compiled(batched(lambda x, _: kernel(x, WINDOW)), returns, windows)
    traced = compiled(batched(lambda x, w: kernel(x, w, max_window=WINDOW)), returns, windows)
    in_turn({"static": static, "traced": traced}, rounds=40, runs=128, episodes=8192, window=WINDOW)


@pytest.fixture(scope="module")
def budget():
    """Steps at which episodes ended, and the total of each run."""
    step = np.random.default_rng(1).integers(50, 500, (128, 8192)).cumsum(-1).astype(np.int32)
    return step, step[:, -1] + 10


def by_searching(returns, step, total):
    """Edges, `searchsorted` and two `bincount` for each run."""
    means = np.empty((len(returns), INTERVALS))
    for i in range(len(returns)):
        ends = int(total[i]) * np.arange(1, INTERVALS + 1) // INTERVALS
        slot = np.searchsorted(ends, step[i])
        count = np.bincount(slot, minlength=INTERVALS)
        with np.errstate(invalid="ignore"):
            means[i] = np.bincount(slot, returns[i], INTERVALS) / count
    return means


def test_both_ways_agree(returns, budget):
    means = jax.vmap(lambda x, s, t: stats.interval_means(x, s, total=t))(returns, *budget).mean
    np.testing.assert_allclose(means, by_searching(returns, *budget), rtol=0, atol=1e-6 * np.ptp(returns))


@pytest.mark.parametrize("batched", [whole, in_chunks])
def test_interval_means_to_numpy(benchmark, in_turn, returns, budget, batched):
    benchmark.group = f"interval means, {batched.__name__} [128 x 8192]"
    ours = compiled(batched(lambda x, s, t: stats.interval_means(x, s, total=t, intervals=INTERVALS)), returns, *budget)
    ways = {"ours": ours, "numpy": lambda: by_searching(returns, *budget)}
    in_turn(ways, rounds=20, runs=128, episodes=8192, intervals=INTERVALS)
