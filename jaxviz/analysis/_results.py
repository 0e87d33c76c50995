"""`Analysis`: the result of `analyze`."""

from dataclasses import replace
from typing import Any, Self

import equinox as eqx
import jax

from .._run import LossSeries
from .._types import Array, Float, PyTree
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
from ._trend import Trend
from ._windows import WindowStatistics


class Analysis(eqx.Module):
    """The statistics of one run, or of a batch of runs: every array carries the run's leading batch axes.

    Paths through the fields are the metric names: `stability/max_drawdown`. A group is None if the run has no data for
    it, or if `analyze(groups=...)` left it out. A type checker wants to know which; an `assert` tells it:

        analysis = jv.analyze(run, windows=(100,))
        assert analysis.performance is not None and analysis.windows is not None
        final = analysis.performance.final
        smooth = analysis.windows["100"].mean
    """

    curve: Curve
    diverged: Diverged
    losses: LossSeries | None
    """The losses and diagnostics as they came."""
    episodes: EpisodeStatistics | None = None
    windows: dict[str, WindowStatistics] | None = None
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
    window: int = eqx.field(static=True, default=1)
    """The longest window: `performance`, `stability`, `drawdown` and `convergence` read it."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading batch axes: () for one run."""
        return tuple(self.diverged.returns.shape)

    def __getitem__(self, index: Any) -> Self:
        """The analysis of some runs of the batch."""
        picked = jax.tree.map(lambda leaf: leaf[index], replace(self, target=None))
        return replace(picked, target=self.target)
