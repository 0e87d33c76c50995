"""`aggregate`: an Analysis over its runs, and the classes of its result."""

from ._aggregate import aggregate
from ._bootstrap import iqm_of_rows
from ._crossing import CrossingAggregate, ReachedAggregate
from ._curves import CurveAggregate
from ._diagnostics import DiagnosticsAggregate
from ._drawdown import DrawdownAggregate, SpellAggregate
from ._episodes import EpisodeAggregate
from ._performance import PerformanceAggregate
from ._policies import PolicyCourseAggregate
from ._policy import GaussianEntropyAggregate, PolicyEntropyAggregate
from ._reliability import ReliabilityAggregate
from ._results import PER_RUN, Aggregate
from ._settings import Statistic
from ._stability import StabilityAggregate
from ._trend import SteadyStateAggregate, TrendAggregate
from ._windows import WindowQuantiles

__all__ = [
    "PER_RUN", "Aggregate", "CrossingAggregate", "CurveAggregate", "DiagnosticsAggregate", "DrawdownAggregate",
    "EpisodeAggregate", "GaussianEntropyAggregate", "PerformanceAggregate", "PolicyCourseAggregate",
    "PolicyEntropyAggregate", "ReachedAggregate", "ReliabilityAggregate", "SpellAggregate", "StabilityAggregate",
    "Statistic", "SteadyStateAggregate", "TrendAggregate", "WindowQuantiles", "aggregate", "iqm_of_rows",
]  # fmt: skip
