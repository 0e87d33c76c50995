"""Losses and update diagnostics over runs."""

from .._shown import Result
from ..analysis import Diagnostics
from ..stats import Interval
from ._columns import Columns
from ._crossing import ReachedAggregate


class DiagnosticsAggregate(Result):
    """`Diagnostics` over runs, by the name of the loss."""

    final: dict[str, Interval]
    entropy_collapse: dict[str, ReachedAggregate] | None
    """Share of runs whose entropy collapsed. The step at which it did is censored, and has no mean."""


def diagnostics(group: Diagnostics, columns: Columns) -> DiagnosticsAggregate:
    """Final levels over runs, and the share of runs whose entropy collapsed."""
    collapses = None
    if group.entropy_collapse is not None:
        collapses = {n: ReachedAggregate(columns.share(c.reached)) for n, c in group.entropy_collapse.items()}
    final = {name: columns.number(level) for name, level in group.final.items()}
    return DiagnosticsAggregate(final, collapses)
