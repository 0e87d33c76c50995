"""Whether an algorithm is worse than a baseline by more than is allowed: what `jaxviz compare` and tests decide by."""

from typing import NamedTuple

from ..host import to_host
from ._results import BETTER, EQUAL, WORSE, Comparison


class Outcome(NamedTuple):
    """Pairs of a comparison with a baseline, by what becomes of them."""

    worse: tuple[int, ...]
    """The verdict is worse, and the shortfall may be above the margin."""
    undecided: tuple[int, ...]
    """Neither worse nor shown to be not worse."""

    @property
    def exit_code(self) -> int:
        """0: nothing is worse; 1: something is; 3: it is undecided of something. (2: it cannot be asked.)"""
        return 1 if self.worse else 3 if self.undecided else 0

    @property
    def word(self) -> str:
        """ "worse", "undecided" or "not worse"."""
        return "worse" if self.worse else "undecided" if self.undecided else "not worse"


def outcome(comparison: Comparison) -> Outcome:
    """What becomes of every algorithm against the baseline.

    Not worse: better, practically equal, or the adjusted interval of the difference ends above −margin. ValueError
    without a baseline, and if an algorithm has no task in common with it: nothing could be found then.
    """
    if comparison.baseline is None:
        raise ValueError("`baseline` is needed to say what is worse: name the algorithm to compare with")
    c: Comparison = to_host(comparison)
    worst = -c.pairs.adjusted.high if c.minimize else c.pairs.adjusted.low
    worse, undecided = list[int](), list[int]()
    for i, verdict in enumerate(c.pairs.verdict.tolist()):
        if not int(c.pairs.difference.n_tasks[i]):
            name = c.algorithms[int(c.pairs.first[i])]
            raise ValueError(f"`baseline`: {c.baseline} has no task in common with {name} (tasks: {_tasks(c)})")
        if verdict in (BETTER, EQUAL) or worst[i] >= -c.margin:
            continue
        (worse if verdict == WORSE else undecided).append(i)
    return Outcome(tuple(worse), tuple(undecided))


def _tasks(c: Comparison) -> str:
    more = f" and {len(c.task_names) - 5} more" if len(c.task_names) > 5 else ""
    return f"{', '.join(c.task_names[:5])}{more}"
