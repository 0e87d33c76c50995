"""Losses and update diagnostics as numbers."""

from .. import stats
from .._run import LossSeries
from .._shown import Result
from .._types import Array, Float

ENTROPY_NAMES = ("entropy", "policy_entropy")
"""Losses that are entropies, and are searched for a collapse."""


class Diagnostics(Result):
    """The losses and update diagnostics of a run, as numbers."""

    final: dict[str, Float[Array, ""]]
    """Mean of the last tenth of each series."""
    entropy_collapse: dict[str, stats.Crossing] | None
    """First step from which an entropy stays below a tenth of its start; censored if it never does."""


def diagnostics(losses: LossSeries | None) -> Diagnostics | None:
    """Levels of the losses of one run at its end, and entropy collapse."""
    if losses is None:
        return None
    collapses = {
        name: stats.entropy_collapse(h, step=losses.step, valid=losses.valid)
        for name, h in losses.values.items()
        if name.rsplit("/", 1)[-1] in ENTROPY_NAMES
    }
    final = {name: stats.final_performance(x, valid=losses.valid) for name, x in losses.values.items()}
    return Diagnostics(final, collapses or None)
