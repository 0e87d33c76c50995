"""How often 95 % intervals cover the truth: `python -m benchmarks.coverage` prints the tables of the README.

Each entry simulates experiments of a number of runs from a known population, makes an interval from every experiment
and counts how many hold the population's own value. Nothing is drawn anew between methods: they see the same runs.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Annotated, NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np
import typer
from scipy import stats as theory

from jaxviz import stats
from jaxviz.stats._engine._intervals import Method
from jaxviz.stats.across_runs._restricted_means import CensoredMethod

RUNS = (5, 10, 20, 50)
TIMES = 40
SHARES = (0.12, 0.5, 0.86)
Row = tuple[str, str, str, Callable[[int], "Trials"]]


class Trials(NamedTuple):
    """Experiments, the value their intervals should hold, and the function that makes an interval of one of them."""

    data: tuple[jax.Array, ...]
    truth: float
    interval: Callable[..., stats.Interval]


class Population(NamedTuple):
    """Scores of one task: how they are drawn, and their quantile function."""

    draw: Callable[[jax.Array, tuple[int, ...]], jax.Array]
    quantile: Callable[[np.ndarray], np.ndarray]

    def truth(self, name: str) -> float:
        """The population's mean, median, or mean between the quartiles."""
        if name == "median":
            return float(self.quantile(np.array(0.5)))
        low, high = (0.25, 0.75) if name == "IQM" else (0.0, 1.0)
        middle = (np.arange(1_000_000) + 0.5) / 1_000_000
        return float(np.mean(self.quantile(low + (high - low) * middle)))


def _camps_at(q: np.ndarray) -> np.ndarray:
    """Three seeds of ten fail near 0.2, the others solve the task near 0.9."""
    failed = theory.norm.ppf(np.clip(q / 0.3, 1e-12, 1 - 1e-12), 0.2, 0.05)
    solved = theory.norm.ppf(np.clip((q - 0.3) / 0.7, 1e-12, 1 - 1e-12), 0.9, 0.05)
    return np.where(q < 0.3, failed, solved)


