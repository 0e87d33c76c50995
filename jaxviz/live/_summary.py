"""A point of many runs as a few numbers, in plain Python: the host side of a running program must not call JAX."""

import math
from typing import NamedTuple

RETURN = "return"
Values = dict[str, list[float]]


class Part(NamedTuple):
    """What the runs of one device reported at one update; `index` of `parts` devices that each report on their own."""

    update: int
    index: int
    parts: int
    values: Values


class Point(NamedTuple):
    """What all runs reported at one update."""

    update: int
    values: Values
    latest: list[float]
    """The latest return of each run: an update in which no episode ended keeps the one before. ±inf: it diverged."""

    def joined(self, later: "Point") -> "Point":
        """With what was reported at the same update under other names."""
        return Point(self.update, {**self.values, **later.values}, later.latest)

    @property
    def runs(self) -> int:
        """How many runs reported."""
        return max((len(values) for values in self.values.values()), default=1)


def held(before: list[float], now: list[float]) -> list[float]:
    """The returns of now, and where a run has none (NaN) that of before."""
    if len(before) != len(now):
        return now
    return [b if math.isnan(n) else n for b, n in zip(before, now, strict=True)]


def iqm(values: list[float]) -> float:
    """Mean of the middle half, as `stats.iqm` has it; none → NaN."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    middle = ordered[cut : len(ordered) - cut]
    return math.fsum(middle) / len(middle) if middle else math.nan


def summary(point: Point, target: float | None) -> dict[str, float]:
    """`name/iqm` over the runs that have a finite value, `name/n` of them; of the latest returns `return/solved`, the
    share that meets the target, and `return/diverged`, how many are not finite, where there are any.
    """
    numbers: dict[str, float] = {}
    for name, values in point.values.items():
        finite = [x for x in values if math.isfinite(x)]
        if finite:
            numbers |= {f"{name}/iqm": iqm(finite), f"{name}/n": len(finite)}
    if RETURN not in point.values:
        return numbers
    if target is not None:
        solved = sum(x >= target for x in point.latest if math.isfinite(x))
        numbers[f"{RETURN}/solved"] = solved / max(len(point.latest), 1)
    if diverged := sum(map(math.isinf, point.latest)):
        numbers[f"{RETURN}/diverged"] = diverged
    return numbers
