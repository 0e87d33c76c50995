"""`Comparison`: what is concluded of algorithms on common tasks, with every number behind it."""

from pathlib import Path

import equinox as eqx

from .._explained import explained
from .._shown import Result, Told
from .._types import Array, Bool, Float, Int
from ..stats.resampling import Interval
from ..study import Finding
from ._settings import Correction, Estimator, Population, Scale
from .selection._chosen import Chosen

# One a line: tools that read sources do not see names on the left of a tuple.
WORSE = -1
UNDECIDED = 0
BETTER = 1
EQUAL = 2
VERDICTS = {WORSE: "worse", UNDECIDED: "undecided", BETTER: "better", EQUAL: "practically equal"}
"""Code in `Pairs.verdict` → word."""


class Aggregates(Result):
    """Each algorithm over the tasks that all algorithms have, in units of the (normalised) score."""

    mean: Interval
    """Mean of task means [algorithm]."""
    median: Interval
    """Median of task means [algorithm]."""
    iqm: Interval
    """Mean of the middle half of all runs of all tasks [algorithm]."""
    optimality_gap: Interval | None
    """Mean shortfall below a normalised score of 1 [algorithm], ↓; None for scores that are not normalised."""


class Profile(Result):
    """Performance profiles of the algorithms over the tasks that all have: how their scores are spread."""

    threshold: Float[Array, " threshold"]
    """Scores from the worst of all to the best."""
    share: Interval
    """Share of the runs that are better than the score, each task weighing the same [algorithm, threshold], ↑; with a
    pointwise interval, about these tasks."""


class Tasks(Result):
    """Each algorithm on each task by itself."""

    mean: Interval
    """Mean over runs [algorithm, task]."""
    iqm: Interval
    """IQM over runs [algorithm, task]."""
    runs: Int[Array, "algorithm task"]
    """Runs that have a score."""
    diverged: Int[Array, "algorithm task"]
    """How many of them diverged: they count as the worst score of their task."""


class Pairs(Result):
    """Two algorithms at a time, `first` against `second`. Only tasks that both have count."""

    first: Int[Array, " pair"]
    """Place in `Comparison.algorithms`."""
    second: Int[Array, " pair"]
    difference: Interval
    """Estimate of first less that of second at the level of the comparison, not adjusted [pair]."""
    adjusted: Interval
    """The same at the level that the correction leaves to the pair: verdicts are read off it."""
    improvement: Interval
    """Probability that a run of first is better than one of second on the same task, averaged over tasks, ↑."""
    cliffs_delta: Float[Array, " pair"]
    """2·P − 1."""
    p_value: Float[Array, " pair"]
    """Two-sided p of no difference. That of the IQM is too small where spreads differ (below 0.05 in up to 14 % of
    experiments with equal algorithms): verdicts need the interval too."""
    adjusted_p: Float[Array, " pair"]
    """p adjusted for the number of pairs."""
    wins: Int[Array, " pair"]
    """Tasks on which the mean of first is better."""
    losses: Int[Array, " pair"]
    ties: Int[Array, " pair"]
    by_task: Float[Array, "pair task"]
    """Difference of the means on each task; NaN if one has no run there."""
    without: Float[Array, "pair task"]
    """`difference` without the task."""
    hangs_on: Int[Array, " pair"]
    """A task without which the difference would not be told from 0 any more; −1 if there is none."""
    further_seeds: Float[Array, " pair"]
    """Runs that each of both needs beside those it has, on every task, to settle an undecided pair with a power of
    0.8; NaN if it is settled, or if 1000 would not do."""
    verdict: Int[Array, " pair"]
    """1 first is better, −1 first is worse, 2 practically equal, 0 undecided."""


class Comparison(Told):
    """Algorithms on common tasks: scores, aggregates, pairs with verdicts, and tiers.

    Higher is better in `scores` and everywhere else, unless `minimize`: then lower is.
    """

    scores: Float[Array, "algorithm run task"]
    """What is compared, normalised."""
    raw: Float[Array, "algorithm run task"]
    """As the runs have it."""
    valid: Bool[Array, "algorithm run task"]
    """Which runs there are."""
    diverged: Bool[Array, "algorithm run task"]
    """Which of them diverged."""
    aggregate: Aggregates
    tasks: Tasks
    pairs: Pairs
    tier: Int[Array, " algorithm"]
    """1 + the longest chain of algorithms each of which is better than the next and that ends above it; nobody in a
    tier is better than another of it."""
    profile: Profile
    ranks: Float[Array, "algorithm rank"]
    """Probability of each rank by the mean of a task, averaged over tasks; 1 = best."""
    level: Float[Array, ""]
    """Of the intervals that are not adjusted."""
    alpha: Float[Array, ""]
    """Level of significance of the verdicts over all pairs: 1 − level, or what `looks` leave to this look."""
    margin: Float[Array, ""]
    """Differences up to it do not matter; NaN if none was named."""
    algorithms: tuple[str, ...] = eqx.field(static=True)
    task_names: tuple[str, ...] = eqx.field(static=True)
    score: str = eqx.field(static=True)
    """Name of the number of a run that is compared."""
    metric: str = eqx.field(static=True)
    minimize: bool = eqx.field(static=True)
    """Whether lower scores are better; normalised scores never are."""
    scale: Scale = eqx.field(static=True)
    """How scores were normalised."""
    estimator: Estimator = eqx.field(static=True)
    population: Population = eqx.field(static=True)
    correction: Correction = eqx.field(static=True)
    baseline: str | None = eqx.field(static=True)
    looks: tuple[int, ...] = eqx.field(static=True)
    """Numbers of runs at which a sequential plan looks; none without one."""
    chosen: tuple[Chosen, ...] = eqx.field(static=True)
    """With `select`: the configuration of each algorithm, and what the naive choice of it flatters."""
    test: str = eqx.field(static=True)
    """Where the p-values come from, in words."""
    remarks: tuple[str, ...] = eqx.field(static=True)
    """What a reader of the verdicts has to know, a sentence each."""
    findings: tuple[Finding, ...] = eqx.field(static=True)
    """What `jv.doctor` found in the study; none where scores were compared."""

    @explained
    def save(self, path: str | Path) -> Path:
        """Write the comparison as one `.npz`, losslessly: `Comparison.load(path)` is equal to it, bit for bit.

        No pickle; every array has its SHA-256. The file appears whole or not at all; folders are created.
        """
        from ._files import save

        return save(Path(path), self)

    @classmethod
    @explained
    def load(cls, path: str | Path) -> "Comparison":
        """Read a comparison that `save` wrote. The file may come from anybody: ValueError that names it if it is
        damaged, something else or newer; nothing is unpickled.
        """
        from ._files import load

        return load(Path(path))
