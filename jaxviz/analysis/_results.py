"""`Analysis`: the result of `analyze`."""

from dataclasses import replace
from typing import Any, Self

import equinox as eqx

from .._any_axes import rows_at
from .._run import LossSeries, check_index
from .._shown import Told
from .._steps import ExactSteps
from .._types import Array, Float, Int, PyTree
from ..stats.one_run._change_points import ChangePoints
from ._convergence import Convergence
from ._curve import Curve
from ._diagnostics import Diagnostics
from ._diverged import Diverged
from ._drawdown import Drawdown
from ._episodes import EpisodeStatistics
from ._evaluation import EvaluationStatistics
from ._performance import Performance
from ._policies import PolicyCourse
from ._policy import GaussianEntropy, PolicyEntropy
from ._reliability import Reliability
from ._stability import Stability
from ._streams import Source
from ._trend import Trend
from ._windows import Windows, WindowStatistics


class Analysis(Told):
    """The statistics of one run, or of a batch of runs: every array carries the run's leading batch axes.

    Paths through the fields are the metric names: `stability/max_drawdown`. A group is None if the run has no data for
    it, or if `analyze(groups=...)` left it out. A type checker wants to know which; an `assert` tells it:

        analysis = jv.analyze(run, windows=(100,))
        assert analysis.performance is not None and analysis.windows is not None
        final = analysis.performance.final
        smooth = analysis.windows[100].mean

    Windows have the names of their sizes; that of the default window is "auto".
    """

    curve: Curve
    diverged: Diverged
    losses: LossSeries | None
    """The losses and diagnostics as they came."""
    total_steps: ExactSteps
    """Environment steps that were run, or entries if only their order is known: the end of the x axis."""
    entries: Int[Array, ""]
    """Valid entries of the stream behind all numbers."""
    window: Int[Array, ""]
    """Entries in the trailing mean that `performance`, `stability`, `drawdown` and `convergence` read."""
    episodes: EpisodeStatistics | None = None
    windows: Windows[WindowStatistics] | None = None
    performance: Performance | None = None
    stability: Stability | None = None
    drawdown: Drawdown | None = None
    reliability: Reliability | None = None
    convergence: Convergence | None = None
    trend: Trend | None = None
    change_points: ChangePoints | None = None
    """First entries of new levels of the raw stream: the optimal piecewise constant fit of at most 512 bin means."""
    entropy: PolicyEntropy | GaussianEntropy | None = None
    policies: PolicyCourse | None = None
    evaluation: EvaluationStatistics | None = None
    diagnostics: Diagnostics | None = None
    extra: dict[str, PyTree] | None = None
    """Results of the caller's own functions, by name."""
    target: Float[Array, ""] | None = None
    """The return that counts as solved: one number, also for a batch."""
    metric: str = eqx.field(static=True, default="return")
    """The quantity that all of this is about, as in the TrainingRun, and so is `minimize`."""
    minimize: bool = eqx.field(static=True, default=False)
    kind: Source = eqx.field(static=True, default="episodes")
    """The entries of the stream behind all numbers: "episodes", "updates" or "evaluation"."""
    window_named: bool = eqx.field(static=True, default=False)
    """The caller named the window; else it is a tenth of each run's own episodes, or 1."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading batch axes: () for one run."""
        return tuple(self.diverged.returns.shape)

    def __getitem__(self, index: Any) -> Self:
        """The analysis of some runs of the batch."""
        check_index(index, self.batch_shape, "Analysis")
        return replace(rows_at(replace(self, target=None), index), target=self.target)
