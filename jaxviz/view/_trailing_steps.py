"""Quantiles over runs of trailing statistics at environment steps: entries of the same number lie at other steps."""

from .._steps import plain
from .._types import Array
from ..aggregation import WindowQuantiles
from ..analysis import WindowStatistics
from ..host import to_host
from . import _compute
from ._view import View

_POINTS = 200
"""Most steps at which runs are brought together."""


def at_steps(
    view: View, single: WindowStatistics, step: Array, over_runs: WindowQuantiles
) -> tuple[WindowQuantiles, Array]:
    """The quantiles and their steps [configuration, point].

    `over_runs`, which is by the number of the entry, where all runs have an entry of the same number at the same step.
    Else each run stands at each of at most 200 steps with its last entry up to there, until its training ended.
    """
    entries = view.per_run.entries
    order = (step == step).cumsum(axis=-1)
    if bool(((step == step[:, :1]) | (order > entries[..., None])).all()):
        return over_runs, _taken(step, over_runs.index, entries)
    ends, points = plain(view.per_run.total_steps), min(_POINTS, step.shape[-1])
    part = (step[0, 0, :points] * 0 + 1).cumsum()
    grid = ends.max(axis=-1)[:, None] * part // points
    places = [
        [step[c, r, : entries[c, r]].searchsorted(grid[c], side="right") for r in range(view.runs)]
        for c in range(view.configurations)
    ]
    lasting = (grid[:, None] <= ends[..., None]).sum(axis=-1)
    found = _compute.quantiles_at_places(single, places, lasting, view.per_run, view.estimates.statistic)
    return to_host(found), grid


def _taken(step: Array, index: Array, entries: Array) -> Array:
    """The steps of the run with the most entries at the places `index` [configuration, point]."""
    configurations = range(len(step))
    return step[configurations, entries.argmax(axis=-1)][[[c] for c in configurations], index]
