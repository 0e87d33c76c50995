"""How often verdicts are false, and how often they are found: `python -m benchmarks.verdicts` prints the tables.

Equal algorithms give the share of experiments with any false verdict; shifted ones power and "practically equal" at the
margin; better populations the coverage of all intervals. The same command prints the same tables.
"""

from collections.abc import Iterable
from functools import partial
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import typer
from scipy import stats as theory

from jaxviz.comparison._results import BETTER, EQUAL, WORSE
from jaxviz.comparison._settings import Estimator, Population
from jaxviz.stats.across_runs._improvement import improvement_ends
from jaxviz.stats.resampling._algorithms import AGGREGATES, Replicated
from jaxviz.stats.resampling._differences import spread_of

from .experiments import (
    CHUNK,
    ESTIMATORS,
    PLACES,
    SHAPES,
    Cell,
    Judged,
    Shape,
    apart,
    drawn,
    judged,
    only,
    replicates,
    uniform,
    without_margin,
)  # fmt: skip

RUNS = (3, 5, 10, 20)
TASKS = (1, 5, 26)


class Errors(NamedTuple):
    """Shares of experiments in %, of each estimator."""

    verdicts: np.ndarray
    """With any false verdict."""
    intervals: np.ndarray
    """With any adjusted interval that excludes 0."""
    tests: np.ndarray
    """With any adjusted p of at most 0.05."""
    covered: np.ndarray
    """Intervals, not adjusted, that hold 0."""


def errors(found: Judged) -> Errors:
    """Of equal algorithms."""
    told = (found.verdict == BETTER) | (found.verdict == WORSE)
    outside = (found.adjusted_low > 0) | (found.adjusted_high < 0)
    any_of = [jnp.any(flags, axis=2) for flags in (told, outside, found.adjusted_p <= 0.05)]
    held = jnp.mean((found.low <= 0) & (found.high >= 0), axis=2)
    return Errors(*(100 * np.asarray(jnp.mean(flags, axis=0), np.float64) for flags in (*any_of, held)))


def false_verdicts(cell: Cell, population: Population, experiments: int, reps: int) -> dict[str, Errors]:
    """Of each shape."""
    found = dict[str, Errors]()
    for label, shape in SHAPES.items():
        draw = drawn(shape, cell, experiments)
        x = draw.x if population == "these tasks" else apart(draw)
        found[label] = errors(judged(x, without_margin(x), population, reps))
    return found


def false_equals(shape: Shape, cell: Cell, experiments: int, reps: int) -> np.ndarray:
    """Verdicts "practically equal" in %, of each estimator: on one task the first is better by one sd, the margin."""
    x, by = shifted(shape, cell, experiments, 1.0)
    found = judged(x, jnp.mean(by, axis=1), "these tasks", reps)
    return 100 * np.asarray(jnp.mean(found.verdict[:, :, 0] == EQUAL, axis=0), np.float64)


def shifted(shape: Shape, cell: Cell, experiments: int, by: float) -> tuple[jax.Array, jax.Array]:
    """Experiments whose first algorithm is better by some of its sd on each task, and this difference of each task."""
    found = drawn(shape, cell, experiments)
    difference = by * jnp.std(shape.grid()) * found.scale
    return found.x.at[:, 0].add(difference[:, None]), difference


class Power(NamedTuple):
    """Shares in % of experiments that find that the first is better."""

    iqm: float
    mean: float
    welch: float
    mann_whitney: float


def power(shape: Shape, cell: Cell, by: float, experiments: int, reps: int) -> Power:
    """Of two algorithms on one task."""
    x, _ = shifted(shape, cell, experiments, by)
    verdict = judged(x, without_margin(x), "these tasks", reps).verdict[:, :, 0]
    iqm, mean = (100 * float(share) for share in jnp.mean(verdict == BETTER, axis=0))
    a, b = np.asarray(x, np.float64)[:, :, :, 0].swapaxes(0, 1)
    with np.errstate(all="ignore"):
        found = (theory.ttest_ind(a, b, axis=1, equal_var=False), theory.mannwhitneyu(a, b, axis=1))
    higher = a.mean(axis=1) > b.mean(axis=1)
    welch, ranks = (100 * float(np.mean((np.asarray(test[1]) <= 0.05) & higher)) for test in found)
    return Power(iqm, mean, welch, ranks)


