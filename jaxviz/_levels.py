"""Levels, quantile positions and other shares: the one rule for those outside their range."""

from collections.abc import Iterator, Sequence
from typing import Literal

import jax.numpy as jnp
from jax.core import Tracer

from . import _masked
from ._kinds import described
from ._types import Array, ArrayLike, Bool, DTypeLike, Float

Range = Literal["(0, 1)", "[0, 1]", "(0, 1]"]
Shares = ArrayLike | Sequence[float]


def level(value: Shares, dtype: DTypeLike, *, name: str = "level", within: Range = "(0, 1)") -> Float[Array, "..."]:
    """`value` as an array of `dtype`. Outside its range → ValueError where it is known, NaN where it is traced."""
    check(value, name=name, within=within)
    share = jnp.asarray(value, dtype)
    return _masked.undefined_unless(_all_inside(share, within), share)


def check_one(value: ArrayLike, *, name: str = "level", within: Range = "(0, 1)") -> None:
    """`check` of one number; ValueError for several, TypeError for none."""
    shape = getattr(value, "shape", None)
    if shape if shape is not None else not isinstance(value, int | float) or isinstance(value, bool):
        kind = ValueError if shape or isinstance(value, list | tuple) else TypeError
        raise kind(f"`{name}` must be one number in {within}, e.g. 0.95, got {described(value)}")
    check(value, name=name, within=within)


def check(value: Shares, *, name: str = "level", within: Range = "(0, 1)") -> None:
    """ValueError if a number that is known lies outside its range."""
    for known in _numbers(value):
        if not _inside(known, within):
            hint = f"; for {known:g} % give {known / 100:g}" if 1 < known < 100 else ""
            raise ValueError(f"`{name}` must be in {within}, got {known:g}{hint}")


def _numbers(value: object) -> Iterator[float]:
    """What can be read while JAX traces: the numbers of an array of any kind, none of a traced one."""
    if isinstance(value, Tracer):
        return
    if isinstance(value, str):
        raise ValueError(f"a level or share must be a number, got {value!r}")
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _numbers(entry)
    elif isinstance(value, int | float):
        yield value
    else:
        yield from _numbers(getattr(value, "tolist", list)())


def _inside(value: float, within: Range) -> bool:
    return (value > 0 or (value == 0 and within[0] == "[")) and (value < 1 or (value == 1 and within[-1] == "]"))


def _all_inside(value: Float[Array, "..."], within: Range) -> Bool[Array, "..."]:
    above = value >= 0 if within[0] == "[" else value > 0
    return above & (value <= 1 if within[-1] == "]" else value < 1)
