"""A Comparison as figures read it: on the host, with its words, and one look for each algorithm."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..._kinds import refusal
from ..._printable import printable
from ...comparison import BETTER, EQUAL, UNDECIDED, VERDICTS, WORSE, Comparison
from ...host import to_host
from ...view import _looks
from ...view._numbers import percent
from ...view.comparisons._describe import score_words

VERDICT_COLORS = {BETTER: _looks.BETTER, EQUAL: _looks.EQUAL, UNDECIDED: "0.55", WORSE: _looks.WORSE}
"""Of verdicts; undecided ones have hollow marks beside."""
MOST_COLORS = 8
"""Algorithms that colours tell apart; more of them have one ink, and their names beside their marks."""
INK = "0.25"


def read(comparison: Any) -> Comparison:
    """The comparison on the host; TypeError for other objects."""
    if not isinstance(comparison, Comparison):
        raise TypeError(refusal("comparison", comparison, "a Comparison", "Comparison"))
    names, tasks = (tuple(map(printable, some)) for some in (comparison.algorithms, comparison.task_names))
    baseline = None if comparison.baseline is None else printable(comparison.baseline)
    return replace(to_host(comparison), algorithms=names, task_names=tasks, baseline=baseline)


def place_of(c: Comparison, name: str, argument: str) -> int:
    """Place of an algorithm; ValueError if there is none of that name."""
    if printable(str(name)) not in c.algorithms:
        raise ValueError(f"`{argument}` must be one of {', '.join(map(repr, c.algorithms))}; got {name!r}")
    return c.algorithms.index(printable(name))


def task_places(names: Sequence[str], wanted: Sequence[str] | None) -> Sequence[int]:
    """Places of the tasks that are wanted, all without; ValueError if there is none of a name."""
    if wanted is None:
        return range(len(names))
    for name in wanted:
        if printable(str(name)) not in names:
            raise ValueError(f"`tasks` must be some of {', '.join(map(repr, names))}; got {name!r}")
    return [names.index(printable(str(name))) for name in wanted]


def colors(c: Comparison) -> list[str]:
    """One colour for each algorithm, the same in all figures of the comparison; one ink for very many."""
    if len(c.algorithms) > MOST_COLORS:
        return [INK] * len(c.algorithms)
    return [look.color for look in _looks.looks(c.algorithms)]


def score_axis(c: Comparison, statistic: str = "") -> str:
    """Name of an axis of scores: "IQM of the final return (atari-normalised), lower is better"."""
    scale = "" if c.scale.name == "raw" else f", normalised by {c.scale.name}"
    direction = ", lower is better" if c.minimize else ""
    return f"{statistic}{' of the ' if statistic else ''}{score_words(c)}{scale}{direction}"


def verdict_words(verdict: int) -> str:
    """In a legend."""
    return VERDICTS[verdict]


def direction_words(c: Comparison) -> str:
    """Which way along an axis of differences is better."""
    return "← better · worse →" if c.minimize else "← worse · better →"


def runs_of(c: Comparison) -> str:
    """How many runs there are of each algorithm on each task: "n = 5 runs", "n = 3 to 5 runs, some cells empty"."""
    least, most = int(c.tasks.runs.min()), int(c.tasks.runs.max())
    if least == most:
        return f"n = {most} run{'s' * (most != 1)}"
    return f"n = {least} to {most} runs"


def diverged_words(c: Comparison) -> str:
    """How many runs diverged; "" if none did."""
    lost, runs = int(c.tasks.diverged.sum()), int(c.tasks.runs.sum())
    return f"{lost} of {runs} runs diverged and count as the worst of their task." if lost else ""


def level_words(c: Comparison) -> str:
    """The level of the intervals that are not adjusted."""
    return percent(c.level)


def has_margin(c: Comparison) -> bool:
    """Whether a margin was named."""
    return not math.isnan(c.margin)