class Covered(NamedTuple):
    """Intervals in % that hold the truth, where the first algorithm is of the better population."""

    difference_iqm: float
    difference_mean: float
    mean: float
    median: float
    iqm: float
    optimality_gap: float
    improvement: float


def coverage(shape: Shape, cell: Cell, experiments: int, reps: int) -> Covered:
    """Of two algorithms on tasks that differ in scale, each interval against what is true of these very tasks."""
    equal = drawn(shape, cell, experiments)
    first = shape.better(uniform(jax.random.key(5), (experiments, 1, cell.runs, cell.tasks)))
    x = jnp.concatenate([first * equal.scale[:, None, None], equal.x[:, 1:]], axis=1)
    truth = _truth(shape, equal.scale)
    found = judged(x, without_margin(x), "these tasks", reps)
    true_difference = (truth[:, 0] - truth[:, 1])[:, PLACES]
    differences = _held(found.low[:, :, 0], found.high[:, :, 0], true_difference)
    bounds = [_aggregate_bounds(replicates(x[i : i + CHUNK], "these tasks", reps)) for i in range(0, len(x), CHUNK)]
    low, high = (jnp.concatenate(ends).swapaxes(1, 2) for ends in zip(*bounds, strict=True))
    aggregated = _held(low, high, truth)
    u, v = shape.grid(better=True), shape.grid() * shape.noisier
    chance = jnp.mean((u[:, None] > v[None]) + 0.5 * (u[:, None] == v[None]))
    low_of_p, high_of_p = _improvements(x)
    shares = (*differences, *aggregated.mean(axis=0), _held(low_of_p, high_of_p, chance))
    return Covered(*(float(share) for share in shares))


def _held(low: jax.Array, high: jax.Array, truth: jax.Array) -> np.ndarray:
    slack = 1e-5 * jnp.abs(truth)
    return 100 * np.asarray(jnp.mean((low <= truth + slack) & (truth - slack <= high), axis=0), np.float64)


@partial(jax.jit, static_argnums=0)
def _truth(shape: Shape, scale: jax.Array) -> jax.Array:
    """Aggregates [experiment, algorithm, aggregate] of all the population's runs of each task."""

    def of_one(scale: jax.Array) -> jax.Array:
        grids = [shape.grid(better=True), shape.grid() * shape.noisier]
        return jnp.stack([_aggregates_of(grid[:, None] * scale[None]) for grid in grids])

    return jax.lax.map(of_one, scale, batch_size=20)


