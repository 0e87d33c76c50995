"""`Aggregate`: the result of `aggregate`."""

from typing import Any, Self

import equinox as eqx

from .._any_axes import rows_at
from .._run import check_index
from .._shown import Told
from .._types import Array, Float, Int, PyTree
from ..analysis import CurveEstimand, Source
from ..analysis._windows import Windows
from ._crossing import CrossingAggregate
from ._curves import CurveAggregate
from ._diagnostics import DiagnosticsAggregate
from ._drawdown import DrawdownAggregate
from ._episodes import EpisodeAggregate
from ._performance import PerformanceAggregate
from ._policies import PolicyCourseAggregate
from ._policy import GaussianEntropyAggregate, PolicyEntropyAggregate
from ._reliability import ReliabilityAggregate
from ._settings import Statistic
from ._stability import StabilityAggregate
from ._trend import TrendAggregate
from ._windows import WindowQuantiles

PER_RUN = (
    "episodes", "performance", "stability", "drawdown", "reliability", "trend", "entropy", "diagnostics", "extra"
)  # fmt: skip
"""The groups whose fields are Intervals, or pytrees of them."""


class Aggregate(Told):
    """An Analysis over its runs, with an `Interval` in the place of every number or flag per run.

    A group is None if the Analysis does not have it. A type checker wants to know which; an `assert` tells it:

        summary = jv.aggregate(analysis, jax.random.key(0))
        assert summary.performance is not None
        final = summary.performance.final
        print(final.estimate, final.low, final.high)
    """

    curve: CurveAggregate
    losses: dict[str, CurveAggregate] | None
    evaluation: CurveAggregate | None
    windows: Windows[WindowQuantiles] | None
    episodes: EpisodeAggregate | None
    performance: PerformanceAggregate | None
    stability: StabilityAggregate | None
    drawdown: DrawdownAggregate | None
    reliability: ReliabilityAggregate | None
    trend: TrendAggregate | None
    entropy: PolicyEntropyAggregate | GaussianEntropyAggregate | None
    policies: PolicyCourseAggregate | None
    diagnostics: DiagnosticsAggregate | None
    crossing: CrossingAggregate | None
    extra: dict[str, PyTree] | None
    """The caller's own statistics, with an `Interval` in the place of every number per run."""
    target: Float[Array, ""] | None
    """The return that counts as solved."""
    runs: Int[Array, ""]
    """Number of runs N."""
    diverged: Int[Array, ""]
    """Number of runs with values that are not finite."""
    unfinished: Int[Array, ""]
    """Number of runs whose curve has no value: no episode finished in them."""
    copies: Int[Array, ""]
    """Number of runs whose curve is that of an earlier one, bit for bit: intervals are too narrow then. −1 where it is
    not known: inside a transformation, or of arrays of which this process has a part."""
    scores: Float[Array, " run"] | None
    """The final level of each run, as `performance/final` of the Analysis has it: what a test for camps reads."""
    window: Int[Array, "2"]
    """Shortest and longest window of any run: see the Analysis."""
    statistic: Statistic = eqx.field(static=True)
    """The statistic over runs that the estimates are."""
    estimand: CurveEstimand = eqx.field(static=True)
    """As in the `Curve` of the Analysis, and so is `source`."""
    source: Source = eqx.field(static=True)
    metric: str = eqx.field(static=True)
    """As in the Analysis, and so are `minimize`, `kind` and `window_named`."""
    minimize: bool = eqx.field(static=True)
    kind: Source = eqx.field(static=True)
    window_named: bool = eqx.field(static=True)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the axes that are left: configurations; () for one."""
        return tuple(self.runs.shape)

    def __getitem__(self, index: Any) -> Self:
        """The aggregate of some configurations."""
        check_index(index, self.batch_shape, "Aggregate")
        return rows_at(self, index)
