"""Bootstrap and permutation: intervals, bands, comparisons and ranks of algorithms."""

from .._engine._intervals import Interval
from ._algorithm_ranks import mean_rank, rank_distribution
from ._algorithms import Population as Population
from ._bands import simultaneous_band
from ._bootstrap import aggregate_intervals, bootstrap_comparison, bootstrap_difference, bootstrap_interval
from ._counts import pointwise
from ._permutation import PermutationTest, permutation_test

__all__ = [
    "Interval",
    "PermutationTest",
    "aggregate_intervals",
    "bootstrap_comparison",
    "bootstrap_difference",
    "bootstrap_interval",
    "mean_rank",
    "permutation_test",
    "pointwise",
    "rank_distribution",
    "simultaneous_band",
]
