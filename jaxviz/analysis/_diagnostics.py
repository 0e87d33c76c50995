"""Losses and update diagnostics as numbers."""

import equinox as eqx

from .. import stats
from .._run import LossSeries
from .._types import Array, Float
from ..stats.one_run._crossing import Crossing

ENTROPY_NAMES = ("entropy", "policy_entropy")
"""Losses that are entropies, of which a collapse is looked for."""


class Diagnostics(eqx.Module):
    """The losses and update diagnostics of a run, as numbers."""

    final: dict[str, Float[Array, ""]]
    """Mean of the last tenth of each series."""
    entropy_collapse: dict[str, Crossing] | None
    """First step at which an entropy stays below a tenth of where it began; censored where it never does."""


def diagnostics(losses: LossSeries | None) -> Diagnostics | None:
    """Levels of the losses of one run at its end, and entropy collapse."""
    if losses is None:
        return None
    collapses = {
        name: stats.entropy_collapse(h, step=losses.step)
        for name, h in losses.values.items()
        if name.rsplit("/", 1)[-1] in ENTROPY_NAMES
    }
    final = {name: stats.final_performance(x) for name, x in losses.values.items()}
    return Diagnostics(final, collapses or None)
