"""Accumulators fed entry by entry, against a Python loop of the same updates and the kernel of the whole stream.

    pytest benchmarks/test_bench_accumulators.py -n 0 --benchmark-enable

All three give the same numbers, which is checked first. Episodes are fed by 64 rollouts of 128 steps x 8 environments,
so that starting the program, 0.1 ms, is not what is measured.
"""

import bisect
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz import _masked, stats

N, ROLLOUTS, STEPS, ENVS, ACTIONS, WINDOW = 8192, 64, 128, 8, 4, 100
Q = (0.05, 0.5, 0.95)
EDGES = np.linspace(0.0, 1000.0, 101, dtype=np.float32)


@dataclass(frozen=True)
class Work:
    """One accumulator: how it is fed, what it says, and who else says it."""

    start: Callable[[], Any]
    finish: Callable[[Any], Any]
    kernel: Callable[..., Any]
    loop: Callable[..., Any]
    inputs: tuple[str, ...] = ("x",)
    within: float = 1e-3


def moments_of(x, valid):
    return _masked.mean(x, valid), _masked.std(x, valid), _masked.minimum(x, valid), _masked.maximum(x, valid)


def four(moments):
    return moments.mean, moments.std, moments.minimum, moments.maximum


class Welford:
    def __init__(self):
        self.n, self.mean, self.m2, self.low, self.high = 0, 0.0, 0.0, math.inf, -math.inf

    def add(self, value):
        self.n += 1
        delta = value - self.mean
        self.mean += delta / self.n
        self.m2 += delta * (value - self.mean)
        self.low, self.high = min(self.low, value), max(self.high, value)

    def finish(self):
        return self.mean, math.sqrt(self.m2 / self.n), self.low, self.high


def welford(x):
    seen = Welford()
    for value in x:
        seen.add(value)
    return seen.finish()


def weighted(x, weight):
    mean = total = 0.0
    for value, w in zip(x, weight, strict=True):
        total += w
        mean += (value - mean) * w / total
    return mean


def exponential(x):
    mean = weight = 0.0
    for value in x:
        weight = 1 + 0.95 * weight
        mean += (value - mean) / weight
    return mean


def window(x):
    ring, head, seen = [0.0] * WINDOW, 0, 0
    for value in x:
        ring[head] = value
        head = (head + 1) % WINDOW
        seen = min(seen + 1, WINDOW)
    return math.fsum(ring) / seen


def drawdown(x):
    peak, deepest, value = -math.inf, 0.0, math.nan
    for value in x:
        peak = max(peak, value)
        deepest = max(deepest, peak - value)
    return deepest, peak - value


def page_hinkley(x):
    mean = total = lowest = 0.0
    alarm = -1
    for n, value in enumerate(x):
        mean += (value - mean) / (n + 1)
        total += value - mean - 5.0
        lowest = min(lowest, total)
        if alarm < 0 and total - lowest > 5000.0:
            alarm = n
    return alarm


def quantiles_of(counts, value_of):
    """Values at the ranks q(n − 1) of a sorted dictionary of counts."""
    n, found, before, wanted = sum(counts.values()), [], 0, list(Q)
    for place in sorted(counts):
        before += counts[place]
        while wanted and math.floor(wanted[0] * (n - 1)) < before:
            found.append(value_of(place))
            wanted.pop(0)
    return found


def histogram(x):
    edges, counts = EDGES.tolist(), {}
    for value in x:
        place = bisect.bisect_right(edges, value)
        counts[place] = counts.get(place, 0) + 1
    return quantiles_of(counts, lambda place: (edges[place - 1] + edges[place]) / 2)


def sketch(x):
    gamma, counts = 1.01 / 0.99, {}
    for value in x:
        place = math.ceil(math.log(value / 1e-3) / math.log(gamma)) if value > 1e-3 else 0
        counts[place] = counts.get(place, 0) + 1
    return quantiles_of(counts, lambda place: 1e-3 * 2 * gamma**place / (gamma + 1))


def episodes(reward, done):
    running, length, returns, lengths = [0.0] * ENVS, [0] * ENVS, Welford(), Welford()
    for rewards, ends in zip(itertools.chain(*reward), itertools.chain(*done), strict=True):
        for env in range(ENVS):
            running[env] += rewards[env]
            length[env] += 1
            if ends[env]:
                returns.add(running[env])
                lengths.add(length[env])
                running[env], length[env] = 0.0, 0
    return *returns.finish(), *lengths.finish()


def episodes_kernel(reward, done):
    returns, lengths = stats.accumulate_episodes(reward.reshape(-1, ENVS), done.reshape(-1, ENVS))
    ended = done.ravel()
    return *moments_of(returns.ravel(), ended), *moments_of(lengths.ravel().astype(jnp.float32), ended)


