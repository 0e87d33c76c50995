"""What a comparison can be asked for."""

import math
from typing import Literal, NamedTuple

from ..stats.across_runs import iqm, mean, median_of_task_means, optimality_gap
from ..stats.resampling import Population as Population
from ..stats.resampling._estimators import estimator_of

Correction = Literal["holm", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli", "none"]
"""How p-values and levels are adjusted for the number of pairs."""
Estimator = Literal["iqm", "mean", "median"]
"""What of the scores of an algorithm is compared."""


ESTIMATORS = {
    "mean": estimator_of(mean),
    "median": estimator_of(median_of_task_means),
    "iqm": estimator_of(iqm),
    "optimality_gap": estimator_of(optimality_gap),
}
"""What aggregates are called, of algorithms and in differences alike."""


class Scale(NamedTuple):
    """How scores of several tasks were put on one scale."""

    name: str
    """"raw" if they were not."""
    source: str = ""
    """Where the reference scores come from."""
    low: tuple[float, ...] = ()
    """Of each task: what is 0."""
    high: tuple[float, ...] = ()
    """Of each task: what is 1."""


class Settings(NamedTuple):
    """How to compare. Static: other settings compile again."""

    estimator: Estimator
    population: Population
    correction: Correction
    pairs: tuple[tuple[int, int], ...]
    """Places of the two algorithms of each pair."""
    complete: bool
    """Every algorithm has a run of every task."""
    alike: bool
    """All algorithms have as many runs of a task."""
    exact: int | None
    """Runs of every algorithm if all relabellings are enumerated."""
    few: bool
    """Too few runs of one task to permute: Welch's test stands in for the permutations."""
    reps: int
    relabellings: int
    """Of a permutation test: at least `reps`, and enough that p can be small enough for all pairs."""
    alpha: float
    """Level of significance over all pairs, for what is said about it."""


MOST_RELABELLINGS = 200_000
"""More are drawn only if the caller asks for them."""


def relabellings_for(pairs: int, alpha: float, reps: int) -> int:
    """So many that the least p, 1/(B + 1), is half of what a correction for the pairs leaves to the smallest."""
    needed = math.ceil(2 * pairs / alpha) if alpha > 0 else reps
    return reps if needed > MOST_RELABELLINGS else max(reps, needed)


def too_few_to_permute(runs: int, pairs: int, alpha: float) -> bool:
    """Of one task: fewer than five runs, or the least p, 2/C(2n, n), is above α over all pairs."""
    return runs < 5 or 2 * pairs > alpha * math.comb(2 * runs, runs)


def too_few_to_flip(tasks: int, pairs: int, alpha: float) -> bool:
    """The least p of a sign-flip test over tasks, 2/2ᴹ, is above α over all pairs."""
    return 2 * pairs > alpha * 2**tasks
