"""How often 95 % intervals of the mean and the IQM cover the truth: `python -m benchmarks.coverage` prints the table.

Each row simulates experiments of 10, 20 and 50 runs from a known population, makes an interval from every experiment
and counts how many hold the population's own value.
"""

import itertools
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np
import typer
from scipy import stats as theory

from jaxviz import stats

RUNS = (10, 20, 50)
Method = Literal["percentile", "bca", "studentized", "t"]
METHODS: tuple[Method, ...] = get_args(Method)
STATISTICS = {"mean": stats.mean, "IQM": stats.iqm}


class Population(NamedTuple):
    """Scores of one task: how they are drawn, and by which quantile function the truth is integrated."""

    draw: Callable[[jax.Array, tuple[int, ...]], jax.Array]
    quantile: Callable[[np.ndarray], np.ndarray]

    def truth(self, name: str) -> float:
        """The population's mean, or its mean between the quartiles."""
        low, high = (0.25, 0.75) if name == "IQM" else (0.0, 1.0)
        middle = (np.arange(1_000_000) + 0.5) / 1_000_000
        return float(np.mean(self.quantile(low + (high - low) * middle)))


def two_camps(q: np.ndarray) -> np.ndarray:
    """Three seeds of ten fail near 0.2, the others solve the task near 0.9."""
    failed = theory.norm.ppf(np.clip(q / 0.3, 1e-12, 1 - 1e-12), 0.2, 0.05)
    solved = theory.norm.ppf(np.clip((q - 0.3) / 0.7, 1e-12, 1 - 1e-12), 0.9, 0.05)
    return np.where(q < 0.3, failed, solved)


def draw_camps(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    which, noise = jax.random.split(key)
    camp = jnp.where(jax.random.bernoulli(which, 0.3, shape), 0.2, 0.9)
    return camp + 0.05 * jax.random.normal(noise, shape)


POPULATIONS = {
    "normal": Population(jax.random.normal, theory.norm.ppf),
    "skewed (log-normal)": Population(
        lambda key, shape: jnp.exp(jax.random.normal(key, shape)), lambda q: np.exp(theory.norm.ppf(q))
    ),
    "two camps of seeds": Population(draw_camps, two_camps),
}


@partial(jax.jit, static_argnames=("statistic", "method", "reps"))
def bounds(
    key: jax.Array, experiments: jax.Array, *, statistic: Callable[..., jax.Array], method: Method, reps: int
) -> tuple[jax.Array, jax.Array]:
    """Bounds of the interval of each experiment [experiment, run]."""

    def one(work: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        key, scores = work
        interval = stats.bootstrap_interval(key, statistic, scores, unit="run", method=method, reps=reps)
        return interval.low, interval.high

    return jax.lax.map(one, (jax.random.split(key, len(experiments)), experiments), batch_size=100)


def share_covered(
    population: Population, name: str, method: Method, *, runs: int, simulations: int, reps: int
) -> float:
    """Share of simulated experiments whose interval holds the truth."""
    draw, resample = jax.random.split(jax.random.key(0))
    experiments = population.draw(draw, (simulations, runs))
    low, high = bounds(resample, experiments, statistic=STATISTICS[name], method=method, reps=reps)
    truth = population.truth(name)
    return float(jnp.mean(((low <= truth) & (truth <= high)).astype(float)))


def main(
    simulations: Annotated[int, typer.Option(help="Experiments simulated for every entry.")] = 4000,
    reps: Annotated[int, typer.Option(help="Bootstrap replicates of every interval.")] = 2000,
) -> None:
    """Print the coverage of nominal 95 % intervals as a Markdown table."""
    print(f"Standard error of an entry: {100 * np.sqrt(0.95 * 0.05 / simulations):.1f} points.\n")
    print("| population | statistic | method | " + " | ".join(f"{n} runs" for n in RUNS) + " |")
    print("|---|---|---|" + "---|" * len(RUNS))
    for (label, population), name, method in itertools.product(POPULATIONS.items(), STATISTICS, METHODS):
        shares = [share_covered(population, name, method, runs=n, simulations=simulations, reps=reps) for n in RUNS]
        print(f"| {label} | {name} | {method} | " + " | ".join(f"{100 * share:.1f}" for share in shares) + " |")


if __name__ == "__main__":
    typer.run(main)
