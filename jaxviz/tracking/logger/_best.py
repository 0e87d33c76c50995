"""Which seed and which configuration of an analysis are the best, by one statistic."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...analysis import Analysis
from . import _columns, _seed_columns, _summaries

METRIC = "performance/final"
"""What a seed is chosen by, unless the caller names another metric, and what figures order configurations by."""
Index = tuple[int, ...]


class Choice(NamedTuple):
    """A seed that was chosen."""

    at: Index
    """Its place in the batch axes."""
    label: str
    """Its configuration's name."""
    step: int
    """The last environment step of its learning curve."""
    value: float
    """Its value of the metric."""


class Best(NamedTuple):
    """The seed that did best, and a typical seed of the configuration that did best."""

    seed: Choice
    configuration: Choice


def configuration(numbers: Sequence[Mapping[str, float]], metric: str = METRIC, *, higher: bool = True) -> int | None:
    """Which configuration has the best estimate over its seeds; None if no estimate is defined.

    `numbers`: those of `_columns.numbers`, one mapping each. Of equal ones the first.
    """
    found = [(_signed(one.get(f"{metric}/estimate", math.nan), higher), -i) for i, one in enumerate(numbers)]
    value, place = max(found, default=(-math.inf, 0))
    return None if value == -math.inf else -place


def choose(analysis: Analysis, metric: str, *, higher: bool, labels: Sequence[str] | None) -> Best:
    """The best seed, and of the best configuration the seed that is nearest to its estimate.

    ValueError if there are no seeds, the metric is not one number per seed, or no seed has it.
    """
    if not analysis.batch_shape:
        raise ValueError("`analysis` has one run: there are no seeds to choose from; use `log_model_checkpoint`")
    summary = _summaries.summary_of(analysis)
    table = _seed_columns.seeds(analysis)
    named = _columns.configurations(summary, labels)
    numbers = [_columns.numbers(one) for _, one in named]
    _check(metric, table, numbers[0])
    indices = list(itertools.product(*(range(size) for size in summary.batch_shape)))
    values = {(*i, seed): table.final((*i, seed))[metric] for i in indices for seed in range(table.size)}
    at = max(values, key=lambda i: _signed(values[i], higher))
    chosen = configuration(numbers, metric, higher=higher)
    if not math.isfinite(values[at]) or chosen is None:
        what = "seed" if not math.isfinite(values[at]) else "configuration without a diverged seed"
        raise ValueError(f"`metric` {metric!r} is defined for no {what}")
    middle = numbers[chosen][f"{metric}/estimate"]
    own = [(*indices[chosen], seed) for seed in range(table.size)]
    typical = min(own, key=lambda i: abs(values[i] - middle))
    label_of = dict(zip(indices, (label for label, _ in named), strict=True))
    return Best(*(Choice(i, label_of[i[:-1]], table.last_step(i), values[i]) for i in (at, typical)))


def _check(metric: str, table: _seed_columns.Seeds, numbers: Mapping[str, float]) -> None:
    known = [name for name in table.scalars if f"{name}/estimate" in numbers]
    if metric not in known:
        raise ValueError(f"`metric` must be one of {', '.join(known)}; got {metric!r}")


def _signed(value: Any, higher: bool) -> float:
    """A value for which larger is better and undefined is worst."""
    if not math.isfinite(value):
        return -math.inf
    return value if higher else -value
