"""Entries of mappings under the names that codebases give them."""

from collections.abc import Mapping
from typing import Any

from .._nested import flat_items
from .._types import Array
from ..host import as_array

MASKS = ("returned_episode", "done_mask", "is_terminal_step")
RETURNS = ("returned_episode_returns", "returns", "episode_return")
LENGTHS = ("returned_episode_lengths", "lengths", "episode_length")
VALID = ("returned_episode_valid",)
TIMESTEP = ("timestep",)


def as_mapping(x: Any, name: str) -> Mapping[str, Any]:
    """A dict, NamedTuple, dataclass or flax struct as a mapping; ValueError for anything else."""
    if isinstance(x, Mapping):
        return x
    if hasattr(x, "_asdict"):
        return x._asdict()
    if hasattr(x, "__dataclass_fields__"):
        return {field: getattr(x, field) for field in x.__dataclass_fields__}
    raise ValueError(f"`{name}` must be a mapping of arrays, got {type(x).__name__}")


def find(mapping: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any] | None:
    """The first of `names` that is there, with its value."""
    return next(((name, mapping[name]) for name in names if mapping.get(name) is not None), None)


def optional(mapping: Mapping[str, Any], names: tuple[str, ...], owner: str) -> Array | None:
    """The array under the first of `names` that is there, else None."""
    found = find(mapping, names)
    return None if found is None else as_array(found[1], f"{owner}[{found[0]!r}]")


def required(mapping: Mapping[str, Any], names: tuple[str, ...], owner: str) -> tuple[str, Array]:
    """The array under the first of `names`, with its name in messages; ValueError if none is there."""
    found = find(mapping, names)
    if found is None:
        raise ValueError(f"`{owner}` has none of the keys {', '.join(map(repr, names))}; it has {_listing(mapping)}")
    label = f"{owner}[{found[0]!r}]"
    return label, as_array(found[1], label)


def _listing(mapping: Mapping[str, Any]) -> str:
    return ", ".join(repr(key) for key in mapping) or "no keys"


def flatten_names(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Nested mappings as ``{"a/b": array}``; None is left out."""
    return {name: value for name, value in flat_items(tree) if value is not None}