def _draw_camps(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    which, noise = jax.random.split(key)
    camp = jnp.where(jax.random.bernoulli(which, 0.3, shape), 0.2, 0.9)
    return camp + 0.05 * jax.random.normal(noise, shape)


def _draw_saturated(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    return jnp.minimum(jax.random.normal(key, shape) + 0.5, 1)


POPULATIONS = {
    "normal": Population(jax.random.normal, theory.norm.ppf),
    "log-normal": Population(
        lambda key, shape: jnp.exp(jax.random.normal(key, shape)), lambda q: np.exp(theory.norm.ppf(q))
    ),
    "two camps": Population(_draw_camps, _camps_at),
    "saturated": Population(_draw_saturated, lambda q: np.minimum(theory.norm.ppf(q) + 0.5, 1)),
}
"""Saturated: three scores of ten are the largest there is."""


def _median(x: jax.Array) -> jax.Array:
    return stats.quantile_band(x, (0.5,))[0]


STATISTICS = {"mean": stats.mean, "IQM": stats.iqm, "median": _median}
METHODS: dict[str, tuple[Method, ...]] = {
    "mean": ("percentile", "scaled", "hall"),
    "IQM": ("percentile", "scaled", "bca"),
    "median": ("percentile", "scaled"),
}
"""Not "studentized": what it holds "hall" holds, and its nested jackknife takes ten times as long as all others."""


def draws(population: Population, experiments: int, runs: int, seed: int = 0) -> jax.Array:
    """Scores [experiment, run]."""
    return population.draw(jax.random.key(seed), (experiments, runs))


def of_one(label: str, name: str, method: Method, experiments: int, reps: int) -> Row:
    """Intervals of a statistic of one sample."""
    population = POPULATIONS[label]

    def trials(runs: int) -> Trials:
        make = _maker(_one, STATISTICS[name], method, reps)
        return Trials((draws(population, experiments, runs),), population.truth(name), make)

    return label, name, method, trials


def _one(
    statistic: Callable[..., jax.Array], method: Method, reps: int, key: jax.Array, x: jax.Array
) -> stats.Interval:
    return stats.bootstrap_interval(key, statistic, x, unit="run", method=method, reps=reps)


def of_two(label: str, name: str, method: Method, experiments: int, reps: int) -> Row:
    """Differences of two algorithms of which the second is twice as noisy, and P(X > Y) of two equal ones."""
    population = POPULATIONS[label]
    truth, spread = population.truth("mean" if name == "P(X>Y)" else name), 1 if name == "P(X>Y)" else 2

    def trials(runs: int) -> Trials:
        x, y = (draws(population, experiments, runs, seed) for seed in (0, 1))
        value = 0.5 if name == "P(X>Y)" else 0.0
        return Trials((x, truth + spread * (y - truth)), value, _maker(_two, name, method, reps))

    return label, name if name == "P(X>Y)" else f"difference in {name}", method, trials


def _two(name: str, method: Method, reps: int, key: jax.Array, x: jax.Array, y: jax.Array) -> stats.Interval:
    if name == "P(X>Y)":
        better = stats.probability_of_improvement
        return stats.bootstrap_comparison(key, better, x, y, unit="run", method=method, reps=reps)
    return stats.bootstrap_difference(key, STATISTICS[name], x, y, unit="run", method=method, reps=reps)


def of_times(share: float, method: CensoredMethod, experiments: int, reps: int) -> Row:
    """Restricted means of exponential times of which a share is reached within the budget of 1."""
    rate = -np.log1p(-share)

    def trials(runs: int) -> Trials:
        time = jax.random.exponential(jax.random.key(0), (experiments, runs)) / rate
        return Trials((time,), share / rate, _maker(_time, method, reps))

    return f"exponential, {share:.0%} reached", "restricted mean", method, trials


def _time(method: CensoredMethod, reps: int, key: jax.Array, time: jax.Array) -> stats.Interval:
    return stats.restricted_mean_interval(key, jnp.minimum(time, 1), time < 1, 1.0, method=method, reps=reps)


def of_curves(label: str, name: str, experiments: int, reps: int) -> Row:
    """Whole curves of 40 points with autocorrelation 0.8."""

    def trials(runs: int) -> Trials:
        noise = jax.random.normal(jax.random.key(0), (experiments, runs, TIMES))
        curves = _autoregression(noise)
        if label == "log-normal":
            curves = jnp.exp(curves)
        return Trials((curves,), POPULATIONS[label].truth(name), _maker(_curve, STATISTICS[name], reps))

    return f"{label} curve, AR .8", f"band of the {name}", "simultaneous", trials


@jax.jit
def _autoregression(noise: jax.Array) -> jax.Array:
    def step(x: jax.Array, e: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = 0.8 * x + 0.6 * e
        return x, x

    first, rest = noise[..., 0], jnp.moveaxis(noise[..., 1:], -1, 0)
    return jnp.concatenate([first[..., None], jnp.moveaxis(jax.lax.scan(step, first, rest)[1], 0, -1)], axis=-1)


def _curve(statistic: Callable[..., jax.Array], reps: int, key: jax.Array, curves: jax.Array) -> stats.Interval:
    return stats.simultaneous_band(key, curves, statistic, reps=reps)


def share_covered(trials: Trials) -> float:
    """Share of the experiments whose interval holds the truth (at every point of a curve)."""
    keys = jax.random.split(jax.random.key(2), len(trials.data[0]))
    return float(_share(trials.interval, (keys, *trials.data), jnp.asarray(trials.truth)))


@partial(jax.jit, static_argnums=0)
def _share(interval: Callable[..., stats.Interval], work: tuple[jax.Array, ...], truth: jax.Array) -> jax.Array:
    def held(one: tuple[jax.Array, ...]) -> jax.Array:
        got = interval(*one)
        return jnp.all((got.low <= truth) & (truth <= got.high))

    return jnp.mean(jax.lax.map(held, work, batch_size=50))


@cache
def _maker(make: Callable[..., stats.Interval], *settings: object) -> Callable[..., stats.Interval]:
    """The same object for the same settings: populations then share what was compiled."""
    return partial(make, *settings)


def rows(experiments: int, reps: int) -> Iterator[Row]:
    """Every row of the table."""
    for name, methods in METHODS.items():
        for label in POPULATIONS:
            yield from (of_one(label, name, method, experiments, reps) for method in methods)
    both: tuple[Method, ...] = ("percentile", "scaled")
    for name in ("mean", "IQM", "P(X>Y)"):
        for label in POPULATIONS:
            yield from (of_two(label, name, method, experiments, reps) for method in both)
    for share in SHARES:
        yield from (of_times(share, method, experiments, reps) for method in get_args(CensoredMethod))
    for label in ("normal", "log-normal"):
        yield from (of_curves(label, name, experiments, reps) for name in ("mean", "IQM"))


def main(
    simulations: Annotated[int, typer.Option(help="Experiments simulated for every entry.")] = 1000,
    reps: Annotated[int, typer.Option(help="Bootstrap replicates of every interval.")] = 1000,
    only: Annotated[str, typer.Option(help="Only statistics whose name begins like this.")] = "",
) -> None:
    """Print the coverage of nominal 95 % intervals as a Markdown table."""
    print(f"Standard error of an entry: {100 * np.sqrt(0.95 * 0.05 / simulations):.1f} points.\n")
    print("| population | statistic | method | " + " | ".join(f"{n} runs" for n in RUNS) + " |")
    print("|---|---|---|" + "---|" * len(RUNS))
    for population, name, method, trials in rows(simulations, reps):
        if name.startswith(only):
            shares = [f"{100 * share_covered(trials(runs)):.1f}" for runs in RUNS]
            print(f"| {population} | {name} | {method} | " + " | ".join(shares) + " |", flush=True)


if __name__ == "__main__":
    typer.run(main)
