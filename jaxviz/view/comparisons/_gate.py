"""What a gate says: the outcome in a line, and the verdicts behind it."""

import math

from ...comparison import Comparison
from ...comparison._gate import Outcome
from ...host import to_host
from .._numbers import number
from ._describe import verdict_sentence


def outcome_words(comparison: Comparison, outcome: Outcome) -> str:
    """ "worse than main: PPO", then the sentences of all that are worse or undecided."""
    c: Comparison = to_host(comparison)
    allowed = "" if math.isnan(c.margin) else f" (a shortfall up to {number(c.margin)} is allowed)"
    lines = [f"{what} {c.baseline}: {_names(c, places)}{allowed}" for what, places in _found(outcome)]
    if not lines:
        lines = [f"nothing is worse than {c.baseline}{allowed}"]
    return "\n".join([*lines, *(f"  {verdict_sentence(c, i)}" for i in (*outcome.worse, *outcome.undecided))])


def _found(outcome: Outcome) -> list[tuple[str, tuple[int, ...]]]:
    both = [("worse than", outcome.worse), ("undecided against", outcome.undecided)]
    return [(what, places) for what, places in both if places]


def _names(c: Comparison, places: tuple[int, ...]) -> str:
    return ", ".join(c.algorithms[int(c.pairs.first[i])] for i in places)
