"""`compare`: verdicts on algorithms over common tasks, and what they rest on."""

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from ._compare import compare as compare
    from ._looks import NextSeeds as NextSeeds
    from ._looks import next_seeds as next_seeds
    from ._results import BETTER as BETTER
    from ._results import EQUAL as EQUAL
    from ._results import UNDECIDED as UNDECIDED
    from ._results import VERDICTS as VERDICTS
    from ._results import WORSE as WORSE
    from ._results import Aggregates as Aggregates
    from ._results import Comparison as Comparison
    from ._results import Pairs as Pairs
    from ._results import Profile as Profile
    from ._results import Tasks as Tasks
    from ._settings import Correction as Correction
    from ._settings import Estimator as Estimator
    from ._settings import Population as Population
    from ._settings import Scale as Scale
    from .curves._curves import compare_curves as compare_curves
    from .curves._results import Curves as Curves
    from .selection._chosen import Chosen as Chosen
    from .selection._chosen import Select as Select
    from .sweeps._results import Sweep as Sweep
    from .sweeps._sweep import analyze_sweep as analyze_sweep

_HOMES = {
    "BETTER": "_results",
    "EQUAL": "_results",
    "UNDECIDED": "_results",
    "VERDICTS": "_results",
    "WORSE": "_results",
    "Aggregates": "_results",
    "Chosen": "selection._chosen",
    "Comparison": "_results",
    "Correction": "_settings",
    "Curves": "curves._results",
    "Estimator": "_settings",
    "NextSeeds": "_looks",
    "Pairs": "_results",
    "Population": "_settings",
    "Profile": "_results",
    "Scale": "_settings",
    "Select": "selection._chosen",
    "Sweep": "sweeps._results",
    "Tasks": "_results",
    "analyze_sweep": "sweeps._sweep",
    "compare": "_compare",
    "compare_curves": "curves._curves",
    "next_seeds": "_looks",
}

__all__ = [
    "BETTER",
    "EQUAL",
    "UNDECIDED",
    "VERDICTS",
    "WORSE",
    "Aggregates",
    "Chosen",
    "Comparison",
    "Correction",
    "Curves",
    "Estimator",
    "NextSeeds",
    "Pairs",
    "Population",
    "Profile",
    "Scale",
    "Select",
    "Sweep",
    "Tasks",
    "analyze_sweep",
    "compare",
    "compare_curves",
    "next_seeds",
]

__getattr__ = lazily(__name__, _HOMES)
