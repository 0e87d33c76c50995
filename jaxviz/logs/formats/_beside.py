"""Configurations that a writer leaves beside its log."""

import json
from pathlib import Path
from typing import Any

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


def plain(nested: dict[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Names joined by `/` → numbers, truths and texts; lists and what has no word in JSON (`<function …>`) are not."""
    found: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            found |= plain(value, f"{prefix}{name}/")
        elif isinstance(value, _PLAIN) and not (isinstance(value, str) and value.startswith("<")):
            found[f"{prefix}{name}"] = value
    return found


def labels_of(config: dict[str, Any]) -> dict[str, str]:
    """The task and the seed, where a configuration has them under their usual names."""
    found = {}
    for label, names in (("task", ("env", "env_id", "env_name")), ("seed", ("seed",))):
        value = next((config[name] for name in names if name in config), None)
        if isinstance(value, str | int) and not isinstance(value, bool) and value not in ("", "None"):
            found[label] = str(value)
    return found
