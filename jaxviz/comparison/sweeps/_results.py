"""`Sweep`: what is known of the configurations of one algorithm, with every number behind it."""

import equinox as eqx

from ..._shown import Told
from ..._types import Array, Float, Int
from ...stats.resampling import Interval
from .._settings import Scale


class Sweep(Told):
    """Configurations of one algorithm: mean scores, sensitivity, importance, and what k trials reach.

    Higher is better, unless `minimize`: then lower is.
    """

    mean: Interval
    """Mean score over the tasks that all configurations have [configuration]."""
    runs: Int[Array, "configuration task"]
    """Runs that have a score."""
    sensitivity: tuple[Interval, ...]
    """For each hyper-parameter: mean over the configurations of each of its values [value]."""
    importance: Interval
    """Share of the variance between configurations that each hyper-parameter explains alone, 0 to 1 [parameter]; what
    is left to 1 are interactions. NaN if the configurations do not differ by more than noise."""
    expected_best: Float[Array, " k"]
    """Expected score of the best of k = 1 … n configurations tried at random, on runs that did not choose."""
    naive_best: Float[Array, " k"]
    """The same, chosen and reported on the same runs."""
    algorithm: str = eqx.field(static=True)
    configurations: tuple[str, ...] = eqx.field(static=True)
    """What each is called, by the hyper-parameters that differ."""
    parameters: tuple[str, ...] = eqx.field(static=True)
    values: tuple[tuple[str, ...], ...] = eqx.field(static=True)
    """The values of each hyper-parameter, in order; of many numbers four ranges."""
    task_names: tuple[str, ...] = eqx.field(static=True)
    score: str = eqx.field(static=True)
    """Name of the number of a run."""
    metric: str = eqx.field(static=True)
    minimize: bool = eqx.field(static=True)
    scale: Scale = eqx.field(static=True)
    """How scores were normalised."""
    crossed: bool = eqx.field(static=True)
    """Whether there is every combination of the values."""
    remarks: tuple[str, ...] = eqx.field(static=True)
    """What a reader has to know, a sentence each."""
