"""Numbers of single runs as columns of one table, so that one bootstrap serves all of them."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, cast, overload

import jax
import jax.numpy as jnp

from .. import _masked, stats
from .._types import Array, ArrayLike, Bool, Float, PRNGKeyArray, PyTree
from ..stats import Interval
from ..stats.resampling._bootstrap import Method
from ._curve_tables import Points

Statistic = Literal["iqm", "mean", "median"]


def _median(scores: ArrayLike, *, valid: Array) -> Float[Array, " point"]:
    """Median over runs of [run, 1, point]."""
    return stats.quantile_band(jnp.asarray(scores)[:, 0], (0.5,), valid=valid[:, 0])[0]


STATISTICS = {"iqm": stats.iqm, "mean": stats.mean, "median": _median}


class Settings(NamedTuple):
    """How runs are aggregated."""

    level: Array
    statistic: Statistic
    method: Method
    reps: int
    points: Points


class _Place(NamedTuple):
    """Stands for the Interval of a column until all columns are known."""

    column: int


class Columns:
    """Collects the numbers per run that become Intervals. Each call answers with what `filled` will put its Interval
    in the place of.
    """

    def __init__(self, level: Array) -> None:
        self._level = level
        self._columns: list[Float[Array, " run"]] = []

    @overload
    def number(self, x: Array) -> Interval: ...
    @overload
    def number(self, x: None) -> None: ...
    def number(self, x: Array | None) -> Interval | None:
        """The statistic over runs of one number per run."""
        if x is None:
            return None
        self._columns.append(_masked.as_float(x))
        return cast(Interval, _Place(len(self._columns) - 1))

    @overload
    def share(self, flag: Array) -> Interval: ...
    @overload
    def share(self, flag: None) -> None: ...
    def share(self, flag: Bool[Array, " run"] | None) -> Interval | None:
        """The share of runs that have the flag, with its Wilson interval."""
        return None if flag is None else stats.fraction_of_runs(flag, level=self._level)

    def of_any(self, leaf: Any) -> Interval | None:
        """A number or a flag per run; None for anything else."""
        if getattr(leaf, "ndim", None) != 1:
            return None
        return self.share(leaf) if leaf.dtype == bool else self.number(leaf)

    def table(self, runs: int) -> tuple[Float[Array, "run number"], Bool[Array, "run number"]]:
        """Every column, all of them valid."""
        table = jnp.stack(self._columns, axis=-1) if self._columns else jnp.zeros((runs, 0))
        return table, jnp.ones(table.shape, bool)

    def filled(self, tree: PyTree, intervals: Interval) -> Any:
        """`tree` with the Intervals of the columns where `number` was called for them."""
        return jax.tree.map(
            lambda leaf: _components(intervals, leaf.column) if isinstance(leaf, _Place) else leaf,
            tree,
            is_leaf=lambda leaf: isinstance(leaf, _Place),
        )


def bootstrap(
    tables: Sequence[tuple[Float[Array, "run _"], Bool[Array, "run _"]]], key: PRNGKeyArray, settings: Settings
) -> list[Interval]:
    """One interval per table [run, point], all from the same draws of runs: one bootstrap, compiled once."""
    values, valid = (jnp.concatenate(parts, axis=1) for parts in zip(*tables, strict=True))
    whole = stats.bootstrap_interval(
        key,
        STATISTICS[settings.statistic],
        values[:, None],
        unit="run",
        method=settings.method,
        level=settings.level,
        reps=settings.reps,
        valid=valid[:, None],
    )
    intervals, start = [], 0
    for table, _ in tables:
        intervals.append(_components(whole, slice(start, start + table.shape[1])))
        start += table.shape[1]
    return intervals


def _components(interval: Interval, part: slice | int) -> Interval:
    """Some components of an Interval of a vector."""
    size = interval.estimate.shape
    return jax.tree.map(lambda leaf: leaf[part] if leaf.shape == size else leaf, interval)
