"""Nested mappings as flat names."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def _mapping(value: Any) -> Mapping[Any, Any] | None:
    return value if isinstance(value, Mapping) else None


def flat_items(
    tree: Mapping[Any, Any],
    prefix: str = "",
    *,
    opened: Callable[[Any], Mapping[Any, Any] | None] = _mapping,
    name_of: Callable[[Any], str] = str,
) -> Iterator[tuple[str, Any]]:
    """``("a/b", value)`` for everything in nested mappings, in their order; `prefix` stands before each name.

    `opened`: the mapping inside a value, or None for a value that stays as it is; by default mappings are opened.
    `name_of`: a key as text.
    """
    for key, value in tree.items():
        name, inside = f"{prefix}{name_of(key)}", opened(value)
        if inside is None:
            yield name, value
        else:
            yield from flat_items(inside, f"{name}/", opened=opened, name_of=name_of)
