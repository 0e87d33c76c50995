"""Numbers of single runs as columns of one table, so that one bootstrap serves all of them."""

import math
from dataclasses import replace
from typing import NamedTuple, TypeVar, cast, overload

import jax
import jax.numpy as jnp

from .. import stats
from .._types import Array, Bool, Float, PyTree
from ..stats import Interval
from ..stats.resampling._bootstrap import components
from ._ranked import Better, Ranking

Tree = TypeVar("Tree", bound=PyTree)
Range = tuple[float, float]
"""The least and the largest value that a number can have."""
ANY: Range = (-math.inf, math.inf)
SHARE: Range = (0, 1)
NOT_NEGATIVE: Range = (0, math.inf)


class _Column(NamedTuple):
    """Stands for the Interval of a column until `Columns.fill` puts it in."""

    number: int


class Columns:
    """Collects the numbers per run that one bootstrap turns into Intervals.

    Results are built twice over: first each group is made with `number` and `share`, in whatever shape its class has;
    then the bootstrap runs on `table`, and `fill` puts its Intervals in. So a group class is made in one place and the
    order of the columns is nobody's concern.
    """

    def __init__(self, level: Array, ranking: Ranking) -> None:
        self._level = level
        self._ranking = ranking
        self._columns: list[tuple[Float[Array, " run"], Bool[Array, " run"]]] = []
        self._ranges: list[Range] = []

    @property
    def better(self) -> Better:
        """The good direction of the metric."""
        return self._ranking.level

    def metric(self, x: Array) -> Interval:
        """`number` of a level of the metric, of which the run says which direction is good."""
        return self.number(x, self.better)

    @overload
    def number(self, x: Array, better: Better | None = None, within: Range = ANY) -> Interval: ...
    @overload
    def number(self, x: None, better: Better | None = None, within: Range = ANY) -> None: ...
    def number(self, x: Array | None, better: Better | None = None, within: Range = ANY) -> Interval | None:
        """The statistic over runs of one number per run; known once `fill` was called.

        `better`: its good direction; a run that diverged is then the worst. None: neither, it is then undefined.
        """
        if x is None:
            return None
        self._columns.append(self._ranking.column(x, better))
        self._ranges.append(within)
        # A lie to the type checker that `fill` makes true: nobody reads the Interval before.
        return cast(Interval, _Column(len(self._columns) - 1))

    @overload
    def share(self, flag: Array) -> Interval: ...
    @overload
    def share(self, flag: None) -> None: ...
    def share(self, flag: Bool[Array, " run"] | None) -> Interval | None:
        """The share of runs that have the flag, with its Wilson interval: known at once, nothing is resampled."""
        return None if flag is None else stats.fraction_of_runs(flag, level=self._level)

    def number_or_share(self, leaf: Array) -> Interval | None:
        """Either of the two, by the dtype; None for a leaf that is not one number per run."""
        if getattr(leaf, "ndim", None) != 1:
            return None
        return self.share(leaf) if leaf.dtype == bool else self.number(leaf)

    def table(self, runs: int) -> tuple[Float[Array, "run column"], Bool[Array, "run column"]]:
        """Every column, and which runs have a number in it."""
        if not self._columns:
            return jnp.zeros((runs, 0)), jnp.zeros((runs, 0), bool)
        values, present = zip(*self._columns, strict=True)
        return jnp.stack(values, axis=-1), jnp.stack(present, axis=-1)

    def fill(self, tree: Tree, intervals: Interval) -> Tree:
        """`tree` with the Intervals of the columns, the components of `intervals`, in their places."""

        intervals = self._cut(intervals)

        def filled(leaf: Interval | _Column | Array) -> Interval | Array:
            return components(intervals, leaf.number) if isinstance(leaf, _Column) else leaf

        return jax.tree.map(filled, tree, is_leaf=lambda leaf: isinstance(leaf, _Column))

    def _cut(self, intervals: Interval) -> Interval:
        """Finite ends within the ranges; infinite ones stand for runs that diverged."""
        if not self._ranges:
            return intervals
        least, most = (jnp.asarray(ends, intervals.estimate.dtype) for ends in zip(*self._ranges, strict=True))
        low, high = (
            jnp.where(jnp.isfinite(end), jnp.clip(end, least, most), end) for end in (intervals.low, intervals.high)
        )
        return replace(intervals, low=low, high=high)
