"""`analyze`: every statistic of a run, and the classes of its result, one file a group."""

from ..stats import ChangePoints
from ._analyze import DEFAULT_GROUPS, GROUPS, Group, analyze
from ._convergence import Convergence
from ._curve import Curve, CurveEstimand
from ._diagnostics import Diagnostics
from ._diverged import Diverged
from ._drawdown import Drawdown
from ._episodes import EpisodeStatistics
from ._evaluation import EvaluationStatistics
from ._gradient_flow import GradientFlow, gradient_flow
from ._performance import Performance
from ._policies import PolicyCourse
from ._policy import GaussianEntropy, PolicyEntropy
from ._reliability import Reliability
from ._results import Analysis
from ._stability import Stability
from ._streams import Source
from ._trend import Trend
from ._windows import AUTO, WindowStatistics

__all__ = [
    "AUTO", "DEFAULT_GROUPS", "GROUPS", "Analysis", "ChangePoints", "Convergence", "Curve", "CurveEstimand",
    "Diagnostics", "Diverged", "Drawdown", "EpisodeStatistics", "EvaluationStatistics", "GaussianEntropy",
    "GradientFlow", "Group", "Performance", "PolicyCourse", "PolicyEntropy", "Reliability", "Source", "Stability",
    "Trend", "WindowStatistics", "analyze", "gradient_flow",
]  # fmt: skip
