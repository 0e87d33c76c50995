"""Values of hyper-parameters: typed, comparable, in one order. No JAX is imported."""

import functools
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._printable import printable

Value = None | bool | int | float | str
"""A hyper-parameter."""
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "": None}
_WORDS |= {word.capitalize(): value for word, value in _WORDS.items()} | {"None": None}
_WORDS |= {word: float(word) for word in ("nan", "inf", "-inf")}
_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,39})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,4})?", re.ASCII)
_ID = re.compile(r"[+-]?0\d+", re.ASCII)
_LONGEST = 1000
"""Characters of a value; what follows is left out."""


def typed(value: object) -> Value:
    """A value as what it means: the text "3e-4" is a number, "true" a truth value, "007" and "adam" are text.

    Numbers of NumPy and JAX become those of Python; lists and mappings become JSON.
    """
    if isinstance(value, int) and abs(value) >= 10**40:
        return hex(value)[:_LONGEST]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _of_text(value)
    if getattr(value, "shape", None) == () and (item := getattr(value, "item", None)) is not None:
        return typed(item())
    if isinstance(value, list | tuple | Mapping):
        return label(json.dumps(value, default=str))
    return label(str(value))


@functools.lru_cache(4096)
def _of_text(text: str) -> Value:
    word = text.strip()
    if word in _WORDS:
        return _WORDS[word]
    if _WHOLE.fullmatch(word):
        return int(word)
    if _NUMBER.fullmatch(word) and not _ID.fullmatch(word) and math.isfinite(float(word)):
        return float(word)
    return label(text)


def label(text: str) -> str:
    """Text of others as a name: printable, and not longer than a line can be."""
    return printable(text.strip())[:_LONGEST]


def rank(value: Value) -> tuple[int, float, str]:
    """A key by which values of any types have an order; equal for equal numbers, and for no others."""
    if value is None:
        return (0, 0, "")
    if isinstance(value, str):
        return (3, 0, value)
    if isinstance(value, bool):
        return (1, value, "")
    return (2, math.inf, "nan") if value != value else (2, value, "")


class Configuration(Mapping[str, Value]):
    """Hyper-parameters of a run by name, in the order of their names: a mapping that cannot change and has a hash."""

    __slots__ = ("_key", "_values")

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        named = {label(str(name)): typed(value) for name, value in (values or {}).items()}
        self._values = dict(sorted(named.items()))
        self._key = tuple((name, rank(value)) for name, value in self._values.items())

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Configuration):
            return isinstance(other, Mapping) and self == Configuration(other)
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __lt__(self, other: "Configuration") -> bool:
        return self._key < other._key

    def __repr__(self) -> str:
        return repr(self._values)

    def __str__(self) -> str:
        return " ".join(f"{name}={written(value)}" for name, value in self.items())


def written(value: Value) -> str:
    """A value as text that `typed` reads back."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
