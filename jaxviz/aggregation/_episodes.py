"""Finished episodes over runs."""

from .._shown import Result
from ..analysis import EpisodeStatistics
from ..stats import Interval
from ._columns import NOT_NEGATIVE, SHARE, Columns


class EpisodeAggregate(Result):
    """`EpisodeStatistics` over runs."""

    count: Interval
    overflow: Interval
    """Share of runs with more episodes than were kept."""
    mean_return: Interval
    mean_length: Interval | None
    step_weighted_return: Interval | None
    empty_updates: Interval | None
    """Share of updates in which no episode ended, ↓."""


def episodes(group: EpisodeStatistics, columns: Columns) -> EpisodeAggregate:
    """Every number and flag over runs."""
    return EpisodeAggregate(
        count=columns.number(group.count, within=NOT_NEGATIVE),
        overflow=columns.share(group.overflow),
        mean_return=columns.metric(group.mean_return),
        mean_length=columns.number(group.mean_length, within=NOT_NEGATIVE),
        step_weighted_return=columns.number(group.step_weighted_return, columns.better),
        empty_updates=columns.number(group.empty_updates, "lower", SHARE),
    )
