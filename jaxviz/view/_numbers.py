"""Numbers in text. (Tick labels, which have SI prefixes, are the figures'.)"""

import math
from collections.abc import Callable, Sequence
from typing import SupportsFloat

UNDEFINED = "undefined"
Form = Callable[..., str]
"""`number` or `typeset`: a number and its digits as text."""
_DIGITS, _ALL_DIGITS = 4, 17
"""Significant digits of numbers in text: mostly, and those that tell any two numbers of Python apart."""
_WHOLE = 2**53
"""Up to it whole numbers are exact, and are written out."""


def number(x: SupportsFloat, digits: int = _DIGITS) -> str:
    """For the terminal: four significant digits, thousands grouped, plain characters: 1,234, -0.25, undefined, 1e+30.

    Whole numbers, and those from 1000 on before the point, have all of their digits, up to 2⁵³.
    """
    x = _held(x)
    if math.isnan(x):
        return UNDEFINED
    if not abs(x) <= _WHOLE:
        return f"{x:.{digits}g}"
    if abs(x) < 1000 and x != round(x):
        return f"{x:.{digits}g}"
    behind = 0 if x == round(x) else max(digits - len(str(int(abs(x)))), 0)
    return f"{x:,.{behind}f}"


def told_apart(values: Sequence[SupportsFloat], form: Form = number) -> list[str]:
    """Numbers that stand beside each other, in as few digits (four at least) as tell those apart that differ.

    Rounding moves none by more than a tenth of the distance between the outermost.
    """
    finite = [held for held in map(_held, values) if abs(held) < math.inf]
    digits = next((d for d in range(_DIGITS, _ALL_DIGITS) if _tells(finite, d)), _ALL_DIGITS)
    return [form(value, digits) for value in values]


def decimals_of(half: float) -> int:
    """Decimals that show two digits of half the width of an interval."""
    return min(max(1 - math.floor(math.log10(half)), 0), _ALL_DIGITS) if 0 < half < math.inf else 0


def fixed(x: SupportsFloat, decimals: int) -> str:
    """For labels below each other: so many decimals, thousands grouped, a real minus, no minus zero."""
    x = _held(x)
    return with_minus(f"{x:z,.{decimals}f}") if abs(x) < _WHOLE else typeset(x)


def _tells(values: Sequence[float], digits: int) -> bool:
    """Whether so many digits tell finite numbers apart."""
    shown = [float(number(value, digits).replace(",", "")) for value in values]
    if len(set(values)) < 2:
        return True
    apart = max(values) - min(values)
    near = all(abs(text - value) <= apart / 10 for text, value in zip(shown, values, strict=True))
    return near and len(set(shown)) == len(set(values))


def _held(x: SupportsFloat) -> float:
    """The number, without the digits behind the seven that single precision holds."""
    single = getattr(x, "dtype", None) == "float32" and abs(float(x)) >= 2**24
    return float(f"{float(x):.7g}") if single else float(x)


def typeset(x: SupportsFloat, digits: int = _DIGITS) -> str:
    """For pages and tables: as `number`, with a real minus and ∞."""
    return with_minus(number(x, digits).replace("inf", "∞"))


def span(low: SupportsFloat, high: SupportsFloat, form: Form = number) -> str:
    """``low to high``; one number if both are equal."""
    first, last = told_apart((low, high), form)
    return first if first == last else f"{first} to {last}"


def plain(x: SupportsFloat) -> str:
    """For sentences, as one would write it: 475, −0.5, 500,000."""
    held = _held(x)
    whole = abs(held) <= _WHOLE and held == int(held)
    return with_minus(f"{held:,.0f}" if whole else f"{held:,.10g}")


def percent(share: SupportsFloat) -> str:
    """0.95 → 95%."""
    return f"{100 * float(share):.4g}%"


def with_minus(text: str) -> str:
    """Hyphens as minus signs."""
    return text.replace("-", "\N{MINUS SIGN}")
