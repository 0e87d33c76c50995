"""Losses and update diagnostics over runs."""

import equinox as eqx

from ..analysis import Diagnostics
from ..stats import Interval
from ._columns import Columns
from ._shares import ReachedAggregate


class DiagnosticsAggregate(eqx.Module):
    """`Diagnostics` over runs, by the name of the loss."""

    final: dict[str, Interval]
    entropy_collapse: dict[str, ReachedAggregate] | None
    """Share of runs whose entropy collapsed; when is censored."""


def diagnostics(group: Diagnostics, columns: Columns) -> DiagnosticsAggregate:
    """Final levels over runs, and the share of runs whose entropy collapsed."""
    collapses = group.entropy_collapse
    return DiagnosticsAggregate(
        final={name: columns.number(level) for name, level in group.final.items()},
        entropy_collapse=None
        if collapses is None
        else {name: ReachedAggregate(columns.share(crossing.reached)) for name, crossing in collapses.items()},
    )
