"""Whole numbers that a caller names, as sizes of windows and counts of replicates: the one check of them."""

from operator import index
from typing import Any


def whole(value: Any, name: str, *, least: int = 1, wanted: str | None = None) -> int:
    """`value` as an int, from any kind of integer; ValueError for anything else, bools too, that says what is `wanted`.

    NumPy's and JAX's integers are integers; text, fractions, several numbers and traced ones are not.
    """
    try:
        size = least - 1 if isinstance(value, bool) else index(value)
    except TypeError:
        size = least - 1
    if size < least:
        wanted = wanted or ("a positive integer" if least == 1 else f"an integer of at least {least}")
        hint = f": give {int(value)}" if isinstance(value, float) and value.is_integer() and value >= least else ""
        raise ValueError(f"`{name}` must be {wanted}, got {value!r}{hint}")
    return size
