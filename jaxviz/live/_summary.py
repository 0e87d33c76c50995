"""A point of many runs as a few numbers, in plain Python: the host side of a running program must not call JAX."""

import math
from typing import NamedTuple

RETURN = "return"


class Point(NamedTuple):
    """What all runs reported at one update; the runs of several devices put together."""

    update: int
    values: dict[str, list[float]]

    def joined(self, other: "Point") -> "Point":
        """The same update of more runs."""
        names = {**self.values, **other.values}
        return Point(self.update, {n: [*self.values.get(n, ()), *other.values.get(n, ())] for n in names})

    @property
    def runs(self) -> int:
        """How many runs reported."""
        return max((len(values) for values in self.values.values()), default=1)


def iqm(values: list[float]) -> float:
    """Mean of the middle half, as `stats.iqm` has it; none → NaN."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    middle = ordered[cut : len(ordered) - cut]
    return math.fsum(middle) / len(middle) if middle else math.nan


def summary(point: Point, target: float | None) -> dict[str, float]:
    """`name/iqm` over the runs that have a finite value, `name/n` of them, and `return/solved`, their share."""
    numbers: dict[str, float] = {}
    for name, values in point.values.items():
        finite = [x for x in values if math.isfinite(x)]
        if finite:
            numbers |= {f"{name}/iqm": iqm(finite), f"{name}/n": len(finite)}
        if name == RETURN and target is not None:
            numbers[f"{name}/solved"] = sum(x >= target for x in finite) / max(len(values), 1)
    return numbers
