"""Environment steps, exact to 2⁵³ without 64-bit integers.

A step array is a plain integer array while its values fit, and `WideSteps` if they do not. The functions here take
either, or one of each, and a number of Python. Nothing wraps: differences are formed in integers and rounded once.
Callers' arrays come in through `host.as_steps`.
"""

from ._arithmetic import cumulative, gaps, halved, magnitude, minus, plus, product, shifted, since
from ._entries import at, blank, ends, first, indices, last, spread
from ._forms import as_float, narrowest, one_form, plain, wide
from ._order import (
    at_most,
    clip,
    equal,
    highest,
    index_of_smallest,
    largest,
    less,
    lowest,
    maximum,
    minimum,
    search,
    smallest,
    where,
)
from ._wide import MOST, EntrySteps, ExactSteps, Steps, StepsLike, Times, WideSteps

__all__ = [
    "MOST",
    "EntrySteps",
    "ExactSteps",
    "Steps",
    "StepsLike",
    "Times",
    "WideSteps",
    "as_float",
    "at",
    "at_most",
    "blank",
    "clip",
    "cumulative",
    "ends",
    "equal",
    "first",
    "gaps",
    "halved",
    "highest",
    "index_of_smallest",
    "indices",
    "largest",
    "last",
    "less",
    "lowest",
    "magnitude",
    "maximum",
    "minimum",
    "minus",
    "narrowest",
    "one_form",
    "plain",
    "plus",
    "product",
    "search",
    "shifted",
    "since",
    "smallest",
    "spread",
    "where",
    "wide",
]