def entropy(probs):
    total, marginal = 0.0, [0.0] * ACTIONS
    for p in probs:
        total -= sum(x * math.log(x) for x in p if x > 0)
        for action, x in enumerate(p):
            marginal[action] += x
    n = len(probs)
    return total / n, -sum(x / n * math.log(x / n) for x in marginal if x > 0) - total / n


def kl(old, new):
    seen = Welford()
    for p, q in zip(old, new, strict=True):
        seen.add(sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0))
    return seen.mean, seen.high


def quantiles(state):
    return state.finalize(jnp.array(Q)).value


def all_quantiles(x):
    return stats.quantile(x, jnp.array(Q))


WORK = {
    "moments": Work(
        stats.RunningMoments.init,
        lambda s: four(s.finalize()),
        lambda x: moments_of(x, jnp.ones(x.shape, bool)),
        welford,
    ),
    "weighted mean": Work(
        stats.RunningWeightedMean.init,
        lambda s: s.finalize(),
        stats.step_weighted_return,
        weighted,
        inputs=("x", "weight"),
    ),
    "exponential mean": Work(
        lambda: stats.RunningExponentialMean.init(0.05),
        lambda s: s.finalize(),
        lambda x: stats.exponential_mean(x, 0.05)[-1],
        exponential,
    ),
    "window": Work(
        lambda: stats.RunningWindow.init(WINDOW),
        lambda s: s.finalize().mean(),
        lambda x: stats.rolling_mean(x, WINDOW)[-1],
        window,
    ),
    "drawdown": Work(
        stats.RunningDrawdown.init,
        lambda s: (s.finalize().max_drawdown, s.finalize().forgetting),
        lambda x: (stats.max_drawdown(x), stats.forgetting(x)),
        drawdown,
    ),
    "Page-Hinkley": Work(
        lambda: stats.RunningPageHinkley.init(5.0, 5000.0),
        lambda s: s.finalize().step,
        lambda x: stats.page_hinkley(x, 5.0, 5000.0).step,
        page_hinkley,
    ),
    "histogram": Work(lambda: stats.RunningHistogram.init(EDGES), quantiles, all_quantiles, histogram, within=10.0),
    "sketch": Work(stats.QuantileSketch.init, quantiles, all_quantiles, sketch, within=12.0),
    "episodes": Work(
        lambda: stats.RunningEpisodes.init(ENVS),
        lambda s: (*four(s.finalize().returns), *four(s.finalize().lengths)),
        episodes_kernel,
        episodes,
        inputs=("reward", "done"),
    ),
    "entropy": Work(
        lambda: stats.RunningEntropy.init(ACTIONS),
        lambda s: (s.finalize().mean_entropy, s.finalize().mutual_information),
        lambda p: (stats.categorical_entropy(p).mean(), stats.mutual_information(p)),
        entropy,
        inputs=("probs",),
    ),
    "KL": Work(
        stats.RunningPolicyKL.init,
        lambda s: (s.finalize().mean, s.finalize().maximum),
        lambda p, q: (stats.policy_kl(p, q).mean(), stats.policy_kl(p, q).max()),
        kl,
        inputs=("probs", "new_probs"),
    ),
}


@pytest.fixture(scope="module")
def streams(returns):
    rng = np.random.default_rng(1)
    probs, new_probs = rng.dirichlet(np.ones(ACTIONS), (2, N)).astype(np.float32)
    steps = (ROLLOUTS, STEPS, ENVS)
    made = {
        "x": returns[0],
        "weight": rng.integers(1, 500, N).astype(np.float32),
        "probs": probs,
        "new_probs": new_probs,
        "reward": rng.gamma(2.0, 1.0, steps).astype(np.float32),
        "done": rng.random(steps) < 0.02,
    }
    return {name: jnp.asarray(values) for name, values in made.items()}


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.benchmark(group=f"accumulate: {n}")) for n in WORK])
def test_entry_by_entry(in_turn, streams, name):
    work = WORK[name]
    inputs = tuple(streams[key] for key in work.inputs)
    lists = tuple(values.tolist() for values in inputs)
    kernel = jax.jit(work.kernel)

    @jax.jit
    def online(*inputs):
        state = jax.lax.scan(lambda state, now: (state.update(*now), None), work.start(), inputs)[0]
        return work.finish(state)

    ways = {
        "online": lambda: jax.block_until_ready(online(*inputs)),
        "kernel": lambda: jax.block_until_ready(kernel(*inputs)),
        "loop": lambda: work.loop(*lists),
    }
    ours, kernels, loops = (np.ravel(jax.tree.leaves(way())).astype(float) for way in ways.values())
    np.testing.assert_allclose(ours, kernels, rtol=1e-3, atol=work.within)
    np.testing.assert_allclose(loops, kernels, rtol=1e-3, atol=work.within)
    in_turn(ways, rounds=50, entries=inputs[0].size if name == "episodes" else N)
