"""Reductions over the valid entries of a stream, and the one rule for "nothing there".

An invalid entry does not exist: its value is replaced before any arithmetic touches it, so padding changes neither
values nor gradients. A result that needs more valid entries than there are is NaN, and NaN means nothing else. Valid
NaN entries are data (the run diverged) and propagate.

Infinities are values. What orders entries (quantiles, extremes, ranks, crossings, tests of signs) treats them as the
largest and the smallest; what adds or multiplies follows IEEE 754: a mean with +∞ is +∞, one with both signs is NaN, a
spread is NaN. What fits or filters a whole stream (`lowpass`, `change_points`, `mser5`) is undefined.
The mean of equal entries is that entry, and the mean of integers is rounded once: a return that is capped at a target
meets it, under jit as without.
"""

from ._means import held_between, mean, mean_about, mean_of_part, share
from ._ordered import at, first, first_index, last, last_index, maximum, minimum
from ._origins import from_origin, origin, origins, share_of_most
from ._presence import as_float, blank, count, stream, undefined_unless, validity
from ._quotients import divided, instead, inverse, part_of, power_of_two, ratio, safe_sqrt, within
from ._spreads import mean_and_std, root_of_squares, std, variance
from ._sums import lane_count, total

__all__ = [
    "as_float",
    "at",
    "blank",
    "count",
    "divided",
    "first",
    "first_index",
    "from_origin",
    "held_between",
    "instead",
    "inverse",
    "lane_count",
    "last",
    "last_index",
    "maximum",
    "mean",
    "mean_about",
    "mean_and_std",
    "mean_of_part",
    "minimum",
    "origin",
    "origins",
    "part_of",
    "power_of_two",
    "ratio",
    "root_of_squares",
    "safe_sqrt",
    "share",
    "share_of_most",
    "std",
    "stream",
    "total",
    "undefined_unless",
    "validity",
    "variance",
    "within",
]
