"""Values whose type is wider than a test knows them to be, and calls that no type checker would let pass."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def known(x: T | None) -> T:
    """`x`, a group or column that the inputs of the test have brought forth."""
    assert x is not None
    return x


def known_as(kind: type[T], x: object) -> T:
    """`x`, one of several classes that a group can have, as the one that the inputs have brought forth."""
    assert isinstance(x, kind)
    return x


def unchecked(f: Callable[..., T], *args: object, **kwargs: object) -> T:
    """`f(*args, **kwargs)` with arguments that its annotations refuse, as a caller without a type checker may pass."""
    return f(*args, **kwargs)
