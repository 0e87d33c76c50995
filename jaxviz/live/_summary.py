"""Reports of running programs and their few numbers, in plain Python: the host side must not call JAX."""

import math
from typing import NamedTuple

RETURN = "return"
Values = dict[str, list[float]]


class DeviceReport(NamedTuple):
    """The numbers of the runs of one device at one update."""

    update: int
    device: int
    """Place of the device among those that report on their own, from 0."""
    devices: int
    """How many report on their own."""
    values: Values


class UpdateReport(NamedTuple):
    """The numbers of all runs at one update: a point of the bar and the sink."""

    update: int
    values: Values
    latest: list[float]
    """The latest return of each run, through updates in which no episode ended; ±inf: the run diverged."""

    def joined(self, later: "UpdateReport") -> "UpdateReport":
        """With the values that came later for the same update, under other names."""
        return UpdateReport(self.update, {**self.values, **later.values}, later.latest)

    @property
    def runs(self) -> int:
        """How many runs reported."""
        return max((len(values) for values in self.values.values()), default=1)


def carried_forward(before: list[float], now: list[float]) -> list[float]:
    """The returns of now; a run that has none (NaN) keeps its return from before."""
    if len(before) != len(now):
        return now
    return [b if math.isnan(n) else n for b, n in zip(before, now, strict=True)]


def iqm(values: list[float]) -> float:
    """Mean of the middle half, as in `stats.iqm`; none → NaN."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    middle = ordered[cut : len(ordered) - cut]
    return math.fsum(middle) / len(middle) if middle else math.nan


def summary(point: UpdateReport, target: float | None) -> dict[str, float]:
    """`name/iqm` over the runs that have a finite value, `name/n` of them; of the latest returns `return/solved`, the
    share that meets the target, and `return/diverged`, the number that is not finite if there are any.
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
