"""A sweep in words: what matters, what each value does, and what a budget reaches."""

from collections.abc import Iterator

from ...comparison import Sweep
from ...host import to_host
from ...stats import Interval
from .._interval_words import interval_text
from .._numbers import number, percent

_MOST = 10
"""Configurations that are listed."""
_BUDGETS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 100, 200, 500)


def describe_sweep(sweep: Sweep) -> str:
    """The best configurations, then hyper-parameters by importance, then the expected best of k trials."""
    s: Sweep = to_host(sweep)
    lines = [_title(s), *_best(s), *_parameters(s), *_trials(s)]
    return "\n".join([*lines, *(f"  ! {remark}" for remark in s.remarks)])


def _title(s: Sweep) -> str:
    what = s.score if s.score == s.metric else f"{s.score} {s.metric}"
    where = " and ".join(s.task_names) if len(s.task_names) < 3 else f"{len(s.task_names)} tasks"
    scale = "" if s.scale.name == "raw" else f", normalised by {s.scale.name}"
    direction = ", lower is better" if s.minimize else ""
    return f"Sweep: {len(s.configurations)} configurations of {s.algorithm} on {where}, {what}{scale}{direction}"


def _best(s: Sweep) -> Iterator[str]:
    sign = 1 if s.minimize else -1
    order = sorted(range(len(s.configurations)), key=lambda i: sign * float(s.mean.estimate[i]))
    short = f", the best {_MOST} of them" if len(order) > _MOST else ""
    yield f"  mean with {percent(s.mean.level)} interval{short} (the best are also the luckiest):"
    for i in order[:_MOST]:
        yield f"    {s.configurations[i]}: {_text(s.mean, i)}"


def _text(interval: Interval, i: int) -> str:
    return interval_text(interval.estimate[i], interval.low[i], interval.high[i], number)


def _parameters(s: Sweep) -> Iterator[str]:
    share = s.importance
    order = sorted(range(len(s.parameters)), key=lambda i: -float(share.estimate[i]) if share.estimate[i] >= 0 else 1)
    for i in order:
        part = _share(*(float(end[i]) for end in (share.estimate, share.low, share.high)))
        yield f"  {s.parameters[i]} explains {part} of the differences between configurations:"
        yield from (f"    {value}: {_text(s.sensitivity[i], v)}" for v, value in enumerate(s.values[i]))


def _share(estimate: float, low: float, high: float) -> str:
    if estimate != estimate:
        return "nothing beyond noise"
    return f"{estimate:.0%} [{low:.0%}, {high:.0%}]"


def _trials(s: Sweep) -> Iterator[str]:
    n = len(s.configurations)
    budgets = [k for k in _BUDGETS if k < n] + [n]
    told = ", ".join(f"{k}: {number(s.expected_best[k - 1])}" for k in budgets)
    flattery = abs(float(s.naive_best[n - 1] - s.expected_best[n - 1]))
    yield f"  expected best of k random trials, on runs that did not choose it: {told}"
    yield f"  (chosen and reported on the same runs, the best of {n} would seem {number(flattery)} better)"
