"""How often a plan that adds seeds tells equal algorithms apart, and how many seeds it takes.

`python -m benchmarks.plans` prints the table. Experiments are judged at every look as `compare(..., looks=...)` judges
them, and end with the first verdict. Beside it the verdict of all seeds at once, at 5 %. The same command prints the
same table.
"""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import numpy as np
import typer

from jaxviz.comparison import UNDECIDED
from jaxviz.stats import sequential_alphas

from .experiments import ESTIMATORS, SHAPES, Cell, Drawn, drawn, judged, without_margin

LOOKS = (3, 5, 8, 12, 20)


class Ends(NamedTuple):
    """Of each estimator."""

    told: np.ndarray
    """Share of experiments in % in which some pair is told apart at some look."""
    seeds: np.ndarray
    """Mean number of runs of each algorithm at the end."""
    at_once: np.ndarray
    """Share in % in which some pair is told apart by all runs together."""


def ends(found: Drawn, looks: tuple[int, ...], reps: int) -> Ends:
    """Where a plan ends with two algorithms."""
    margin = without_margin(found.x)
    alphas = np.asarray(sequential_alphas(looks)).tolist()

    def told(runs: int, alpha: float) -> np.ndarray:
        verdict = judged(found.x[:, :, :runs], margin, "these tasks", reps, alpha).verdict
        return np.any(np.asarray(verdict) != UNDECIDED, axis=2)

    at = np.stack([told(runs, alpha) for runs, alpha in zip(looks, alphas, strict=True)])
    ended = np.where(at.any(axis=0), at.argmax(axis=0), len(looks) - 1)
    shares = (100 * part.mean(axis=0) for part in (at.any(axis=0), told(looks[-1], 0.05)))
    told_at_all, at_once = shares
    return Ends(told_at_all, np.asarray(looks)[ended].mean(axis=0), at_once)


def main(
    tasks: Annotated[int, typer.Option()] = 1,
    experiments: Annotated[int, typer.Option()] = 500,
    reps: Annotated[int, typer.Option()] = 2000,
    shifts: Annotated[list[float] | None, typer.Option(help="In standard deviations.")] = None,
) -> None:
    """Print a row for each shift and population."""
    print(f"{'shift':>5}  {'population':<11}  {'estimator':<9}  {'told':>5}  {'seeds':>5}  {'at once':>7}")
    for shift in shifts or [0.0, 1.0, 2.0]:
        for name, shape in SHAPES.items():
            x, scale = drawn(shape, Cell(2, LOOKS[-1], tasks), experiments)
            moved = Drawn(x.at[:, 0].add(shift * scale[:, None]), scale)
            _print(shift, name, ESTIMATORS, ends(moved, LOOKS, reps))


def _print(shift: float, population: str, estimators: Iterable[str], found: Ends) -> None:
    for estimator, told, seeds, at_once in zip(estimators, *found, strict=True):
        print(f"{shift:5.1f}  {population:<11}  {estimator:<9}  {told:5.1f}  {seeds:5.1f}  {at_once:7.1f}", flush=True)


if __name__ == "__main__":
    typer.run(main)
