"""Seeds added until the verdicts stand: what a look may spend, and how many further seeds who needs for the next."""

from typing import NamedTuple

import jax.numpy as jnp

from .._explained import explained
from .._types import Array, Bool, Float, Int
from ..host import to_host
from ..stats import sequential_alphas
from ._results import UNDECIDED, Comparison


class NextSeeds(NamedTuple):
    """Where a sequential plan stands, and what it asks for."""

    look: int
    """1 = the first."""
    looks: tuple[int, ...]
    further: dict[str, dict[str, int]]
    """Algorithm → task → runs to add before the next look. Empty if the plan has ended."""
    undecided: tuple[tuple[str, str], ...]
    """Pairs without a verdict."""

    @property
    def stop(self) -> bool:
        """Whether the plan has ended: all pairs have a verdict, or this was the last look."""
        return not self.further


@explained
def next_seeds(comparison: Comparison) -> NextSeeds:
    """Which algorithm needs how many more seeds of which task until the verdicts stand, with the error held.

        looks = (3, 5, 8, 12, 20)
        comparison = jv.compare(scores, key, looks=looks)
        while not (plan := jv.next_seeds(comparison)).stop:
            scores = train(scores, plan.further)
            comparison = jv.compare(scores, key, looks=looks)

    Looking again and again at 1 − level until something is significant is wrong in 13 % of experiments, not 5. Here the
    looks share the error (`stats.sequential_alphas`): with `looks` named, `compare` gives verdicts at the level that is
    left to the present one. Who is in no undecided pair needs nothing more, so runs go where they decide something;
    a task of which an algorithm has no run is left alone. The looks are fixed beforehand: to add one at the end, or
    to go on beyond the last, spends what is not there.

    ValueError if the comparison was made without `looks`. Source: Lan & DeMets 1983.

    >>> scores = {"PPO": [5.0, 6.0, 7.0], "DQN": [4.0, 6.0, 6.0]}
    >>> comparison = jv.compare(scores, jax.random.key(0), looks=(3, 5, 8), reps=100)
    >>> jv.next_seeds(comparison).further
    {'DQN': {'task': 2}, 'PPO': {'task': 2}}
    """
    looks = comparison.looks
    if not looks:
        raise ValueError(
            "`comparison` was made without looks, so all of the error is spent: call "
            "jv.compare(study, key, looks=(3, 5, 8, 12, 20)) at each look, and next_seeds of what it returns"
        )
    look = look_at(runs_of(comparison.valid), looks)
    c: Comparison = to_host(comparison)
    names = c.algorithms
    undecided = tuple(
        (names[int(a)], names[int(b)])
        for a, b, verdict in zip(c.pairs.first, c.pairs.second, c.pairs.verdict, strict=True)
        if verdict == UNDECIDED
    )
    last = look == len(looks) - 1
    waiting = {name for pair in undecided for name in pair} if not last else set[str]()
    wanted = {name: _further(c, a, looks[look + 1]) for a, name in enumerate(names) if name in waiting}
    return NextSeeds(look + 1, looks, {name: tasks for name, tasks in wanted.items() if tasks}, undecided)


def _further(c: Comparison, algorithm: int, wanted: int) -> dict[str, int]:
    """Task → runs that are missing there; tasks that have enough, or none at all, are left out."""
    runs = zip(c.task_names, c.tasks.runs[algorithm].tolist(), strict=True)
    return {task: wanted - n for task, n in runs if 0 < n < wanted}


def runs_of(valid: Bool[Array, "algorithm run task"]) -> int:
    """The most runs that an algorithm has of a task."""
    counts: Int[Array, "algorithm task"] = jnp.sum(valid, axis=1, dtype=jnp.int32)
    return int(to_host(counts).max())


def look_at(runs: int, looks: tuple[int, ...]) -> int:
    """Which look this is, from 0. ValueError if none has so many runs."""
    if runs not in looks:
        raise ValueError(
            f"`looks` must hold the present number of runs, {runs} of an algorithm and task; got {looks}. Name all "
            "looks before the first, and compare when the runs of one are there"
        )
    return looks.index(runs)


def alpha_at(runs: int, looks: tuple[int, ...], level: Float[Array, ""]) -> Float[Array, ""]:
    """The level of significance that is left to the look with so many runs."""
    return sequential_alphas(looks, level=level)[look_at(runs, looks)]
