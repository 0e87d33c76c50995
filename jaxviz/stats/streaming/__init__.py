"""Streams seen piece by piece, inside a scan: accumulators, and rules that end runs early."""

from ._episodes import EpisodeMoments, RunningEpisodes
from ._moments import Moments, RunningMoments, RunningWeightedMean
from ._ordered import Falls, LastEntries, RunningDrawdown, RunningExponentialMean, RunningPageHinkley, RunningWindow
from ._policy import PolicyMoments, RunningEntropy, RunningPolicyKL
from ._quantiles import BinnedQuantiles, QuantileSketch, RunningHistogram
from ._stopping import Halving, Population, Stop, should_stop, successive_halving

__all__ = [
    "BinnedQuantiles",
    "EpisodeMoments",
    "Falls",
    "Halving",
    "LastEntries",
    "Moments",
    "PolicyMoments",
    "Population",
    "QuantileSketch",
    "RunningDrawdown",
    "RunningEntropy",
    "RunningEpisodes",
    "RunningExponentialMean",
    "RunningHistogram",
    "RunningMoments",
    "RunningPageHinkley",
    "RunningPolicyKL",
    "RunningWeightedMean",
    "RunningWindow",
    "Stop",
    "should_stop",
    "successive_halving",
]
