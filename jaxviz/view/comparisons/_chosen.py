"""Which configurations a comparison took, and what the naive choice of them flatters, in sentences."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ...comparison import Chosen, Comparison
from .._numbers import number, percent

_MOST_TASKS = 5


def chosen_lines(c: Comparison) -> Iterator[str]:
    """A sentence for each algorithm that had configurations to choose from."""
    is_split = any(one.how == "split" for one in c.chosen)
    for name, group in groupby(c.chosen, lambda one: one.algorithm):
        yield f"{name}: {_sentence([*group], is_split)}"


def _sentence(chosen: Sequence[Chosen], is_split: bool) -> str:
    naive, honest, share = (
        sum(column) / len(chosen)
        for column in zip(*((one.naive, one.honest, one.share) for one in chosen), strict=True)
    )
    report = "the other half reports" if is_split else "lowered by what that flatters to"
    which = _which(chosen, "half of the runs" if is_split else "all runs")
    return (
        f"{which}; {report} a mean of {number(honest)}, where the naive choice, on the runs that chose, has "
        f"{number(naive)}; {percent(share)} of replicates choose the same"
    )


def _which(chosen: Sequence[Chosen], by: str) -> str:
    most = max(one.candidates for one in chosen)
    if not chosen[0].task:
        return f"{chosen[0].configuration}, the best of {most} by {by}"
    listed = "; ".join(f"{one.configuration} on {one.task}" for one in chosen[:_MOST_TASKS])
    more = f" and {len(chosen) - _MOST_TASKS} more tasks" if len(chosen) > _MOST_TASKS else ""
    return f"{listed}{more}, each the best of {most} by {by}"
