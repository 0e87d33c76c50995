"""`Analysis`: what `analyze` returns."""

from typing import Any

import equinox as eqx
import jax

from .._run import LossSeries
from .._types import Float, PyTree
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

    Paths through the fields are the metric names: `stability/max_drawdown`. Groups that the run has no data for, or
    that were switched off, are None.
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
    """Where the level of the raw stream changed, as first entries: an optimal fit of constants to 512 bin means."""
    entropy: PolicyEntropy | GaussianEntropy | None = None
    policies: PolicyCourse | None = None
    evaluation: EvaluationStatistics | None = None
    diagnostics: Diagnostics | None = None
    extra: dict[str, PyTree] | None = None
    """What the caller's own functions returned."""
    target: Float[Any, ""] | None = None
    window: int = eqx.field(static=True, default=1)
    """The longest window: the one that `performance`, `stability` and `convergence` read."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading batch axes: () for one run."""
        return tuple(self.diverged.returns.shape)

    def __getitem__(self, index: Any) -> "Analysis":
        """The analysis of some runs of the batch."""
        target = self.target
        picked = jax.tree.map(lambda leaf: leaf[index], eqx.tree_at(lambda a: a.target, self, None, is_leaf=_is_none))
        return eqx.tree_at(lambda a: a.target, picked, target, is_leaf=_is_none)


def _is_none(x: Any) -> bool:
    return x is None
