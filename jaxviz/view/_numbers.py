"""Numbers in text. (Tick labels, which have SI prefixes, are the figures'.)"""

import math
from typing import SupportsFloat

UNDEFINED = "undefined"


def number(x: SupportsFloat) -> str:
    """For the terminal: four significant digits, thousands grouped, plain characters: 1,234, -0.25, undefined."""
    x = _held(x)
    if math.isnan(x):
        return UNDEFINED
    return f"{x:,.0f}" if abs(x) >= 1000 or x == round(x) else f"{x:.4g}"


def _held(x: SupportsFloat) -> float:
    """The number, without the digits behind the seven that single precision holds."""
    single = getattr(x, "dtype", None) == "float32" and abs(float(x)) >= 2**24
    return float(f"{float(x):.7g}") if single else float(x)


def typeset(x: SupportsFloat) -> str:
    """For pages and tables: as `number`, with a real minus and ∞."""
    return with_minus(number(x).replace("inf", "∞"))


def plain(x: SupportsFloat) -> str:
    """For sentences, as one would write it: 475, −0.5, 500,000."""
    held = _held(x)
    whole = abs(held) <= 2**53 and held == int(held)
    return with_minus(f"{held:,.0f}" if whole else f"{held:,.10g}")


def percent(share: SupportsFloat) -> str:
    """0.95 → 95%."""
    return f"{100 * float(share):.4g}%"


def with_minus(text: str) -> str:
    """Hyphens as minus signs."""
    return text.replace("-", "\N{MINUS SIGN}")