def _aggregates_of(x: jax.Array) -> jax.Array:
    """In the order of `AGGREGATES`."""
    means, ordered = jnp.mean(x, axis=0), jnp.sort(x.ravel())
    middle = ordered[x.size // 4 : x.size - x.size // 4]
    return jnp.stack([jnp.mean(means), jnp.median(means), jnp.mean(middle), jnp.mean(jnp.maximum(1 - x, 0))])


@jax.jit
def _aggregate_bounds(found: Replicated) -> tuple[jax.Array, jax.Array]:
    """[experiment, aggregate, algorithm]"""

    def of_one(found: Replicated) -> tuple[jax.Array, jax.Array]:
        level = jnp.full(found.estimate.shape[0], 0.95, found.estimate.dtype)
        return jax.lax.map(lambda place: spread_of(only(found, place), 0).bounds(level), jnp.arange(len(AGGREGATES)))

    return jax.lax.map(of_one, found, batch_size=50)


@jax.jit
def _improvements(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The ends of P(X > Y) of the first two algorithms of each experiment."""
    there = jnp.ones(x.shape[2:], bool)
    return jax.lax.map(lambda x: improvement_ends(x[0], x[1], there, there, jnp.float32(0.95))[1:], x, batch_size=50)


class Plan(NamedTuple):
    """How many experiments of how many replicates."""

    experiments: int
    reps: int


def plan(cell: Cell, scale: float = 1.0) -> Plan:
    """1000 of two algorithms, fewer where they take long; enough replicates for α over all pairs."""
    experiments = 1000 if cell.algorithms * cell.tasks <= 10 else 250
    return Plan(max(1, int(experiments * scale)), {2: 500, 4: 1000}.get(cell.algorithms, 2000))


def _worst_and_mean(found: dict[str, Errors], of: str, estimator: Estimator) -> str:
    """Over the shapes."""
    shares = [getattr(row, of)[ESTIMATORS.index(estimator)] for row in found.values()]
    return f"{max(shares):.1f} ({np.mean(shares):.1f})"


def print_errors(algorithms: int, population: Population, scale: float) -> None:
    """A row for each estimator and each part of a verdict; entries of 3 / 5 / 10 / 20 runs."""
    rows: dict[tuple[Estimator, str], list[str]] = {
        (name, of): [] for name in ESTIMATORS for of in ("verdicts", "intervals", "tests")
    }
    print(f"\n{algorithms} algorithms, {population}; any false verdict in %: worst shape (mean of shapes)\n")
    print("| estimator | of | 1 task | 5 tasks | 26 tasks |\n|---|---|---|---|---|")
    for tasks in TASKS:
        cells = [Cell(algorithms, runs, tasks) for runs in RUNS if population == "these tasks" or tasks > 1]
        found = [false_verdicts(cell, population, *plan(cell, scale)) for cell in cells]
        for (name, of), row in rows.items():
            row.append(" / ".join(_worst_and_mean(one, of, name) for one in found) or "–")
    for (name, of), row in rows.items():
        print(f"| {name} | {of} | " + " | ".join(row) + " |", flush=True)


def print_by_shape(tasks: int, scale: float) -> None:
    """False "practically equal", power, and coverage of two algorithms."""
    cells = [Cell(2, runs, tasks) for runs in RUNS]
    print(f"\n2 algorithms, {tasks} tasks, in % at {' / '.join(map(str, RUNS))} runs\n")
    print("| of | shape | entries |\n|---|---|---|")
    for label, shape in SHAPES.items() if tasks == 1 else ():
        _print_row("equal at the margin: iqm, mean", label, [false_equals(shape, c, *plan(c, scale)) for c in cells])
    for by in (1.0, 2.0) if tasks == 1 else ():
        for label in ("normal", "sd 1, 3", "log-normal", "camps"):
            found = [power(SHAPES[label], c, by, *plan(c, scale)) for c in cells]
            _print_row(f"power at {by:.0f} sd: {', '.join(Power._fields)}", label, found)
    for label, shape in SHAPES.items():
        found = [coverage(shape, c, *plan(c, scale)) for c in cells]
        _print_row(f"coverage: {', '.join(Covered._fields)}", label, found)


def _print_row(of: str, label: str, found: Iterable[Iterable[float]]) -> None:
    columns = [" / ".join(f"{value:.0f}" for value in column) for column in zip(*found, strict=True)]
    print(f"| {of} | {label} | {', '.join(columns)} |", flush=True)


def main(
    algorithms: Annotated[int, typer.Option(help="Algorithms of an experiment: 2, 4, 8.")] = 2,
    population: Annotated[Population, typer.Option(help="What is concluded about.")] = "these tasks",
    by_shape: Annotated[int, typer.Option(help="Power and coverage on so many tasks; 0: false verdicts.")] = 0,
    scale: Annotated[float, typer.Option(help="Times as many experiments.")] = 1.0,
) -> None:
    """Print a table of nominal 5 % errors or 95 % coverages."""
    if by_shape:
        print_by_shape(by_shape, scale)
    else:
        print_errors(algorithms, population, scale)


if __name__ == "__main__":
    typer.run(main)
