"""An interval as text: `387.7 [386.8, 388.5], n=10`."""

import math
from collections.abc import Callable, Sequence
from typing import Any

_LISTED = 6
"""Components that are all listed; of more the first three and the last."""
_LARGEST, _SMALLEST = 1e7, 1e-4
"""Outside, numbers have exponents."""
_DIGITS = 2
"""Of the half width of an interval: what is behind them is noise."""
_MOST_DECIMALS = 12

Row = tuple[float, float, float]
"""Estimate, low and high."""


def shown(estimate: Any, low: Any, high: Any, n: Any) -> str:
    """Every component, or the first and the last, and the number of runs."""
    rows = list(zip(*(part.ravel().tolist() for part in (estimate, low, high)), strict=True))
    runs = sorted(set(n.ravel().tolist()))
    count = "" if not runs else f", n={runs[0]}" if len(runs) == 1 else f", n={runs[0]} to {runs[-1]}"
    if estimate.ndim == 0:
        return f"{text(rows[0])}{count}"
    kept = rows if len(rows) <= _LISTED else rows[:3]
    words = [*map(text, kept), *([f"… {text(rows[-1])}"] if len(rows) > _LISTED else [])]
    return f"Interval of {' x '.join(map(str, estimate.shape))}: {', '.join(words)}{count}"


def text(row: Row) -> str:
    """In as many digits as the interval is wide; without bounds if they are undefined."""
    return formatted(row, _form(row))


def formatted(row: Row, form: Callable[[float], str]) -> str:
    """`estimate [low, high]`, each in a form."""
    estimate, low, high = map(form, row)
    return estimate if math.isnan(row[1]) and math.isnan(row[2]) else f"{estimate} [{low}, {high}]"


def _form(row: Row) -> Callable[[float], str]:
    finite = [abs(x) for x in row if math.isfinite(x)]
    half = (row[2] - row[1]) / 2
    if not finite or not (math.isfinite(half) and half > 0):
        return lambda x: f"{x:.4g}"
    if not _SMALLEST <= max(finite) < _LARGEST:
        digits = min(max(math.ceil(math.log10(max(finite) / half)) + _DIGITS, 3), 17)
        return lambda x: f"{x:.{digits}g}"
    decimals = min(max(_DIGITS - 1 - math.floor(math.log10(half)), 0), _MOST_DECIMALS)
    return lambda x: f"{x:,.{decimals}f}"


def of_spec(rows: Sequence[Row], spec: str) -> str:
    """Every component in a format of Python."""
    return ", ".join(formatted(row, lambda x: format(x, spec)) for row in rows)
