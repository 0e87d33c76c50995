"""Configurations that a writer leaves beside its log."""

import json
from pathlib import Path
from typing import Any

from .._typed import flat

_MOST = 4 << 20
"""Bytes of a configuration."""
_PLAIN = (bool, int, float, str)


def json_beside(path: Path, name: str) -> dict[str, Any]:
    """What is plain in the file `name` beside `path`; nothing where it is absent, too large or damaged."""
    try:
        with (path.parent / name).open("rb") as file:
            content = file.read(_MOST + 1)
        found = json.loads(content) if len(content) <= _MOST else None
        return plain(found) if isinstance(found, dict) else {}
    except (OSError, ValueError, RecursionError):
        return {}


def plain(nested: dict[Any, Any]) -> dict[str, Any]:
    """Names joined by dots → numbers, truths and texts; lists and what has no word in JSON (`<function …>`) are not."""
    return {name: value for name, value in flat(nested).items() if isinstance(value, _PLAIN) and not _is_object(value)}


def _is_object(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("<")
