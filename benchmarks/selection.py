"""How often tuned algorithms that are equal are told apart: `python -m benchmarks.selection` prints the table.

Each algorithm has configurations that all have the same mean, of normal scores on tasks of different scales; the best
of each is compared. By the runs that chose it, by other runs ("split"), or lowered by what the choice flatters
("bootstrap"). The same command prints the same table.
"""

from functools import partial
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import typer

from jaxviz.stats.resampling._configurations import halves, heights, resampled

from .experiments import ESTIMATORS, judged, without_margin
from .verdicts import errors

CONFIGURATIONS = ((8, 8), (8, 40), (40, 40))
RUNS, TASKS = (3, 6, 10), (1, 5)
WAYS = ("naive", "split", "bootstrap")
NESTED_REPS = 300


@partial(jax.jit, static_argnames="way")
def tuned(key: jax.Array, x: jax.Array, way: str) -> tuple[jax.Array, jax.Array]:
    """The runs [run, task] that one algorithm reports of its configurations [configuration, run, task], and of each
    run what its choice flatters."""
    keys, present = jax.random.split(key), jnp.ones(x.shape, bool)
    choosing = halves(keys[0], present) if way == "split" else present
    best = jnp.argmax(jnp.sum(heights(x, choosing), axis=1))
    runs = x[best]
    if way == "split":
        later = jnp.argsort(choosing[best], axis=0, stable=True)
        runs = jnp.take_along_axis(runs, later, axis=0)[: x.shape[1] - x.shape[1] // 2]
    if way == "bootstrap":
        found = resampled(keys[1], x, present, reps=NESTED_REPS).together
        runs = runs - (jnp.mean(runs, axis=0) - found)[None]
    return runs, jnp.mean(runs)


def false_verdicts(
    configurations: tuple[int, int], runs: int, tasks: int, way: str, experiments: int, reps: int
) -> tuple[np.ndarray, list[float]]:
    """Shares in % of experiments with a false verdict, of each estimator, and the mean score of each algorithm."""
    keys = jax.random.split(jax.random.key(0), 4)
    scale = jnp.exp(0.7 * jax.random.normal(keys[0], (experiments, 1, 1, tasks)))
    sides = []
    for key, count in zip(keys[1:3], configurations, strict=True):
        x = scale * jax.random.normal(key, (experiments, count, runs, tasks))
        sides.append(jax.lax.map(lambda work: tuned(*work, way), (jax.random.split(keys[3], experiments), x)))
    both = jnp.stack([runs for runs, _ in sides], axis=1)
    told = errors(judged(both, without_margin(both), "these tasks", reps)).verdicts
    return told, [float(jnp.mean(mean)) for _, mean in sides]


def main(
    experiments: Annotated[int, typer.Option(help="Of each entry.")] = 500,
    reps: Annotated[int, typer.Option(help="Replicates of each.")] = 500,
) -> None:
    """Print the table; nominal are 5 %."""
    print(f"false verdicts in %, {', '.join(ESTIMATORS)}, at {' / '.join(map(str, RUNS))} runs; mean scores\n")
    print("| configurations | way | tasks | false verdicts | mean scores, truly 0 |\n|---|---|---|---|---|")
    for configurations in CONFIGURATIONS:
        for way in WAYS:
            for tasks in TASKS:
                kept = [runs for runs in RUNS if way != "split" or runs >= 4]
                found = [false_verdicts(configurations, runs, tasks, way, experiments, reps) for runs in kept]
                shares = " / ".join(", ".join(f"{share:.1f}" for share in told) for told, _ in found)
                means = " / ".join(", ".join(f"{mean:.2f}" for mean in side) for _, side in found)
                print(
                    f"| {configurations[0]}, {configurations[1]} | {way} | {tasks} | {shares} | {means} |", flush=True
                )


if __name__ == "__main__":
    typer.run(main)
